// The range of data that a model and its loss expect, as far as the graph shows it.
#pragma once

#include <isthmus/graph.hpp>

#include <limits>
#include <string>
#include <vector>

namespace isthmus::plan {

/// An interval from `least` to `most`, either of which may be infinite.
struct Interval {
  float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();

  bool contains(const Interval& other) const { return least <= other.least && other.most <= most; }
};

/// The range of the model's output, from its last operation: [0, 1] of a sigmoid, [-1, 1] of tanh, [0, ∞) of
/// relu and softplus, [-a, ∞) of elu. `model` is in the form for use, without the nodes that only training needs.
Interval output_range(GraphView model);

/// Whether the loss takes its input for probabilities: it is multiplied with a logarithm, or with a logit whose
/// softplus is there as well, as in a binary cross-entropy.
bool takes_fractions(GraphView loss);

/// The layers that normalise each value by statistics of the batch alone, so that nothing is left of a batch of
/// one: not those of images, which have statistics of their pixels.
std::vector<std::string> layers_of_batch_statistics(GraphView declared);

}  // namespace isthmus::plan
