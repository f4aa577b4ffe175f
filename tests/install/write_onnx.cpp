// Writes the encoder of a trainer as ONNX.
#include <isthmus_models/stripes.hpp>

#include <isthmus/error.hpp>
#include <isthmus/interchange/onnx.hpp>
#include <isthmus/plan/portable.hpp>

#include <cstdio>
#include <string>
#include <vector>

int main() {
  isthmus::Trainer<consumer::Stripes, 8> trainer{1};
  const std::vector<isthmus::NamedTensor> weights = trainer.read(false);
  const auto graph = isthmus::plan::portable_graph<consumer::Stripes, isthmus::Role::encode>();
  const std::string model = isthmus::interchange::onnx_model(graph, weights, {"stripes", {"An encoder."}});
  if (model.find("enc.weight") == std::string::npos || model.find("out.weight") != std::string::npos) {
    std::fprintf(stderr, "the model has not the encoder's parameters\n");
    return 1;
  }
  // The decoder has an operation that says nothing of ONNX.
  const auto decoder = isthmus::plan::portable_graph<consumer::Stripes, isthmus::Role::decode>();
  try {
    isthmus::interchange::onnx_model(decoder, weights, {"stripes", {"A decoder."}});
    std::fprintf(stderr, "an operation without an operator was exported\n");
    return 1;
  } catch (const isthmus::Error& error) {
    if (std::string(error.what()).find("centered") == std::string::npos) {
      std::fprintf(stderr, "the refusal does not name the operation: %s\n", error.what());
      return 1;
    }
  }
  std::puts("ok");
}
