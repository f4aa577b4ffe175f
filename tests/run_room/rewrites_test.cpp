// Every rewrite may be switched off, and gives the same up to rounding: the loss, the parameters after a step, and
// what the model reconstructs.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/lower/here.hpp>

#include <isthmus/declare.hpp>

#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr plan::Rewrites all_on = {};
constexpr plan::Rewrites all_off = {false, false, false, false, false};

/// A model for each of the rewrites to do something, planned with these.
template <plan::Rewrites chosen>
struct Rewritten {
  static constexpr plan::Rewrites rewrites = chosen;
  static constexpr auto model =
      autoencoder(encoder(input<8, 12, 3>("x"),
                          conv2d<20, 3>("enc1", bias_constant(0.1f)) | batch_norm("bn1") | elu | max_pool<2>,
                          conv2d<48, 3>("enc2", bias_constant(-0.1f)) | elu | max_pool<2>),
                  bottleneck(conv2d<4, 1>("code", no_bias) | batch_norm("bn2")),
                  decoder(conv2d<32, 3>("dec1") | isthmus::tanh | upsample<2>,
                          conv2d<17, 3>("dec2") | elu | upsample<2>, conv2d<3, 3>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, sgd{});
};

constexpr int samples = 5;
constexpr std::size_t values = std::size_t{samples} * 8 * 12 * 3;

struct Outcome {
  double loss = 0;
  std::vector<NamedTensor> before, after;
  std::vector<float> reconstructed;
};

template <class M>
Outcome run() {
  const std::vector<float> x = floats(values, 3, 0, 1);
  Outcome outcome;
  const Samples input{x.data(), samples};
  run::RunArguments arguments;
  arguments.samples = samples;
  arguments.inputs = {&input, 1};
  arguments.learning_rate = 1;
  run::Session step(CompiledHere::program<M, Role::train>(), samples);
  step.initialize(1);
  // The first step gives the statistics something to say.
  step.run(arguments);
  outcome.before = step.read(false);
  step.run(arguments);
  outcome.loss = step.scalar_output("loss");
  outcome.after = step.read(false);
  run::Session whole(CompiledHere::program<M, Role::reconstruct>(), samples);
  whole.write(outcome.before, false, "test");
  outcome.reconstructed.resize(values);
  arguments.output = outcome.reconstructed.data();
  whole.run(arguments);
  return outcome;
}

/// The largest difference over the largest value.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (const float value : b) largest = std::max(largest, std::fabs(double{value}));
  return largest_error(a, b, largest);
}

template <plan::Rewrites chosen>
void compare() {
  for_each_target([] {
    const Outcome expected = run<Rewritten<all_on>>(), found = run<Rewritten<chosen>>();
    CHECK(found.loss == Approx(expected.loss).epsilon(1e-5));
    CHECK(difference(found.reconstructed, expected.reconstructed) < 1e-5);
    REQUIRE(found.after.size() == expected.after.size());
    for (std::size_t t = 0; t < found.after.size(); ++t) {
      INFO(found.after[t].name);
      CHECK(found.after[t].name == expected.after[t].name);
      CHECK(difference(found.after[t].values, expected.after[t].values) < 1e-5);
      // A bias in front of a batch norm has no gradient but roundings.
      if (found.after[t].name == "enc1.bias") continue;
      // The step itself, which is small beside the parameters.
      std::vector<float> step, expected_step;
      for (std::size_t i = 0; i < found.after[t].values.size(); ++i) {
        step.push_back(found.after[t].values[i] - found.before[t].values[i]);
        expected_step.push_back(expected.after[t].values[i] - expected.before[t].values[i]);
      }
      CHECK(difference(step, expected_step) < 1e-3);
    }
  });
}

/// How many nodes of a program's plan are of a kind.
template <class M, Role role, class Kind>
constexpr int count(Kind kind) {
  int found = 0;
  for (const Node& node : plan::planned<M, role>.view().graph) found += kind(node);
  return found;
}
constexpr auto is_winograd = [](const Node& node) {
  return is_convolution(node.op) && node.algorithm == Algorithm::winograd;
};
constexpr auto reads_small_image = [](const Node& node) {
  return node.op == Op::conv2d && node.window.upsample() == 2;
};
constexpr auto pools_itself = [](const Node& node) { return node.op == Op::conv2d && node.pooled; };
constexpr auto scales_image = [](const Node& node) {
  return node.function == &ops::multiply && node.shape.is_image();
};

}  // namespace

TEST_CASE("each switch switches its rewrite") {
  using All = Rewritten<all_on>;
  using None = Rewritten<all_off>;
  CHECK(count<All, Role::train>(is_winograd) > 2);
  CHECK(count<None, Role::train>(is_winograd) == 0);
  CHECK(count<Rewritten<plan::Rewrites{.winograd = false}>, Role::train>(is_winograd) == 0);
  CHECK(count<All, Role::train>(reads_small_image) == 2);
  CHECK(count<None, Role::train>(reads_small_image) == 0);
  CHECK(count<Rewritten<plan::Rewrites{.absorb_upsampling = false}>, Role::train>(reads_small_image) == 0);
  // A batch norm lies between the first convolution and its pool.
  CHECK(count<All, Role::train>(pools_itself) == 1);
  CHECK(count<Rewritten<plan::Rewrites{.fuse_pooling = false}>, Role::train>(pools_itself) == 0);
  CHECK(count<Rewritten<plan::Rewrites{.pool_first = false}>, Role::train>(pools_itself) == 0);
  CHECK(count<All, Role::reconstruct>(scales_image) == 0);
  CHECK(count<None, Role::reconstruct>(scales_image) == 2);
  CHECK(count<Rewritten<plan::Rewrites{.fold_normalization = false}>, Role::reconstruct>(scales_image) == 2);
}

TEST_CASE("without Winograd's convolutions the model is the same") {
  compare<plan::Rewrites{.winograd = false}>();
}
TEST_CASE("without absorbed upsampling the model is the same") {
  compare<plan::Rewrites{.absorb_upsampling = false}>();
}
TEST_CASE("without pooling before bias and activation the model is the same") {
  compare<plan::Rewrites{.pool_first = false}>();
}
TEST_CASE("without convolutions that pool the model is the same") {
  compare<plan::Rewrites{.fuse_pooling = false}>();
}
TEST_CASE("without folded normalization the model is the same") {
  compare<plan::Rewrites{.fold_normalization = false}>();
}
TEST_CASE("without any rewrite the model is the same") { compare<all_off>(); }
