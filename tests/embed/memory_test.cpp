// In a host's loop: nothing thrown, samples where they lie, memory that the caller owns.
#include <isthmus_models/denoising.hpp>
#include <isthmus_models/dense.hpp>
#include <isthmus_models/variational.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <isthmus/error.hpp>

#include <cstring>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 5;

/// Samples in memory that begins nowhere in particular, with gaps full of NaN.
struct Gaps {
  std::vector<float> memory;
  int count, size, stride;

  Gaps(int samples, int values, int gap)
      : memory(static_cast<std::size_t>(1 + samples * (values + gap)), std::nanf("")),
        count(samples),
        size(values),
        stride(values + gap) {}
  Gaps(const std::vector<float>& dense, int samples, int gap)
      : Gaps(samples, static_cast<int>(dense.size()) / samples, gap) {
    for (int i = 0; i < count; ++i) std::copy_n(dense.begin() + i * size, size, memory.begin() + 1 + i * stride);
  }
  MutableSamples view() { return {memory.data() + 1, count, stride}; }
  Samples samples() const { return {memory.data() + 1, count, stride}; }
  std::vector<float> dense() const {
    std::vector<float> values;
    for (int i = 0; i < count; ++i)
      values.insert(values.end(), memory.begin() + 1 + i * stride, memory.begin() + 1 + i * stride + size);
    return values;
  }
  bool gaps_are_whole() const {
    for (int i = 0; i < count; ++i)
      for (int j = size; j < stride; ++j)
        if (!std::isnan(memory[static_cast<std::size_t>(1 + i * stride + j)])) return false;
    return std::isnan(memory[0]);
  }
};

template <class M>
void check_strided() {
  const std::vector<float> x = floats(most * 784, 5, 0, 1);
  Trainer<M, most> plain(3), strided(3);
  const Gaps gaps(x, most, 13);
  for (int i = 0; i < 2; ++i) {
    const double loss = plain.step(x);
    const StepResult result = strided.try_step(gaps.samples());
    CHECK(result.fault == Fault::none);
    CHECK(result.loss == loss);
  }
  CHECK(strided.try_evaluate(gaps.samples()).loss == plain.evaluate(x));

  auto [encoder, decoder] = split(plain);
  Autoencoder<M, most> whole(plain);
  std::vector<float> codes(static_cast<std::size_t>(most * encoder.output_size())), y(x.size());
  encoder.encode(x, codes);
  Gaps code_gaps(most, encoder.output_size(), 3), result_gaps(most, 784, 1);
  CHECK(encoder.try_encode(gaps.samples(), code_gaps.view()) == Fault::none);
  CHECK(code_gaps.dense() == codes);
  CHECK(code_gaps.gaps_are_whole());
  decoder.decode(codes, y);
  CHECK(decoder.try_decode(code_gaps.samples(), result_gaps.view()) == Fault::none);
  CHECK(result_gaps.dense() == y);
  CHECK(result_gaps.gaps_are_whole());
  Gaps whole_gaps(most, 784, 7);
  CHECK(whole.try_reconstruct(gaps.samples(), whole_gaps.view()) == Fault::none);
  whole.reconstruct(x, y);
  CHECK(whole_gaps.dense() == y);
  CHECK(whole_gaps.gaps_are_whole());
  // After strided samples dense ones are read right again.
  std::vector<float> again(codes.size());
  CHECK(encoder.try_encode({x.data(), most}, {again.data(), most}) == Fault::none);
  CHECK(again == codes);
}

/// Memory of a size that begins at an odd address, between two watched zones.
class Watched {
 public:
  explicit Watched(std::int64_t bytes)
      : size_(static_cast<std::size_t>(bytes)), memory_(size_ + 2 * zone + 1, std::byte{0xa5}) {}
  std::span<std::byte> span() { return std::span(memory_).subspan(zone + 1, size_); }
  bool zones_are_whole() const {
    const auto whole = [](std::byte b) { return b == std::byte{0xa5}; };
    return std::all_of(memory_.begin(), memory_.begin() + zone + 1, whole) &&
           std::all_of(memory_.end() - zone, memory_.end(), whole);
  }

 private:
  static constexpr int zone = 256;
  std::size_t size_;
  std::vector<std::byte> memory_;
};

template <class M>
void check_workspace() {
  static_assert(Trainer<M, most>::workspace_size() > Trainer<M, most>::arena_size());
  static_assert(Encoder<M, most>::workspace_size() < Trainer<M, most>::workspace_size());
  const std::vector<float> x = floats(most * 784, 5, 0, 1);
  Watched memory(Trainer<M, most>::workspace_size()), of_encoder(Encoder<M, most>::workspace_size()),
      of_decoder(Decoder<M, most>::workspace_size()), of_whole(Autoencoder<M, most>::workspace_size());
  Trainer<M, most> plain(3), inside(3, memory.span());
  for (int i = 0; i < 2; ++i) CHECK(inside.step(x) == plain.step(x));
  CHECK(inside.evaluate(x) == plain.evaluate(x));
  CHECK(TrainerCore::workspace_bytes(inside.training_session().program(), linked_program<M, Role::evaluate>(),
                                     most) == (Trainer<M, most>::workspace_size()));

  Encoder<M, most> encoder(of_encoder.span());
  Decoder<M, most> decoder(of_decoder.span());
  Autoencoder<M, most> whole(of_whole.span());
  const auto tensors = plain.read(false);
  encoder.write(tensors, "test");
  decoder.write(tensors, "test");
  whole.write(tensors, "test");
  std::vector<float> codes(static_cast<std::size_t>(most * encoder.output_size())), y(x.size()), z(x.size());
  encoder.encode(x, codes);
  decoder.decode(codes, y);
  whole.reconstruct(x, z);
  CHECK(y == z);
  for (const Watched* watched : {&memory, &of_encoder, &of_decoder, &of_whole}) CHECK(watched->zones_are_whole());

  // A cache line is room to align; what is less than the rest does not do at any address.
  CHECK_THROWS_AS((Encoder<M, most>(of_encoder.span().first(of_encoder.span().size() - 64))), ShapeError);
}

}  // namespace

TEST_CASE("strided and unaligned samples give the bits of dense ones, and the gaps stay") {
  check_strided<graphs::Dense>();
  check_strided<graphs::Denoising>();
  check_strided<graphs::Variational>();
}

TEST_CASE("models run in the caller's workspace, of a constant size, and leave what is around it alone") {
  check_workspace<graphs::Dense>();
  check_workspace<graphs::Denoising>();
  check_workspace<graphs::Variational>();
}

TEST_CASE("a workspace that is too small is refused with both sizes") {
  std::vector<std::byte> memory(1000);
  const std::string needed = std::to_string(Encoder<graphs::Dense, most>::workspace_size());
  CHECK_THROWS_WITH((Encoder<graphs::Dense, most>(memory)),
                    "workspace: expected at least " + needed + " bytes, found 1000");
  CHECK_THROWS_AS((Trainer<graphs::Dense, most>(1, memory)), ShapeError);
}

TEST_CASE("calls that must not throw name the mistake and do nothing") {
  static_assert(noexcept(std::declval<TrainerCore&>().try_step(Samples{})));
  static_assert(noexcept(std::declval<TrainerCore&>().try_evaluate(Samples{})));
  static_assert(noexcept(std::declval<InferenceCore&>().try_run(Samples{}, MutableSamples{})));
  const std::vector<float> x = floats(most * 784, 5, 0, 1);
  std::vector<float> codes(most * 10, 7.0f);
  Trainer<graphs::Dense, most> trainer(1);
  CHECK(trainer.try_step({nullptr, 1}).fault == Fault::no_memory);
  CHECK(trainer.try_step({x.data(), 0}).fault == Fault::count);
  CHECK(trainer.try_step({x.data(), most + 1}).fault == Fault::count);
  CHECK(trainer.try_step({x.data(), 1, 783}).fault == Fault::stride);
  CHECK(trainer.try_evaluate({x.data(), -1}).fault == Fault::count);
  CHECK(trainer.steps() == 0);

  Encoder<graphs::Dense, most> encoder(trainer);
  CHECK(encoder.try_encode({x.data(), 2}, {nullptr, 2}) == Fault::no_memory);
  CHECK(encoder.try_encode({x.data(), 2}, {codes.data(), 3}) == Fault::other_count);
  CHECK(encoder.try_encode({x.data(), 2}, {codes.data(), 2, 9}) == Fault::stride);
  CHECK(codes == std::vector<float>(most * 10, 7.0f));
  CHECK(std::string(text_of(Fault::stride)) == "expected a stride of 0, or of a sample's values at least");
}
