// The losses of a model on data that it was not trained on.
#pragma once

#include "port_data.hpp"

#include <isthmus/run/trainer.hpp>

#include <functional>
#include <vector>

namespace isthmus::tool {

/// A function from a batch's values and its samples' numbers in the set to the batch's losses.
using BatchLosses =
    std::function<void(std::span<const PortValues>, std::span<const std::uint32_t>, std::span<double> losses)>;

/// The means of some losses over all samples: `losses` gives `count` of them for a batch, at most `batch` samples;
/// a smaller last batch weighs as much less as it is smaller. `reader` reads the samples of the inputs, `samples`
/// of each. With a communicator the batches are dealt out to the ranks, and all get the same means, bit for bit
/// those of one.
std::vector<double> mean_losses(PortReader& reader, std::size_t samples, int batch, std::size_t count,
                                const BatchLosses& losses, run::Communicator* communicator = nullptr);

}  // namespace isthmus::tool
