#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/files.hpp>
#include <isthmus/interchange/checkpoint.hpp>

#include <utility>

#include "text.hpp"

namespace isthmus {
namespace {

using interchange::ModelFile;
using interchange::ModelRole;

ModelFile file_of(std::vector<NamedTensor> tensors, std::string_view graph, ModelRole role) {
  ModelFile file;
  file.graph = graph;
  file.role = role;
  file.tensors = std::move(tensors);
  return file;
}

ModelFile read_file(const std::filesystem::path& path, std::string_view graph) {
  ModelFile file = interchange::read_model(path);
  if (file.graph != graph)
    throw FileError(path.string(), "metadata \"graph\"", "the graph " + std::string(graph), shown(file.graph));
  return file;
}

}  // namespace

void save_parameters(const TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path) {
  interchange::write_model(path, file_of(trainer.read(false), graph, ModelRole::autoencoder));
}

void load_parameters(TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path) {
  trainer.write(read_file(path, graph).tensors, false, 0, path.string());
}
void load_parameters(InferenceCore& model, std::string_view graph, const std::filesystem::path& path) {
  model.write(read_file(path, graph).tensors, path.string());
}

void save_checkpoint(const TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path) {
  TrainerCore::State state = trainer.state();
  ModelFile file = file_of(std::move(state.tensors), graph, ModelRole::checkpoint);
  note(file, {state.steps, state.seed, state.learning_rate, trainer.precision()});
  interchange::write_model(path, file);
}

void load_checkpoint(TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path) {
  ModelFile file = read_file(path, graph);
  const std::string name = path.string();
  if (file.role != ModelRole::checkpoint)
    throw FileError(name, "metadata, role", "checkpoint", std::string(interchange::name_of(file.role)));
  const interchange::TrainerNotes notes = interchange::trainer_notes(file, name);
  if (notes.precision != trainer.precision())
    throw FileError(name, "metadata, precision", std::string(name_of(trainer.precision())),
                    std::string(name_of(notes.precision)));
  trainer.restore({std::move(file.tensors), notes.steps, notes.seed, notes.learning_rate}, name);
}

std::string detail::file_name_of(std::string_view type) {
  type = type.substr(0, type.find('<'));
  const std::size_t scope = type.rfind("::");
  std::string name;
  for (const char c : scope == std::string_view::npos ? type : type.substr(scope + 2)) {
    const bool capital = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
    const bool after_digit = !name.empty() && name.back() >= '0' && name.back() <= '9';
    if (!name.empty() && name.back() != '_' && (capital || (digit && !after_digit))) name += '_';
    name += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

}  // namespace isthmus
