#include "models.hpp"

#include <isthmus/error.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/plan/split.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <numeric>

namespace isthmus::tool {
namespace {

using interchange::ModelRole;

/// The graph whose parameters a file of this role holds.
Graph graph_of(const ModelEntry& entry, ModelRole role) {
  if (role == ModelRole::checkpoint) return entry.source(Role::train, entry.rewrites);
  // Without what only training does: the decoder has nothing of the statistics that the encoder updates.
  Graph used = plan::resolve_modes(entry.declared, false, false);
  if (role == ModelRole::encoder) return plan::encoder_graph(used);
  if (role == ModelRole::decoder) return plan::decoder_graph(used);
  return used;
}

const NamedTensor* find(const std::vector<NamedTensor>& tensors, const std::string& name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::string known_graphs() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : registered_models()) names.emplace_back(entry.name);
  return fmt::format("a graph of this program ({})", fmt::join(names, ", "));
}

/// `an encoder or an autoencoder`
std::string role_names(std::span<const ModelRole> roles) {
  std::string text;
  for (const ModelRole role : roles) {
    const std::string_view name = name_of(role);
    const bool vowel = name[0] == 'a' || name[0] == 'e';
    text += fmt::format("{}{} {}", text.empty() ? "" : " or ", vowel ? "an" : "a", name);
  }
  return text;
}

void require_tensors(const std::string& path, const std::vector<NamedTensor>& expected,
                     const std::vector<NamedTensor>& found, const std::string& graph) {
  for (const NamedTensor& tensor : expected) {
    const NamedTensor* const same = find(found, tensor.name);
    const std::string place = fmt::format("tensor '{}'", tensor.name);
    const std::string shape = fmt::format("shape {}", tensor.shape);
    if (same == nullptr) throw FileError(path, place, shape, "no such tensor");
    if (same->shape != tensor.shape) throw FileError(path, place, shape, fmt::format("{}", same->shape));
  }
  for (const NamedTensor& tensor : found)
    if (find(expected, tensor.name) == nullptr)
      throw FileError(path, fmt::format("tensor '{}'", tensor.name),
                      fmt::format("only tensors of graph {}", graph), "one that it does not have");
}

/// Extents of one sample of the only node of this kind.
std::vector<std::int64_t> sample_shape_of(const ModelEntry& entry, bool (*is_one)(const Node&)) {
  const Shape& shape = entry.declared[find_first(entry.declared, is_one)].shape;
  return {shape.dim + (shape.has_batch() ? 1 : 0), shape.dim + shape.rank};
}

std::vector<std::int64_t> without_ones(std::vector<std::int64_t> shape) {
  std::erase(shape, 1);
  return shape;
}

std::size_t size_of(const std::vector<std::int64_t>& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

}  // namespace

std::vector<NamedTensor> expected_tensors(const ModelEntry& entry, ModelRole role) {
  std::vector<NamedTensor> list;
  for (const Node& node : graph_of(entry, role).nodes) {
    if (!is_parameter(node) && !is_state(node)) continue;
    list.push_back({full_name(node.label), {node.shape.dim, node.shape.dim + node.shape.rank}, {}});
  }
  return list;
}

std::vector<NamedTensor> select_tensors(const ModelEntry& entry, ModelRole role,
                                        const std::vector<NamedTensor>& tensors) {
  std::vector<NamedTensor> list = expected_tensors(entry, role);
  const bool trains = role == ModelRole::checkpoint;
  for (NamedTensor& tensor : list) {
    const NamedTensor* const found = trains ? find(tensors, tensor.name) : find_in_use(tensors, tensor.name);
    if (found == nullptr)
      throw ShapeError(fmt::format("tensor '{}': expected it among the model's, found none", tensor.name));
    tensor.shape = found->shape;
    tensor.values = found->values;
  }
  return list;
}

SavedModel load_model(const std::string& path, std::span<const ModelRole> roles) {
  SavedModel model;
  model.file = interchange::read_model(path);
  model.entry = find_model(model.file.graph);
  if (model.entry == nullptr)
    throw FileError(path, "metadata, graph", known_graphs(), fmt::format("'{}'", model.file.graph.substr(0, 60)));
  if (std::find(roles.begin(), roles.end(), model.file.role) == roles.end())
    throw FileError(path, "metadata, role", role_names(roles), role_names(std::span(&model.file.role, 1)));
  require_tensors(path, expected_tensors(*model.entry, model.file.role), model.file.tensors, model.file.graph);
  return model;
}

void require_sample_shape(const data::Samples& samples, const std::vector<std::int64_t>& expected,
                          const std::string& user) {
  const std::vector<std::int64_t> ours = without_ones(expected), theirs = without_ones(samples.shape());
  const bool as_many = size_of(expected) == samples.sample_size();
  if (ours == theirs || (as_many && (ours.size() < 2 || theirs.size() < 2))) return;
  throw ShapeError(fmt::format("{}: expected samples of shape {}, which {} takes, found {}", samples.name(),
                               expected, user, samples.shape()));
}

std::uint64_t seed_of(const interchange::ModelFile& file) {
  const auto found = file.details.find("seed");
  std::uint64_t seed = 0;
  if (found != file.details.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), seed);
  return seed;
}

run::RunArguments evaluation_arguments(const interchange::ModelFile& file, const run::GivenInputs& inputs,
                                       std::span<const std::uint32_t> sample_numbers) {
  run::RunArguments arguments;
  arguments.seed = seed_of(file);
  arguments.sample_numbers = sample_numbers.data();
  arguments.samples = inputs.count();
  arguments.inputs = inputs.all();
  arguments.step = run::end_of_schedules;
  return arguments;
}

int batch_of(const interchange::ModelFile& file, int otherwise) {
  const auto found = file.details.find("batch");
  int batch = 0;
  if (found != file.details.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), batch);
  return batch >= 1 ? batch : otherwise;
}

std::vector<std::string> loss_terms(const ModelEntry& entry) {
  std::vector<std::string> names{"loss"};
  for (const Node& node : entry.source(Role::evaluate, entry.rewrites).nodes)
    if (is_output(node) && !same_text(node.label.layer, "loss")) names.emplace_back(node.label.layer);
  return names;
}

std::vector<std::int64_t> output_shape(const ModelEntry& entry, Role role) {
  return sample_shape_of(entry, role == Role::encode ? is_bottleneck : is_output);
}

bool is_corrupted(const ModelEntry& entry) { return plan::has_mode(entry.declared, Mode::corruption); }
bool is_variational(const ModelEntry& entry) { return plan::has_mode(entry.declared, Mode::sampling); }

lower::Program in_precision(const lower::Program& program, std::optional<Precision> precision) {
  return precision ? lower::with_precision(program, *precision) : program;
}

}  // namespace isthmus::tool
