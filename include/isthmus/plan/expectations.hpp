// What a model and its loss expect of data, as far as the graph says it.
#pragma once

#include <isthmus/graph.hpp>

#include <limits>
#include <string>
#include <vector>

namespace isthmus::plan {

/// From `least` to `most`, either of which may be infinite.
struct Interval {
  float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();

  bool contains(const Interval& other) const { return least <= other.least && other.most <= most; }
};

/// What the model can give at most, as its last operation says: [0, 1] of a sigmoid, [-1, 1] of tanh, [0, ∞) of
/// relu and softplus, [-a, ∞) of elu. `model` is in the form for use, without what only training does.
Interval output_range(GraphView model);

/// Whether the loss takes its input for probabilities: it is multiplied with a logarithm, or with a logit whose
/// softplus is there as well, as in a binary cross-entropy.
bool takes_fractions(GraphView loss);

/// The layers that normalise each value by statistics of the batch alone, so that nothing is left of a batch of
/// one: not those of images, which have statistics of their pixels.
std::vector<std::string> layers_of_batch_statistics(GraphView declared);

}  // namespace isthmus::plan
