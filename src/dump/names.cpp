#include <isthmus/dump.hpp>

#include "dump/format.hpp"

namespace isthmus {

// Switches without a default: the compiler asks for the name of every new value.
std::string_view name_of(Op op) {
  switch (op) {
    case Op::input:
      return "input";
    case Op::parameter:
      return "parameter";
    case Op::state:
      return "state";
    case Op::constant:
      return "constant";
    case Op::one_hot:
      return "one_hot";
    case Op::host_scalar:
      return "host_scalar";
    case Op::elementwise:
      return "elementwise";
    case Op::broadcast:
      return "broadcast";
    case Op::sum_to:
      return "sum_to";
    case Op::transpose:
      return "transpose";
    case Op::matmul:
      return "matmul";
    case Op::reshape:
      return "reshape";
    case Op::rows:
      return "rows";
    case Op::random:
      return "random";
    case Op::conv2d:
      return "conv2d";
    case Op::conv2d_transpose:
      return "conv2d_transpose";
    case Op::conv2d_weights:
      return "conv2d_weights";
    case Op::conv2d_pack:
      return "conv2d_pack";
    case Op::conv2d_restore:
      return "conv2d_restore";
    case Op::max_pool:
      return "max_pool";
    case Op::max_unpool:
      return "max_unpool";
    case Op::max_gather:
      return "max_gather";
    case Op::resample:
      return "resample";
    case Op::by_mode:
      return "by_mode";
    case Op::all_reduce:
      return "all_reduce";
    case Op::bottleneck:
      return "bottleneck";
    case Op::output:
      return "output";
    case Op::side_output:
      return "side_output";
    case Op::assign:
      return "assign";
  }
  return "?";
}

std::string_view name_of(const Node& node) {
  if (node.op == Op::rows) return node.row_operation->name;
  return node.op == Op::elementwise ? node.function->row.name : name_of(node.op);
}

std::string_view name_of(HostScalar scalar) {
  switch (scalar) {
    case HostScalar::batch_size:
      return "batch_size";
    case HostScalar::step:
      return "step";
    case HostScalar::learning_rate:
      return "learning_rate";
  }
  return "?";
}

std::string_view name_of(Initializer initializer) {
  switch (initializer) {
    case Initializer::zeros:
      return "zeros";
    case Initializer::constant:
      return "constant";
    case Initializer::glorot_uniform:
      return "glorot_uniform";
    case Initializer::he_uniform:
      return "he_uniform";
    case Initializer::data_logit:
      return "data_logit";
  }
  return "?";
}

std::string_view name_of(Precision precision) {
  return precision == Precision::bf16 ? "bf16" : "fp32";
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::train:
      return "train";
    case Role::evaluate:
      return "evaluate";
    case Role::reconstruct:
      return "reconstruct";
    case Role::encode:
      return "encode";
    case Role::decode:
      return "decode";
    case Role::corrupt:
      return "corrupt";
    case Role::train_distributed:
      return "train_distributed";
  }
  return "?";
}

std::string_view name_of(plan::Anchor anchor) {
  switch (anchor) {
    case plan::Anchor::none:
      return "elementwise";
    case plan::Anchor::matmul:
      return "matmul";
    case plan::Anchor::transpose:
      return "transpose";
    case plan::Anchor::column_sum:
      return "column_sum";
    case plan::Anchor::row_sum:
      return "row_sum";
    case plan::Anchor::total_sum:
      return "total_sum";
    case plan::Anchor::rows:
      return "rows";
    case plan::Anchor::reshape:
      return "reshape";
    case plan::Anchor::random:
      return "random";
    case plan::Anchor::conv2d:
      return "conv2d";
    case plan::Anchor::conv2d_weights:
      return "conv2d_weights";
    case plan::Anchor::conv2d_pack:
      return "conv2d_pack";
    case plan::Anchor::conv2d_restore:
      return "conv2d_restore";
    case plan::Anchor::max_pool:
      return "max_pool";
    case plan::Anchor::max_unpool:
      return "max_unpool";
    case plan::Anchor::max_gather:
      return "max_gather";
    case plan::Anchor::resample:
      return "resample";
    case plan::Anchor::all_reduce:
      return "all_reduce";
    case plan::Anchor::scalar:
      return "scalar";
  }
  return "?";
}

std::string_view name_of(plan::Storage storage) {
  switch (storage) {
    case plan::Storage::external_input:
      return "input";
    case plan::Storage::external_output:
      return "output";
    case plan::Storage::parameter:
      return "parameter";
    case plan::Storage::prepared:
      return "prepared";
    case plan::Storage::state:
      return "state";
    case plan::Storage::reduced:
      return "reduced";
    case plan::Storage::transient:
      return "transient";
    case plan::Storage::scalar:
      return "scalar";
  }
  return "?";
}

std::string_view name_of(Distribution distribution) {
  switch (distribution) {
    case Distribution::uniform:
      return "uniform";
    case Distribution::normal:
      return "normal";
  }
  return "?";
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::corruption:
      return "corruption";
    case Mode::sampling:
      return "sampling";
    case Mode::training:
      return "training";
  }
  return "?";
}

std::string_view name_of(Resampling map) {
  switch (map) {
    case Resampling::window_sum:
      return "window_sum";
    case Resampling::window_mean:
      return "window_mean";
    case Resampling::nearest:
      return "nearest";
    case Resampling::bilinear:
      return "bilinear";
  }
  return "?";
}

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::direct:
      return "direct";
    case Algorithm::winograd:
      return "winograd";
    case Algorithm::subpixel:
      return "subpixel";
    case Algorithm::narrow:
      return "narrow";
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
  if (node.op == Op::constant) return fmt::format("{}", node.value);
  if (node.op == Op::one_hot) return fmt::format("one_hot {}", node.value);
  if (node.op == Op::host_scalar) return std::string(name_of(static_cast<HostScalar>(node.attribute)));
  std::string name = node.label.layer;
  if (*node.label.part != 0) name += fmt::format(".{}", node.label.part);
  if (*node.label.moment != 0) name += fmt::format(".{}", node.label.moment);
  return name;
}

std::string value_name(const plan::PlanView& plan, int v) {
  const plan::Value& value = plan.values[v];
  const Node& node = plan.graph[value.node];
  std::string name = node_name(node);
  if (!is_leaf(node.op) && !is_sink(node.op)) name += fmt::format(".{}%{}", name_of(node), value.node);
  // What a memory budget has made computed again.
  int times = 1;
  for (int earlier = 0; earlier < v; ++earlier) {
    const plan::Value& other = plan.values[earlier];
    times += other.node == value.node && other.positions == value.positions && other.panel_sums == value.panel_sums;
  }
  if (times > 1) name += fmt::format(" again {}", times);
  if (value.positions) return fmt::format("positions({})", name);
  return value.panel_sums ? fmt::format("sums({})", name) : name;
}

std::string group_name(const plan::PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  const bool anchored = group.anchor != plan::Anchor::none && group.anchor != plan::Anchor::scalar &&
                        group.anchor != plan::Anchor::rows;
  const std::string_view does = anchored ? name_of(group.anchor) : name_of(node);
  return *node.label.layer == 0 ? std::string(does) : fmt::format("{} {}", node.label.layer, does);
}

}  // namespace isthmus
