// Losses and weights have the same bits on every SIMD target that has fused multiply-add, for every model of
// graphs/.
#include <isthmus/lower/targets.hpp>
#include <isthmus/run/registry.hpp>
#include <isthmus/run/trainer.hpp>

#include "support/catch.hpp"
#include "support/port_values.hpp"

#include <hwy/targets.h>

#include <string_view>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

struct Outcome {
  std::string arithmetic, target;
  std::vector<double> losses;
  std::vector<NamedTensor> tensors;
  std::vector<float> codes, reconstructions;
};

/// The result of a role with these parameters.
std::vector<float> computed(const lower::Program& program, const std::vector<NamedTensor>& parameters,
                            int samples) {
  InferenceCore core(program, samples);
  std::vector<NamedTensor> own = core.read();
  for (NamedTensor& tensor : own)
    for (const NamedTensor& parameter : parameters)
      if (parameter.name == tensor.name) tensor.values = parameter.values;
  core.write(own, "same bits");
  std::vector<float> result(static_cast<std::size_t>(samples * core.output_size()));
  core.run(GivenPorts(core.inputs(), samples, 9).ports, result);
  return result;
}

/// Parameters of a model that is trained here. Of `top_k`, with 38 million, run_room/sparse_test.cpp has a small
/// one.
constexpr std::int64_t most_parameters = 10'000'000;

/// Four steps with 17 samples, whose last tiles are not full, and the loss after them.
Outcome trained(const ModelEntry& entry) {
  constexpr int samples = 17;
  const lower::Program step = entry.program(Role::train);
  TrainerCore trainer(step, entry.program(Role::evaluate), samples, 3);
  Outcome outcome{step.kernels->arithmetic, step.kernels->target, {}, {}, {}, {}};
  for (std::uint32_t i = 0; i < 4; ++i)
    outcome.losses.push_back(trainer.step(GivenPorts(trainer.inputs(), samples, i).ports));
  outcome.losses.push_back(trainer.evaluate(GivenPorts(trainer.inputs(), samples, 9).ports));
  outcome.losses.insert(outcome.losses.end(), trainer.last_terms().begin(), trainer.last_terms().end());
  outcome.tensors = trainer.read(true);
  outcome.codes = computed(entry.program(Role::encode), outcome.tensors, samples);
  outcome.reconstructions = computed(entry.program(Role::reconstruct), outcome.tensors, samples);
  return outcome;
}

}  // namespace

TEST_CASE("losses and weights are the same bits whatever the width of vectors") {
  int compared = 0;
  for (const ModelEntry& entry : registered_models()) {
    if (parameter_count(entry.declared) > most_parameters) continue;
    std::vector<Outcome> outcomes;
    for (const auto target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      outcomes.push_back(trained(entry));
    }
    hwy::SetSupportedTargetsForTest(0);
    for (const Outcome& one : outcomes) {
      if (one.arithmetic != outcomes.front().arithmetic) continue;
      INFO(entry.name << " on " << one.target << " and " << outcomes.front().target);
      CHECK(one.losses == outcomes.front().losses);
      // A bounded field may be written with these on one machine, and read with them on another.
      CHECK(one.codes == outcomes.front().codes);
      CHECK(one.reconstructions == outcomes.front().reconstructions);
      REQUIRE(one.tensors.size() == outcomes.front().tensors.size());
      for (std::size_t i = 0; i < one.tensors.size(); ++i) {
        INFO(one.tensors[i].name);
        CHECK(one.tensors[i].values == outcomes.front().tensors[i].values);
      }
      compared += one.target != outcomes.front().target;
    }
    // Where there is no fused multiply-add it says so.
    for (const Outcome& one : outcomes)
      CHECK((one.arithmetic == "fused") ==
            (one.target != "SSE4" && one.target != "SSE2" && one.target != "EMU128" && one.target != "SCALAR"));
  }
  // A processor with AVX-512 has AVX2 as well.
  if (registered_models().size() > 0 && hwy::SupportedTargets() & HWY_AVX3) CHECK(compared > 0);
}
