// Compiles the model here, with the flags that pkg-config names and a CPU's. It writes a file, a picture and a
// field within a bound, for which the library links JSON, PNG, fmt and zstd itself.
#include <isthmus/data/bounded.hpp>
#include <isthmus/files.hpp>
#include <isthmus/isthmus.hpp>
#include <isthmus/report/picture.hpp>

#include <cstdio>
#include <vector>

#include "stripes.hpp"

int main() {
  isthmus::Trainer<consumer::Stripes, 8> trainer{1};
  const std::vector<float> stripes(8 * 24, 0.5f);
  const double first = trainer.step(stripes), second = trainer.step(stripes);
  isthmus::save_parameters(trainer, "stripes.safetensors");
  isthmus::load_parameters(trainer, "stripes.safetensors");
  const std::string picture = isthmus::report::encode_png({24, 8, 1, std::vector<std::uint8_t>(8 * 24)});
  const std::string bounded = isthmus::data::encode_bounded(stripes, 24, stripes, 1e-3f);
  std::puts(second < first && !picture.empty() && !bounded.empty() ? "ok" : "something is missing");
}
