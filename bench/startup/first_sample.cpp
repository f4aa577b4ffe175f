// From main to the first encoded sample: a program that holds the encoder of `dense` and nothing else.
//
// usage: bench_startup [ENCODER.safetensors]
#include <isthmus_models/dense.h>

#include <chrono>
#include <cstdio>
#include <vector>

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const std::vector<float> sample(784, 0.5f);
  std::vector<float> code(10);
  isthmus_model* encoder = nullptr;
  const auto failed = [&](isthmus_status status) {
    if (status == ISTHMUS_OK) return false;
    std::fprintf(stderr, "%s\n", isthmus_error_text());
    return true;
  };
  if (failed(isthmus_model_create(isthmus_dense_encode(), 1, nullptr, 0, &encoder))) return 1;
  const auto created = Clock::now();
  if (argc > 1 && failed(isthmus_model_load(encoder, argv[1]))) return 1;
  const auto loaded = Clock::now();
  if (failed(isthmus_encode(encoder, sample.data(), 0, code.data(), 0, 1))) return 1;
  const auto end = Clock::now();
  const auto ms = [](Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); };
  std::printf("create %.3f ms, load %.3f ms, encode %.3f ms, together %.3f ms\n", ms(created - start),
              ms(loaded - created), ms(end - loaded), ms(end - start));
  isthmus_model_destroy(encoder);
}
