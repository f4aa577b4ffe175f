// Whether data and a model fit each other: what training would not say by itself.
#pragma once

#include <isthmus/plan/expectations.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::tool {

/// What is to be said of data from `data.least` to `data.most`, one line each: that the loss, or the last layer,
/// has no use for them.
std::vector<std::string> range_warnings(GraphView model, GraphView loss, const plan::Interval& data,
                                        std::string_view source);

/// What is to be said of steps with `batch` of `samples` samples: that some have one alone, and a layer normalises
/// by the batch.
std::vector<std::string> batch_warnings(GraphView declared, std::size_t batch, std::size_t samples);

}  // namespace isthmus::tool
