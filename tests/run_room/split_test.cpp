// The encoder and the decoder on their own.
#include <isthmus/error.hpp>
#include <isthmus/run/trainer.hpp>

#include "run_room/models.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

std::vector<std::string> names(const InferenceCore& core) {
  std::vector<std::string> list;
  for (const auto& tensor : core.read()) list.push_back(tensor.name);
  return list;
}

template <class M>
void compare_halves() {
  constexpr int most = 33;
  constexpr auto in = static_cast<std::size_t>(M::model.input_size());
  constexpr auto code = static_cast<std::size_t>(M::model.code_size());
  for_each_target([&] {
    Trainer<M, most> trainer(3);
    const std::vector<float> data = floats(most * in, 5, 0, 1);
    for (int i = 0; i < 4; ++i) trainer.step(data);
    auto [encoder, decoder] = split(trainer);
    Autoencoder<M, most> whole(trainer);
    for (const std::size_t n : {std::size_t{1}, std::size_t{5}, std::size_t{33}}) {
      INFO("batch " << n);
      // A guard behind each buffer: nothing is written past the end.
      std::vector<float> codes(n * code + 1, -7), y(n * in + 1, -7), z(n * in + 1, -7);
      const std::span<const float> x(data.data(), n * in);
      encoder.encode(x, std::span(codes.data(), n * code));
      decoder.decode(std::span<const float>(codes.data(), n * code), std::span(y.data(), n * in));
      whole.reconstruct(x, std::span(z.data(), n * in));
      const bool same = y == z;
      CHECK(same);
      CHECK(codes.back() == -7);
      CHECK(z.back() == -7);
      reference::Interpreter graph(M::model.graph, static_cast<int>(n));
      for (const auto& tensor : trainer.read(false))
        graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
      graph.named("x").values.assign(x.begin(), x.end());
      graph.run();
      z.pop_back();
      CHECK(largest_error(z, graph.named("reconstruction").values, 1e-2) < 1e-4);
    }
  });
}

}  // namespace

TEST_CASE("decode(encode(x)) has the bits of reconstruct(x)") {
  compare_halves<Elu>();
  compare_halves<Tanh>();
  compare_halves<Relu>();
  compare_halves<Clamped>();
  compare_halves<Expression>();
  compare_halves<Gate>();
  compare_halves<Narrow>();
  compare_halves<Wide>();
}

TEST_CASE("each half holds its own parameters and no other") {
  const Trainer<Elu, 4> trainer(1);
  auto [encoder, decoder] = split(trainer);
  using Names = std::vector<std::string>;
  CHECK(names(encoder) == Names{"enc.weight", "enc.bias", "code.weight", "code.bias"});
  CHECK(names(decoder) == Names{"dec.weight", "dec.bias", "out.weight", "out.bias"});
  CHECK(names(Autoencoder<Elu, 4>()).size() == 8);
  CHECK(encoder.output_size() == 3);
  CHECK(decoder.input_size() == 3);
  CHECK(decoder.output_size() == 13);
  static_assert(arena_bytes<Elu, Role::encode, 4> < arena_bytes<Elu, Role::train, 4>);
  CHECK(encoder.arena_bytes() == arena_bytes<Elu, Role::encode, 4>);
}

TEST_CASE("a half stands alone: what becomes of the trainer does not touch it") {
  Trainer<Elu, 4> trainer(1);
  auto [encoder, decoder] = split(trainer);
  const std::vector<float> x = floats(13, 2, 0, 1);
  std::vector<float> before(3), after(3);
  encoder.encode(x, before);
  trainer.step(x);
  encoder.encode(x, after);
  CHECK(before == after);
}

TEST_CASE("inference tells wrong sizes with both numbers") {
  Encoder<Elu, 4> encoder;
  std::vector<float> x(26), codes(5);
  CHECK_THROWS_WITH(encoder.encode(x, codes), "output: expected 6 values for 2 samples, found 5");
  CHECK_THROWS_WITH(encoder.encode(std::span<const float>(x).first(25), codes),
                    "input: expected a multiple of 13 values for 1 to 4 samples, found 25 values");
}

TEST_CASE("tensors of another shape or name are refused, and nothing is changed") {
  Trainer<Elu, 4> trainer(1);
  const auto kept = trainer.read(true);
  auto tensors = kept;
  for (auto& tensor : tensors) tensor.values.assign(tensor.values.size(), 9.0f);
  tensors[2].shape = {4, 11};
  const std::string name = tensors[2].name;
  const auto text = [&](bool states) {
    try {
      trainer.write(tensors, states, 1, "file");
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(name == "code.weight");
  CHECK(text(false) == "file: tensor \"code.weight\": expected shape [11, 3], found [4, 11]");
  CHECK(trainer.read(true)[0].values == kept[0].values);
  CHECK(trainer.steps() == 0);
  tensors[2] = kept[2];
  tensors[2].name = "other";
  CHECK(text(false) == "file: tensor \"code.weight\": expected shape [11, 3], found no such tensor");
  tensors = Trainer<Elu, 4>(2).read(false);
  CHECK(text(true).find(".m\": expected shape") != std::string::npos);
  CHECK(text(false) == "no error");
}
