#include "c/handles.hpp"

using namespace isthmus;
using namespace isthmus::c;

namespace {

bool computes(Role role) { return role == Role::encode || role == Role::decode || role == Role::reconstruct; }

isthmus_status check_program(const isthmus_program* program, int max_batch) {
  if (program == nullptr) return fail_argument("program: a null pointer");
  if (!computes(program->role))
    return fail_argument("program: expected one that encodes, decodes or reconstructs");
  return max_batch < 1 ? fail_argument("max_batch: expected at least 1") : ISTHMUS_OK;
}

isthmus_status check_owner(const isthmus_model* owner, int max_batch) {
  if (owner == nullptr) return fail_argument("owner: a null pointer");
  return max_batch < 1 ? fail_argument("max_batch: expected at least 1") : ISTHMUS_OK;
}

}  // namespace

extern "C" {

size_t isthmus_model_workspace(const isthmus_program* program, int max_batch) {
  if (check_program(program, max_batch) != ISTHMUS_OK) return 0;
  return bytes_or_none([&] { return InferenceCore::workspace_bytes(program->make(), max_batch); });
}

isthmus_status isthmus_model_create(const isthmus_program* program, int max_batch, void* workspace,
                                    size_t workspace_bytes, isthmus_model** model) {
  if (model == nullptr) return fail_argument("model: a null pointer");
  if (const auto status = check_program(program, max_batch); status != ISTHMUS_OK) return status;
  const std::span memory(static_cast<std::byte*>(workspace), workspace_bytes);
  return create(
      model, memory, [&] { return InferenceCore::workspace_bytes(program->make(), max_batch); },
      [&] { return isthmus_model{program, InferenceCore(program->make(), max_batch, memory)}; });
}

size_t isthmus_model_sharing_workspace(const isthmus_model* owner, int max_batch) {
  if (check_owner(owner, max_batch) != ISTHMUS_OK) return 0;
  return bytes_or_none([&] { return owner->core.sharing_workspace_bytes(max_batch); });
}

isthmus_status isthmus_model_create_sharing(const isthmus_model* owner, int max_batch, void* workspace,
                                            size_t workspace_bytes, isthmus_model** model) {
  if (model == nullptr) return fail_argument("model: a null pointer");
  if (const auto status = check_owner(owner, max_batch); status != ISTHMUS_OK) return status;
  const std::span memory(static_cast<std::byte*>(workspace), workspace_bytes);
  return create(
      model, memory, [&] { return owner->core.sharing_workspace_bytes(max_batch); },
      [&] {
        return isthmus_model{owner->program, InferenceCore(shared_weights, owner->core, max_batch, memory)};
      });
}

void isthmus_model_destroy(isthmus_model* model) { delete model; }

isthmus_status isthmus_model_copy(isthmus_model* model, const isthmus_trainer* trainer) {
  if (model == nullptr || trainer == nullptr) return fail_argument("model, trainer: a null pointer");
  if (std::string_view(model->program->graph) != trainer->program->graph)
    return fail_argument("trainer: expected one of the model's graph");
  return guarded([&] { model->core.write(trainer->core.read(false), "trainer"); });
}

int isthmus_model_input_size(const isthmus_model* model) {
  return size_of(model, "model: a null pointer", [](const InferenceCore& core) { return core.input_size(); });
}
int isthmus_model_output_size(const isthmus_model* model) {
  return size_of(model, "model: a null pointer", [](const InferenceCore& core) { return core.output_size(); });
}

isthmus_status isthmus_run(isthmus_model* model, const float* input, int64_t input_stride, float* output,
                           int64_t output_stride, int count) {
  if (model == nullptr) return fail_argument("model: a null pointer");
  const auto inputs = model->inputs.with(input, input_stride, count);
  return inputs ? status_of(model->core.try_run(*inputs, {output, count, output_stride})) : ISTHMUS_ARGUMENT;
}

int isthmus_model_size_of_input(const isthmus_model* model, const char* name) {
  if (model != nullptr) return model->inputs.size_of(name);
  fail_argument("model: a null pointer");
  return 0;
}

isthmus_status isthmus_model_set_input(isthmus_model* model, const char* name, const float* samples,
                                       int64_t stride) {
  if (model == nullptr) return fail_argument("model: a null pointer");
  return model->inputs.set(name, samples, stride);
}

isthmus_status isthmus_encode(isthmus_model* encoder, const float* samples, int64_t sample_stride, float* codes,
                              int64_t code_stride, int count) {
  if (encoder != nullptr && encoder->program->role != Role::encode)
    return fail_argument("encoder: expected a model of an encoding program");
  return isthmus_run(encoder, samples, sample_stride, codes, code_stride, count);
}

isthmus_status isthmus_decode(isthmus_model* decoder, const float* codes, int64_t code_stride, float* samples,
                              int64_t sample_stride, int count) {
  if (decoder != nullptr && decoder->program->role != Role::decode)
    return fail_argument("decoder: expected a model of a decoding program");
  return isthmus_run(decoder, codes, code_stride, samples, sample_stride, count);
}

isthmus_status isthmus_model_side_output(const isthmus_model* model, const char* name, const float** values,
                                         size_t* count) {
  if (model == nullptr || name == nullptr || values == nullptr || count == nullptr)
    return fail_argument("model, name, values, count: a null pointer");
  return guarded([&] {
    const std::span<const float> found = model->core.side_output(name);
    *values = found.data();
    *count = found.size();
  });
}

isthmus_status isthmus_model_set_threads(isthmus_model* model, int workers, isthmus_parallel parallel,
                                         void* host) {
  if (model == nullptr) return fail_argument("model: a null pointer");
  return set_threads(model->core, workers, parallel, host);
}

}  // extern "C"
