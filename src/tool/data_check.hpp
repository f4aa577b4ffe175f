// Checks that data and a model fit each other, for problems that training alone would not report.
#pragma once

#include "port_data.hpp"

#include <isthmus/plan/expectations.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::tool {

/// Warnings about data from `data.least` to `data.most`, one line each: that they are outside the range of the
/// loss, or of the last layer.
std::vector<std::string> range_warnings(GraphView model, GraphView loss, const plan::Interval& data,
                                        std::string_view source);

/// Warnings about steps with `batch` of `samples` samples: that some have only one sample, though a layer
/// normalises over the batch.
std::vector<std::string> batch_warnings(GraphView declared, std::size_t batch, std::size_t samples);

/// Warnings about conditions whose values are those of the data, or of a target, in some samples of these: with
/// them the code need not say anything.
std::vector<std::string> condition_warnings(GraphView declared, const PortData& data);

}  // namespace isthmus::tool
