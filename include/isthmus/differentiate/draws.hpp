// Declared graph → the same with several draws of the code: a row for each draw behind it.
#pragma once

#include <isthmus/declare/log_weights.hpp>

namespace isthmus::differentiate {

/// Writes a graph without its sinks so that each sample's code is drawn `count` times: what depends on its noise
/// becomes [batch, count, columns], what does not is computed once. Beside what it reads, a row of a sample is
/// repeated. Layers keep their parameters and their names.
template <int count>
class Draws {
 public:
  constexpr Draws(Builder& b, GraphView from)
      : b_(b),
        from_(from),
        to_(static_cast<std::size_t>(from.size), -1),
        repeated_(static_cast<std::size_t>(from.size), -1),
        differs_(static_cast<std::size_t>(from.size), char{0}) {}

  /// Returns the reconstruction.
  constexpr Tensor write() {
    const int noise = declare::find_drawn_code(from_).noise;
    Tensor reconstruction;
    for (int i = 0; i < from_.size; ++i) {
      Node node = from_[i];
      if (node.op == Op::output) reconstruction = b_.tensor(to_.data()[node.inputs[0]]);
      if (node.op == Op::output || node.op == Op::side_output) continue;
      bool differs = i == noise;
      for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) differs = differs || differs_.data()[node.inputs[k]] != 0;
      if (differs) give_rows(node);
      for (int k = 0; k < 3; ++k)
        if (node.inputs[k] >= 0) node.inputs[k] = moved(node.inputs[k], differs);
      differs_.data()[i] = differs ? 1 : 0;
      to_.data()[i] = b_.emit(node).id;
    }
    repeat_inputs();
    return reconstruction;
  }

 private:
  constexpr bool differs(int i) const { return differs_.data()[i] != 0; }

  /// What is computed for each row becomes that of a row for each draw.
  constexpr void give_rows(Node& node) {
    const bool has_row = node.shape.rank == 2 && node.shape.has_batch();
    const bool of_weights = node.op == Op::matmul && !node.transpose_a && !differs(node.inputs[1]) &&
                            !from_[node.inputs[1]].shape.has_batch();
    const bool by_row =
        node.op == Op::random || node.op == Op::elementwise || node.op == Op::bottleneck || of_weights;
    if (!has_row || !by_row) b_.diagnostic().record(Mistake::draws_take_rows, node.label.layer, node.shape);
    node.shape = shape_of(batch, count, node.shape.columns());
  }

  /// The node that stands for another one's operand.
  constexpr int moved(int i, bool as_rows) {
    if (!as_rows || differs(i) || !from_[i].shape.has_batch()) return to_.data()[i];
    int& repeated = repeated_.data()[i];
    if (repeated < 0) repeated = repeat(to_.data()[i]);
    return repeated;
  }
  constexpr int repeat(int i) {
    const char* const layer = b_.layer();
    b_.in_layer(declare::draws_name);
    const int result = repeat_rows<count>(b_.tensor(i)).id;
    b_.in_layer(layer);
    return result;
  }

  /// What a loss takes for an input of a row.
  constexpr void repeat_inputs() {
    for (int i = 0; i < from_.size; ++i) {
      if (from_[i].op != Op::input || from_[i].shape.rank != 2 || from_[i].may_miss) continue;
      repeat(observed(b_, to_.data()[i]).id);
      b_.graph().nodes.back().label.part = observed_name;
    }
  }

  Builder& b_;
  GraphView from_;
  std::vector<int> to_, repeated_;
  std::vector<char> differs_;
};

}  // namespace isthmus::differentiate
