// Trains two steps, splits, and checks that the halves in a row are the whole.
#include <isthmus_models/stripes.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

int main() {
  constexpr int samples = 5;  // Fewer than the largest batch: the size of a batch is free.
  std::vector<float> x(samples * 24);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 4 < 2 ? 0.1f : 0.9f;

  isthmus::Trainer<consumer::Stripes, 8> trainer{1};
  const double first = trainer.step(x);
  trainer.step(x);
  const double after = trainer.evaluate(x);
  if (!std::isfinite(after) || after >= first) {
    std::fprintf(stderr, "the loss went from %g to %g\n", first, after);
    return 1;
  }

  // The caller's thread alone gives the same bits.
  isthmus::Trainer<consumer::Stripes, 8> alone{1};
  alone.set_threads(isthmus::Threads::none());
  alone.step(x);
  alone.step(x);
  if (alone.evaluate(x) != after) {
    std::fprintf(stderr, "the loss depends on the threads\n");
    return 1;
  }

  isthmus::Autoencoder<consumer::Stripes, 8> whole(trainer);
  auto [encoder, decoder] = isthmus::split(trainer);
  std::vector<float> code(samples * 3), decoded(x.size()), reconstructed(x.size());
  encoder.encode(x, code);
  decoder.decode(code, decoded);
  whole.reconstruct(x, reconstructed);
  if (decoded != reconstructed) {
    std::fprintf(stderr, "decode(encode(x)) is not reconstruct(x)\n");
    return 1;
  }
  std::puts("ok");
}
