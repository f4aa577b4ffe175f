// Models with rounded weights: close to the model, and the same bits however they are run.
#include <isthmus/run/trainer.hpp>

#include "run_room/models.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 33;

std::vector<float> reconstructed(Autoencoder<Wide, most>& model, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  model.reconstruct(x, y);
  return y;
}

double largest_difference(const std::vector<float>& x, const std::vector<float>& y) {
  double most_found = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    most_found = std::max(most_found, std::fabs(double{x[i]} - double{y[i]}));
  return most_found;
}

}  // namespace

TEST_CASE("rounded weights change a model little, and fp32 brings back its bits") {
  Trainer<Wide, most> trainer(5);
  const std::vector<float> x = floats(most * 70, 3, 0, 1);
  for (int i = 0; i < 10; ++i) trainer.step(x);
  Autoencoder<Wide, most> model(trainer);
  const std::vector<float> exact = reconstructed(model, x);
  for (const Weights& weights : {Weights::bf16(), Weights::int8()}) {
    model.set_weights(weights);
    const double difference = largest_difference(exact, reconstructed(model, x));
    CHECK(difference > 0);
    CHECK(difference < 0.01);
  }
  model.set_weights(Weights::fp32());
  CHECK(reconstructed(model, x) == exact);
}

TEST_CASE("with rounded weights a sample gives the same bits in any batch and on any number of threads") {
  const std::vector<float> x = floats(most * 70, 3, 0, 1);
  for (const Weights& weights : {Weights::bf16(), Weights::int8()}) {
    Autoencoder<Wide, most> model{Trainer<Wide, most>(5)};
    model.set_weights(weights);
    const std::vector<float> together = reconstructed(model, x);
    std::vector<float> alone(x.size());
    for (std::size_t i = 0; i < most; ++i)
      model.reconstruct(std::span(x).subspan(i * 70, 70), std::span(alone).subspan(i * 70, 70));
    CHECK(alone == together);
    tbb::task_arena two(2);
    CHECK(two.execute([&] { return reconstructed(model, x); }) == together);
    model.set_threads(Threads::none());
    CHECK(reconstructed(model, x) == together);
  }
}

TEST_CASE("parameters that are written later are rounded as well, and read back as they are") {
  const std::vector<float> x = floats(most * 70, 3, 0, 1);
  const Trainer<Wide, most> one(1), two(2);
  Autoencoder<Wide, most> early{one}, late{two};
  early.set_weights(Weights::bf16());
  reconstructed(early, x);
  early.write(two.read(false), "two");
  late.set_weights(Weights::bf16());
  CHECK(reconstructed(early, x) == reconstructed(late, x));
  const std::vector<NamedTensor> kept = early.read(), given = two.read(false);
  REQUIRE(kept.size() == given.size());
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(kept[i].values == given[i].values);
}

TEST_CASE("a program that trains has no rounded weights") {
  Trainer<Wide, most> plain(5);
  const std::vector<float> x = floats(most * 70, 3, 0, 1);
  run::Session session(plain.training_session().program(), most);
  session.set_weights(Weights::int8().kernels());
  session.initialize(5);
  const Samples input{x.data(), most};
  run::RunArguments arguments;
  arguments.samples = most;
  arguments.inputs = {&input, 1};
  arguments.learning_rate = session.declared_learning_rate();
  arguments.step = 1;
  arguments.seed = 5;
  session.run(arguments);
  CHECK(static_cast<float>(plain.step(x)) == static_cast<float>(session.scalar_output("loss")));
}
