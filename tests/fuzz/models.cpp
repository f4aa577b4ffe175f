// Models by name alone, and kinds of weights without kernels, for a command line that is parsed but not run.
#include <isthmus/lower/weights.hpp>
#include <isthmus/run/registry.hpp>

#include <array>

namespace isthmus {

std::span<const ModelEntry> registered_models() {
  static const std::array entries{ModelEntry{"dense", "", {}, {}, nullptr, nullptr},
                                  ModelEntry{"variational_2d", "", {}, {}, nullptr, nullptr}};
  return entries;
}

const ModelEntry* find_model(std::string_view name) {
  for (const ModelEntry& entry : registered_models())
    if (name == entry.name) return &entry;
  return nullptr;
}

namespace lower {

const WeightKernels& bf16_weights() {
  static const WeightKernels none{};
  return none;
}

const WeightKernels& int8_weights() { return bf16_weights(); }

}  // namespace lower
}  // namespace isthmus
