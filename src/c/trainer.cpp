#include "c/handles.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::c;

namespace {

/// Checks that two programs can make a trainer.
isthmus_status check_programs(const isthmus_program* train, const isthmus_program* evaluate, int max_batch) {
  if (train == nullptr || evaluate == nullptr || train->role != Role::train || evaluate->role != Role::evaluate ||
      std::string_view(train->graph) != evaluate->graph)
    return fail_argument("train, evaluate: expected the programs of these roles of one graph");
  return max_batch < 1 ? fail_argument("max_batch: expected at least 1") : ISTHMUS_OK;
}

isthmus_status give_loss(const StepResult& result, double* loss) {
  if (result.fault == Fault::none && loss != nullptr) *loss = result.loss;
  return status_of(result.fault);
}

}  // namespace

extern "C" {

size_t isthmus_trainer_workspace(const isthmus_program* train, const isthmus_program* evaluate, int max_batch) {
  if (check_programs(train, evaluate, max_batch) != ISTHMUS_OK) return 0;
  return bytes_or_none([&] { return TrainerCore::workspace_bytes(train->make(), evaluate->make(), max_batch); });
}

isthmus_status isthmus_trainer_create(const isthmus_program* train, const isthmus_program* evaluate, int max_batch,
                                      uint64_t seed, void* workspace, size_t workspace_bytes,
                                      isthmus_trainer** trainer) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  if (const auto status = check_programs(train, evaluate, max_batch); status != ISTHMUS_OK) return status;
  const std::span memory(static_cast<std::byte*>(workspace), workspace_bytes);
  return create(
      trainer, memory, [&] { return TrainerCore::workspace_bytes(train->make(), evaluate->make(), max_batch); },
      [&] {
        return isthmus_trainer{train, TrainerCore(train->make(), evaluate->make(), max_batch, seed, memory)};
      });
}

void isthmus_trainer_destroy(isthmus_trainer* trainer) { delete trainer; }

int isthmus_trainer_input_size(const isthmus_trainer* trainer) {
  return size_of(trainer, "trainer: a null pointer", [](const TrainerCore& core) { return core.input_size(); });
}

int isthmus_trainer_size_of_input(const isthmus_trainer* trainer, const char* name) {
  if (trainer != nullptr) return trainer->inputs.size_of(name);
  fail_argument("trainer: a null pointer");
  return 0;
}

isthmus_status isthmus_trainer_set_input(isthmus_trainer* trainer, const char* name, const float* samples,
                                         int64_t stride) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  return trainer->inputs.set(name, samples, stride);
}

isthmus_status isthmus_step(isthmus_trainer* trainer, const float* samples, int64_t stride, int count,
                            double* loss) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  const auto inputs = trainer->inputs.with(samples, stride, count);
  return inputs ? give_loss(trainer->core.try_step(*inputs), loss) : ISTHMUS_ARGUMENT;
}

isthmus_status isthmus_evaluate(isthmus_trainer* trainer, const float* samples, int64_t stride, int count,
                                double* loss) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  const auto inputs = trainer->inputs.with(samples, stride, count);
  return inputs ? give_loss(trainer->core.try_evaluate(*inputs), loss) : ISTHMUS_ARGUMENT;
}

isthmus_status isthmus_set_learning_rate(isthmus_trainer* trainer, double rate) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  if (!(rate > 0) || !std::isfinite(rate)) return fail_argument("rate: expected a positive number");
  trainer->core.set_learning_rate(rate);
  return succeed();
}

isthmus_status isthmus_trainer_set_threads(isthmus_trainer* trainer, int workers, isthmus_parallel parallel,
                                           void* host) {
  if (trainer == nullptr) return fail_argument("trainer: a null pointer");
  return set_threads(trainer->core, workers, parallel, host);
}

}  // extern "C"
