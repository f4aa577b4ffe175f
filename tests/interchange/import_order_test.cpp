// Which of several layers of one shape is meant: by their names, by the order that the graph gives them, or not at
// all.
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/import.hpp>
#include <isthmus/plan/stages.hpp>

#include "data/temporary_folder.hpp"
#include "interchange/layer_order.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

using namespace isthmus;
using isthmus::interchange::ForeignWeights;
using isthmus::interchange::import_weights;
using isthmus::interchange::ImportedWeights;
using isthmus::interchange::Layout;
using isthmus::interchange::NamePair;

namespace {

using Names = std::vector<std::string>;
using Pairs = std::vector<NamePair>;

struct Variational {
  static constexpr auto model = graph([](Scope& g) {
    auto h = relu(dense<3>(g.input<4>("x"), "enc"));
    auto mu = dense<2>(h, "mu");
    auto log_var = dense<2>(h, "log_var");
    return dense<4>(bottleneck(reparameterize(mu, log_var)), "dec");
  });
};

/// Two branches of a convolution, a batch norm and a dense layer each, that are added; one block with a shortcut.
struct Branches {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<4, 4, 2>("x");
    auto left = batch_norm(conv2d<2, 3>(x, "left"), "left_norm");
    auto right = batch_norm(conv2d<2, 3>(x, "right"), "right_norm");
    auto sum = flatten(left + right);
    auto code = bottleneck(dense<4>(sum, "code"));
    auto first = dense<4>(code, "first");
    return dense<32>(code + dense<4>(relu(first), "second"), "out");
  });
};

/// A weight that is used again is where it was used first.
struct Tied {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<4>("x");
    auto one = dense<4>(x, "one"), other = dense<4>(x, "other");
    return dense<4>(bottleneck(one * other), "out", tied("one"));
  });
};

/// The eleventh layer is called layer10, as the tenth is in a file that counts from 1.
struct Nameless {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<2>("x");
    x = dense<2>(dense<2>(dense<2>(dense<2>(dense<2>(dense<2>(x))))));
    return dense<2>(dense<2>(dense<2>(dense<2>(dense<2>(dense<2>(bottleneck(x)))))));
  });
};

struct Square {
  static constexpr auto model =
      graph([](Scope& g) { return dense<2>(bottleneck(dense<2>(g.input<2>("x"), "enc")), "dec"); });
};

/// From two channels to two, forth, back and forth.
struct ForthAndBack {
  static constexpr auto model = graph([](Scope& g) {
    auto code = bottleneck(conv2d<2, 3>(g.input<4, 4, 2>("x"), "a"));
    return conv2d<2, 3>(conv2d_transpose<2, 3>(code, "b"), "c");
  });
};

/// As PyTorch has it, or Keras: weights of a layer all the same, and another number in each layer.
class File {
 public:
  explicit File(Layout layout) : layout_(layout) {}

  File& dense(const std::string& name, std::int64_t in, std::int64_t out, const std::string& called = "") {
    const bool torch = layout_ == Layout::torch;
    add(name, torch ? "weight" : "kernel", torch ? Shape{out, in} : Shape{in, out}, called);
    return add(name, "bias", {out}, called, true);
  }
  File& convolution(const std::string& name, std::int64_t in, std::int64_t out) {
    add(name, "weight", {out, in, 3, 3}, "");
    return add(name, "bias", {out}, "", true);
  }
  File& batch_norm(const std::string& name, std::int64_t size) {
    for (const char* part : {"weight", "bias", "running_mean"}) add(name, part, {size}, "");
    return add(name, "running_var", {size}, "", true);
  }
  File& in_order() {
    weights_.in_order = true;
    return *this;
  }
  const ForeignWeights& weights() const { return weights_; }

 private:
  using Shape = std::vector<std::int64_t>;

  File& add(const std::string& name, const std::string& part, Shape shape, const std::string& called,
            bool is_last = false) {
    std::size_t count = 1;
    for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
    weights_.tensors.push_back({name + "." + part, std::move(shape), "F32",
                                std::vector<float>(count, static_cast<float>(layers_)), called});
    if (is_last) ++layers_;
    return *this;
  }

  Layout layout_;
  ForeignWeights weights_{"weights", {}, false};
  int layers_ = 1;
};

/// OURS=THEIRS of each layer, by the tensor that has its bias.
Names found(GraphView graph, const File& file, Layout layout, const Pairs& names = {}) {
  Names pairs;
  for (const interchange::ImportedTensor& source :
       import_weights(graph, file.weights(), layout, {.names = names}).sources)
    if (source.ours.ends_with(".bias"))
      pairs.push_back(source.ours.substr(0, source.ours.size() - 5) + "=" +
                      source.theirs.substr(0, source.theirs.size() - 5));
  return pairs;
}

std::string refusal(GraphView graph, const File& file, Layout layout, const Pairs& names = {}) {
  return message_of<FileError>([&] { import_weights(graph, file.weights(), layout, {.names = names}); });
}

const GraphView variational = Variational::model.graph;

File torch_variational(const std::string& first, const std::string& second) {
  return File(Layout::torch).dense("fc1", 4, 3).dense(first, 3, 2).dense(second, 3, 2).dense("fc3", 2, 4);
}
File keras_variational(const std::string& first, const std::string& second) {
  return File(Layout::keras)
      .dense("layers.dense", 4, 3, "hidden")
      .dense("layers.dense_1", 3, 2, first)
      .dense("layers.dense_2", 3, 2, second)
      .dense("layers.dense_3", 2, 4, "out");
}

const std::string side_by_side =
    "found the same shape, and layers that lie side by side, of which no order says which comes first";

}  // namespace

TEST_CASE("import: numbers do not say which of two layers side by side is the mean") {
  for (const auto& [mean, spread] : {std::pair("fc21", "fc22"), std::pair("fc22", "fc21")}) {
    const File file = torch_variational("fc21", "fc22");
    CHECK(refusal(variational, file, Layout::torch) ==
          "weights: tensor 'fc21.weight' and tensor 'fc22.weight': expected to be told which is which (mu=NAME, "
          "log_var=NAME), " +
              side_by_side);
    const Names expected{"enc=fc1", std::string("mu=") + mean, std::string("log_var=") + spread, "dec=fc3"};
    CHECK(found(variational, file, Layout::torch, {{"mu", mean}, {"log_var", spread}}) == expected);
    // One of them leaves nothing else for the other.
    CHECK(found(variational, file, Layout::torch, {{"mu", mean}}) == expected);
    CHECK(found(variational, file, Layout::torch, {{"log_var", spread}}) == expected);
  }
}

TEST_CASE("import: layers side by side are told apart by what the file calls them, whichever was made first") {
  const Names by_name{"enc=layers.dense", "mu=layers.dense_2", "log_var=layers.dense_1", "dec=layers.dense_3"};
  CHECK(found(variational, keras_variational("z_log_var", "z_mean"), Layout::keras) == by_name);
  CHECK(found(variational, keras_variational("z_log_var", "z_mean").in_order(), Layout::keras) == by_name);
  const Names as_made{"enc=layers.dense", "mu=layers.dense_1", "log_var=layers.dense_2", "dec=layers.dense_3"};
  CHECK(found(variational, keras_variational("z_mean", "z_log_var"), Layout::keras) == as_made);
  // Names that Keras gave say nothing, also where the file has an order.
  for (const bool in_order : {false, true}) {
    File file = keras_variational("", "");
    if (in_order) file.in_order();
    CHECK(
        refusal(variational, file, Layout::keras) ==
        "weights: tensor 'layers.dense_1.kernel' and tensor 'layers.dense_2.kernel': expected to be told which is "
        "which (mu=NAME, log_var=NAME), " +
            side_by_side);
  }
  // A layer that has a name of its own is reported with it.
  CHECK(refusal(variational, keras_variational("head", "tail"), Layout::keras)
            .starts_with(
                "weights: tensor 'layers.dense_1.kernel' of layer 'head' and tensor 'layers.dense_2.kernel' of "
                "layer 'tail': expected to be told"));
  CHECK(found(variational, keras_variational("head", "tail"), Layout::keras, {{"mu", "tail"}}) == by_name);
}

TEST_CASE("import: the names of a mean and of a variance") {
  for (const auto& [mean, spread] :
       {std::pair("fc_mu", "fc_logvar"), std::pair("z_mean", "z_log_var"), std::pair("mean", "logvar"),
        std::pair("encoder.fcMean", "encoder.fcLogVar"), std::pair("loc", "log_sigma_sq"),
        std::pair("z_loc", "zvar"), std::pair("mean_net.0", "variance_net.0"), std::pair("q.mu", "q.other"),
        std::pair("fc21", "fc_logvar")}) {
    INFO(mean);
    const Names expected{"enc=fc1", std::string("mu=") + mean, std::string("log_var=") + spread, "dec=fc3"};
    CHECK(found(variational, torch_variational(mean, spread), Layout::torch) == expected);
    CHECK(found(variational, torch_variational(spread, mean), Layout::torch) == expected);
  }
  for (const auto& [one, other] : {std::pair("mu1", "mu2"), std::pair("mean_var", "module_b"), std::pair("a", "b"),
                                   std::pair("multiply", "amplify")}) {
    INFO(one);
    CHECK(refusal(variational, torch_variational(one, other), Layout::torch).ends_with(side_by_side));
  }
}

TEST_CASE("import: what is called a deviation is taken as a variance, and the table says so") {
  const auto done = [](const char* spread) {
    const ImportedWeights imported =
        import_weights(variational, torch_variational("fc_mu", spread).weights(), Layout::torch);
    for (const interchange::ImportedTensor& source : imported.sources)
      if (source.ours == "log_var.bias") return source.done;
    return std::string("none");
  };
  CHECK(done("fc_logvar") == "as it is");
  CHECK(done("log_sigma_sq") == "as it is");
  CHECK(done("log_sigma2") == "as it is");
  CHECK(done("log_sigma") == "as it is, taken as a variance, though called a deviation");
  CHECK(done("fc_std") == "as it is, taken as a variance, though called a deviation");
}

TEST_CASE("import: branches that are added are asked for, all at once; blocks with a shortcut have an order") {
  File file(Layout::torch);
  file.convolution("conv1", 2, 2).batch_norm("bn1", 2).convolution("conv2", 2, 2).batch_norm("bn2", 2);
  file.dense("fc1", 32, 4).dense("fc2", 4, 4).dense("fc3", 4, 4).dense("fc4", 4, 32);
  const GraphView branches = Branches::model.graph;
  CHECK(refusal(branches, file, Layout::torch) ==
        "weights: tensor 'conv1.weight' and tensor 'conv2.weight': expected to be told which is which (left=NAME, "
        "right=NAME, left_norm=NAME, right_norm=NAME), " +
            side_by_side);
  // A batch norm is no matter of its convolution's name.
  CHECK(
      refusal(branches, file, Layout::torch, {{"left", "conv2"}, {"right", "conv1"}}) ==
      "weights: tensor 'bn1.weight' and tensor 'bn2.weight': expected to be told which is which (left_norm=NAME, "
      "right_norm=NAME), " +
          side_by_side);
  CHECK(found(branches, file, Layout::torch, {{"left", "conv2"}, {"left_norm", "bn2"}}) ==
        Names{"left=conv2", "right=conv1", "code=fc1", "first=fc2", "second=fc3", "out=fc4"});
}

TEST_CASE("import: which layers feed which") {
  const auto in_a_row = [](GraphView graph, const char* a, const char* b) {
    const auto nodes = [&](const std::string& layer) {
      std::vector<int> found;
      for (int i = 0; i < graph.size; ++i)
        if (graph[i].op == Op::parameter && graph[i].label.layer == layer) found.push_back(i);
      REQUIRE_FALSE(found.empty());
      return found;
    };
    const interchange::LayerOrder order(graph);
    CHECK(order.in_a_row(nodes(a), nodes(b)) == order.in_a_row(nodes(b), nodes(a)));
    return order.in_a_row(nodes(a), nodes(b));
  };
  for (const bool in_use : {false, true}) {
    const Graph used = plan::resolve_modes(Branches::model.graph, false, false);
    const GraphView branches = in_use ? GraphView(used) : GraphView(Branches::model.graph);
    CHECK_FALSE(in_a_row(branches, "left", "right"));
    CHECK_FALSE(in_a_row(branches, "left", "right_norm"));
    CHECK_FALSE(in_a_row(branches, "left_norm", "right_norm"));
    CHECK(in_a_row(branches, "left", "left_norm"));
    CHECK(in_a_row(branches, "first", "second"));
    CHECK(in_a_row(branches, "left", "out"));
  }
  CHECK_FALSE(in_a_row(variational, "mu", "log_var"));
  CHECK(in_a_row(variational, "log_var", "dec"));
  CHECK_FALSE(in_a_row(Tied::model.graph, "one", "other"));
  CHECK(in_a_row(Tied::model.graph, "other", "out"));
}

TEST_CASE("import: a name that Isthmus gave a layer is not the name of one in the file") {
  File file(Layout::torch);
  for (int i = 1; i <= 12; ++i) file.dense("layer" + std::to_string(i), 2, 2);
  const Names pairs = found(Nameless::model.graph, file, Layout::torch);
  REQUIRE(pairs.size() == 12);
  CHECK(pairs[0] == "layer00=layer1");
  CHECK(pairs[10] == "layer10=layer11");
  CHECK(pairs[11] == "layer11=layer12");
}

TEST_CASE("import: square weights in the words of the other layout are refused") {
  const GraphView square = Square::model.graph;
  const File torch = File(Layout::torch).dense("enc", 2, 2).dense("dec", 2, 2);
  const File keras = File(Layout::keras).dense("enc", 2, 2).dense("dec", 2, 2);
  CHECK(refusal(square, torch, Layout::keras) ==
        "weights: tensor 'enc.weight': expected a name of Keras' layout (kernel), found one of PyTorch's");
  CHECK(refusal(square, torch, Layout::keras, {{"enc", "enc"}, {"dec", "dec"}}).find("found one of PyTorch's") !=
        std::string::npos);
  CHECK(refusal(square, keras, Layout::torch) ==
        "weights: tensor 'enc.kernel': expected a name of PyTorch's layout (weight), found one of Keras'");
  CHECK(found(square, torch, Layout::torch) == Names{"enc=enc", "dec=dec"});
  CHECK(found(square, keras, Layout::keras) == Names{"enc=enc", "dec=dec"});
  // A tensor that is named for a parameter is taken at the caller's word.
  CHECK(found(square, torch, Layout::keras, {{"enc.weight", "enc.weight"}, {"dec.weight", "dec.weight"}}) ==
        Names{"enc=enc", "dec=dec"});
}

TEST_CASE("import: what Keras numbers in other layers is no kernel and no bias") {
  // A bias alone of the tied layer, and what takes its shape: the slopes of a PReLU.
  const auto file = [](const char* layer) {
    return ForeignWeights{"weights",
                          {{"layers/dense/vars/0", {4, 4}, "F32", std::vector<float>(16, 1)},
                           {"layers/dense/vars/1", {4}, "F32", std::vector<float>(4, 1)},
                           {"layers/dense_1/vars/0", {4, 4}, "F32", std::vector<float>(16, 1)},
                           {"layers/dense_1/vars/1", {4}, "F32", std::vector<float>(4, 1)},
                           {std::string("layers/") + layer + "/vars/0", {4}, "F32", std::vector<float>(4, 2)}},
                          false};
  };
  const std::vector<NamePair> names{{"one", "layers/dense"}, {"other", "layers/dense_1"}};
  CHECK(message_of<FileError>(
            [&] { import_weights(Tied::model.graph, file("p_re_lu"), Layout::keras, {.names = names}); }) ==
        "weights: expected a tensor of shape [4] for out.bias, found none for this layer; tensor "
        "'layers/p_re_lu/vars/0' is left over");
  CHECK(import_weights(Tied::model.graph, file("tied_dense"), Layout::keras, {.names = names}).tensors.size() ==
        5);
}

TEST_CASE("import: transposed convolutions are told from others of their shape where all are called so") {
  const auto pairs = [](const Names& names) {
    File file(Layout::torch);
    for (const std::string& name : names) file.convolution(name, 2, 2);
    return found(ForthAndBack::model.graph, file, Layout::torch);
  };
  CHECK(pairs({"conv1", "conv2", "deconv1"}) == Names{"a=conv1", "b=deconv1", "c=conv2"});
  CHECK(pairs({"net.0", "net.1.ConvTranspose", "net.2"}) == Names{"a=net.0", "b=net.1.ConvTranspose", "c=net.2"});
  CHECK(pairs({"net.0", "net.1", "net.2"}) == Names{"a=net.0", "b=net.1", "c=net.2"});
  // More of them than the graph has: they count as the others.
  CHECK(pairs({"up.0.deconv", "up.1.deconv", "up.2"}) == Names{"a=up.0.deconv", "b=up.1.deconv", "c=up.2"});
}
