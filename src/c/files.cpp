// Models in files, apart from the rest: a program that loads none holds no reader.
#include "c/handles.hpp"

#include <isthmus/interchange/model_file.hpp>

using namespace isthmus;
using namespace isthmus::c;

namespace {

/// The parameters in a file. Throws as interchange::read_model does, and FileError if it is of another graph.
std::vector<run::NamedTensor> read_parameters(const char* path, const char* graph) {
  interchange::ModelFile file = interchange::read_model(path);
  if (file.graph != graph) throw FileError(path, "metadata \"graph\"", std::string("the graph ") + graph, file.graph);
  std::vector<run::NamedTensor> tensors;
  for (interchange::Tensor& tensor : file.tensors)
    tensors.push_back({std::move(tensor.name), {tensor.shape.begin(), tensor.shape.end()}, std::move(tensor.values)});
  return tensors;
}

}  // namespace

extern "C" {

isthmus_status isthmus_model_load(isthmus_model* model, const char* path) {
  if (model == nullptr || path == nullptr) return fail_argument("model, path: a null pointer");
  return guarded([&] { model->core.write(read_parameters(path, model->program->graph), path); });
}

isthmus_status isthmus_trainer_save(const isthmus_trainer* trainer, const char* path) {
  if (trainer == nullptr || path == nullptr) return fail_argument("trainer, path: a null pointer");
  return guarded([&] {
    interchange::ModelFile file;
    file.graph = trainer->program->graph;
    file.role = interchange::ModelRole::autoencoder;
    for (run::NamedTensor& tensor : trainer->core.read(false))
      file.tensors.push_back(
          {std::move(tensor.name), {tensor.shape.begin(), tensor.shape.end()}, std::move(tensor.values)});
    interchange::write_model(path, file);
  });
}

isthmus_status isthmus_trainer_load(isthmus_trainer* trainer, const char* path) {
  if (trainer == nullptr || path == nullptr) return fail_argument("trainer, path: a null pointer");
  return guarded([&] { trainer->core.write(read_parameters(path, trainer->program->graph), false, 0, path); });
}

}  // extern "C"
