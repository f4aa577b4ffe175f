// Graphs of every operation as ONNX: run by ONNX Runtime and compared with the reference.
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/onnx.hpp>
#include <isthmus/plan/portable.hpp>

#include <cmath>
#include <functional>

#include "onnx/runtime.hpp"
#include "support/catch.hpp"
#include "support/conditional_model.hpp"
#include "support/movements.hpp"
#include "support/quantizing_graph.hpp"
#include "support/recurrences.hpp"
#include "support/reference.hpp"
#include "support/sequences.hpp"
#include "support/sketch.hpp"
#include "support/special_values.hpp"
#include "support/windows.hpp"

using namespace isthmus;
using isthmus::interchange::onnx_model;
using isthmus::testing::Conditional;
using isthmus::testing::OnnxJob;
using isthmus::testing::OnnxResult;
using isthmus::testing::OnnxRuntime;
using isthmus::testing::Sketch;
using isthmus::testing::weights_for;

namespace {

constexpr int samples = 3;
constexpr double tolerance = 1e-5;

/// Graphs that are exported and then run in one go.
class Suite {
 public:
  using Write = std::function<Tensor(Sketch&, Tensor)>;

  /// Adds the graph that `write(sketch, x)` builds for an input of this shape; `name` is for messages.
  void add(const std::string& name, Shape shape, const Write& write, double low = -1) {
    Sketch s;
    const Tensor y = write(s, s.b.input("x", shape));
    s.b.output(y, "y");
    REQUIRE_FALSE(s.b.diagnostic());
    add(name, s.b.view(), low);
  }

  void add(const std::string& name, GraphView graph, double low = -1) {
    const testing::ReferenceRun expected(graph, samples, low);
    const Node &input = graph[expected.input], &output = graph[expected.output];
    jobs_.push_back(
        {onnx_model(graph, expected.weights, {"model", {"A model."}}), extents(input.shape), expected.in});
    cases_.push_back({name, input.label.layer, output.label.layer, extents(output.shape), expected.out});
  }

  /// Runs them; without the runtime nothing more can be said.
  void check() const {
    if (!OnnxRuntime::is_there()) {
      WARN("no ONNX Runtime: tests/setup installs it");
      return;
    }
    const std::vector<testing::OnnxResult> results = OnnxRuntime::run(jobs_);
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      INFO(cases_[i].name);
      CHECK(results[i].inputs == std::vector{cases_[i].input});
      REQUIRE(results[i].outputs.size() == 1);
      const testing::OnnxOutput& output = results[i].outputs[0];
      CHECK(output.name == cases_[i].output);
      CHECK(output.shape == cases_[i].shape);
      CHECK(testing::largest_error(output.values, cases_[i].values, 1) < tolerance);
    }
  }

 private:
  struct Case {
    std::string name, input, output;
    std::vector<std::int64_t> shape;
    std::vector<double> values;
  };

  static std::vector<std::int64_t> extents(const Shape& shape) {
    std::vector<std::int64_t> list(shape.dim, shape.dim + shape.rank);
    if (shape.has_batch()) list[0] = samples;
    return list;
  }

  std::vector<testing::OnnxJob> jobs_;
  std::vector<Case> cases_;
};

struct Normalized {
  static constexpr auto model =
      autoencoder(encoder(input<9, 7, 2>("image"), gaussian_noise(0.5f) | clip(0, 1),
                          conv2d<3, 3>("enc1", stride(2)), batch_norm("norm1") | relu | average_pool<2>),
                  bottleneck(flatten | dense<4>("code") | batch_norm("norm2")),
                  decoder(dense<12>("dec1") | swish, to_shape<2, 3, 2>, upsample<2>(bilinear),
                          conv2d_transpose<2, 3>("dec2", stride(2)), batch_norm("norm3") | leaky_relu(0.1f),
                          conv2d<1, 2>("dec3", valid)));
};

struct Grouped {
  static constexpr auto model = autoencoder(
      encoder(input<5, 7, 3>("image"), conv2d<6, 3>("enc1") | group_norm<2>("norm1") | relu, flatten),
      bottleneck(dense<9>("code") | layer_norm("norm2")),
      decoder(dense<105>("dec1"), to_shape<5, 7, 3>, group_norm<3>("norm3") | elu, conv2d<3, 1>("dec2")));
};

template <class Exception, class Write>
std::string refusal_of(Write write) {
  Builder b;
  write(b, b.input("x", shape_of(batch, 4)));
  return message_of<Exception>([&] { onnx_model(b.view(), weights_for(b.view(), -1), {"model", {}}); });
}

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("every elementwise operation") {
  Suite suite;
  for (const Elementwise* const op : testing::unary_operations)
    for (const int width : {1, 37})
      suite.add(
          "op " + std::string(op->row.name), shape_of(batch, width),
          [&](Sketch& s, Tensor x) { return s.b.unary(*op, x, 0.3f); },
          std::max(-1.0, reference::reference_of(*op).low));
  for (const Elementwise* const op : testing::binary_operations) {
    const std::string name = "op " + std::string(op->row.name);
    suite.add(
        name + " of rows", shape_of(batch, 7),
        [&](Sketch& s, Tensor x) {
          const Tensor row = s.b.binary(*op, x, s.parameter(shape_of(7)));
          const Tensor scalar = s.b.binary(*op, s.b.constant(1.25f), row);
          return s.b.binary(*op, s.b.binary(*op, scalar, x), s.parameter(shape_of(1)));
        },
        0.5);
    suite.add(
        name + " of images", shape_of(batch, 2, 3, 5),
        [&](Sketch& s, Tensor x) { return s.b.binary(*op, x, s.parameter(shape_of(5))); }, 0.5);
    // In ONNX's order, beside a row that is known, one that is computed, and another image.
    suite.add(
        name + " of pooled images", shape_of(batch, 4, 6, 5),
        [&](Sketch& s, Tensor x) {
          const Window window{2, 2, 2, 2, 0, 0, 1};
          const Tensor pooled = s.b.max_pool(x, window, shape_of(2, 3));
          const Tensor row = s.b.sum_to(s.parameter(shape_of(4, 5)), shape_of(5));
          return s.b.binary(*op, s.b.binary(*op, s.b.binary(*op, pooled, s.parameter(shape_of(5))), row), pooled);
        },
        0.5);
  }
  suite.add("select", shape_of(batch, 9),
            [](Sketch& s, Tensor x) { return select(greater(x, 0.2f), s.parameter(shape_of(9)), x); });
  suite.check();
}

TEST_CASE("operations over rows") {
  Suite suite;
  for (const int width : {1, 7, 33}) {
    suite.add("softmax", shape_of(batch, width), [](Sketch&, Tensor x) { return softmax(x); }, -3);
    suite.add("log_softmax", shape_of(batch, width), [](Sketch&, Tensor x) { return log_softmax(x * 40.0f); }, -3);
    suite.add("row_max", shape_of(batch, width), [](Sketch&, Tensor x) { return row_max(x); }, -3);
    suite.add("row_norm", shape_of(batch, width), [](Sketch&, Tensor x) { return row_norm(x); }, -3);
    suite.add("hardmax", shape_of(batch, width), [](Sketch&, Tensor x) { return hardmax(x); }, -3);
    suite.add("cumulative_sum", shape_of(batch, width), [](Sketch&, Tensor x) { return cumulative_sum(x); }, -3);
  }
  suite.check();
}

TEST_CASE("the nearest vectors of a codebook, and their indices") {
  Suite suite;
  for (const bool of_images : {false, true})
    for (const bool gives_indices : {false, true})
      suite.add(of_images ? "images" : "rows", testing::quantizing_graph(of_images, gives_indices));
  suite.check();
}

TEST_CASE("what top_k keeps") {
  Suite suite;
  for (const int width : {7, 33})
    for (const int k : {1, 3, 7}) {
      const auto scattered = [k](Sketch& s, Tensor x) {
        const Tensor sparse = s.b.top_k(x, k);
        return s.b.sparse_scatter(sparse, sparse, x.shape().columns());
      };
      suite.add("sparse_top_k", shape_of(batch, width), [k](Sketch& s, Tensor x) { return s.b.top_k(x, k); }, -3);
      suite.add("top_k", shape_of(batch, width), scattered, -3);
      suite.add(
          "top_k of equals", shape_of(batch, width),
          [k](Sketch& s, Tensor x) { return s.b.top_k(s.b.unary(ops::sign, x), k); }, -1);
      suite.add(
          "a product with top_k", shape_of(batch, width),
          [&](Sketch& s, Tensor x) {
            return matmul(scattered(s, x), s.parameter(shape_of(x.shape().columns(), 5)));
          },
          -1);
    }
  suite.check();
}

TEST_CASE("ONNX answers to NaN, infinities and zeros of either sign as the kernels do") {
  using namespace isthmus::testing;
  // The operators leave open which of two zeros is the larger one, and what sign the sign of zero has; there is
  // none for log1p, but the logarithm of a sum; and Selu of zero is a difference.
  const auto answers = [](const Elementwise* op, float found, double expected) {
    const bool is_open =
        op == &ops::sign || op == &ops::maximum || op == &ops::minimum || op == &ops::log1p || op == &ops::selu;
    return is_same_answer(found, expected) || (is_open && found == 0 && expected == 0);
  };
  if (!OnnxRuntime::is_there()) {
    WARN("no ONNX Runtime: tests/setup installs it");
    return;
  }
  const SpecialPairs pairs;
  std::vector<OnnxJob> jobs;
  for (const Elementwise* const op : unary_operations) {
    const auto count = static_cast<int>(special_values.size());
    Builder b;
    b.output(b.unary(*op, b.input("x", shape_of(batch, count)), 0.3f), "y");
    jobs.push_back({onnx_model(b.view(), {}, {"model", {}}), {1, count}, special_values});
  }
  for (const Elementwise* const op : binary_operations) {
    const auto count = static_cast<int>(pairs.first.size());
    Builder b;
    const Tensor x = b.input("x", shape_of(batch, count));
    b.in_layer("other");
    b.output(b.binary(*op, x, b.parameter("row", shape_of(count))), "y");
    const NamedTensor row{"other.row", {count}, pairs.second};
    jobs.push_back({onnx_model(b.view(), {&row, 1}, {"model", {}}), {1, count}, pairs.first});
  }
  const std::vector<OnnxResult> results = OnnxRuntime::run(jobs);
  const auto values_of = [&](std::size_t i) -> const std::vector<float>& {
    return results[i].outputs.at(0).values;
  };
  for (std::size_t o = 0; o < unary_operations.size(); ++o)
    for (std::size_t i = 0; i < special_values.size(); ++i) {
      INFO("operation " << unary_operations[o]->row.name << " of " << special_values[i] << ": "
                        << values_of(o).at(i));
      const Elementwise* const op = unary_operations[o];
      CHECK(answers(op, values_of(o).at(i), special_answer(*op, special_values[i], 0, 0.3f)));
    }
  for (std::size_t o = 0; o < binary_operations.size(); ++o)
    for (std::size_t i = 0; i < pairs.first.size(); ++i) {
      const float found = values_of(unary_operations.size() + o).at(i);
      INFO("operation " << binary_operations[o]->row.name << " of " << pairs.first[i] << " and " << pairs.second[i]
                        << ": " << found);
      const Elementwise* const op = binary_operations[o];
      CHECK(answers(op, found, special_answer(*op, pairs.first[i], pairs.second[i], 0.3f)));
    }
}

TEST_CASE("broadcast, sum_to, reshape and one_hot") {
  Suite suite;
  suite.add("to one value and back", shape_of(batch, 5), [](Sketch& s, Tensor x) {
    return s.b.broadcast(s.b.sum_to(x, shape_of(batch, 1)), shape_of(batch, 5));
  });
  suite.add("sums of parameters", shape_of(batch, 3), [](Sketch& s, Tensor x) {
    const Tensor p = s.parameter(shape_of(4, 3));
    return x * s.b.sum_to(p, shape_of(3)) + sum(p) + s.b.one_hot(3, 1);
  });
  suite.add("columns", shape_of(batch, 4), [](Sketch& s, Tensor x) {
    const Tensor columns = s.b.sum_to(s.parameter(shape_of(4, 3)), shape_of(4, 1));
    return matmul(x, s.b.broadcast(columns, shape_of(4, 2)));
  });
  suite.add("to all pixels of all samples", shape_of(batch, 2, 3, 4), [](Sketch& s, Tensor x) {
    return s.b.broadcast(s.parameter(shape_of(4)), shape_of(batch, 2, 3, 4)) - x;
  });
  suite.add("to images and back", shape_of(batch, 24), [](Sketch& s, Tensor x) {
    return s.b.reshape(tanh(s.b.reshape(x, shape_of(batch, 2, 3, 4))), shape_of(batch, 12, 2));
  });
  suite.check();
}

TEST_CASE("products of matrices, with and without a bias") {
  Suite suite;
  for (const bool transposed : {false, true})
    for (const bool biased : {false, true})
      suite.add("13 x 7", shape_of(batch, 13), [&](Sketch& s, Tensor x) {
        const Tensor y = matmul(x, s.parameter(transposed ? shape_of(7, 13) : shape_of(13, 7)), false, transposed);
        return biased ? tanh(y + s.parameter(shape_of(7))) * y.builder->constant(2) : y;
      });
  for (const bool left : {false, true})
    suite.add("of parameters", shape_of(batch, 5), [&](Sketch& s, Tensor x) {
      const Tensor a = s.parameter(left ? shape_of(3, 5) : shape_of(5, 3)), b = s.parameter(shape_of(3, 4));
      return matmul(x, matmul(a, b, left, false));
    });
  suite.add("transposed", shape_of(batch, 5),
            [](Sketch& s, Tensor x) { return matmul(x, transpose(s.parameter(shape_of(3, 5)))); });
  // A product that is also read before its bias is added.
  suite.add("before and behind the bias", shape_of(batch, 5), [](Sketch& s, Tensor x) {
    const Tensor y = matmul(x, s.parameter(shape_of(5, 4)));
    return (y + s.parameter(shape_of(4))) * y;
  });
  suite.check();
}

TEST_CASE("a matrix for each sample is multiplied row by row, and values move") {
  Suite suite;
  for (const bool transposed : {false, true})
    suite.add("rows of samples", shape_of(batch, 5, 13), [&](Sketch& s, Tensor x) {
      const Tensor w = s.parameter(transposed ? shape_of(7, 13) : shape_of(13, 7));
      return matmul(x, w, false, transposed) + s.parameter(shape_of(7));
    });
  for (const testing::Movement& one : testing::movements)
    suite.add(one.name, one.shape, [&](Sketch& s, Tensor x) { return one.write(s.b, x); });
  suite.check();
}

TEST_CASE("recurrences of every cell, in both directions") {
  Suite suite;
  for (const testing::RecurrenceCase& one : testing::recurrence_cases) {
    suite.add(one.name, shape_of(batch, 4, 3), [&](Sketch& s, Tensor x) { return states_of(s, x, one); });
    suite.add(one.name, shape_of(batch, 4, 3),
              [&](Sketch& s, Tensor x) { return testing::last_of(states_of(s, x, one)); });
    // Projections that are no product: they go into the gates as they are.
    suite.add(one.name, shape_of(batch, 3, 5 * facts_of(one.cell).gates), [&](Sketch& s, Tensor x) {
      const Tensor recurrent = s.parameter(shape_of(5, 5 * facts_of(one.cell).gates));
      return s.b.recurrence(one.cell, tanh(x), recurrent, {}, one.reversed);
    });
  }
  suite.check();
}

TEST_CASE("a row for each step") {
  Suite suite;
  suite.add("repeated", shape_of(batch, 3),
            [](Sketch& s, Tensor x) { return matmul(testing::repeated(x), s.parameter(shape_of(3, 2))); });
  suite.check();
}

TEST_CASE("an LSTM of ONNX has the product of its input within it") {
  Sketch s;
  s.b.output(states_of(s, s.b.input("x", shape_of(batch, 4, 3)), testing::recurrence_cases[0]), "y");
  const std::string model = onnx_model(s.b.view(), weights_for(s.b.view(), -1), {"model", {}});
  CHECK(model.find("LSTM") != std::string::npos);
  for (const char* absent : {"MatMul", "Add", "p1.weight"}) CHECK(model.find(absent) == std::string::npos);
}

TEST_CASE("operations on sequences") {
  Suite suite;
  for (const testing::Movement& one : testing::sequences)
    suite.add(one.name, one.shape, [&](Sketch& s, Tensor x) { return one.write(s.b, x); });
  suite.check();
}

TEST_CASE("convolutions of every window, their transposes, pooling and resampling") {
  Suite suite;
  for (const testing::WindowCase& one : testing::windows)
    for (const bool biased : {false, true}) {
      const auto with_bias = [biased](Sketch& s, Tensor y) {
        return biased ? y + s.parameter(shape_of(y.shape().channels())) : y;
      };
      suite.add(one.text(), one.image(), [&](Sketch& s, Tensor x) {
        return with_bias(s, s.b.conv2d(x, s.parameter(one.weights()), one.window, one.result_places));
      });
      if (one.window.upsample() == 1)
        suite.add(one.text() + ", transposed", one.result(), [&](Sketch& s, Tensor x) {
          return with_bias(s, s.b.conv2d_transpose(x, s.parameter(one.weights()), one.window, one.image()));
        });
    }
  for (const testing::WindowCase& one : testing::pools) {
    suite.add(one.text() + ", pooled", one.image(),
              [&](Sketch& s, Tensor x) { return s.b.max_pool(x, one.window, one.result_places); });
    for (const Resampling map : {Resampling::window_sum, Resampling::window_mean})
      suite.add(one.text() + ", resampled", one.image(),
                [&](Sketch& s, Tensor x) { return s.b.resample(x, map, false, one.window, one.pooled()); });
  }
  for (const Resampling map : {Resampling::nearest, Resampling::bilinear})
    for (const int factor : {2, 3}) {
      const Window window = Window().upsampled(factor);
      for (const auto& [image, more] : testing::enlargements) {
        Shape result = image;
        for (int d = 1; d < image.rank - 1; ++d) result.dim[d] = result.dim[d] * factor + more;
        suite.add("upsampled", image,
                  [&, shape = result](Sketch& s, Tensor x) { return s.b.resample(x, map, false, window, shape); });
      }
    }
  suite.check();
}

TEST_CASE("a model of images with batch norms, as it is used, and its halves") {
  Suite suite;
  // Without the rewrites that are for the kernels.
  constexpr plan::Rewrites folded{false, false, false, true, false}, unfolded{false, false, false, false, false};
  const auto add = [&]<Role role>(const char* name) {
    suite.add(name, plan::simplify(plan::source_graph<Normalized, role>(folded).view()), 0.1);
  };
  add.template operator()<Role::reconstruct>("whole");
  add.template operator()<Role::encode>("encoder");
  add.template operator()<Role::decode>("decoder");
  suite.add("as it is written", plan::source_graph<Normalized, Role::reconstruct>(unfolded).view(), 0.1);
  suite.check();
}

TEST_CASE("a model that normalizes rows and groups of channels, and its halves") {
  Suite suite;
  suite.add("whole", plan::portable_graph<Grouped, Role::reconstruct>(), 0.1);
  suite.add("encoder", plan::portable_graph<Grouped, Role::encode>(), 0.1);
  suite.add("decoder", plan::portable_graph<Grouped, Role::decode>(), 0.1);
  suite.add("as it is written", Grouped::model.graph, 0.1);
  suite.check();
}

TEST_CASE("a model with conditions: each half has the inputs of its side") {
  if (!OnnxRuntime::is_there()) return;
  std::vector<OnnxJob> jobs;
  std::vector<std::vector<double>> expected_outputs;
  const auto add = [&](const Graph& graph) {
    const testing::ReferenceRun expected(graph, samples, -1);
    const auto extents = [&](int node) {
      return std::vector<std::int64_t>{samples, graph.nodes[static_cast<std::size_t>(node)].shape.dim[1]};
    };
    OnnxJob job{onnx_model(graph, expected.weights, {"model", {}}), extents(expected.input), expected.in};
    for (std::size_t i = 0; i < expected.other_in.size(); ++i)
      job.others.push_back({extents(expected.other_inputs[i]), expected.other_in[i]});
    jobs.push_back(job);
    expected_outputs.push_back(expected.out);
  };
  add(plan::portable_graph<Conditional, Role::reconstruct>());
  add(plan::portable_graph<Conditional, Role::encode>());
  add(plan::portable_graph<Conditional, Role::decode>());
  const std::vector<OnnxResult> results = OnnxRuntime::run(jobs);
  using Names = std::vector<std::string>;
  CHECK(results.at(0).inputs == Names{"x", "label", "place"});
  CHECK(results.at(1).inputs == Names{"x", "label"});
  CHECK(results.at(2).inputs == Names{"code", "label", "place"});
  for (std::size_t i = 0; i < results.size(); ++i)
    CHECK(testing::largest_error(results[i].outputs.at(0).values, expected_outputs[i], 1) < tolerance);
}

TEST_CASE("an input that goes out as it is, and a value that goes out twice") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 4));
  b.output(x, "y");
  b.side_output(x, "z");
  b.side_output(tanh(x), "t");
  const std::string model = onnx_model(b.view(), {}, {"model", {}});
  if (!OnnxRuntime::is_there()) return;
  const std::vector<float> values = testing::floats(8, 1, -1, 1);
  const testing::OnnxResult result = OnnxRuntime::run({{model, {2, 4}, values}}).at(0);
  REQUIRE(result.outputs.size() == 3);
  CHECK(result.outputs[0].name == "y");
  CHECK(result.outputs[0].values == values);
  CHECK(result.outputs[1].name == "z");
  CHECK(result.outputs[1].values == values);
  CHECK(result.outputs[2].name == "t");
  CHECK(result.outputs[2].values[3] == Approx(std::tanh(values[3])));
}

TEST_CASE("what is written is what people expect: names, biases inside, no needless transposition") {
  Sketch s;
  const Tensor x = s.b.input("image", shape_of(batch, 6, 6, 2));
  const Window window{3, 3, 1, 1, 1, 1, 1};
  Tensor y = x;
  for (int layer = 0; layer < 3; ++layer) {
    const Tensor weights = s.parameter(shape_of(3, 3, 2, 2));
    y = s.b.unary(ops::relu, s.b.conv2d(y, weights, window, shape_of(6, 6)) + s.b.parameter("bias", shape_of(2)));
  }
  s.b.output(y, "restored");
  const std::string model = onnx_model(s.b.view(), weights_for(s.b.view(), -1), {"layers", {"Three layers."}});
  for (const char* text : {"image", "restored", "batch", "p1.weight", "p3.bias", "p2/Conv", "Three layers."}) {
    INFO(text);
    CHECK(model.find(text) != std::string::npos);
  }
  // One at each end; each names its operator, its node and its result once, and a reader of the result names it
  // too.
  CHECK(model.find("Transpose_3") == std::string::npos);
  CHECK(model.find("Add") == std::string::npos);
  CHECK(count_of(model, "p1.weight") == 2);
}

TEST_CASE("what no model in use has is refused, and a parameter needs its values") {
  const auto names = [](const std::string& message, const char* word) {
    INFO(message);
    return message.find(word) != std::string::npos;
  };
  CHECK(names(refusal_of<Error>([](Builder& b, Tensor x) {
                b.output(x + b.random(Distribution::normal, shape_of(batch, 4), "noise", false), "y");
              }),
              "random: ONNX has no such operation"));
  CHECK(names(refusal_of<Error>(
                  [](Builder& b, Tensor x) { b.output(b.over_rows(testing::running_total, {x, {}, {}}), "y"); }),
              "running_total: ONNX has no such operation: expected RowOperation::onnx, of an operation over "
              "rows"));
  // Not even one that has the name of an operator, which is over rows.
  static constexpr RowOperation named{
      .name = "named", .whole_samples = true, .kernel = [](const RowCall&) noexcept {}, .onnx = "Softmax"};
  CHECK(names(refusal_of<Error>([](Builder& b, Tensor x) { b.output(b.over_rows(named, {x, {}, {}}), "y"); }),
              "named: ONNX has no such operation"));
  CHECK(names(
      refusal_of<Error>([](Builder& b, Tensor x) { b.output(x * b.host_scalar(HostScalar::learning_rate), "y"); }),
      "host_scalar"));
  CHECK(names(refusal_of<Error>([](Builder& b, Tensor x) { b.output(x - b.sum_to(x, shape_of(4)), "y"); }),
              "mixes the samples of a batch"));
  CHECK(names(refusal_of<Error>([](Builder&, Tensor) {}), "found 0 and 1"));
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 4));
  b.in_layer("p1");
  b.output(x + b.parameter("weight", shape_of(4)), "y");
  CHECK(message_of<ShapeError>([&] { onnx_model(b.view(), {}, {"model", {}}); }) ==
        "tensor 'p1.weight': expected 4 values, found none");
}
