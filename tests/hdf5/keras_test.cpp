// Whole models as three generations of Keras save them: files/make_keras.py has made these.
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/zip.hpp>
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/import_hdf5.hpp>

#include "data/temporary_folder.hpp"
#include "hdf5/keras_config.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Texts = std::vector<std::string>;

struct Variational {
  static constexpr auto model = graph([](Scope& g) {
    auto h = relu(dense<3>(g.input<4>("x"), "enc"));
    auto mu = dense<2>(h, "mu");
    auto log_var = dense<2>(h, "log_var");
    return dense<4>(bottleneck(reparameterize(mu, log_var)), "dec");
  });
};

std::filesystem::path file(const std::string& name) { return std::filesystem::path(ISTHMUS_FOREIGN_FILES) / name; }

std::string unpacked(const std::filesystem::path& archive) {
  const data::ZipEntry entry = data::read_zip_directory(archive).at(0);
  data::InputFile from(archive, entry, entry.name);
  std::string bytes(entry.size, '\0');
  from.read_header(bytes.data(), bytes.size(), "the file");
  return bytes;
}

/// Each layer's bias is its number in the file, and its kernel counts from ten times that.
void check_numbers(const ImportedWeights& imported) {
  const std::vector<std::pair<std::string, float>> numbers{
      {"enc", 1.0f}, {"mu", 3.0f}, {"log_var", 2.0f}, {"dec", 4.0f}};
  REQUIRE(imported.tensors.size() == 2 * numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto& [layer, number] = numbers[i];
    const NamedTensor &weight = imported.tensors[2 * i], &bias = imported.tensors[2 * i + 1];
    REQUIRE(weight.name == layer + ".weight");
    for (std::size_t k = 0; k < weight.values.size(); ++k)
      CHECK(weight.values[k] == 10 * number + static_cast<float>(k));
    CHECK(bias.values == std::vector<float>(bias.values.size(), number));
  }
}

std::string config(const std::string& layers) {
  return R"({"class_name": "Functional", "config": {"name": "m", "layers": [)" + layers + "]}}";
}

}  // namespace

TEST_CASE("models of three generations of Keras, whose variance comes before the mean") {
  for (const char* name : {"keras_2.15.0.keras", "keras_3.0.5.keras", "keras_3.15.1.keras"}) {
    INFO(name);
    const ForeignWeights weights = read_keras_weights(file(name));
    CHECK(weights.file == file(name).string());
    const ImportedWeights imported = import_weights(Variational::model.graph, weights, Layout::keras);
    check_numbers(imported);
    const ImportedTensor& mu = imported.sources.at(2);
    CHECK(mu.ours == "mu.weight");
    CHECK(mu.theirs == "layers/dense_2/vars/0");
    CHECK(mu.their_layer == "z_mean");
    for (const std::string& other : imported.passed_over)
      CHECK((other.starts_with("optimizer/vars/") || other.starts_with("metrics/mean")));
    CHECK(imported.passed_over.size() >= 2);
  }
}

TEST_CASE("whole models in HDF5, whose variance comes before the mean") {
  const TemporaryFolder folder;
  for (const char* name : {"keras_2.15.0.h5.zip", "keras_3.15.1.h5.zip"}) {
    INFO(name);
    const ForeignWeights weights = read_hdf5_weights(folder.write("whole.h5", unpacked(file(name))));
    CHECK(weights.in_order);
    const ImportedWeights imported = import_weights(Variational::model.graph, weights, Layout::keras);
    check_numbers(imported);
    CHECK(imported.sources.at(2).theirs.starts_with("z_mean/z_mean/kernel"));
    CHECK(std::count_if(imported.passed_over.begin(), imported.passed_over.end(), [](const std::string& other) {
            return other.starts_with("optimizer_weights/");
          }) == static_cast<std::ptrdiff_t>(imported.passed_over.size()));
    CHECK(imported.passed_over.size() >= 2);
  }
}

TEST_CASE("a .keras file without its parts, damaged, or of something else, is refused by its name") {
  const TemporaryFolder folder, for_copies;
  ::setenv("TMPDIR", for_copies.path().c_str(), 1);
  const auto refusal = [&](const std::string& bytes) {
    const auto path = folder.write("model.keras", bytes);
    return message_of<FileError>([&] { read_keras_weights(path); }).substr(path.string().size());
  };
  std::ifstream in(file("keras_3.15.1.keras"), std::ios::binary);
  const std::string good(std::istreambuf_iterator<char>(in), {});
  const auto spoiled = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + 1))
      bytes.replace(at, from.size(), to);
    return bytes;
  };
  CHECK(refusal(spoiled("model.weights.h5", "model.heights.h5")) ==
        ": expected model.weights.h5 in the archive of a Keras model, found none");
  CHECK(refusal(spoiled("config.json", "config.jsin")) ==
        ": expected config.json in the archive of a Keras model, found none");
  std::string damaged = good;
  damaged[good.size() / 2] = static_cast<char>(damaged[good.size() / 2] ^ 1);
  CHECK(refusal(damaged).starts_with(":model.weights.h5: "));
  CHECK_FALSE(refusal(good.substr(0, good.size() - 30)).empty());
  // No copy is left behind.
  CHECK(std::filesystem::is_empty(for_copies.path()));
  ::unsetenv("TMPDIR");
}

TEST_CASE("the names of layers in the configuration of a Keras model") {
  const auto layer = [](const std::string& kind, const std::string& name) {
    return R"({"class_name": ")" + kind + R"(", "config": {"name": ")" + name + "\"}}";
  };
  const std::string file = "model.keras:config.json";
  const KerasLayer model = parse_keras_config(
      config(layer("Dense", "a") + "," + layer("Conv2DTranspose", "b") + "," + layer("Dense", "c") + "," +
             layer("BatchNormalization", "d") + "," + layer("MyRNNLayer2D", "e") + "," + layer("PReLU", "f") +
             "," + R"({"class_name": "Sequential", "config": {"name": "g", "layers": [)" + layer("Dense", "h") +
             "," + layer("Dense", "i") + "]}}"),
      file);
  const std::vector<std::pair<std::string, std::string>> expected{{"layers/dense", "a"},
                                                                  {"layers/conv2d_transpose", "b"},
                                                                  {"layers/dense_1", "c"},
                                                                  {"layers/batch_normalization", "d"},
                                                                  {"layers/my_rnn_layer2d", "e"},
                                                                  {"layers/p_re_lu", "f"},
                                                                  {"layers/sequential", "g"},
                                                                  {"layers/sequential/layers/dense", "h"},
                                                                  {"layers/sequential/layers/dense_1", "i"}};
  for (const auto& [path, name] : expected) CHECK(name_at(model, path) == name);
  for (const char* path : {"", "layers", "layers/", "layers/dense_2", "layers/dense/", "layers/sequential/dense",
                           "layers/dense/layers/dense", "encoder/layers/dense", "dense"})
    CHECK(name_at(model, path).empty());
  for (const char* other : {"{}", "[]", "1", R"({"config": 3})", R"({"config": {"layers": {}}})",
                            R"({"config": {"layers": [1, null, {}, {"class_name": 2, "config": []}]}})"})
    CHECK(name_at(parse_keras_config(other, file), "layers/dense").empty());
  CHECK(message_of<FileError>([&] {
          parse_keras_config("{", file);
        }).starts_with("model.keras:config.json: expected valid JSON, found "));
  CHECK_THROWS_AS(parse_keras_config(std::string(100000, '['), file), FileError);
}

TEST_CASE("integers in HDF5 are no weights: a quantized kernel is refused, not taken without its scale") {
  const TemporaryFolder folder;
  const auto path = folder / "q.weights.h5";
  const std::vector<std::uint8_t> bytes(12, 3);
  const std::vector<float> floats(20, 1);
  const auto data = [&](const char* name, std::vector<std::int64_t> shape, std::size_t count) {
    return Hdf5Data{name, std::move(shape), std::span<const float>(floats).first(count)};
  };
  write_hdf5(path, std::vector<Hdf5Data>{{"/enc/vars/0", {4, 3}, std::span<const std::uint8_t>(bytes)},
                                         data("/enc/vars/1", {3}, 3),
                                         data("/mu/vars/0", {3, 2}, 6),
                                         data("/mu/vars/1", {2}, 2),
                                         data("/log_var/vars/0", {3, 2}, 6),
                                         data("/log_var/vars/1", {2}, 2),
                                         data("/dec/vars/0", {2, 4}, 8),
                                         data("/dec/vars/1", {4}, 4)});
  CHECK(message_of<FileError>([&] {
          import_weights(Variational::model.graph, read_hdf5_weights(path), Layout::keras);
        }) == path.string() +
                  ": tensor 'enc/vars/0': expected floating-point numbers, one for each place of its shape, "
                  "found values of type integer");
}
