// Links the encoder and nothing else of the model; check.sh looks into the binary.
#include <isthmus_models/stripes.hpp>

#include <cstdio>
#include <vector>

int main() {
  isthmus::Encoder<consumer::Stripes, 4> encoder;
  std::vector<float> x(24, 0.5f), code(3);
  encoder.encode(x, code);
  std::puts("ok");
}
