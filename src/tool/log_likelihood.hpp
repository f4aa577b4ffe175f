// How probable a variational model finds data.
#pragma once

#include "models.hpp"
#include "port_data.hpp"

#include <isthmus/run/weights.hpp>

#include <string>

namespace isthmus::tool {

/// Throws Error unless the code of a model is drawn and its loss has a likelihood.
void require_log_likelihood(const ModelEntry& entry);

/// The mean over the samples of the importance-weighted lower bound on log p(x), in nats, from `draws` codes for
/// each sample: run::importance_bounds. `path` is the model's file, for messages.
double log_likelihood(const SavedModel& model, const std::string& path, const Weights& weights,
                      const PortData& data, int draws);

}  // namespace isthmus::tool
