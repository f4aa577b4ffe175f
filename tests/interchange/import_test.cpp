// Weights in the layouts of PyTorch and Keras, in graphs of ours: each layer gives what the other program would.
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/import.hpp>
#include <isthmus/plan/stages.hpp>
#include <isthmus/run/registry.hpp>

#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"
#include "support/foreign_models.hpp"
#include "support/reference.hpp"
#include "support/sketch.hpp"

using namespace isthmus;
using isthmus::interchange::ForeignWeights;
using isthmus::interchange::import_weights;
using isthmus::interchange::ImportedWeights;
using isthmus::interchange::Layout;
using isthmus::interchange::NamePair;
using isthmus::testing::ForeignModel;
using isthmus::testing::LayerResults;
using isthmus::testing::Names;
using isthmus::testing::Sample;

namespace {

using Run = std::function<LayerResults(ForeignModel&, const std::vector<float>&)>;

Graph used(GraphView declared) { return plan::resolve_modes(declared, false, false); }
Graph used(const char* model) { return used(find_model(model)->declared); }

std::vector<float> sample_of(GraphView graph, int number) {
  int count = 0;
  const Shape& shape = graph[find_only(graph, Op::input, count)].shape;
  return testing::floats(static_cast<std::size_t>(shape.elements_per_sample()),
                         static_cast<std::uint32_t>(number + 1), 0, 1);
}

/// The largest error of any layer, where the graph has these weights and the other program computes `run`.
double error_of(const Graph& graph, ForeignModel& model, const Run& run, const ImportedWeights& imported) {
  double largest = 0;
  for (int number = 0; number < 2; ++number) {
    const std::vector<float> in = sample_of(graph, number);
    reference::Interpreter ours(graph, 1);
    for (const NamedTensor& tensor : imported.tensors)
      ours.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
    int count = 0;
    ours[find_only(graph, Op::input, count)].values.assign(in.begin(), in.end());
    ours.run();
    for (const auto& [layer, expected] : run(model, in)) {
      INFO(layer);
      const double error = testing::largest_error(ours[Scope::find_result(graph, layer.c_str())].values,
                                                  expected.in_our_order(), 1);
      CHECK(error < 1e-5);
      largest = std::max(largest, error);
    }
  }
  return largest;
}

/// Makes the other program's parameters, and gives its file.
ForeignWeights file_of(const Graph& graph, ForeignModel& model, const Run& run) {
  run(model, sample_of(graph, 0));
  return model.weights();
}

/// Without names, into the graph as `run` has it in this layout.
ImportedWeights check_import(const Graph& graph, Layout layout, const Run& run) {
  ForeignModel model(layout);
  const ForeignWeights file = file_of(graph, model, run);
  const ImportedWeights imported = import_weights(graph, file, layout);
  CHECK(imported.tensors.size() == file.tensors.size());
  CHECK(error_of(graph, model, run, imported) < 1e-9);
  return imported;
}

std::string source_of(const ImportedWeights& imported, const std::string& ours) {
  for (const interchange::ImportedTensor& tensor : imported.sources)
    if (tensor.ours == ours) return tensor.theirs + ": " + tensor.done;
  return "none";
}

/// A dense layer behind a flattened image, one in front of an image, and batch norms of images and of rows
/// between.
struct Flattened {
  static constexpr auto model = autoencoder(
      encoder(input<9, 7, 2>("image"), conv2d<3, 3>("enc1", stride(2)), batch_norm("norm1") | relu,
              flatten | batch_norm("norm2")),
      bottleneck(dense<5>("code")),
      decoder(dense<24>("dec1"), batch_norm("norm3") | elu, to_shape<2, 4, 3>,
              conv2d_transpose<2, 3>("dec2", stride(2)), batch_norm("norm4"), conv2d<1, 2>("dec3", valid)));
};

LayerResults run_flattened(ForeignModel& m, const std::vector<float>& image, const Names& names) {
  LayerResults results;
  Sample x = m.sample(2, 9, 7, image);
  results.emplace_back("enc1", x = m.convolution(x, names[0], 3, 3, {5, 4, 2, 1}));
  x = m.batch_norm(x, names[1]).map(testing::relu).flat();
  // The result of our layer is in another order here: the next layer shows whether it is the right one.
  x = m.batch_norm(x, names[2]);
  results.emplace_back("code", x = m.dense(x, names[3], 5));
  x = m.batch_norm(m.dense(x, names[4], 24), names[5]).map(testing::elu);
  x = x.reshaped(3, 2, 4);
  results.emplace_back("dec2", x = m.transposed_convolution(x, names[6], 2, 3, {4, 8, 2, 0}));
  results.emplace_back("norm4", x = m.batch_norm(x, names[7]));
  results.emplace_back("dec3", x = m.convolution(x, names[8], 1, 2, {3, 7}));
  return results;
}

const Names in_halves{"encoder.0", "encoder.2", "encoder.4", "decoder.0", "decoder.2", "decoder.4"};
const Names by_keras{"dense", "dense_1", "dense_2", "dense_3", "dense_4", "dense_5"};

Run dense_called(const Names& names) {
  return [names](ForeignModel& model, const std::vector<float>& image) { return run_dense(model, image, names); };
}

/// The file of `dense` as PyTorch has it, and what an import of it complains of once `spoil` was there.
template <class Exception = FileError, class Spoil>
std::string complaint(Spoil spoil, const std::vector<NamePair>& names = {}) {
  const Graph graph = used("dense");
  ForeignModel model(Layout::torch);
  ForeignWeights file = file_of(graph, model, dense_called(in_halves));
  spoil(file);
  return message_of<Exception>([&] { import_weights(graph, file, Layout::torch, {.names = names}); });
}

interchange::ForeignTensor& tensor_of(ForeignWeights& file, const std::string& name) {
  return *std::find_if(file.tensors.begin(), file.tensors.end(), [&](const auto& t) { return t.name == name; });
}

struct Squares {
  static constexpr auto model =
      autoencoder(encoder(input<4>("x"), dense<4>("first") | relu), bottleneck(dense<4>("second")),
                  decoder(dense<4>("third") | relu, dense<4>("fourth")));
};

/// Four dense layers of one shape, whose biases tell them apart: 1, 2, 3, 4.
ForeignWeights squares(const Names& names) {
  ForeignWeights file{"weights", {}, false};
  for (std::size_t i = 0; i < names.size(); ++i) {
    file.tensors.push_back({names[i] + ".weight", {4, 4}, "F32", std::vector<float>(16, 0.5f)});
    file.tensors.push_back({names[i] + ".bias", {4}, "F32", std::vector<float>(4, static_cast<float>(i + 1))});
  }
  std::sort(file.tensors.begin(), file.tensors.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return file;
}

/// The numbers of the layers that `first` to `fourth` got: "1234" if all is well.
std::string order_of(const ForeignWeights& file, const std::vector<NamePair>& names = {}) {
  std::string order;
  for (const NamedTensor& tensor :
       import_weights(Squares::model.graph, file, Layout::torch, {.names = names}).tensors)
    if (tensor.name.ends_with(".bias")) order += std::to_string(static_cast<int>(tensor.values[0]));
  return order;
}

struct TiedImages {
  static constexpr auto model = autoencoder(encoder(input<2, 2, 3>("x"), flatten), bottleneck(dense<4>("code")),
                                            decoder(dense<12>("out", tied("code")), to_shape<2, 2, 3>));
};

/// The rows and columns of one image become channels of another.
struct Folded {
  static constexpr auto model =
      autoencoder(encoder(input<4, 4, 2>("x"), flatten), bottleneck(to_shape<2, 2, 8>, conv2d<2, 1>("code")),
                  decoder(flatten | dense<32>("out") | to_shape<4, 4, 2>));
};

}  // namespace

TEST_CASE("import: dense, layer by layer") {
  const ImportedWeights imported = check_import(used("dense"), Layout::torch, dense_called(in_halves));
  CHECK(source_of(imported, "enc1.weight") == "encoder.0.weight: transposed");
  CHECK(source_of(imported, "dec3.bias") == "decoder.4.bias: as it is");
  CHECK(source_of(check_import(used("dense"), Layout::keras, dense_called(by_keras)), "dec1.weight") ==
        "dense_3/kernel: as it is");
}

TEST_CASE("import: denoising, layer by layer") {
  const auto called = [](const Names& names) {
    return [names](ForeignModel& m, const std::vector<float>& image) { return run_denoising(m, image, names); };
  };
  check_import(used("denoising"), Layout::torch, called({"0", "3", "6", "8", "11", "14"}));
  check_import(used("denoising"), Layout::keras,
               called({"conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "conv2d_5"}));
}

TEST_CASE("import: images that become rows, rows that become images, and batch norms, layer by layer") {
  const auto called = [](const Names& names) {
    return [names](ForeignModel& m, const std::vector<float>& image) { return run_flattened(m, image, names); };
  };
  const ImportedWeights imported =
      check_import(used(Flattened::model.graph), Layout::torch,
                   called({"conv1", "bn1", "bn2", "fc1", "fc2", "bn3", "deconv1", "bn4", "conv2"}));
  CHECK(source_of(imported, "code.weight") == "fc1.weight: transposed, rows those of an image of 5 x 4 x 3");
  CHECK(source_of(imported, "norm2.mean") == "bn2.running_mean: columns those of an image of 5 x 4 x 3");
  CHECK(source_of(imported, "dec1.weight") == "fc2.weight: transposed, columns those of an image of 2 x 4 x 3");
  CHECK(source_of(imported, "dec2.weight") == "deconv1.weight: transposed (2, 3, 1, 0)");
  check_import(used(Flattened::model.graph), Layout::keras,
               called({"conv2d", "batch_normalization", "batch_normalization_1", "dense", "dense_1",
                       "batch_normalization_2", "conv2d_transpose", "batch_normalization_3", "conv2d_1"}));
}

TEST_CASE("import: a variational autoencoder as PyTorch's examples call its layers") {
  const Graph graph = used("variational");
  const auto run = [](ForeignModel& m, const std::vector<float>& image) {
    const Sample h = m.dense(m.sample(784, 1, 1, image), "fc1", 400).map(testing::relu);
    const Sample mu = m.dense(h, "fc21", 20), log_var = m.dense(h, "fc22", 20);
    const Sample wider = m.dense(mu, "fc3", 400).map(testing::relu);
    return LayerResults{{"enc1", h},
                        {"mu", mu},
                        {"log_var", log_var},
                        {"dec1", wider},
                        {"dec2", m.dense(wider, "fc4", 784).map(testing::sigmoid)}};
  };
  // No order says which of two layers side by side is which.
  ForeignModel model(Layout::torch);
  const ForeignWeights file = file_of(graph, model, run);
  const ImportedWeights imported = import_weights(graph, file, Layout::torch, {.names = {{"mu", "fc21"}}});
  CHECK(imported.tensors.size() == file.tensors.size());
  CHECK(error_of(graph, model, run, imported) < 1e-9);
}

TEST_CASE("import: tied weights are in the file once, and a bias alone where they are used again") {
  const Graph graph = used("tied");
  ForeignWeights file{"weights", {}, false};
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    std::size_t count = 1;
    for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
    file.tensors.push_back({name, std::move(shape), "F32", testing::floats(count, 3, -1, 1)});
  };
  add("decoder_bias1", {128});
  add("decoder_bias2", {784});
  add("encoder.0.bias", {128});
  add("encoder.0.weight", {128, 784});
  add("encoder.2.bias", {32});
  add("encoder.2.weight", {32, 128});
  const ImportedWeights imported = import_weights(graph, file, Layout::torch);
  CHECK(source_of(imported, "dec1.bias") == "decoder_bias1: as it is");
  CHECK(source_of(imported, "dec2.bias") == "decoder_bias2: as it is");
  CHECK(source_of(imported, "enc1.weight") == "encoder.0.weight: transposed");
  CHECK(imported.tensors.size() == 6);
  add("decoder.0.weight", {128, 32});
  CHECK(message_of<FileError>([&] { import_weights(graph, file, Layout::torch); }) ==
        "weights: tensor 'decoder.0.weight': expected only tensors that the graph has a layer for, found shape "
        "[128, 32]");
}

TEST_CASE("import: a tied layer in front of an image has the order of the one behind it") {
  const Graph graph = used(TiedImages::model.graph);
  const ForeignWeights file{"weights",
                            {{"code.bias", {4}, "F32", testing::floats(4, 1, -1, 1)},
                             {"code.weight", {4, 12}, "F32", testing::floats(48, 2, -1, 1)},
                             {"out.bias", {12}, "F32", testing::floats(12, 3, -1, 1)}},
                            false};
  const ImportedWeights imported = import_weights(graph, file, Layout::torch);
  CHECK(source_of(imported, "code.weight") == "code.weight: transposed, rows those of an image of 2 x 2 x 3");
  CHECK(source_of(imported, "out.bias") == "out.bias: columns those of an image of 2 x 2 x 3");
  for (std::size_t pixel = 0; pixel < 4; ++pixel)
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const std::size_t here = pixel * 3 + channel, there = channel * 4 + pixel;
      CHECK(imported.tensors.at(2).values.at(here) == file.tensors[2].values.at(there));
      for (std::size_t unit = 0; unit < 4; ++unit)
        CHECK(imported.tensors.at(0).values.at(here * 4 + unit) == file.tensors[1].values.at(unit * 12 + there));
    }
}

TEST_CASE("import: a graph as it is declared gets what its use gets") {
  ForeignModel model(Layout::torch);
  const Names names{"conv1", "bn1", "bn2", "fc1", "fc2", "bn3", "deconv1", "bn4", "conv2"};
  run_flattened(model, sample_of(Flattened::model.graph, 0), names);
  const ImportedWeights declared = import_weights(Flattened::model.graph, model.weights(), Layout::torch),
                        used_one = import_weights(used(Flattened::model.graph), model.weights(), Layout::torch);
  REQUIRE(declared.tensors.size() == used_one.tensors.size());
  for (const NamedTensor& tensor : declared.tensors) {
    INFO(tensor.name);
    const auto same = std::find_if(used_one.tensors.begin(), used_one.tensors.end(),
                                   [&](const NamedTensor& t) { return t.name == tensor.name; });
    REQUIRE(same != used_one.tensors.end());
    CHECK(tensor.values == same->values);
  }
}

TEST_CASE("import: names of layers decide before their order does") {
  CHECK(order_of(squares({"net.fourth", "second", "net.first", "third"})) == "3241");
  CHECK(order_of(squares({"fourth", "net.2", "first", "net.1"})) == "3421");
  // The whole name is better than its last part.
  CHECK(order_of(squares({"first", "net.1.first", "net.2", "net.10"})) == "1234");
  CHECK(message_of<FileError>([] {
          import_weights(Squares::model.graph, squares({"a.first", "b.first", "c", "d"}), Layout::torch);
        }) ==
        "weights: tensor 'a.first': expected one layer called first, found also tensor 'b.first': say which with "
        "first=NAME");
}

TEST_CASE("import: a name that the file has beside the tensor's counts as well") {
  ForeignWeights file = squares({"1", "2", "3", "4"});
  for (interchange::ForeignTensor& tensor : file.tensors)
    if (tensor.name.starts_with("3.")) tensor.layer = "first";
  CHECK(order_of(file) == "3124");
  for (interchange::ForeignTensor& tensor : file.tensors)
    if (tensor.name.starts_with("4.")) tensor.layer = "other";
  CHECK(order_of(file, {{"second", "other"}}) == "3412");
}

TEST_CASE("import: numbers in names are numbers, and encoders come before decoders") {
  CHECK(order_of(squares({"fc2", "fc9", "fc10", "fc11"})) == "1234");
  CHECK(order_of(squares({"dense", "dense_1", "dense_2", "dense_10"})) == "1234");
  CHECK(order_of(squares({"net.0.2", "net.0.10", "net.1.0", "net.10.0"})) == "1234");
  CHECK(order_of(squares({"encoder.0", "encoder.2", "decoder.0", "decoder.2"})) == "1234");
  CHECK(order_of(squares({"Encoder.fc", "middle.fc", "decoder.1", "decoder.2"})) == "1234");
  CHECK(order_of(squares({"encFirst", "fc", "decode1", "decode2"})) == "1234");
  // Only as a word of its own.
  CHECK(message_of<FileError>([] {
          import_weights(Squares::model.graph, squares({"conv1", "deconv1", "conv2", "conv3"}), Layout::torch);
        }).starts_with("weights: tensor 'conv3.weight' and tensor 'deconv1.weight': expected to be told"));
  ForeignWeights in_order = squares({"d", "c", "b", "a"});
  in_order.in_order = true;
  CHECK(order_of(in_order) == "4321");
}

TEST_CASE("import: what only the alphabet puts in order is refused unless it is named") {
  const ForeignWeights file = squares({"up", "down", "left", "right"});
  CHECK(message_of<FileError>([&] { import_weights(Squares::model.graph, file, Layout::torch); }) ==
        "weights: tensor 'down.weight' and tensor 'left.weight': expected to be told which is which (first=NAME, "
        "second=NAME, third=NAME, fourth=NAME), found the same shape, and names that no number puts in order");
  CHECK(order_of(file, {{"first", "up"}, {"second", "down"}, {"third", "left"}, {"fourth", "right"}}) == "1234");
  CHECK(order_of(file, {{"first", "up"}, {"second", "down"}, {"third", "left"}}) == "1234");
}

TEST_CASE("import: names that are given, of layers and of tensors") {
  const ForeignWeights file = squares({"a/b/1", "2", "3", "4"});
  CHECK(order_of(file, {{"third", "a/b/1"}}) == "2314");
  CHECK(order_of(file, {{"third", "a.b.1"}, {"fourth.bias", "2/bias"}, {"fourth.weight", "2.weight"}}) == "3412");
  const auto refused = [&](const std::vector<NamePair>& names) {
    return message_of<Error>([&] { import_weights(Squares::model.graph, file, Layout::torch, {.names = names}); });
  };
  CHECK(refused({{"fifth", "2"}}) ==
        "'fifth': expected a layer of the graph (first, second, third, fourth) or a parameter of one, found "
        "neither");
  CHECK(refused({{"first", "5"}}) ==
        "weights: first=5: expected a layer of that name, for nothing else, found none");
  CHECK(refused({{"first.bias", "2"}}) ==
        "weights: first.bias=2: expected a tensor of that name, for nothing else, found none");
  CHECK(refused({{"first", "2"}, {"second", "2"}}) ==
        "weights: second=2: expected a layer of that name, for nothing else, found none");
  CHECK(refused({{"first", "2"}, {"first", "3"}}) == "'first': expected one name for it, found two");
  CHECK(refused({{"first.bias", "2.weight"}}) ==
        "weights: tensor '2.weight': expected shape [4] for first.bias, found shape [4, 4]");
}

TEST_CASE("import: a tensor that is missing, too much or of another shape is named") {
  CHECK(complaint([](ForeignWeights& file) {
          std::erase_if(file.tensors, [](auto& t) { return t.name == "encoder.2.bias"; });
        }) == "weights: layer 'encoder.2': expected shape [128] for enc2.bias, found none");
  CHECK(complaint([](ForeignWeights& file) {
          std::erase_if(file.tensors, [](auto& t) { return t.name.starts_with("encoder.2."); });
        }) == "weights: expected a tensor of shape [128, 512] for enc2.weight, found none for this layer");
  CHECK(complaint([](ForeignWeights& file) {
          file.tensors.push_back({"encoder.6.weight", {3, 2}, "F32", std::vector<float>(6)});
        }) ==
        "weights: tensor 'encoder.6.weight': expected only tensors that the graph has a layer for, found shape "
        "[3, 2]");
  CHECK(complaint([](ForeignWeights& file) {
          file.tensors.push_back({"decoder.0.scale", {128}, "F32", std::vector<float>(128)});
        }).find("tensor 'decoder.0.") != std::string::npos);
  CHECK(complaint([](ForeignWeights& file) { tensor_of(file, "encoder.2.weight").shape = {512, 128}; }) ==
        "weights: tensor 'encoder.2.weight': expected shape [128, 512] for enc2.weight, found shape [512, 128]");
  CHECK(complaint([](ForeignWeights& file) { tensor_of(file, "encoder.2.bias").shape = {1, 128}; }) ==
        "weights: tensor 'encoder.2.bias': expected shape [128] for enc2.bias, found shape [1, 128]");
  CHECK(complaint([](ForeignWeights& file) { file.tensors.clear(); }) ==
        "weights: expected a tensor of shape [512, 784] for enc1.weight, found none for this layer");
}

TEST_CASE("import: the other layout is refused") {
  const Graph graph = used("dense");
  ForeignModel model(Layout::keras);
  const ForeignWeights file = file_of(graph, model, dense_called(by_keras));
  CHECK(message_of<FileError>([&] { import_weights(graph, file, Layout::torch); }) ==
        "weights: tensor 'dense/kernel': expected a name of PyTorch's layout (weight), found one of Keras'");
}

TEST_CASE("import: NaN, infinity and integers are refused, counters are passed over") {
  CHECK(complaint<NumberError>([](ForeignWeights& file) {
          tensor_of(file, "decoder.0.bias").values[3] = std::numeric_limits<float>::quiet_NaN();
        }) == "weights: tensor 'decoder.0.bias', position 3: expected a finite number, found nan");
  CHECK(complaint([](ForeignWeights& file) {
          tensor_of(file, "decoder.0.bias").type = "I64";
          tensor_of(file, "decoder.0.bias").values.clear();
        }) ==
        "weights: tensor 'decoder.0.bias': expected floating-point numbers, one for each place of its "
        "shape, found values of type I64");
  ForeignWeights file = squares({"1", "2", "3", "4"});
  for (const char* name : {"1.num_batches_tracked", "optimizer/vars/0", "layers/dropout/seed_generator/vars/0"})
    file.tensors.push_back({name, {}, "I64", {}});
  CHECK(import_weights(Squares::model.graph, file, Layout::torch).passed_over.size() == 3);
}

TEST_CASE("import: an order of an image's values that PyTorch does not have is refused") {
  const Graph graph = used(Folded::model.graph);
  const std::string refusal =
      message_of<ShapeError>([&] { import_weights(graph, {"weights", {}, false}, Layout::torch); });
  CHECK(refusal.find("an image of 4 x 4 x 2") != std::string::npos);
  CHECK(refusal.find("an image of 2 x 2 x 8") != std::string::npos);
  // Keras has the same order as we have.
  CHECK_THROWS_AS(import_weights(graph, {"weights", {}, false}, Layout::keras), FileError);
}

TEST_CASE("import: a parameter that is no layer's is found by its name alone, and taken as it is") {
  testing::Sketch s;
  const Tensor x = s.b.input("x", shape_of(batch, 3));
  s.b.output(x * s.parameter(shape_of(3)), "y");
  ForeignWeights file{"weights", {{"gain", {3}, "F32", {1, 2, 3}}}, false};
  CHECK(message_of<FileError>([&] { import_weights(s.b.view(), file, Layout::torch); }) ==
        "weights: expected a tensor of shape [3] for p1.weight, found none for this layer; tensor 'gain' is left "
        "over");
  CHECK(import_weights(s.b.view(), file, Layout::torch, {.names = {{"p1.weight", "gain"}}}).tensors.at(0).values ==
        std::vector<float>{1, 2, 3});
  for (const char* name : {"p1.weight", "p1/weight", "net.p1.weight"}) {
    file.tensors[0].name = name;
    CHECK(source_of(import_weights(s.b.view(), file, Layout::torch), "p1.weight") ==
          std::string(name) + ": as it is");
  }
}

TEST_CASE("import: Keras 3 numbers the tensors of a layer") {
  const Graph graph = used(Flattened::model.graph);
  ForeignModel model(Layout::keras);
  const Run run = [](ForeignModel& m, const std::vector<float>& image) {
    return run_flattened(m, image,
                         {"conv2d", "batch_normalization", "batch_normalization_1", "dense", "dense_1",
                          "batch_normalization_2", "conv2d_transpose", "batch_normalization_3", "conv2d_1"});
  };
  run(model, sample_of(graph, 0));
  const ForeignWeights file = model.weights([](const ForeignModel::Parameter& p) {
    const std::map<std::string, int> numbers{{"kernel", 0}, {"bias", 1},        {"gamma", 0},
                                             {"beta", 1},   {"moving_mean", 2}, {"moving_variance", 3}};
    return "layers/" + p.layer + "/vars/" + std::to_string(numbers.at(p.part));
  });
  const ImportedWeights imported = import_weights(graph, file, Layout::keras);
  CHECK(source_of(imported, "norm4.variance") == "layers/batch_normalization_3/vars/3: as it is");
  CHECK(error_of(graph, model, run, imported) < 1e-9);
}

TEST_CASE("import: safetensors of 16, 32 and 64 bits, and integers") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& header, const std::string& data) {
    std::string bytes(1, static_cast<char>(header.size()));
    bytes += std::string(7, '\0') + header + data;
    return interchange::read_safetensors_weights(folder.write("x.safetensors", bytes));
  };
  const auto values = [&](const std::string& type, const std::string& data, std::size_t count) {
    const std::string end = std::to_string(data.size());
    return read("{\"a\":{\"dtype\":\"" + type + "\",\"shape\":[" + std::to_string(count) +
                    "],\"data_offsets\":[0," + end + "]}}",
                data)
        .tensors.at(0);
  };
  using Floats = std::vector<float>;
  // The largest denormal, the smallest normal one and its negative neighbour; zeros keep their signs.
  const std::vector<float> small =
      values("F16", std::string("\xff\x03\x00\x04\x01\x84\x00\x80\x01\x80", 10), 5).values;
  CHECK(small == Floats{1023 * 0x1p-24f, 0x1p-14f, -1025 * 0x1p-24f, -0.0f, -0x1p-24f});
  CHECK(std::signbit(small[3]));
  // Denormals of bfloat16 are those of floats; its largest number.
  const std::vector<float> brief =
      values("BF16", std::string("\x01\x00\x7f\x80\x80\x00\x7f\x7f\x00\x80", 10), 5).values;
  CHECK(brief == Floats{0x1p-133f, -127 * 0x1p-133f, 0x1p-126f, 255 * 0x1p120f, -0.0f});
  CHECK(std::signbit(brief[4]));
  // Of 64 bits what is below the smallest float is rounded, half to even.
  CHECK(values("F64", std::string("\0\0\0\0\0\0\x90\x36\1\0\0\0\0\0\x90\x36\0\0\0\0\0\0\xa8\x36", 24), 3).values ==
        Floats{0, 0x1p-149f, 0x1p-148f});
  // 1, -2, the smallest, 65504, infinity.
  CHECK(values("F16", std::string("\x00\x3c\x00\xc0\x01\x00\xff\x7b\x00\x7c", 10), 5).values ==
        Floats{1, -2, 0x1p-24f, 65504, std::numeric_limits<float>::infinity()});
  CHECK(std::isnan(values("F16", "\x01\x7c", 1).values[0]));
  CHECK(values("BF16", std::string("\x80\x3f\x49\xc0", 4), 2).values == Floats{1, -3.140625f});
  CHECK(values("F32", std::string("\0\0\x80\x3f", 4), 1).values == Floats{1});
  CHECK(values("F64", std::string("\0\0\0\0\0\0\xf8\xbf", 8), 1).values == Floats{-1.5f});
  const interchange::ForeignTensor counter = values("I64", std::string(8, '\1'), 1);
  CHECK(counter.values.empty());
  CHECK(counter.type == "I64");
  CHECK(message_of<FileError>([&] { values("F7", "\1", 1); }).find("found 'F7'") != std::string::npos);
  CHECK(message_of<FileError>([&] {
          values("F16", "\1\1\1", 1);
        }).find("expected 2 bytes for each value of shape [1]") != std::string::npos);
}
