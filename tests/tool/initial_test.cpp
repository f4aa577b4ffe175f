// Weights to begin with, from another model's file.
#include "support.hpp"

#include <isthmus/interchange/model_file.hpp>

#include "support/catch.hpp"

namespace {

using isthmus::interchange::ModelFile;

std::vector<float> values_in(const ModelFile& file, const std::string& name) {
  for (const isthmus::NamedTensor& tensor : file.tensors)
    if (tensor.name == name) return tensor.values;
  return {};
}
std::vector<std::string> names(const Outcome& outcome, const char* key) {
  std::vector<std::string> list;
  const boost::json::object json = outcome.json();
  for (const auto& name : json.at("initial").at(key).as_array()) list.emplace_back(name.as_string());
  return list;
}
/// One epoch whose steps move next to nothing.
std::vector<std::string> barely(const std::string& out, std::vector<std::string> more) {
  for (const char* option : {"--epochs", "1", "--learning-rate", "1e-30", "--seed", "7", "--out"})
    more.emplace_back(option);
  more.push_back(out);
  return more;
}

}  // namespace

TEST_CASE("train --initial begins with the weights of a file, all or those of some layers") {
  const Workplace place;
  weights_of(train_dense(place, {"--epochs", "1", "--out", "first"}));
  const ModelFile first = isthmus::interchange::read_model(place / "first/autoencoder.safetensors");
  const Outcome all = train_dense(place, barely("all", {"--initial", "first/autoencoder.safetensors"}));
  CHECK(weights_of(all) == weights_of(train_dense(place, {"--epochs", "1", "--out", "first"})));
  CHECK(names(all, "left").empty());
  // A half has parameters of its own alone.
  const Outcome half = train_dense(place, barely("half", {"--initial", "first/encoder.safetensors"}));
  CHECK(half.err.find("first/encoder.safetensors: took enc1.weight, enc1.bias, ") != std::string::npos);
  CHECK(half.err.find("first/encoder.safetensors: did not take dec1.weight, dec1.bias, ") != std::string::npos);
  const Outcome one =
      train_dense(place, barely("one", {"--initial", "first/checkpoint.safetensors", "--layers", "enc1"}));
  CHECK(names(one, "taken") == std::vector<std::string>{"enc1.weight", "enc1.bias"});
  const ModelFile begun = isthmus::interchange::read_model(place / "one/autoencoder.safetensors");
  for (const isthmus::NamedTensor& tensor : begun.tensors) {
    INFO(tensor.name);
    CHECK((tensor.values == values_in(first, tensor.name)) == tensor.name.starts_with("enc1."));
  }
}

TEST_CASE("a run that goes on has weights of its own, whatever --initial says") {
  const Workplace place;
  weights_of(train_dense(place, {"--epochs", "1", "--out", "first"}));
  const std::vector<std::string> from{"--initial", "first/autoencoder.safetensors", "--seed", "3"};
  const auto run = [&](const char* epochs, const char* out) {
    std::vector<std::string> options = from;
    for (const char* option : {"--epochs", epochs, "--out", out, "--resume"}) options.emplace_back(option);
    return train_dense(place, options);
  };
  const std::string whole = weights_of(run("3", "whole"));
  weights_of(run("1", "parts"));
  weights_of(run("2", "parts"));
  CHECK(weights_of(run("3", "parts")) == whole);
}

TEST_CASE("train --initial names what does not fit in one line, before anything is written") {
  const Workplace place;
  weights_of(train_dense(place, {"--epochs", "1", "--out", "first"}));
  ModelFile other = isthmus::interchange::read_model(place / "first/autoencoder.safetensors");
  other.graph = "another";
  for (isthmus::NamedTensor& tensor : other.tensors)
    if (tensor.name == "enc1.bias") {
      tensor.shape = {3};
      tensor.values = {1, 2, 3};
    }
  isthmus::interchange::write_model(place / "other.safetensors", other);
  check_refused(train_dense(place, {"--initial", "other.safetensors", "--out", "run"}),
                "other.safetensors: tensor \"enc1.bias\": expected shape [");
  check_refused(
      train_dense(place, {"--initial", "other.safetensors", "--layers", "dec1,decl2", "--out", "run"}),
      "layer \"decl2\": expected one with parameters in both models, found none in the model that is trained");
  check_refused(train_dense(place, {"--initial", "none.safetensors", "--out", "run"}), "none.safetensors");
  CHECK_FALSE(place.has("run/checkpoint.safetensors"));
  CHECK(train_dense(place, {"--layers", "enc1", "--out", "run"}).status == 2);
  // The layers that fit, of a model of another name.
  CHECK(train_dense(place, {"--epochs", "1", "--initial", "other.safetensors", "--layers", "dec1", "--out", "run"})
            .status == 0);
}
