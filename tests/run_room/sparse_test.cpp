// Models whose code is what top_k keeps: with sparse products and without, whole and in halves, on any number of
// threads.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/lower/here.hpp>

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>
#include <isthmus/schedule/race_check.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <stdexcept>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int width = 48, units = 192, kept = 5;

/// Gao et al. 2024, small.
template <bool sparse>
struct Small {
  static constexpr plan::Rewrites rewrites{.use_sparsity = sparse};
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<width>("x");
    g.begin_layer("pre", "bias");
    auto bias = g.parameter("bias", shape_of(width));
    auto code = bottleneck(sparse_top_k<kept>(dense<units>(x - bias, "enc")));
    return dense<width>(scatter<units>(code), "dec", no_bias) + bias;
  });
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.003f});
};
/// The code is a row with zeros, and the decoder has the encoder's weights.
struct Tied {
  static constexpr auto model = autoencoder(encoder(input<width>("x"), dense<units>("enc")),
                                            bottleneck(top_k<kept>), decoder(dense<width>("dec", tied("enc"))));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
/// Nothing is learned, so that the same units are kept in every step.
struct Counted {
  static constexpr auto model =
      autoencoder(encoder(input<width>("x"), dense<units>("enc") | sparse_top_k<kept> | count_idle<units>),
                  bottleneck(linear), decoder(scatter<units>, dense<width>("dec")));
  static constexpr auto training = train(model, mean_squared_error, sgd{.learning_rate = 0.0f});
};
struct Untied {
  static constexpr auto model = autoencoder(encoder(input<width>("x"), dense<units>("enc")),
                                            bottleneck(top_k<kept>), decoder(dense<width>("dec")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

/// Of every second unit the bias is so low that at first it is never among the largest.
constexpr Initializer half_of_them_low{"half_of_them_low",
                                       [](const InitialValue& at) { return at.element % 2 == 0 ? 0.0f : -1.0f; }};
constexpr float dead_after = 1000;
template <bool revives>
struct Reviving {
  static constexpr auto model = graph([](Scope& g) {
    auto row = sparse_top_k<kept>(dense<units>(g.input<width>("x"), "enc", bias_by(half_of_them_low)));
    return directions<width, units>(bottleneck(count_idle<units>(row)), "dec");
  });
  static constexpr auto training =
      train(model, mean_squared_error + (revives ? 0.03125f : 0.0f) * aux_k<16>("enc", "dec", dead_after),
            adam{.learning_rate = 0.003f});
};

/// Sums of a few of so many directions.
std::vector<float> sums_of_directions(int samples, std::uint32_t stream, int directions = 64) {
  constexpr int each = 3;
  const std::vector<float> dictionary = floats(static_cast<std::size_t>(directions * width), 77, -1, 1);
  std::vector<float> x(static_cast<std::size_t>(samples * width), 0.1f);
  for (int s = 0; s < samples; ++s)
    for (int j = 0; j < each; ++j) {
      const auto number = static_cast<std::uint64_t>(s * each + j);
      const auto which = static_cast<int>(uniform(stream, number, 0, directions));
      const auto amount = static_cast<float>(uniform(stream + 1, number, 0.5, 1.5));
      for (int c = 0; c < width; ++c)
        x[static_cast<std::size_t>(s * width + c)] +=
            amount * dictionary[static_cast<std::size_t>(which * width + c)];
    }
  return x;
}

struct Trained {
  std::vector<double> losses;
  std::vector<NamedTensor> tensors;
};
template <class M>
Trained train_steps(int samples, int steps, int directions = 64) {
  Trainer<M, 70> trainer(3);
  Trained trained;
  for (int i = 0; i < steps; ++i)
    trained.losses.push_back(
        trainer.step(sums_of_directions(samples, static_cast<std::uint32_t>(2 * i), directions)));
  trained.tensors = trainer.read(true);
  return trained;
}

bool same_tensors(const Trained& a, const Trained& b) {
  for (std::size_t i = 0; i < a.tensors.size(); ++i)
    if (a.tensors[i].values != b.tensors[i].values) return false;
  return a.tensors.size() == b.tensors.size() && a.losses == b.losses;
}

std::ptrdiff_t dead_units(const Trained& trained) {
  const auto is_dead = [](float idle) { return idle > dead_after; };
  for (const NamedTensor& tensor : trained.tensors)
    if (tensor.name == "enc.idle") return std::count_if(tensor.values.begin(), tensor.values.end(), is_dead);
  throw std::logic_error("the counts are not there");
}

template <class M>
void check_halves() {
  constexpr int most = 33;
  const std::vector<float> data = sums_of_directions(most, 5);
  for_each_target([&] {
    Trainer<M, most> trainer(3);
    for (int i = 0; i < 4; ++i) trainer.step(data);
    auto [encoder, decoder] = split(trainer);
    Autoencoder<M, most> whole(trainer);
    for (const std::size_t n : {std::size_t{1}, std::size_t{5}, std::size_t{33}}) {
      INFO("batch " << n);
      std::vector<float> codes(n * static_cast<std::size_t>(M::model.code_size())), y(n * width), z(n * width);
      const std::span<const float> x(data.data(), n * width);
      encoder.encode(x, codes);
      decoder.decode(codes, y);
      whole.reconstruct(x, z);
      CHECK(y == z);
      reference::Interpreter graph(M::model.graph, static_cast<int>(n));
      for (const auto& tensor : trainer.read(false))
        graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
      graph.named("x").values.assign(x.begin(), x.end());
      graph.run();
      CHECK(largest_error(z, graph.named("reconstruction").values, 1e-2) < 1e-4);
    }
  });
}

template <class M>
void check_races() {
  const lower::Program program = CompiledHere::program<M, Role::train>();
  for (const int most : {1, 70, 1000}) {
    const plan::MemoryPlan memory = plan::plan_memory(program.plan, most);
    const schedule::TaskGraph graph = schedule::make_task_graph(program.plan, memory, most);
    for (const int samples : {1, most})
      CHECK_FALSE(schedule::find_race(program.plan, memory, graph, samples, most).has_value());
  }
}

}  // namespace

TEST_CASE("sparse products change no bit of the loss, and little of a step") {
  for_each_target([] {
    const Trained sparse = train_steps<Small<true>>(33, 1), whole = train_steps<Small<false>>(33, 1);
    CHECK(sparse.losses == whole.losses);
    REQUIRE(sparse.tensors.size() == whole.tensors.size());
    for (std::size_t i = 0; i < sparse.tensors.size(); ++i) {
      INFO(sparse.tensors[i].name);
      CHECK(largest_error(sparse.tensors[i].values, whole.tensors[i].values, 1e-2) < 1e-4);
    }
  });
}

TEST_CASE("a sparse code trains") {
  const Trained trained = train_steps<Small<true>>(64, 400);
  INFO(trained.losses.front() << " to " << trained.losses.back());
  CHECK(trained.losses.back() < 0.2 * trained.losses.front());
}

TEST_CASE("dead units come back with aux_k") {
  const Trained without = train_steps<Reviving<false>>(64, 600, units),  // of as many directions
      with = train_steps<Reviving<true>>(64, 600, units);
  INFO(without.losses.back() << " and " << with.losses.back());
  CHECK(dead_units(without) > units / 4);
  CHECK(2 * dead_units(with) < dead_units(without));
  CHECK(with.losses.back() < without.losses.back());
}

TEST_CASE("decode(encode(x)) has the bits of reconstruct(x) where the code is sparse") {
  check_halves<Small<true>>();
  check_halves<Tied>();
  check_halves<Untied>();
  check_halves<Reviving<true>>();
}

TEST_CASE("a step with sparse products has the same bits on any number of threads") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  tbb::task_arena one(1);
  const Trained alone = one.execute([] { return train_steps<Small<true>>(65, 4); }),
                tied = one.execute([] { return train_steps<Tied>(65, 4); }),
                reviving = one.execute([] { return train_steps<Reviving<true>>(65, 20); });
  for (const int workers : {2, 3, 4}) {
    tbb::task_arena arena(workers);
    CHECK(same_tensors(arena.execute([] { return train_steps<Small<true>>(65, 4); }), alone));
    CHECK(same_tensors(arena.execute([] { return train_steps<Tied>(65, 4); }), tied));
    CHECK(same_tensors(arena.execute([] { return train_steps<Reviving<true>>(65, 20); }), reviving));
  }
}

TEST_CASE("a step with sparse products has the same bits on every target with fused multiply-add") {
  std::string arithmetic;
  Trained first, first_reviving;
  for_each_target([&] {
    const std::string own = lower::kernels().arithmetic;
    const Trained found = train_steps<Small<true>>(33, 3), reviving = train_steps<Reviving<true>>(65, 20);
    if (arithmetic.empty()) arithmetic = own, first = found, first_reviving = reviving;
    if (own == arithmetic) CHECK((same_tensors(found, first) && same_tensors(reviving, first_reviving)));
  });
}

TEST_CASE("samples since a unit was last kept are counted") {
  constexpr std::size_t samples = 7;
  const std::vector<float> first = sums_of_directions(samples, 1), x = sums_of_directions(samples, 5);
  Trainer<Counted, samples> trainer(3);
  trainer.step(first);
  for (int i = 0; i < 3; ++i) trainer.step(x);
  const auto used_by = [&](const std::vector<float>& data) {
    Encoder<Counted, samples> encoder(trainer);
    std::vector<float> codes(samples * 2 * kept);
    encoder.encode(data, codes);
    std::vector<char> used(units, char{0});
    for (std::size_t s = 0; s < samples; ++s)
      for (std::size_t j = kept; j < 2 * kept; ++j) used[static_cast<std::size_t>(codes[s * 2 * kept + j])] = 1;
    return used;
  };
  const std::vector<char> before = used_by(first), now = used_by(x);
  for (const NamedTensor& tensor : trainer.read(false)) {
    if (tensor.name != "enc.idle") continue;
    for (std::size_t unit = 0; unit < units; ++unit)
      CHECK(tensor.values[unit] == static_cast<float>(samples) * (now[unit] != 0 ? 0 : before[unit] != 0 ? 3 : 4));
    return;
  }
  FAIL("the counts are not there");
}

TEST_CASE("tasks of sparse products do not race") {
  check_races<Small<true>>();
  check_races<Small<false>>();
  check_races<Tied>();
  check_races<Reviving<true>>();
}
