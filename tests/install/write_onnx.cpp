// Writes the encoder of a trainer as ONNX.
#include <isthmus_models/stripes.hpp>

#include <isthmus/interchange/onnx.hpp>
#include <isthmus/plan/portable.hpp>

#include <cstdio>
#include <string>
#include <vector>

int main() {
  isthmus::Trainer<consumer::Stripes, 8> trainer{1};
  std::vector<isthmus::interchange::Tensor> weights;
  for (const auto& [name, shape, values] : trainer.read(false))
    weights.push_back({name, {shape.begin(), shape.end()}, values});
  const auto graph = isthmus::plan::portable_graph<consumer::Stripes, isthmus::Role::encode>();
  const std::string model = isthmus::interchange::onnx_model(graph, weights, {"stripes", {"An encoder."}});
  if (model.find("enc.weight") == std::string::npos || model.find("out.weight") != std::string::npos) {
    std::fprintf(stderr, "the model has not the encoder's parameters\n");
    return 1;
  }
  std::puts("ok");
}
