// Saved models: from a running session to a file, and back into a program that fits it.
#pragma once

#include <isthmus/data/samples.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/named_tensor.hpp>
#include <isthmus/run/registry.hpp>
#include <isthmus/run/trainer.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::tool {

/// The tensors that a file of this role has, in the graph's order: names and shapes, no values.
std::vector<NamedTensor> expected_tensors(const ModelEntry& entry, interchange::ModelRole role);

/// The tensors of `tensors` that a file of this role has, in the graph's order. A checkpoint has them as they are,
/// other files have the moving averages of parameters under these' names.
std::vector<NamedTensor> select_tensors(const ModelEntry& entry, interchange::ModelRole role,
                                        const std::vector<NamedTensor>& tensors);

/// A file and the registered model that it belongs to.
struct SavedModel {
  const ModelEntry* entry = nullptr;
  interchange::ModelFile file;
};

/// Reads a model's file and checks the graph's name, that the role is among `roles`, and every tensor's name
/// and shape: none is missing, and none is there that the graph does not know. Throws FileError.
SavedModel load_model(const std::string& path, std::span<const interchange::ModelRole> roles);

/// Throws ShapeError, naming both shapes, unless samples are of the expected extents: of that shape, up to
/// dimensions of 1, or one of the two is a plain row of as many values. `user` is what takes them, in messages.
void require_sample_shape(const data::Samples& samples, const std::vector<std::int64_t>& expected,
                          const std::string& user);

/// The seed of the run that wrote the file, 0 if it does not say.
std::uint64_t seed_of(const interchange::ModelFile& file);

/// What a program of Role::evaluate is given for samples of these numbers: noise is that of the validation of the
/// run that wrote the file.
run::RunArguments evaluation_arguments(const interchange::ModelFile& file, const run::GivenInputs& inputs,
                                       std::span<const std::uint32_t> sample_numbers);

/// The batch of the run that wrote the file; `otherwise` if it does not say.
int batch_of(const interchange::ModelFile& file, int otherwise);

/// `loss`, then the names of its terms if it is a sum of several.
std::vector<std::string> loss_terms(const ModelEntry& entry);

/// Extents of one sample that a program of this role gives: {784}, {7, 7, 128}.
std::vector<std::int64_t> output_shape(const ModelEntry& entry, Role role);

/// Whether training adds noise to the data.
bool is_corrupted(const ModelEntry& entry);

/// Whether the code is drawn from a distribution, so that codes from N(0, I) mean something.
bool is_variational(const ModelEntry& entry);

/// A model's program whose products are of `precision`, or of the one that is declared.
lower::Program in_precision(const lower::Program& program, std::optional<Precision> precision);

}  // namespace isthmus::tool
