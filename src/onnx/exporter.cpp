#include "exporter.hpp"

#include <isthmus/dump.hpp>

#include <fmt/format.h>

namespace isthmus::interchange {

Extents extents_of(const Shape& shape) { return {shape.dim, shape.dim + shape.rank}; }

bool has_operator(const Node& node) {
  if (is_output(node) || is_side_output(node)) return true;
  const OnnxOperator* one = onnx_operator(node.op);
  return one != nullptr && one->has(node);
}

OnnxExporter::OnnxExporter(GraphView graph, std::span<const NamedTensor> weights, onnx::GraphProto& to)
    : graph_(graph),
      known_(graph, weights),
      to_(to),
      writer_(to),
      values_(static_cast<std::size_t>(graph.size)),
      users_(values_.size()),
      same_as_(values_.size(), -1) {}

void OnnxExporter::run() {
  find_users();
  for (const int i : inputs_of(graph_)) {
    input_ = value(i).plain = writer_.take(graph_[i].label.layer);
    writer_.describe(*to_.add_input(), input_, extents_of(graph_[i].shape));
  }
  for (int i = 0; i < graph_.size; ++i)
    if (!users_[static_cast<std::size_t>(i)].empty() && !is_known(i)) write(i);
  write_sinks();
}

void OnnxExporter::find_users() {
  for (int i = graph_.size - 1; i >= 0; --i) {
    const Node& node = graph_[i];
    if (is_known(i) || (!is_sink(node.op) && users_[static_cast<std::size_t>(i)].empty())) continue;
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k)
      users_[static_cast<std::size_t>(node.inputs[k])].push_back(i);
  }
}

void OnnxExporter::write(int i) {
  if (is_input(graph_[i])) return;
  if (const int same = same_as_[static_cast<std::size_t>(i)]; same >= 0) {
    value(i) = value(same);
    return;
  }
  onnx_operator(graph_[i].op)->write(*this, i);
}

void OnnxExporter::write_sinks() {
  for (const auto is_one : {is_output, is_side_output})
    for (const Node& node : graph_) {
      if (!is_one(node)) continue;
      std::string from = plain(node.inputs[0]);
      const std::string name = writer_.take(node.label.layer);
      if (!writer_.rename(from, name)) {
        from = writer_.add("Identity", "", {from}).result();
        writer_.rename(from, name);
      }
      for (Value& value : values_)
        for (std::string* known_as : {&value.plain, &value.channels_first})
          if (*known_as == from) *known_as = name;
      writer_.describe(*to_.add_output(), name, extents_of(node.shape));
    }
}

std::string OnnxExporter::constant_name(int i) const {
  const Node& node = graph_[i];
  if (is_parameter(node)) return node_name(node);
  const std::string_view layer = node.label.layer;
  return fmt::format("{}{}{}", layer, layer.empty() ? "" : ".", name_of(node));
}

std::string OnnxExporter::plain(int i) {
  Value& self = value(i);
  if (!self.plain.empty()) return self.plain;
  const Node& node = graph_[i];
  if (is_known(i)) {
    self.plain = writer_.floats(constant_name(i), extents_of(node.shape), known_[i]);
    return self.plain;
  }
  Extents channels_last{0};
  for (int d = 2; d < node.shape.rank; ++d) channels_last.push_back(d);
  channels_last.push_back(1);
  self.plain =
      writer_.add("Transpose", node.label.layer, {self.channels_first}).with("perm", channels_last).result();
  return self.plain;
}

std::string OnnxExporter::channels_first(int i) {
  Value& self = value(i);
  if (!self.channels_first.empty()) return self.channels_first;
  const int rank = graph_[i].shape.rank;
  Extents first{0, rank - 1};
  for (int d = 1; d < rank - 1; ++d) first.push_back(d);
  self.channels_first = writer_.add("Transpose", graph_[i].label.layer, {plain(i)}).with("perm", first).result();
  return self.channels_first;
}

std::string OnnxExporter::beside_image(int i, int dimensions) {
  const Shape& shape = graph_[i].shape;
  if (shape.is_spatial()) return channels_first(i);
  if (shape.elements_per_sample() == 1) return plain(i);
  std::string& column = value(i).columns[static_cast<std::size_t>(dimensions)];
  if (!column.empty()) return column;
  Extents extents{shape.dim[shape.rank - 1]};
  extents.insert(extents.end(), static_cast<std::size_t>(dimensions), 1);
  if (is_known(i)) return column = writer_.floats(constant_name(i), extents, known_[i]);
  const std::string layer = graph_[i].label.layer;
  const std::string size = writer_.integers(fmt::format("{}.column", layer), extents);
  return column = writer_.add("Reshape", layer, {plain(i), size}).result();
}

std::string OnnxExporter::batch_size() {
  if (!batch_size_.empty()) return batch_size_;
  const std::string shape = writer_.add("Shape", "", {input_}).result();
  const std::string first = writer_.integers("batch.first", {0}), end = writer_.integers("batch.end", {1});
  return batch_size_ = writer_.add("Slice", "", {shape, first, end}).result();
}

int OnnxExporter::only_user(int i) const {
  const std::vector<int>& users = users_[static_cast<std::size_t>(i)];
  return users.size() == 1 ? users[0] : -1;
}

}  // namespace isthmus::interchange
