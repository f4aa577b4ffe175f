// Whether data and a model fit each other, from its graph: what training would not say by itself.
#pragma once

#include <isthmus/graph.hpp>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::tool {

/// From `least` to `most`, either of which may be infinite.
struct Interval {
  float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();

  bool contains(const Interval& other) const { return least <= other.least && other.most <= most; }
};

/// What the model can give at most, as its last operation says: [0, 1] of a sigmoid, [-1, 1] of tanh, [0, ∞) of
/// relu and softplus, [-a, ∞) of elu. `model` is in the form for use, without what only training does.
Interval output_range(const GraphView& model);

/// Whether the loss takes its input for probabilities: it is multiplied with a logarithm, or with a logit whose
/// softplus is there as well, as in a binary cross-entropy.
bool takes_fractions(const GraphView& loss);

/// The layers that normalise each value by statistics of the batch alone, so that nothing is left of a batch of
/// one: not those of images, which have statistics of their pixels.
std::vector<std::string> layers_of_batch_statistics(const GraphView& declared);

/// What is to be said of data from `data.least` to `data.most`, one line each: that the loss, or the last layer,
/// has no use for them.
std::vector<std::string> range_warnings(const GraphView& model, const GraphView& loss, const Interval& data,
                                        std::string_view source);

/// What is to be said of steps with `batch` of `samples` samples: that some have one alone, and a layer normalises
/// by the batch.
std::vector<std::string> batch_warnings(const GraphView& declared, std::size_t batch, std::size_t samples);

}  // namespace isthmus::tool
