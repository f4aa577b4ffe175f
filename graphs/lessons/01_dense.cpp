// Lesson 1: a dense autoencoder. 64 values go in, two numbers are all that is left of them, 64 values come out.
//
// The model is a type with two constants: what it computes, and how it is trained. The compiler checks it, derives
// its gradients, plans its memory, and makes its kernels.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

struct Waves {
  static constexpr auto model =
      autoencoder(encoder(input<64>("wave"), dense<32>("hidden") | tanh), bottleneck(dense<2>("code")),
                  decoder(dense<32>("wider") | tanh, dense<64>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.01f});
};
// Both are known to the compiler: the size of a code, and all the memory that training takes.
static_assert(Waves::model.code_size() == 2);
static_assert(arena_bytes<Waves, Role::train, 256> < 400'000);

int main() {
  const std::vector<float> waves = lessons::waves(256, 64);

  Trainer<Waves, 256> trainer{1};  // 256: the largest batch; 1: the seed
  double loss = 0;
  for (int step = 0; step < 500; ++step) loss = trainer.step(waves);
  std::printf("loss %.5f\n", loss);

  auto [encoder, decoder] = split(trainer);  // two models of their own
  std::vector<float> codes(256 * 2), restored(256 * 64);
  encoder.encode(waves, codes);
  decoder.decode(codes, restored);
  std::printf("the first wave is (%.2f, %.2f)\n", codes[0], codes[1]);
  return loss < 0.01 ? 0 : 1;
}
