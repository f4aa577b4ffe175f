// Figures of the quality of a trained model's reconstructions and codes.
#pragma once

#include "models.hpp"
#include "port_data.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace isthmus::tool {

/// Figures of a whole model on a data set, by the names that scripts rely on:
/// - `mse`, and `bce`, the mean binary cross-entropy per value, the reconstruction clamped to [1e-7, 1 - 1e-7];
///   left out unless data and reconstructions lie in [0, 1];
/// - `psnr` in dB, 10 log10(1 / mse), left out if the mse is 0; `ssim` as report::structural_similarity has it,
///   for samples that can be drawn as images of at least 11 × 11;
/// - `mean_activation` of all values of the codes; `code_sparsity`, Hoyer's, the mean over the samples, 0 where
///   all values of a code are equally large, 1 where at most one is not zero; left out for codes of one value;
/// - `active_units`: the code's values whose variance over the samples exceeds 0.01.
/// Reconstructions are compared with the target, where it is not missing; `ssim` is left out if any of it is.
/// `path` is the model's file, for messages. Sources: Hoyer, "Non-negative matrix factorization with sparseness
/// constraints" (2004), section 3.1; Burda, Grosse, Salakhutdinov, "Importance weighted autoencoders" (2015),
/// section 5.2, whose threshold this is.
boost::json::object metrics_of(const SavedModel& model, const std::string& path, const Weights& weights,
                               const PortData& data);

}  // namespace isthmus::tool
