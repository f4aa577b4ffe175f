// Models that quantize, on every SIMD target: the nearest vectors by plain loops, training against the
// double-precision reference, moving averages against the sums that they stand for, and the same bits whatever
// runs them.
#include "run_room/compare_training.hpp"
#include "run_room/quantized_codes.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <cmath>
#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr float undefined = std::numeric_limits<float>::quiet_NaN();

template <class M>
InferenceCore encoder_with(std::vector<float> codebook, int samples) {
  InferenceCore encoder(linked_program<M, Role::encode>(), samples);
  std::vector<NamedTensor> tensors = encoder.read();
  for (NamedTensor& tensor : tensors)
    if (tensor.name == "codebook.weight") tensor.values = codebook;
  encoder.write(tensors, "test");
  return encoder;
}

/// Each vector is quantized to one that no other is nearer than, but for rounding.
template <class M>
void check_nearest(std::size_t width, int samples) {
  INFO("batch " << samples);
  const TrainerCore trainer = trainer_of<M>(samples, 4);
  const std::vector<float> codebook = values_of(trainer.read(false), "codebook.weight");
  InferenceCore encoder = encoder_with<M>(codebook, samples);
  const std::vector<float> x = floats(static_cast<std::size_t>(samples * M::model.input_size()), 8, -1, 1);
  const Codes codes = codes_of(encoder, x);
  REQUIRE(codes.indices.size() == x.size() / width);
  int exact = 0;
  for (std::size_t v = 0; v < codes.indices.size(); ++v) {
    const auto index = static_cast<std::size_t>(codes.indices[v]);
    REQUIRE(index < codebook.size() / width);
    CHECK(static_cast<float>(index) == codes.indices[v]);
    const float* const z = x.data() + v * width;
    std::size_t nearest = 0;
    for (std::size_t k = 1; k < codebook.size() / width; ++k)
      if (squared_distance(z, &codebook[k * width], width) <
          squared_distance(z, &codebook[nearest * width], width))
        nearest = k;
    exact += index == nearest ? 1 : 0;
    CHECK(squared_distance(z, &codebook[index * width], width) <=
          squared_distance(z, &codebook[nearest * width], width) + 1e-6);
    for (std::size_t i = 0; i < width; ++i) CHECK(codes.vectors[v * width + i] == codebook[index * width + i]);
  }
  CHECK(exact >= static_cast<int>(codes.indices.size()) - 1);
}

}  // namespace

TEST_CASE("quantized: the nearest vector of the codebook, bit for bit, and its index") {
  for_each_target([] {
    for (const int samples : {1, 7, 33}) {
      check_nearest<NearestRow>(5, samples);
      check_nearest<NearestPixel>(4, samples);
    }
  });
}

TEST_CASE("quantized: of vectors as near the first, and a NaN goes through") {
  for_each_target([] {
    std::vector<float> codebook(19 * 5, 9.0f);
    for (const std::size_t k : {std::size_t{3}, std::size_t{11}, std::size_t{18}})
      std::fill_n(codebook.begin() + static_cast<std::ptrdiff_t>(k * 5), 5, 0.5f);
    // As near to 0 as 0.5 is, from the other side, and in front of it.
    std::fill_n(codebook.begin() + 2 * 5, 5, -0.5f);
    InferenceCore encoder = encoder_with<NearestRow>(codebook, 4);
    std::vector<float> x{0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0, 0, 1, 2, undefined, 4, 5, 8, 8, 8, 8, 8};
    const Codes codes = codes_of(encoder, x);
    CHECK(codes.indices[0] == 3);
    CHECK(codes.indices[1] == 2);
    CHECK(std::isnan(codes.indices[2]));
    CHECK(codes.indices[3] == 0);
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(codes.vectors[i] == 0.5f);
      CHECK(codes.vectors[5 + i] == -0.5f);
      CHECK(std::isnan(codes.vectors[10 + i]));
      CHECK(codes.vectors[15 + i] == 9.0f);
    }
  });
}

TEST_CASE("quantized: a pixel with a NaN leaves the others alone") {
  for_each_target([] {
    const TrainerCore trainer = trainer_of<NearestPixel>(2, 4);
    InferenceCore encoder = encoder_with<NearestPixel>(values_of(trainer.read(false), "codebook.weight"), 2);
    std::vector<float> x = floats(2 * 60, 8, -1, 1);
    const Codes sound = codes_of(encoder, x);
    x[7 * 4 + 2] = undefined;
    const Codes codes = codes_of(encoder, x);
    for (std::size_t v = 0; v < codes.indices.size(); ++v) {
      if (v == 7) CHECK(std::isnan(codes.indices[v]));
      else CHECK(codes.indices[v] == sound.indices[v]);
    }
  });
}

namespace {

template <class M>
void compare_halves() {
  constexpr int samples = 17;
  TrainerCore trainer = trainer_of<M>(samples, 3);
  const std::vector<float> x = samples_of<M>(samples);
  for (int i = 0; i < 3; ++i) trainer.step(x);
  InferenceCore whole = part_of<M, Role::reconstruct>(trainer, samples);
  InferenceCore encoder = part_of<M, Role::encode>(trainer, samples);
  InferenceCore decoder = part_of<M, Role::decode>(trainer, samples);
  const auto room = [](const InferenceCore& core) {
    return std::vector<float>(static_cast<std::size_t>(samples * core.output_size()), -7.0f);
  };
  std::vector<float> y = room(whole), code = room(encoder), z = room(decoder);
  whole.run(x, y);
  encoder.run(x, code);
  decoder.run(code, z);
  CHECK(y == z);
  CHECK(whole.session().side_outputs().empty());
  CHECK(decoder.session().side_outputs().empty());
}

}  // namespace

#define ISTHMUS_TRAIN(M)                                                 \
  TEST_CASE("quantized: three training steps and an evaluation: " #M) {  \
    for_each_target([] {                                                 \
      for (const int samples : {1, 5, 33}) compare_training<M>(samples); \
      compare_halves<M>();                                               \
    });                                                                  \
  }
ISTHMUS_TEST_QUANTIZED(ISTHMUS_TRAIN)

TEST_CASE("quantized: vectors that are looked up by their indices are the code, bit for bit") {
  for_each_target([] {
    TrainerCore trainer = trainer_of<QuantizedPixels>(17, 3);
    const std::vector<float> x = samples_of<QuantizedPixels>(17);
    for (int i = 0; i < 5; ++i) trainer.step(x);
    InferenceCore encoder = part_of<QuantizedPixels, Role::encode>(trainer, 17);
    const Codes codes = codes_of(encoder, x);
    const std::vector<NamedTensor> kept = encoder.read();
    const std::vector<float>& codebook = values_of(kept, "codebook.weight");
    std::vector<float> looked_up;
    for (const float index : codes.indices)
      looked_up.insert(looked_up.end(), codebook.begin() + static_cast<std::ptrdiff_t>(index) * 5,
                       codebook.begin() + static_cast<std::ptrdiff_t>(index) * 5 + 5);
    CHECK(looked_up == codes.vectors);
  });
}
