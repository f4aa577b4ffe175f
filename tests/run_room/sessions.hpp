// Trainers and halves of the linked test models, without compiling anything of them again.
#pragma once

#include <isthmus/run/trainer.hpp>

#include "support/numbers.hpp"

#include <cstring>
#include <string_view>

namespace isthmus::testing {

template <class M>
TrainerCore trainer_of(int max_batch, std::uint64_t seed = 1) {
  return {linked_program<M, Role::train>(), linked_program<M, Role::evaluate>(), max_batch, seed};
}
/// A half, or the whole, with a trainer's parameters.
template <class M, Role role>
InferenceCore part_of(const TrainerCore& trainer, int max_batch) {
  InferenceCore core(linked_program<M, role>(), max_batch);
  core.write(trainer.read(false), "trainer");
  return core;
}
template <class M>
std::vector<float> samples_of(int count, std::uint32_t stream = 3) {
  return floats(static_cast<std::size_t>(count * M::model.input_size()), stream, 0.0, 1.0);
}

inline bool same_bits(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t t = 0; t < a.size(); ++t)
    if (a[t].name != b[t].name || a[t].values.size() != b[t].values.size() ||
        std::memcmp(a[t].values.data(), b[t].values.data(), a[t].values.size() * sizeof(float)) != 0)
      return false;
  return true;
}
inline const std::vector<float>& values_of(const std::vector<NamedTensor>& tensors, std::string_view name) {
  for (const NamedTensor& tensor : tensors)
    if (tensor.name == name) return tensor.values;
  throw std::out_of_range("no tensor " + std::string(name));
}
/// A running statistic, which training replaces but does not optimize.
inline bool is_statistic(const std::string& name) {
  return name.ends_with(".mean") || name.ends_with(".variance");
}

}  // namespace isthmus::testing
