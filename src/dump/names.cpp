#include <isthmus/dump.hpp>
#include <isthmus/named_tensor.hpp>

#include "dump/format.hpp"
#include "dump/operation_text.hpp"

namespace isthmus {

std::string_view name_of(Op op) { return text_of(op).name; }

std::string_view name_of(const Node& node) {
  const OperationText& text = text_of(node.op);
  return text.kind != nullptr ? text.kind(node) : text.name;
}

std::string step_name(const Node& node) {
  const OperationText& text = text_of(node.op);
  return text.step_name != nullptr ? text.step_name(node) : std::string(name_of(node));
}

std::string_view name_of(plan::Anchor anchor) { return text_of(anchor).name; }

// Switches without a default: the compiler asks for the name of every new value.
std::string_view name_of(PortKind kind) {
  switch (kind) {
    case PortKind::data: return "data";
    case PortKind::condition: return "condition";
    case PortKind::target: return "target";
    case PortKind::weight: return "weight";
  }
  return "?";
}
std::string_view name_of(HostScalar scalar) {
  switch (scalar) {
    case HostScalar::batch_size: return "batch_size";
    case HostScalar::step: return "step";
    case HostScalar::updates: return "updates";
    case HostScalar::learning_rate: return "learning_rate";
  }
  return "?";
}

std::string_view name_of(Precision precision) { return precision == Precision::bf16 ? "bf16" : "fp32"; }

std::string_view name_of(Role role) {
  switch (role) {
    case Role::train: return "train";
    case Role::evaluate: return "evaluate";
    case Role::reconstruct: return "reconstruct";
    case Role::encode: return "encode";
    case Role::decode: return "decode";
    case Role::corrupt: return "corrupt";
    case Role::train_distributed: return "train_distributed";
  }
  return "?";
}

std::string_view name_of(plan::Storage storage) {
  switch (storage) {
    case plan::Storage::external_input: return "input";
    case plan::Storage::external_output: return "output";
    case plan::Storage::parameter: return "parameter";
    case plan::Storage::packed: return "packed";
    case plan::Storage::state: return "state";
    case plan::Storage::reduced: return "reduced";
    case plan::Storage::transient: return "transient";
    case plan::Storage::scalar: return "scalar";
  }
  return "?";
}

std::string_view name_of(Distribution distribution) {
  switch (distribution) {
    case Distribution::uniform: return "uniform";
    case Distribution::normal: return "normal";
  }
  return "?";
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::corruption: return "corruption";
    case Mode::sampling: return "sampling";
    case Mode::training: return "training";
    case Mode::statistics: return "statistics";
  }
  return "?";
}

std::string_view name_of(Resampling map) {
  switch (map) {
    case Resampling::window_sum: return "window_sum";
    case Resampling::window_mean: return "window_mean";
    case Resampling::nearest: return "nearest";
    case Resampling::bilinear: return "bilinear";
  }
  return "?";
}

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::direct: return "direct";
    case Algorithm::winograd: return "winograd";
    case Algorithm::subpixel: return "subpixel";
    case Algorithm::narrow: return "narrow";
    case Algorithm::depthwise: return "depthwise";
  }
  return "?";
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank; ++i) {
    if (i > 0) text += ", ";
    text += shape.dim[i] == batch ? "batch" : fmt::format("{}", shape.dim[i]);
  }
  return text + ']';
}

std::string node_name(const Node& node) {
  if (const auto its_name = text_of(node.op).node_name; its_name != nullptr) return its_name(node);
  return full_name(node.label);
}

std::string value_name(const plan::PlanView& plan, int v) {
  const plan::Value& value = plan.values[v];
  const Node& node = plan.graph[value.node];
  std::string name = node_name(node);
  if (!is_leaf(node.op) && !is_sink(node.op)) name += fmt::format(".{}%{}", name_of(node), value.node);
  // A node that is recomputed because of a memory budget has several values: they are numbered.
  int times = 1;
  for (int earlier = 0; earlier < v; ++earlier) {
    const plan::Value& other = plan.values[earlier];
    times +=
        other.node == value.node && other.positions == value.positions && other.panel_sums == value.panel_sums;
  }
  if (times > 1) name += fmt::format(" again {}", times);
  if (value.positions) return fmt::format("positions({})", name);
  return value.panel_sums ? fmt::format("sums({})", name) : name;
}

std::string group_name(const plan::PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  const AnchorText& anchor = text_of(group.anchor);
  const std::string_view does = anchor.names_group ? anchor.name : name_of(node);
  return *node.label.layer == 0 ? std::string(does) : fmt::format("{} {}", node.label.layer, does);
}

}  // namespace isthmus
