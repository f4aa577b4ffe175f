// Models with several inputs or with data that are drawn, and one that is trained in turns, against PyTorch in
// double precision: losses and every gradient, for the same weights and the same batch. bench/peers/agreement.py
// made agreement.json, and says what both make the numbers of.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/lower/here.hpp>
#include <isthmus/run/check_gradients.hpp>

#include "../../graphs/adversarial.hpp"
#include "../../graphs/conditional.hpp"
#include "../../graphs/importance.hpp"
#include "../../graphs/inpainting.hpp"
#include "../../graphs/masked_patches.hpp"
#include "../../graphs/paired.hpp"
#include "../../graphs/recurrent.hpp"
#include "../../graphs/top_k.hpp"
#include "../../graphs/vector_quantized.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

boost::json::object values_of_peer(const char* model) {
  std::ifstream file(ISTHMUS_AGREEMENT);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return boost::json::parse(text).at(model).as_object();
}

/// sin(seed + 0.7 i + bend i²) × scale; the seed is a sum over the name's letters.
std::vector<float> numbers(const std::string& name, std::size_t count, double scale, double shift,
                           double bend = 0) {
  std::size_t seed = 0;
  for (std::size_t k = 0; k < name.size(); ++k) seed += (k + 1) * static_cast<std::size_t>(name[k]);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto n = static_cast<double>(i);
    const double x = std::sin(static_cast<double>(seed % 1000) + 0.7 * n + bend * n * n) * scale;
    values[i] = static_cast<float>(static_cast<double>(static_cast<float>(x)) + shift);
  }
  return values;
}

/// Uniform in [-2, 2) × scale, by the last step of MurmurHash3 of the place and the name's seed.
std::vector<float> mixed(const std::string& name, std::size_t count, double scale) {
  std::size_t seed = 0;
  for (std::size_t k = 0; k < name.size(); ++k) seed += (k + 1) * static_cast<std::size_t>(name[k]);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto h = static_cast<std::uint32_t>(i + seed % 1000 * 1000003);
    h = (h ^ h >> 16) * 0x85EBCA6B;
    h = (h ^ h >> 13) * 0xC2B2AE35;
    h ^= h >> 16;
    values[i] = static_cast<float>((static_cast<double>(h) / (1 << 30) - 2) * scale);
  }
  return values;
}

void set_weights(TrainerCore& trainer, bool are_mixed = false, double bend = 0) {
  std::vector<NamedTensor> tensors = trainer.read(false);
  for (NamedTensor& tensor : tensors) {
    double fan_in = 1;
    for (std::size_t d = 0; d + 1 < tensor.shape.size(); ++d) fan_in *= static_cast<double>(tensor.shape[d]);
    const double scale = tensor.shape.size() == 1 ? 0.1 : 1 / std::sqrt(fan_in);
    if (tensor.name == "enc.idle")
      for (std::size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = i % 3 == 0 ? 1e6f : 0.0f;
    else if (are_mixed) tensor.values = mixed(tensor.name, tensor.values.size(), scale);
    else
      tensor.values =
          numbers(tensor.name, tensor.values.size(), scale, tensor.name == "log_var.bias" ? -60 : 0, bend);
    if (tensor.name.ends_with(".scale"))  // Of a norm: about 1.
      for (float& value : tensor.values) value += 1;
  }
  trainer.write(tensors, false, 0, "agreement");
}

/// Compares with the entries that were kept, relative to the largest.
void compare(const boost::json::object& expected, const std::vector<float>& found, double largest) {
  double norm = 0, sum = 0;
  for (const float value : found) {
    norm += static_cast<double>(value) * static_cast<double>(value);
    sum += static_cast<double>(value);
  }
  const auto count = static_cast<double>(found.size());
  CHECK(std::fabs(std::sqrt(norm) - expected.at("norm").as_double()) < 1e-5 * largest * std::sqrt(count));
  CHECK(std::fabs(sum - expected.at("sum").as_double()) < 1e-5 * largest * count);
  const auto shown = boost::json::value_to<std::vector<double>>(expected.at("shown"));
  for (std::size_t k = 0; k < shown.size(); ++k) {
    INFO("entry " << k * found.size() / shown.size());
    CHECK(std::fabs(static_cast<double>(found[k * found.size() / shown.size()]) - shown[k]) < 1e-5 * largest);
  }
}

/// Compares what a trainer with an optimizer that keeps gradients has kept.
void compare_gradients(const TrainerCore& trainer, const boost::json::object& expected) {
  std::size_t compared = 0;
  double largest_of_all = 0;
  for (const auto& one : expected)
    largest_of_all = std::max(largest_of_all, one.value().at("largest").as_double());
  for (const NamedTensor& state : trainer.read(true)) {
    constexpr std::string_view kept = ".gradient";
    const std::size_t at = state.name.find(kept);
    if (at == std::string::npos) continue;
    const std::string name = state.name.substr(0, at) + state.name.substr(at + kept.size());
    INFO(name);
    const boost::json::object& one = expected.at(name).as_object();
    const double largest = one.at("largest").as_double();
    // A gradient that is zero but for rounding: what is added to all scores of a row alike changes no softmax.
    compare(one, state.values, largest < 1e-12 * largest_of_all ? largest_of_all : largest);
    ++compared;
  }
  CHECK(compared == expected.size());
}

/// `batch` is what a step takes.
template <class M, class Batch>
void check_model(const char* name, const Batch& batch, double bend = 0, bool are_mixed = false) {
  const boost::json::object expected = values_of_peer(name);
  Trainer<run::GradientsOf<M>, 64> trainer(1);
  set_weights(trainer, are_mixed, bend);
  CHECK(relative_error(trainer.step(batch), expected.at("loss").as_double()) < 1e-5);
  compare_gradients(trainer, expected.at("gradients").as_object());
}

/// Gradient descent that keeps the gradient.
struct Descent {
  Annealed learning_rate = 0.1f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor) const {
    Builder& b = *parameter.builder;
    b.assign(b.state(parameter, "gradient"), gradient);
    b.assign(parameter, parameter - rate * gradient);
  }
};
struct Descending : graphs::Adversarial {
  static constexpr auto training = run::trained_by<graphs::Adversarial>(Descent{});
};

}  // namespace

TEST_CASE("conditional: loss and gradients are those of PyTorch") {
  const std::vector<float> x = numbers("image", 5 * 784, 0.5, 0.5);
  std::vector<float> labels(5 * 10);
  for (std::size_t i = 0; i < 5; ++i) labels[i * 10 + 3 * i % 10] = 1;
  check_model<graphs::Conditional>("conditional", ports<"image", "label">(x, labels));
}

TEST_CASE("inpainting: loss and gradients are those of PyTorch") {
  std::vector<float> gaps = numbers("image", 3 * 784, 0.5, 0.5);
  for (std::size_t i = 0; i < gaps.size(); ++i)
    if (i % 7 <= 1) gaps[i] = NAN;
  // Without what training draws to hide.
  check_model<graphs::InpaintingOf<0.0f>>("inpainting", gaps, 0.013);
}

TEST_CASE("importance: loss and gradients are those of PyTorch") {
  std::vector<float> x = numbers("image", 5 * 784, 1, 0);
  for (float& value : x) value = value > 0 ? 1.0f : 0.0f;
  check_model<graphs::Importance>("importance", std::span<const float>(x), 0.013);
}

TEST_CASE("masked_patches: loss and gradients, with the patches that are drawn, are those of PyTorch") {
  check_model<graphs::MaskedPatches>("masked_patches", numbers("image", 3 * 784, 0.5, 0.5), 0, true);
}

TEST_CASE("paired: loss and gradients are those of PyTorch") {
  const std::vector<float> noisy = numbers("noisy", 2 * 784, 0.5, 0.5),
                           clean = numbers("clean", 2 * 784, 0.5, 0.5);
  check_model<graphs::Paired>("paired", ports<"noisy", "clean">(noisy, clean));
}

TEST_CASE("top_k: loss and gradients are those of PyTorch, where every third unit is dead") {
  // Small, so that most of a gradient's entries are not zero.
  using Small = graphs::TopKOf<96, 768, 8, 32, 1000>;
  check_model<Small>("top_k", ports<"activations">(mixed("activations", 40 * 96, 0.5)), 0, true);
}

namespace {

/// The other cell, in both directions and in reverse.
struct Gated {
  static constexpr auto model = autoencoder(
      encoder(input<24, 1>("series"), gru<24>("enc") | last), bottleneck(dense<4>("code")),
      decoder(repeat<24>, bidirectional(gru<17>("dec")), gru<9>("back", reversed), dense<1>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace

TEST_CASE("recurrent: loss and gradients are those of PyTorch, of LSTM and GRU") {
  const std::vector<float> x = numbers("series", 5 * 24, 2, 0);
  check_model<graphs::Recurrent>("recurrent", std::span<const float>(x), 0.013);
  check_model<Gated>("gated", std::span<const float>(x), 0.013);
}

TEST_CASE("adversarial: losses and gradients of each turn, after those before it, are those of PyTorch") {
  const boost::json::object expected = values_of_peer("adversarial");
  Trainer<Descending, 8> trainer(1);
  set_weights(trainer, true);
  trainer.step(numbers("image", 5 * 784, 0.5, 0.5));
  for (std::size_t i = 0; i < trainer.terms().size(); ++i) {
    INFO(trainer.terms()[i]);
    CHECK(relative_error(trainer.last_terms()[i], expected.at("losses").at(trainer.terms()[i]).as_double()) <
          1e-5);
  }
  compare_gradients(trainer, expected.at("gradients").as_object());
}

namespace {

/// The same with a codebook that gradients train.
struct ByGradients : graphs::VectorQuantized {
  static constexpr auto model = autoencoder(
      encoder(input<28, 28, 1>("image"), conv2d<32, 4>("enc1", stride(2)) | relu,
              conv2d<64, 4>("enc2", stride(2)) | relu, conv2d<64, 3>("enc3") | relu, conv2d<32, 1>("z")),
      bottleneck(vector_quantize<128>("codebook")),
      decoder(conv2d<64, 3>("dec1") | relu, conv2d_transpose<32, 4>("dec2", stride(2)) | relu,
              conv2d_transpose<1, 4>("dec3", stride(2), bias_from_data) | sigmoid));
};

}  // namespace

TEST_CASE("vector_quantized: loss and gradients are those of PyTorch") {
  // Of these no vector is as near to two of the codebook's that rounding would matter.
  const std::vector<float> x = numbers("drawing", 784, 0.5, 0.5);
  check_model<graphs::VectorQuantized>("vector_quantized", ports<"image">(x));
  check_model<ByGradients>("vector_quantized_by_gradients", ports<"image">(x));
}

namespace {

/// Convolutions of series: strided, dilated, causal, and back to a size that no stride divides.
struct SeriesWindows {
  static constexpr auto model = autoencoder(
      encoder(input<23, 3>("series"), conv1d<5, 4>("enc1", stride(2)) | tanh,
              conv1d<7, 3>("enc2", causal, dilation(2)) | tanh),
      bottleneck(conv1d<2, 1>("code")),
      decoder(conv1d<6, 3>("dec1", valid, dilation(3)) | tanh | upsample<2>(output_size(13)),
              conv1d<4, 2>("dec2", valid) | tanh, conv1d_transpose<3, 4>("dec3", stride(2), like("series"))));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

/// Convolutions of volumes with another stride, dilation and padding each way, pools and upsampling.
struct VolumeWindows {
  static constexpr auto model = autoencoder(
      encoder(input<5, 6, 7, 2>("volume"), conv3d<4, 2, 3, 3>("enc1", stride(1, 2, 2)) | tanh | max_pool<2>(same)),
      bottleneck(conv3d<3, 1>("code")),
      decoder(upsample<2>(like("enc1")), conv3d<4, 3>("dec1", dilation(2, 1, 1)) | tanh,
              conv3d_transpose<2, 2, 3, 3>("dec2", stride(1, 2, 2), like("volume"))));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

/// Convolutions in groups: each channel by itself, several, and more results than channels; over images, and back.
struct GroupedWindows {
  static constexpr auto model =
      autoencoder(encoder(input<7, 6, 4>("image"), conv2d<4, 3>("enc1", groups(4)) | tanh,
                          conv2d<18, 1>("enc2") | tanh, conv2d<36, 3, 2>("enc3", stride(2), groups(6)) | tanh),
                  bottleneck(conv2d<4, 1>("code")),
                  decoder(conv2d<20, 3>("dec1", groups(4), dilation(2)) | tanh,
                          conv2d_transpose<8, 3>("dec2", stride(2), groups(2), like("enc2")) | tanh,
                          conv2d_transpose<8, 3>("dec3", groups(8)) | tanh, conv2d<4, 1>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace

TEST_CASE("windows over series and volumes, and in groups: loss and gradients are those of PyTorch") {
  check_model<GroupedWindows>("grouped_windows", std::span<const float>(numbers("image", 3 * 7 * 6 * 4, 0.7, 0)));
  check_model<SeriesWindows>("series_windows", std::span<const float>(numbers("series", 4 * 23 * 3, 0.7, 0)));
  check_model<VolumeWindows>("volume_windows",
                             std::span<const float>(numbers("volume", 2 * 5 * 6 * 7 * 2, 0.7, 0)));
}
