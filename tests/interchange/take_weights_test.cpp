// Weights of a part of another model.
#include <isthmus/error.hpp>
#include <isthmus/named_tensor.hpp>

#include "support/catch.hpp"

using namespace isthmus;

namespace {

std::vector<NamedTensor> model() {
  return {{"enc.weight", {2, 3}, {1, 2, 3, 4, 5, 6}},
          {"enc.bias", {3}, {7, 8, 9}},
          {"code.weight", {3, 1}, {0, 0, 0}},
          {"scale", {1}, {0.5f}}};
}
std::vector<NamedTensor> other() {
  return {{"enc.bias", {3}, {-1, -2, -3}},    {"enc.weight", {2, 3}, {6, 5, 4, 3, 2, 1}},
          {"enc.weight.m", {2, 3}, {}},       {"scale", {1}, {2}},
          {"scale.moving_average", {1}, {3}}, {"head.weight", {3, 9}, {}}};
}
std::string refusal(const std::vector<NamedTensor>& from, const std::vector<std::string>& layers = {}) {
  std::vector<NamedTensor> parameters = model();
  try {
    take_weights(parameters, from, "other.safetensors", layers);
  } catch (const ShapeError& error) {
    for (std::size_t i = 0; i < parameters.size(); ++i) CHECK(parameters[i].values == model()[i].values);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("parameters take what another model uses under their names, and it is said which") {
  std::vector<NamedTensor> parameters = model();
  const TakenWeights weights = take_weights(parameters, other(), "other");
  CHECK(weights.taken == std::vector<std::string>{"enc.weight", "enc.bias", "scale"});
  CHECK(weights.left == std::vector<std::string>{"code.weight"});
  CHECK(parameters[0].values == std::vector<float>{6, 5, 4, 3, 2, 1});
  CHECK(parameters[1].values == std::vector<float>{-1, -2, -3});
  CHECK(parameters[2].values == model()[2].values);
  // Its average, since it has one.
  CHECK(parameters[3].values == std::vector<float>{3});
  CHECK(parameters[3].name == "scale");
}

TEST_CASE("only the layers that are asked for are taken") {
  std::vector<NamedTensor> parameters = model();
  const TakenWeights weights = take_weights(parameters, other(), "other", {"enc"});
  CHECK(weights.taken == std::vector<std::string>{"enc.weight", "enc.bias"});
  CHECK(weights.left == std::vector<std::string>{"code.weight", "scale"});
  CHECK(parameters[3].values == std::vector<float>{0.5f});
}

TEST_CASE("what cannot be taken is named, and nothing is changed") {
  auto wider = other();
  wider[1].shape = {3, 3};
  CHECK(refusal(wider) == "other.safetensors: tensor \"enc.weight\": expected shape [2, 3], found [3, 3]");
  CHECK(refusal(wider, {"scale"}) == "no error");
  CHECK(refusal(other(), {"enc", "code"}) ==
        "other.safetensors: layer \"code\": expected one with parameters in both models, found none in this file");
  CHECK(
      refusal(other(), {"head"}) ==
      "other.safetensors: layer \"head\": expected one with parameters in both models, found none in the model that "
      "is trained");
  CHECK(refusal({{"head.weight", {3, 9}, {}}}) ==
        "other.safetensors: expected a parameter of the model, found none of their names");
}
