// The output files of a finished run: models, pictures, the report.
#pragma once

#include "training.hpp"

#include <string>
#include <utility>
#include <vector>

namespace isthmus::tool {

/// Names and values of a report, in order.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Writes autoencoder.safetensors, encoder.safetensors and decoder.safetensors.
void save_models(const TrainSettings& settings, const std::vector<NamedTensor>& parameters, int epoch);

/// Draws loss.png, reconstructions.png, interpolation.png, for labelled data latent.png and for codes of two
/// values manifold.png, and writes report.html with all of them, plots as SVG, and the model. A picture that
/// cannot be drawn (no gnuplot, samples that are no images) is left out, and standard error says so. Throws
/// FileError if a file cannot be written.
void save_pictures(const TrainSettings& settings, const PortData& validation,
                   const std::vector<NamedTensor>& parameters, const report::History& history,
                   const Pairs& run_settings, const Pairs& figures);

/// SHA-256 over the parameters in the graph's order: name, then row-major little-endian floats.
std::string weights_sha256(const ModelEntry& entry, const std::vector<NamedTensor>& parameters);

}  // namespace isthmus::tool
