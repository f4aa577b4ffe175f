// What a model is worth on data that it was not trained on.
#pragma once

#include <isthmus/data/samples.hpp>
#include <isthmus/run/trainer.hpp>

#include <functional>
#include <vector>

namespace isthmus::tool {

/// A batch's values, and its samples' numbers in the set.
using BatchLoss = std::function<double(std::span<const float>, std::span<const std::uint32_t>)>;

/// The mean of a loss over all samples: `loss` gives that of a batch, at most `batch` samples; a smaller last
/// batch weighs as much less as it is smaller. `buffer` is memory to work in.
double mean_loss(const data::Samples& samples, int batch, std::vector<float>& buffer, const BatchLoss& loss);

}  // namespace isthmus::tool
