// `import`: files of other programs become models that every command takes, and that compute what these would.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/model_file.hpp>
#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/hdf5.hpp>
#endif

#include <array>
#include <limits>

#include "support/catch.hpp"
#include "support/foreign_models.hpp"

using namespace isthmus;
using isthmus::testing::ForeignModel;
using isthmus::testing::LayerResults;
using isthmus::testing::Layout;
using isthmus::testing::Names;

namespace {

constexpr std::size_t count = 3;

using Run = LayerResults (*)(ForeignModel&, const std::vector<float>&, const Names&);

const Names halves{"encoder.0", "encoder.2", "encoder.4", "decoder.0", "decoder.2", "decoder.4"};
const Names dense_names{"dense", "dense_1", "dense_2", "dense_3", "dense_4", "dense_5"};
const Names conv_names{"conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "conv2d_5"};

/// A place with a few samples, and what another program's model makes of them.
struct Imported : Workplace {
  Run run_model;
  Names names;
  ForeignModel model;
  std::vector<float> samples = testing::floats(count * 784, 1, 0, 1);

  Imported(Layout layout, Run run_it, Names layer_names)
      : run_model(run_it), names(std::move(layer_names)), model(layout) {
    data::write_npy(path() / "samples.npy", std::array<std::int64_t, 2>{count, 784}, samples);
    run_model(model, sample(0), names);
  }

  std::vector<float> sample(std::size_t i) const {
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(i * 784);
    return {begin, begin + 784};
  }
  void write_safetensors(const std::string& name) const {
    interchange::TensorFile file;
    for (const interchange::ForeignTensor& tensor : model.weights().tensors)
      file.tensors.push_back({tensor.name, tensor.shape, tensor.values});
    interchange::write_safetensors(path() / name, file);
  }
  /// What the layer gives for all samples.
  std::vector<double> expected(const std::string& layer) {
    std::vector<double> all;
    for (std::size_t i = 0; i < count; ++i)
      for (const auto& [name, result] : run_model(model, sample(i), names))
        if (name == layer) {
          const std::vector<double> values = result.in_our_order();
          all.insert(all.end(), values.begin(), values.end());
        }
    return all;
  }
  /// The file imported into the graph gives the code and the reconstructions of the other program.
  Outcome check(const std::string& graph, const std::string& file, const std::string& layout) {
    const Outcome outcome = run({"import", graph, file, "model.safetensors", "--layout", layout});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.err.empty());
    REQUIRE(run({"encode", "model.safetensors", "samples.npy", "codes.npy"}).status == 0);
    REQUIRE(run({"reconstruct", "model.safetensors", "samples.npy", "restored.npy"}).status == 0);
    CHECK(testing::largest_error(data::read_npy(path() / "codes.npy").values, expected("code"), 1) < 1e-5);
    CHECK(testing::largest_error(data::read_npy(path() / "restored.npy").values, expected("dec3"), 1) < 1e-5);
    return outcome;
  }
};

}  // namespace

TEST_CASE("import: dense and denoising from PyTorch's layout give its results") {
  Imported dense(Layout::torch, testing::run_dense, halves);
  dense.write_safetensors("weights.bin");
  const Outcome outcome = dense.check("dense", "weights.bin", "torch");
  CHECK(outcome.out.starts_with("PARAMETER"));
  CHECK(outcome.out.find("enc2.weight  [512, 128]  encoder.2.weight  [128, 512]   transposed\n") !=
        std::string::npos);
  CHECK(outcome.out.ends_with("model.safetensors: dense, 12 parameters\n"));
  CHECK(interchange::read_model(dense / "model.safetensors").details.at("imported") == "torch");
  // Every command that takes a whole model takes it.
  CHECK(dense.run({"evaluate", "model.safetensors", "--data", "samples.npy"}).status == 0);
  CHECK(dense.run({"export", "model.safetensors", "model.h", "--c-header", "--part", "encoder"}).status == 0);

  Imported denoising(Layout::torch, testing::run_denoising, {"0", "3", "6", "8", "11", "14"});
  denoising.write_safetensors("weights.safetensors");
  denoising.check("denoising", "weights.safetensors", "torch");
}

TEST_CASE("import: dense and denoising from Keras' layout in safetensors give its results") {
  Imported dense(Layout::keras, testing::run_dense, dense_names);
  dense.write_safetensors("weights.safetensors");
  dense.check("dense", "weights.safetensors", "keras");
  Imported denoising(Layout::keras, testing::run_denoising, conv_names);
  denoising.write_safetensors("weights.safetensors");
  denoising.check("denoising", "weights.safetensors", "keras");
}

TEST_CASE("import: --json says what went where") {
  Imported place(Layout::torch, testing::run_dense, halves);
  place.model.parameters().push_back({"encoder.1", "num_batches_tracked", {1}, {7}});
  place.write_safetensors("weights.safetensors");
  const Outcome outcome =
      place.run({"import", "dense", "weights.safetensors", "model.safetensors", "--layout", "torch", "--json"});
  REQUIRE(outcome.status == 0);
  const boost::json::object json = outcome.json();
  CHECK(json.at("graph") == "dense");
  CHECK(json.at("layout") == "torch");
  CHECK(json.at("passed_over") == boost::json::value{"encoder.1.num_batches_tracked"});
  const boost::json::array& tensors = json.at("tensors").as_array();
  REQUIRE(tensors.size() == 12);
  CHECK(tensors[0] == boost::json::value{{"ours", "enc1.weight"},
                                         {"shape", {784, 512}},
                                         {"theirs", "encoder.0.weight"},
                                         {"their_shape", {512, 784}},
                                         {"done", "transposed"}});
}

TEST_CASE("import: names that are given go before the order") {
  Imported place(Layout::torch, testing::run_dense, {"a", "b", "c", "d", "e", "f"});
  place.write_safetensors("weights.safetensors");
  // All of these shapes are different: nothing is to be named.
  place.check("dense", "weights.safetensors", "torch");
  const auto with = [&](std::vector<std::string> names) {
    std::vector<std::string> arguments{"import", "--layout", "torch"};
    for (const std::string& name : names) arguments.insert(arguments.end(), {"--map", name});
    arguments.insert(arguments.end(), {"dense", "weights.safetensors", "again.safetensors"});
    return place.run(arguments);
  };
  REQUIRE(with({"enc1=a", "dec3.bias=f.bias"}).status == 0);
  CHECK(place.text("again.safetensors") == place.text("model.safetensors"));
  check_refused(with({"enc1=b"}),
                "weights.safetensors: tensor 'b.weight': expected shape [512, 784] for enc1.weight");
  check_refused(with({"enc9=b"}), "'enc9': expected a layer of the graph (enc1, enc2, code, dec1, dec2, dec3)");
  for (const char* name : {"enc1", "=a", "enc1="}) {
    const Outcome outcome = with({name});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("expected OURS=THEIRS") != std::string::npos);
  }
}

TEST_CASE("import refuses bad files and bad usage, and leaves an earlier model whole") {
  Imported place(Layout::torch, testing::run_dense, halves);
  place.write_safetensors("weights.safetensors");
  place.check("dense", "weights.safetensors", "torch");
  const std::string before = place.text("model.safetensors");
  const auto refused = [&](const std::string& expected, const std::string& file,
                           const std::string& layout = "torch") {
    check_refused(place.run({"import", "dense", file, "model.safetensors", "--layout", layout}), expected);
    CHECK(place.text("model.safetensors") == before);
  };
  refused("weights.safetensors: expected a tensor of shape [784, 512] for enc1.weight", "weights.safetensors",
          "keras");
  refused("nowhere: cannot open", "nowhere");
  refused(
      "samples.npy: expected safetensors or HDF5 (safetensors.torch.save_file, save_weights), found a .npy file",
      "samples.npy");
  refused("model.safetensors: expected another file to write to", "model.safetensors");
  place.write("weights.pt", std::string("PK\x03\x04 and so on"));
  refused("weights.pt: expected a whole ZIP archive, found no central directory", "weights.pt");

  const auto spoiled = [&](const std::string& expected, auto spoil) {
    Imported other(Layout::torch, testing::run_dense, halves);
    spoil(other.model.parameters());
    other.write_safetensors("spoiled.safetensors");
    std::filesystem::copy_file(other / "spoiled.safetensors", place / "spoiled.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
    refused("spoiled.safetensors: " + expected, "spoiled.safetensors");
  };
  using Parameters = std::vector<ForeignModel::Parameter>;
  spoiled("layer 'decoder.4': expected shape [784] for dec3.bias, found none",
          [](Parameters& p) { p.pop_back(); });
  spoiled("expected a tensor of shape [512, 784] for enc1.weight",
          [](Parameters& p) { p.erase(p.begin(), p.begin() + 2); });
  spoiled("tensor 'decoder.6.bias': expected only tensors that the graph has a layer for",
          [](Parameters& p) { p.push_back({"decoder.6", "bias", {2}, {1, 2}}); });
  spoiled("tensor 'encoder.2.weight': expected shape [128, 512] for enc2.weight, found shape [512, 128]",
          [](Parameters& p) { p[2].shape = {512, 128}; });
  spoiled("tensor 'encoder.2.bias', position 5: expected a finite number, found nan",
          [](Parameters& p) { p[3].values[5] = std::numeric_limits<float>::quiet_NaN(); });

  check_refused(
      place.run({"import", "dense", "weights.safetensors", "nowhere/model.safetensors", "--layout", "torch"}),
      "nowhere/model.safetensors: cannot");
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--layout", "jax"}}) {
    std::vector<std::string> arguments{"import", "dense", "weights.safetensors", "model.safetensors"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = place.run(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("--layout") != std::string::npos);
  }
}

#ifdef ISTHMUS_HAS_HDF5

namespace {

using interchange::Hdf5Attribute;
using interchange::Hdf5Data;

/// As Keras 2 writes it: `root` is that of a whole model's file, or empty.
void write_keras_2(const Imported& place, const std::string& name, const std::string& root) {
  std::vector<Hdf5Data> sets;
  std::vector<Hdf5Attribute> attributes;
  for (const std::string& layer : place.names) {
    std::vector<std::string> names;
    for (const ForeignModel::Parameter& parameter : place.model.parameters()) {
      if (parameter.layer != layer) continue;
      names.push_back(layer + "/" + parameter.part + ":0");
      sets.push_back({root + "/" + layer + "/" + names.back(), parameter.shape, std::span(parameter.values)});
    }
    attributes.push_back({root + "/" + layer, "weight_names", names});
  }
  attributes.push_back({root.empty() ? "/" : root, "layer_names", place.names});
  interchange::write_hdf5(place / name, sets, attributes);
}

/// As Keras 3 does, with the optimizer's states in it.
void write_keras_3(const Imported& place, const std::string& name) {
  std::vector<Hdf5Data> sets;
  for (const ForeignModel::Parameter& parameter : place.model.parameters())
    sets.push_back({"/layers/" + parameter.layer + "/vars/" + (parameter.part == "kernel" ? "0" : "1"),
                    parameter.shape, std::span(parameter.values)});
  sets.push_back({"/optimizer/vars/0", {784}, std::span(place.samples).first(784)});
  interchange::write_hdf5(place / name, sets);
}

}  // namespace

TEST_CASE("import: files of both generations of Keras give its results, whatever they are called") {
  // The names of Keras 2 are in no order of their own.
  Imported dense(Layout::keras, testing::run_dense, {"f", "e", "d", "c", "b", "a"});
  write_keras_2(dense, "weights.safetensors", "");
  dense.check("dense", "weights.safetensors", "keras");
  const std::string of_weights = dense.text("model.safetensors");
  write_keras_2(dense, "whole", "/model_weights");
  dense.check("dense", "whole", "keras");
  CHECK(dense.text("model.safetensors") == of_weights);
  dense.names = dense_names;
  for (ForeignModel::Parameter& parameter : dense.model.parameters())
    parameter.layer = dense_names[static_cast<std::size_t>('f' - parameter.layer[0])];
  write_keras_3(dense, "dense.weights.h5");
  const Outcome outcome = dense.check("dense", "dense.weights.h5", "keras");
  CHECK(outcome.out.find("passed over: optimizer/vars/0\n") != std::string::npos);
  CHECK(dense.text("model.safetensors") == of_weights);

  Imported denoising(Layout::keras, testing::run_denoising, conv_names);
  write_keras_2(denoising, "weights.h5", "");
  denoising.check("denoising", "weights.h5", "keras");
  write_keras_3(denoising, "denoising.weights.h5");
  denoising.check("denoising", "denoising.weights.h5", "keras");
}

TEST_CASE("import: an HDF5 file that is no model's, or damaged, is refused") {
  Imported place(Layout::keras, testing::run_dense, dense_names);
  write_keras_3(place, "good.h5");
  const auto refused = [&](const std::string& file, const std::string& expected) {
    check_refused(place.run({"import", "dense", file, "model.safetensors", "--layout", "keras"}), expected);
    CHECK_FALSE(place.has("model.safetensors"));
  };
  place.write("cut.h5", place.text("good.h5").substr(0, 5000));
  refused("cut.h5", "cut.h5: expected an intact HDF5 file");
  interchange::write_hdf5(place / "other.h5",
                          std::array{Hdf5Data{"/images", {count, 784}, std::span<const float>(place.samples)}});
  refused("other.h5",
          "other.h5: expected a tensor of shape [784, 512] for enc1.weight, found none for this layer; "
          "tensor 'images' is left over");
  place.model.parameters()[0].values[7] = std::numeric_limits<float>::infinity();
  write_keras_3(place, "infinite.h5");
  refused("infinite.h5",
          "infinite.h5: tensor 'layers/dense/vars/0', position 7: expected a finite number, found inf");
}

#else

TEST_CASE("import: a tool without HDF5 says so") {
  const Workplace place;
  place.write("weights.h5", "\x89HDF\r\n\x1a\n");
  check_refused(place.run({"import", "dense", "weights.h5", "model.safetensors", "--layout", "keras"}),
                "weights.h5: expected a safetensors file, found HDF5, which this tool was built without");
}

#endif
