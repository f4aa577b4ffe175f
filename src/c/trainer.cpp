#include "c/handles.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::c;

namespace {

/// Whether two programs make a trainer.
bool belong_together(const isthmus_program* train, const isthmus_program* evaluate) {
  return train != nullptr && evaluate != nullptr && train->role == Role::train && evaluate->role == Role::evaluate &&
         std::string_view(train->graph) == evaluate->graph;
}

isthmus_status give_loss(const StepResult& result, double* loss) {
  if (result.fault == Fault::none && loss != nullptr) *loss = result.loss;
  return status_of(result.fault);
}

}  // namespace

extern "C" {

size_t isthmus_trainer_workspace(const isthmus_program* train, const isthmus_program* evaluate, int max_batch) {
  if (!belong_together(train, evaluate) || max_batch < 1) return 0;
  return bytes_or_none([&] { return TrainerCore::workspace_bytes(train->make(), evaluate->make(), max_batch); });
}

isthmus_status isthmus_trainer_create(const isthmus_program* train, const isthmus_program* evaluate, int max_batch,
                                      uint64_t seed, void* workspace, size_t workspace_bytes,
                                      isthmus_trainer** trainer) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  *trainer = nullptr;
  if (!belong_together(train, evaluate))
    return fail_argument("train, evaluate: expected the programs of these roles of one graph");
  if (max_batch < 1) return fail_argument("max_batch: expected at least 1");
  if (workspace != nullptr) {
    const size_t needed = isthmus_trainer_workspace(train, evaluate, max_batch);
    if (needed == 0) return ISTHMUS_MEMORY;
    if (workspace_bytes < needed) return fail_workspace(needed, workspace_bytes);
  }
  return guarded([&] {
    *trainer = new isthmus_trainer{train, TrainerCore(train->make(), evaluate->make(), max_batch, seed,
                                                      {static_cast<std::byte*>(workspace), workspace_bytes})};
  });
}

void isthmus_trainer_destroy(isthmus_trainer* trainer) { delete trainer; }

int isthmus_trainer_input_size(const isthmus_trainer* trainer) {
  return trainer == nullptr ? 0 : trainer->core.input_size();
}

isthmus_status isthmus_step(isthmus_trainer* trainer, const float* samples, int64_t stride, int count, double* loss) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  return give_loss(trainer->core.try_step({samples, count, stride}), loss);
}

isthmus_status isthmus_evaluate(isthmus_trainer* trainer, const float* samples, int64_t stride, int count,
                                double* loss) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  return give_loss(trainer->core.try_evaluate({samples, count, stride}), loss);
}

isthmus_status isthmus_set_learning_rate(isthmus_trainer* trainer, double rate) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  if (!(rate > 0) || !std::isfinite(rate)) return fail_argument("rate: expected a positive number");
  trainer->core.set_learning_rate(rate);
  return ISTHMUS_OK;
}

isthmus_status isthmus_trainer_set_threads(isthmus_trainer* trainer, int workers, isthmus_parallel parallel,
                                           void* host) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  trainer->core.set_threads(threads_of(workers, parallel, host));
  return ISTHMUS_OK;
}

}  // extern "C"
