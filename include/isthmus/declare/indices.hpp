// The words for inputs of indices, such as labels and tokens, which are declared by `indices<classes>`:
//
//     auto label = g.condition<1>("label", indices<10>);
//     concat(z, one_hot(label))               // ten values, a one among them
//     concat(z, embedding<4>(label, "digit")) // four trained values for each of the ten
#pragma once

#include <isthmus/declare/layers.hpp>

namespace isthmus {
namespace declare {

/// The number of classes of an input of indices; records a mistake for any other tensor and gives 1.
constexpr int classes_of(Tensor index) {
  const Node& node = index.node();
  if (is_input(node) && node.value > 0) return static_cast<int>(node.value);
  index.builder->mistake(Mistake::not_indices, node.shape);
  return 1;
}

/// A row of a trained table for each index: [n] → [n, Width], or [Width] of one index.
template <int Width>
struct EmbeddingWord {
  template <class... Option>
  constexpr Tensor operator()(Tensor index, const char* name = "", Option... option) const {
    DenseOptions options;
    (option.apply(options), ...);
    Scope& scope = scope_of(index);
    scope.begin_layer(name, "embedding", shape_of_gathered(index.shape(), Width));
    require_positive(scope, Width);
    const int classes = classes_of(index);
    return scope.gather(index, weights_of(scope, options, shape_of(classes, Width)));
  }
};

}  // namespace declare

/// For each index of an input a row with a one in its column, zeros elsewhere: [n] → [n, classes], or [classes] of
/// one index.
constexpr Tensor one_hot(Tensor index) { return index.builder->one_hot_rows(index, declare::classes_of(index)); }

/// `embedding<16>(tokens, "tokens")`: a row of 16 trained values for each index. Options: the initializers of
/// dense. A decoder may end in `dense<classes>("out", tied("tokens"), each_row)`.
template <int Width>
inline constexpr declare::EmbeddingWord<Width> embedding{};

}  // namespace isthmus
