// Models in files, apart from the rest: a program that loads none holds no reader.
#include "c/handles.hpp"

#include <isthmus/files.hpp>

using namespace isthmus;
using namespace isthmus::c;

namespace {

/// Performs one of the calls below: `file(core, graph, path)`.
template <class Trainer, class File>
isthmus_status with_file(Trainer* trainer, const char* path, const File& file) {
  if (trainer == nullptr || path == nullptr) return fail_argument("trainer, path: a null pointer");
  return guarded([&] { file(trainer->core, trainer->program->graph, path); });
}

}  // namespace

extern "C" {

isthmus_status isthmus_model_load(isthmus_model* model, const char* path) {
  if (model == nullptr || path == nullptr) return fail_argument("model, path: a null pointer");
  return guarded([&] { load_parameters(model->core, model->program->graph, path); });
}

isthmus_status isthmus_trainer_save(const isthmus_trainer* trainer, const char* path) {
  return with_file(trainer, path, [](auto& core, auto... where) { save_parameters(core, where...); });
}
isthmus_status isthmus_trainer_load(isthmus_trainer* trainer, const char* path) {
  return with_file(trainer, path, [](auto& core, auto... where) { load_parameters(core, where...); });
}
isthmus_status isthmus_trainer_save_checkpoint(const isthmus_trainer* trainer, const char* path) {
  return with_file(trainer, path, [](auto& core, auto... where) { save_checkpoint(core, where...); });
}
isthmus_status isthmus_trainer_load_checkpoint(isthmus_trainer* trainer, const char* path) {
  return with_file(trainer, path, [](auto& core, auto... where) { load_checkpoint(core, where...); });
}

}  // extern "C"
