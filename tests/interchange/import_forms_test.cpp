// Contents of PyTorch's files besides plain weights: weights in pieces, wrappers of a model, and other data.
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/import.hpp>
#include <isthmus/plan/stages.hpp>

#include "data/temporary_folder.hpp"
#include "interchange/foreign_names.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

using namespace isthmus;
using isthmus::interchange::ForeignTensor;
using isthmus::interchange::ForeignWeights;
using isthmus::interchange::import_weights;
using isthmus::interchange::ImportedWeights;
using isthmus::interchange::ImportOptions;
using isthmus::interchange::Layout;

namespace {

using Names = std::vector<std::string>;
using Shape = std::vector<std::int64_t>;

/// The model of files/make_torch.py.
struct Net {
  static constexpr auto model =
      autoencoder(encoder(input<4, 4, 2>("x"), conv2d<3, 3>("conv") | flatten), bottleneck(dense<2>("code")),
                  decoder(dense<12>("dec") | to_shape<2, 2, 3>, conv2d_transpose<1, 2>("up", stride(2))));
};

ForeignWeights read(const std::string& name) {
  return interchange::read_safetensors_weights(ISTHMUS_FOREIGN_FILES "/" + name + ".safetensors");
}

const std::vector<float>& values_of(const ForeignWeights& file, const std::string& name) {
  return std::find_if(file.tensors.begin(), file.tensors.end(), [&](const auto& t) { return t.name == name; })
      ->values;
}

std::string done_of(const ImportedWeights& imported, const std::string& ours) {
  for (const interchange::ImportedTensor& source : imported.sources)
    if (source.ours == ours) return source.theirs + ": " + source.done;
  return "none";
}

/// Of two dense layers, 3 to 2 to 3.
struct Small {
  static constexpr auto model =
      autoencoder(encoder(input<3>("x")), bottleneck(dense<2>("enc")), decoder(dense<3>("dec")));
};

template <float epsilon>
struct Norm {
  static constexpr auto model =
      autoencoder(encoder(input<3>("x")), bottleneck(batch_norm("norm", 0.9f, epsilon)), decoder(relu));
};

ForeignTensor tensor(const std::string& name, Shape shape, std::vector<float> values) {
  return {name, std::move(shape), "F32", std::move(values)};
}

/// The file of Small whose tensors are called `before` and then theirs, with some more.
ForeignWeights small(const std::string& before = "", const std::vector<ForeignTensor>& more = {}) {
  ForeignWeights file{
      "weights",
      {tensor(before + "enc.weight", {2, 3}, {1, 2, 3, 4, 5, 6}), tensor(before + "enc.bias", {2}, {7, 8}),
       tensor(before + "dec.weight", {3, 2}, {1, 2, 3, 4, 5, 6}), tensor(before + "dec.bias", {3}, {7, 8, 9})},
      false};
  file.tensors.insert(file.tensors.end(), more.begin(), more.end());
  return file;
}

ImportedWeights import_small(const ForeignWeights& file, const ImportOptions& options = {}) {
  const ImportedWeights imported = import_weights(Small::model.graph, file, Layout::torch, options);
  REQUIRE(imported.tensors.size() == 4);
  CHECK(imported.tensors[0].values == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(imported.tensors[3].values == std::vector<float>{7, 8, 9});
  return imported;
}

std::string refusal(const ForeignWeights& file, const ImportOptions& options = {}) {
  return message_of<Error>([&] { import_weights(Small::model.graph, file, Layout::torch, options); });
}

/// The file with enc.weight in pieces, which may be of any shape.
ForeignWeights in_pieces(const std::vector<ForeignTensor>& pieces) {
  ForeignWeights file = small("", pieces);
  file.tensors.erase(file.tensors.begin());
  return file;
}

}  // namespace

TEST_CASE("import: weights that PyTorch keeps in pieces are those that it computes with") {
  const Graph graph = plan::resolve_modes(Net::model.graph, false, false);
  for (const char* name : {"weight_norm", "weight_norm_parametrized", "weight_norm_dimensions", "spectral_norm",
                           "spectral_norm_parametrized", "pruned"}) {
    INFO(name);
    const ForeignWeights file = read(name);
    const ImportedWeights merged = import_weights(graph, file, Layout::torch, {.prefix = "net"}),
                          expected = import_weights(graph, file, Layout::torch, {.prefix = "expected"});
    REQUIRE(merged.tensors.size() == 8);
    for (std::size_t i = 0; i < 8; ++i) {
      INFO(merged.tensors[i].name);
      CHECK(testing::largest_error(merged.tensors[i].values, expected.tensors[i].values, 1e-3) < 1e-6);
    }
    // And the model gives what PyTorch's gives.
    reference::Interpreter ours(graph, 1);
    for (const NamedTensor& one : merged.tensors)
      ours.named(one.name).values.assign(one.values.begin(), one.values.end());
    const std::vector<float>& x = values_of(file, "x");
    int count = 0;
    ours[find_only(graph, Op::input, count)].values.assign(x.begin(), x.end());
    ours.run();
    CHECK(testing::largest_error(ours[find_only(graph, Op::output, count)].values, values_of(file, "y"), 1) <
          1e-6);
  }
  const auto done = [&](const std::string& file, const std::string& ours) {
    return done_of(import_weights(graph, read(file), Layout::torch, {.prefix = "net"}), ours);
  };
  CHECK(done("weight_norm", "code.weight") ==
        "net.code.weight: merged from weight_g, weight_v, transposed, rows those of an image of 4 x 4 x 3");
  CHECK(done("weight_norm_parametrized", "dec.weight") ==
        "net.dec.weight: merged from original0, original1, transposed, columns those of an image of 2 x 2 x 3");
  CHECK(done("spectral_norm_parametrized", "up.weight") ==
        "net.up.weight: merged from 0._u, 0._v, original, transposed (2, 3, 1, 0)");
  CHECK(done("pruned", "code.bias") == "net.code.bias: merged from bias_mask, bias_orig");
}

TEST_CASE("import: pieces that make no weight are refused") {
  const auto v = tensor("enc.weight_v", {2, 3}, {3, 0, 4, 0, 2, 0});
  const std::vector<float> merged =
      import_weights(Small::model.graph, in_pieces({v, tensor("enc.weight_g", {2, 1}, {10, 3})}), Layout::torch)
          .tensors[0]
          .values;
  CHECK(merged == std::vector<float>{6, 0, 0, 3, 8, 0});
  CHECK(refusal(in_pieces({v, tensor("enc.weight_g", {3}, {1, 2, 3})})) ==
        "weights: tensor 'enc.weight_g': expected one size for each vector of shape [2, 3], found shape [3]");
  CHECK(refusal(in_pieces({v, tensor("enc.weight_g", {3, 1}, {1, 2, 3})})) ==
        "weights: tensor 'enc.weight_g': expected one size for each vector of shape [2, 3], found shape [3, 1]");
  CHECK(refusal(in_pieces({v, {"enc.weight_g", {2, 1}, "I32", {}}})) ==
        "weights: tensor 'enc.weight_g': expected floating-point numbers, found values of type I32");
  // PyTorch computes NaN of a vector of zeros.
  CHECK(refusal(in_pieces(
                    {tensor("enc.weight_v", {2, 3}, {0, 0, 0, 1, 1, 1}), tensor("enc.weight_g", {2, 1}, {1, 1})}))
            .starts_with("weights: tensor 'enc.weight', position 0: expected a finite number"));
  CHECK(refusal(in_pieces({v})) == "weights: layer 'enc': expected shape [2, 3] for enc.weight, found none");
  // The file does not say what the tensor is without its parametrization.
  CHECK(refusal(in_pieces({tensor("enc.parametrizations.weight.original", {2, 3}, {1, 2, 3, 4, 5, 6})}))
            .find("tensor 'enc.parametrizations.weight.original': expected a weight itself") != std::string::npos);
  CHECK(refusal(in_pieces({tensor("enc.weight_orig", {2, 3}, {1, 2, 3, 4, 5, 6}),
                           tensor("enc.weight_mask", {3, 2}, {1, 1, 1, 1, 1, 1})})) ==
        "weights: tensor 'enc.weight_mask': expected shape [2, 3], found shape [3, 2]");
  CHECK(refusal(in_pieces({tensor("enc.weight_orig", {2, 3}, {1, 2, 3, 4, 5, 6}),
                           tensor("enc.weight_u", {4}, {1, 1, 1, 1}), tensor("enc.weight_v", {3}, {1, 1, 1})})) ==
        "weights: tensor 'enc.weight_u': expected a vector for a dimension of [2, 3], found shape [4]");
}

TEST_CASE("import: spectral_norm of a convolution from as many channels as to is refused by name") {
  // It is 1 of a transposed convolution that becomes the matrix's rows, and nothing says which of them this is.
  ForeignWeights file{"weights", {}, false};
  file.tensors.push_back(tensor("up.weight_orig", {2, 2, 3, 3}, std::vector<float>(36, 1)));
  file.tensors.push_back(tensor("up.weight_u", {2}, {1, 0}));
  file.tensors.push_back(tensor("up.weight_v", {18}, std::vector<float>(18, 1)));
  CHECK(refusal(file).starts_with(
      "weights: tensor 'up.weight_orig': expected a weight itself, since spectral_norm can"));
}

TEST_CASE("import: what wraps a model is no part of its names") {
  for (const char* before :
       {"module.", "_orig_mod.", "module._orig_mod.", "module.module.", "_fsdp_wrapped_module."}) {
    INFO(before);
    ForeignWeights file = small(before, {{"n_averaged", {}, "I64", {}}});
    CHECK(done_of(import_small(file), "enc.bias") == std::string(before) + "enc.bias: as it is");
    // By either name.
    for (const char* name : {"", before}) {
      import_small(file, {.names = {{"enc", std::string(name) + "enc"}}});
      import_small(file, {.names = {{"enc.bias", std::string(name) + "enc.bias"}}});
      import_small(file, {.ignored = {}, .prefix = before});
    }
  }
  // Wherever torch.compile was called.
  ForeignWeights inside = small();
  for (ForeignTensor& one : inside.tensors)
    if (one.name.starts_with("enc.")) one.name.insert(4, "_orig_mod.");
  CHECK(done_of(import_small(inside), "enc.bias") == "enc._orig_mod.bias: as it is");
  // A layer that is called so is one if others are not below it.
  ForeignWeights mixed = small();
  for (ForeignTensor& one : mixed.tensors)
    if (one.name.starts_with("enc.")) one.name = "module." + one.name.substr(4);
  CHECK(done_of(import_small(mixed), "enc.bias") == "module.bias: as it is");
}

TEST_CASE("import: only what is below a prefix, without it") {
  ForeignWeights file = small("ema_model.module.", {{"ema_model.n_averaged", {}, "I64", {}}});
  for (const ForeignTensor& one : small("model.").tensors) {
    file.tensors.push_back(one);
    file.tensors.back().values.assign(one.values.size(), -1);
  }
  for (const char* prefix : {"ema_model", "ema_model.", "ema_model/", "ema_model.module."}) {
    const ImportedWeights imported = import_small(file, {.prefix = prefix});
    CHECK(done_of(imported, "enc.weight") == "ema_model.module.enc.weight: transposed");
    CHECK(imported.passed_over == Names{"ema_model.n_averaged", "model.enc.weight", "model.enc.bias",
                                        "model.dec.weight", "model.dec.bias"});
    import_small(file, {.names = {{"enc", "ema_model.module.enc"}}, .prefix = prefix});
  }
  CHECK(refusal(file).find("say which with enc=NAME") != std::string::npos);
  CHECK(refusal(file, {.prefix = "ema"}) == "weights: expected tensors below 'ema', found none");
  CHECK(refusal(file, {.prefix = "ema_model.n_averaged"}) ==
        "weights: expected tensors below 'ema_model.n_averaged', found none");
}

TEST_CASE("import: what is ignored is passed over, and must be there") {
  const ForeignWeights file = small("", {tensor("head.0.weight", {5, 3}, std::vector<float>(15, 1)),
                                         tensor("head.0.bias", {5}, {1, 1, 1, 1, 1}), tensor("pe", {1, 1}, {1})});
  CHECK(
      refusal(file) ==
      "weights: tensor 'head.0.weight': expected only tensors that the graph has a layer for, found shape [5, 3]");
  CHECK(import_small(file, {.ignored = {"head", "pe"}}).passed_over ==
        Names{"head.0.weight", "head.0.bias", "pe"});
  CHECK(import_small(file, {.ignored = {"head.0.bias", "head/0/weight", "pe"}}).passed_over.size() == 3);
  CHECK(refusal(file, {.ignored = {"head", "pe", "hea"}}) ==
        "weights: expected a tensor to ignore, called 'hea' or below that, found none");
  CHECK(refusal(file, {.ignored = {"head", "pe", ""}}).find("called ''") != std::string::npos);
  // Ignored tensors have no effect on the import.
  const ForeignWeights twice = small("", {tensor("other.enc.weight", {2, 3}, std::vector<float>(6, 1))});
  import_small(twice, {.ignored = {"other"}});
  import_small(small("module.", {tensor("module.head", {1, 1}, {1})}), {.ignored = {"head"}});
  // Without the prefix as well; and by what the file calls a layer besides.
  const ForeignWeights below = small("net.", {tensor("net.head", {1, 1}, {1})});
  import_small(below, {.ignored = {"head"}, .prefix = "net"});
  import_small(below, {.ignored = {"net.head"}, .prefix = "net"});
  ForeignWeights called = small("", {tensor("layers/x/vars/0", {1, 1}, {1})});
  called.tensors.back().layer = "scores";
  import_small(called, {.ignored = {"scores"}});
}

TEST_CASE("import: counters, metrics, optimizers and random states are passed over and listed") {
  const Names names{"n_averaged",
                    "enc.num_batches_tracked",
                    "optimizer.state.0.exp_avg",
                    "optimizer_states/0/step",
                    "lr_scheduler.last_epoch",
                    "layers/dropout/seed_generator/vars/0",
                    "rng_state",
                    "metrics/mean/vars/0",
                    "loss_tracker/vars/1",
                    "compile_metrics/vars/0"};
  std::vector<ForeignTensor> more;
  for (const std::string& name : names) more.push_back(tensor(name, {2, 3}, {1, 1, 1, 1, 1, 1}));
  CHECK(import_small(small("", more)).passed_over == names);
  ForeignWeights unread = small();
  unread.passed_over = {"optimizer_weights/adam/m"};
  CHECK(import_small(unread, {.ignored = {"optimizer_weights"}}).passed_over == Names{"optimizer_weights/adam/m"});
}

TEST_CASE("import: names as TensorFlow's checkpoints end them") {
  const ForeignWeights file{
      "weights",
      {tensor("model/layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", {3, 2}, {1, 2, 3, 4, 5, 6}),
       tensor("model/layer_with_weights-0/bias/.ATTRIBUTES/VARIABLE_VALUE", {2}, {7, 8}),
       tensor("model/layer_with_weights-1/kernel/.ATTRIBUTES/VARIABLE_VALUE", {2, 3}, {1, 2, 3, 4, 5, 6}),
       tensor("model/layer_with_weights-1/bias/.ATTRIBUTES/VARIABLE_VALUE", {3}, {7, 8, 9}),
       tensor("model/keras_api/metrics/0/total/.ATTRIBUTES/VARIABLE_VALUE", {}, {1})},
      false};
  const ImportedWeights imported = import_weights(Small::model.graph, file, Layout::keras);
  CHECK(imported.tensors.at(0).values == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(imported.passed_over.size() == 1);
}

TEST_CASE("import: the epsilon of a batch norm is in no file, and noted where it is not the other program's") {
  const auto notes = [](GraphView graph, Layout layout) {
    const bool torch = layout == Layout::torch;
    ForeignWeights file{"weights", {}, false};
    for (const char* part : {torch ? "weight" : "gamma", torch ? "bias" : "beta",
                             torch ? "running_mean" : "moving_mean", torch ? "running_var" : "moving_variance"})
      file.tensors.push_back(tensor(std::string("norm.") + part, {3}, {1, 1, 1}));
    return import_weights(graph, file, layout).notes;
  };
  for (const bool in_use : {false, true}) {
    const auto graph_of = [&](GraphView declared) {
      return in_use ? plan::resolve_modes(declared, false, false) : Graph{{declared.begin(), declared.end()}};
    };
    const Graph ours = graph_of(Norm<1e-3f>::model.graph), theirs = graph_of(Norm<1e-5f>::model.graph);
    CHECK(notes(ours, Layout::torch) ==
          Names{"norm: ε is 0.001 here, and 1e-05 in PyTorch unless said otherwise"});
    CHECK(notes(ours, Layout::keras).empty());
    CHECK(notes(theirs, Layout::torch).empty());
    CHECK(notes(theirs, Layout::keras) ==
          Names{"norm: ε is 1e-05 here, and 0.001 in Keras unless said otherwise"});
  }
}
