// `import`: files of other programs become models that every command takes, and that compute what these would.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/interchange/safetensors.hpp>
#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/hdf5.hpp>
#endif

#include <array>
#include <limits>

#include "data/zip.hpp"
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
  /// The layer's results for all samples.
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
                                         {"their_layer", ""},
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

TEST_CASE("import: files of other formats are named, with the line that converts them") {
  const Workplace place;
  const auto check = [&](const std::string& name, const std::string& bytes, const std::string& found) {
    place.write(name, bytes);
    const Outcome outcome = place.run({"import", "dense", name, "model.safetensors", "--layout", "torch"});
    check_refused(outcome, name + ": expected safetensors, HDF5 or .keras, found " + found);
    CHECK_FALSE(place.has("model.safetensors"));
    return outcome.err;
  };
  const auto text = [](const auto& bytes) { return std::string(bytes, sizeof bytes - 1); };
  const std::string from_torch = "; convert it: import safetensors.torch, torch; d = torch.load(FILE, ";
  check("a.pth", text("\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."),
        "a file of torch.save before PyTorch 1.6" + from_torch);
  check("a.pt", zip({{"a/data.pkl", "x"}}), "a file of torch.save" + from_torch);
  check("a.ckpt", zip({{"archive/data.pkl", "x"}}), "a file of torch.save" + from_torch);
  check("j.pt", zip({{"j/data.pkl", "x"}, {"j/constants.pkl", "x"}}),
        "a TorchScript model; convert it: import safetensors.torch, torch; ");
  check("a.bin", text("\x80\4\x95\0\0"), "a Python pickle; convert it: import pickle, ");
  check("a.onnx", "\x08\x07\x12\x07pytorch", "an ONNX model; convert it: import onnx, ");
  check("a.gguf", text("GGUF\3\0\0\0"), "a GGUF model; convert it: import gguf, ");
  check("a.npz", zip({{"a.npy", "x"}}), "a .npz file; convert it: import numpy, ");
  check("a.zip", zip({{"a", "x"}}), "a ZIP archive; convert it: unzip FILE");
  check("a.png", text("\x89PNG\r\n\x1a\n\0\0"), "a PNG image\n");
  check("a.csv", "1,2\n", "text, such as CSV\n");
  check("a.tiff", text("II*\0\x08\0"), "a TIFF image\n");
  std::filesystem::create_directory(place / "model");
  place.write("model/saved_model.pb", "x");
  check_refused(place.run({"import", "dense", "model", "model.safetensors", "--layout", "keras"}),
                "model: expected safetensors, HDF5 or .keras, found a TensorFlow SavedModel; convert it: ");
  std::filesystem::rename(place / "model/saved_model.pb", place / "model/.zgroup");
  check_refused(place.run({"import", "dense", "model", "model.safetensors", "--layout", "keras"}),
                "model: expected safetensors, HDF5 or .keras, found a Zarr folder");
}

namespace {

/// Weights of `variational` in PyTorch's layout; each of its biases is filled with a number of its own.
std::vector<NamedTensor> variational_weights(const std::string& before, const std::vector<std::string>& names) {
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes{
      {784, 400}, {400, 20}, {400, 20}, {20, 400}, {400, 784}};
  std::vector<NamedTensor> tensors;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto [in, out] = sizes[i];
    const auto number = static_cast<float>(i + 1);
    tensors.push_back(
        {before + names[i] + ".weight", {out, in}, std::vector<float>(static_cast<std::size_t>(in * out))});
    tensors.push_back(
        {before + names[i] + ".bias", {out}, std::vector<float>(static_cast<std::size_t>(out), number)});
  }
  return tensors;
}

float bias_of(const Workplace& place, const std::string& name) {
  for (const NamedTensor& tensor : interchange::read_model(place / "model.safetensors").tensors)
    if (tensor.name == name) return tensor.values.at(0);
  return 0;
}

}  // namespace

TEST_CASE("import: which layer gives the mean is asked for, below a prefix and without what is ignored") {
  const Workplace place;
  interchange::TensorFile file;
  file.tensors = variational_weights("ema_model.module.", {"fc1", "fc21", "fc22", "fc3", "fc4"});
  for (const char* name : {"ema_model.n_averaged", "ema_model.module.head.weight", "model.fc1.weight"})
    file.tensors.push_back({name, {1, 1}, {1}});
  interchange::write_safetensors(place / "vae.safetensors", file);
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"import",   "variational", "vae.safetensors", "model.safetensors",
                                       "--layout", "torch"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.run(arguments);
  };
  const std::vector<std::string> base{"--prefix", "ema_model.", "--ignore", "head"};
  check_refused(with(base),
                "vae.safetensors: tensor 'ema_model.module.fc21.weight' and tensor "
                "'ema_model.module.fc22.weight': expected to be told which is which (mu=NAME, log_var=NAME)");
  CHECK_FALSE(place.has("model.safetensors"));
  for (const bool mean_first : {true, false}) {
    const Outcome outcome =
        with({"--prefix", "ema_model.", "--ignore", "head", "--map", mean_first ? "mu=fc21" : "mu=fc22"});
    REQUIRE(outcome.status == 0);
    CHECK(bias_of(place, "mu.bias") == (mean_first ? 2 : 3));
    CHECK(bias_of(place, "log_var.bias") == (mean_first ? 3 : 2));
    for (const char* name : {"ema_model.n_averaged", "ema_model.module.head.weight", "model.fc1.weight"})
      CHECK(outcome.out.find(std::string("passed over: ") + name + "\n") != std::string::npos);
  }
  check_refused(with({"--prefix", "ema_model.", "--map", "mu=fc21"}), "tensor 'ema_model.module.head.weight'");
  check_refused(with({"--prefix", "ema"}), "vae.safetensors: expected tensors below 'ema', found none");
  check_refused(with({"--prefix", "ema_model", "--ignore", "hat"}),
                "vae.safetensors: expected a tensor to ignore, called 'hat' or below that, found none");
  for (const char* option : {"--ignore", "--prefix"}) {
    const Outcome outcome = with({option});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find(option) != std::string::npos);
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
  refused("weights.safetensors: tensor 'decoder.0.weight': expected a name of Keras' layout",
          "weights.safetensors", "keras");
  refused("nowhere: cannot open", "nowhere");
  refused(
      "samples.npy: expected safetensors, HDF5 or .keras, found a .npy file; convert it: import numpy, "
      "safetensors.numpy; safetensors.numpy.save_file({'LAYER.weight': numpy.load(FILE)}, 'x.safetensors')",
      "samples.npy");
  refused("model.safetensors: expected another file to write to", "model.safetensors");
  place.write("weights.pt", std::string("PK\x03\x04 and so on"));
  refused("weights.pt: expected a whole ZIP archive", "weights.pt");

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

TEST_CASE("import: Keras' own names of layers decide and are shown, whichever was made first") {
  const Workplace place;
  const std::vector<std::string> names{"hidden", "z_log_var", "z_mean", "up", "out"};
  const std::vector<NamedTensor> tensors = variational_weights("", names);
  std::vector<Hdf5Data> sets;
  std::vector<Hdf5Attribute> attributes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string path = "/layers/dense" + (i == 0 ? "" : "_" + std::to_string(i)) + "/vars";
    const NamedTensor &weight = tensors[2 * i], &bias = tensors[2 * i + 1];
    sets.push_back({path + "/0", {weight.shape[1], weight.shape[0]}, std::span(weight.values)});
    sets.push_back({path + "/1", bias.shape, std::span(bias.values)});
    attributes.push_back({path, "name", names[i]});
  }
  interchange::write_hdf5(place / "vae.weights.h5", sets, attributes);
  const std::vector<std::string> arguments{"import",   "variational", "vae.weights.h5", "model.safetensors",
                                           "--layout", "keras"};
  const Outcome outcome = place.run(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(bias_of(place, "mu.bias") == 3);
  CHECK(bias_of(place, "log_var.bias") == 2);
  CHECK(outcome.out.find("layers/dense_2/vars/1 (z_mean)") != std::string::npos);
  std::vector<std::string> as_json = arguments;
  as_json.push_back("--json");
  const boost::json::array tensors_found = place.run(as_json).json().at("tensors").as_array();
  CHECK(tensors_found.at(2).at("ours") == "mu.weight");
  CHECK(tensors_found.at(2).at("theirs") == "layers/dense_2/vars/0");
  CHECK(tensors_found.at(2).at("their_layer") == "z_mean");
  // Without them nothing does.
  interchange::write_hdf5(place / "vae.weights.h5", sets);
  check_refused(
      place.run(arguments),
      "vae.weights.h5: tensor 'layers/dense_1/vars/0' and tensor 'layers/dense_2/vars/0': expected to be told");
}

TEST_CASE("import: a .keras file is opened") {
  const Workplace place;
  std::filesystem::copy_file(ISTHMUS_FOREIGN_FILES "/keras_3.0.5.keras", place / "vae");
  check_refused(
      place.run({"import", "variational", "vae", "model.safetensors", "--layout", "keras"}),
      "vae: tensor 'layers/dense/vars/0' of layer 'dense': expected shape [784, 400] for enc1.weight, found "
      "shape [4, 3]");
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
