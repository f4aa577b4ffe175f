// Graphs of every operation as C headers: compiled by the C compiler and compared with the reference.
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/c_header.hpp>
#include <isthmus/plan/portable.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "support/c_program.hpp"
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
using isthmus::interchange::c_header;
using isthmus::testing::Conditional;
using isthmus::testing::Sketch;
using isthmus::testing::weights_for;

namespace {

constexpr int samples = 3;

/// The largest error of what the header computes, relative to values above 1.
double error_of(GraphView graph, double low = -1) {
  const testing::ReferenceRun expected(graph, samples, low);
  const testing::CProgram program(c_header(graph, expected.weights, {"model", {"A model."}}), "model");
  return testing::largest_error(program.run(expected.in), expected.out, 1);
}

/// The same of what `write(sketch, x)` makes of an input of this shape.
template <class Write>
double error_of_written(Shape shape, Write write, double low = -1) {
  Sketch s;
  const Tensor y = write(s, s.b.input("x", shape));
  s.b.output(y, "y");
  REQUIRE_FALSE(s.b.diagnostic());
  return error_of(s.b.view(), low);
}

constexpr double tolerance = 1e-5;

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
  return message_of<Exception>([&] { c_header(b.view(), weights_for(b.view(), -1), {"model", {}}); });
}

}  // namespace

TEST_CASE("c header: operations over rows") {
  for (const int width : {1, 7, 33}) {
    CHECK(error_of_written(shape_of(batch, width), [](Sketch&, auto x) { return softmax(x); }, -3) < tolerance);
    CHECK(error_of_written(
              shape_of(batch, width), [](Sketch&, auto x) { return log_softmax(x * 40.0f); }, -3) < tolerance);
    CHECK(error_of_written(shape_of(batch, width), [](Sketch&, auto x) { return row_max(x); }, -3) < tolerance);
    CHECK(error_of_written(shape_of(batch, width), [](Sketch&, auto x) { return row_norm(x); }, -3) < tolerance);
    CHECK(error_of_written(shape_of(batch, width), [](Sketch&, auto x) { return hardmax(x); }, -3) < tolerance);
    CHECK(error_of_written(
              shape_of(batch, width), [](Sketch&, auto x) { return cumulative_sum(x); }, -3) < tolerance);
  }
}

TEST_CASE("c header: the nearest vectors of a codebook, and their indices") {
  for (const bool of_images : {false, true})
    for (const bool gives_indices : {false, true})
      CHECK(error_of(testing::quantizing_graph(of_images, gives_indices)) < tolerance);
}

TEST_CASE("c header: what top_k keeps") {
  const auto scattered = [](int k) {
    return [k](Sketch& s, auto x) {
      const Tensor sparse = s.b.top_k(x, k);
      return s.b.sparse_scatter(sparse, sparse, x.shape().columns());
    };
  };
  for (const int width : {7, 33, 100})
    for (const int k : {1, 3, 7}) {
      INFO(k << " of " << width);
      CHECK(error_of_written(shape_of(batch, width), scattered(k), -3) < tolerance);
      CHECK(error_of_written(shape_of(batch, width), [k](Sketch& s, auto x) { return s.b.top_k(x, k); }) <
            tolerance);
      // Of many equal values the first are kept.
      CHECK(error_of_written(shape_of(batch, width), [k](Sketch& s, auto x) {
              return s.b.top_k(s.b.unary(ops::sign, x), k);
            }) < tolerance);
      CHECK(error_of_written(shape_of(batch, width), [&](Sketch& s, auto x) {
              return matmul(scattered(k)(s, x), s.parameter(shape_of(x.shape().columns(), 5)));
            }) < tolerance);
    }
  // A NaN is larger than anything, and zeros are equal.
  using testing::special_values;
  const auto count = static_cast<int>(special_values.size());
  for (int k = 1; k <= count; ++k) {
    Builder b;
    const Tensor sparse = b.top_k(b.input("x", shape_of(batch, count)), k);
    b.output(sparse, "y");
    reference::Interpreter expected(b.view(), 1);
    expected.named("x").values.assign(special_values.begin(), special_values.end());
    expected.run();
    const testing::CProgram program(c_header(b.view(), {}, {"model", {"A model."}}), "model");
    const std::vector<float> found = program.run(special_values);
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(testing::is_same_answer(found[i], expected.named("y").values[i]));
  }
}

TEST_CASE("c header: operations over whole samples") {
  const auto totals = [](Sketch& s, auto x) { return s.b.over_rows(testing::running_total, {x, {}, {}}); };
  for (const Shape& shape : {shape_of(batch, 5, 7, 3), shape_of(batch, 7, 5, 1), shape_of(batch, 1, 3, 17)})
    CHECK(error_of_written(shape, totals) < tolerance);
  const auto filter = [](Sketch& s, auto x) {
    return s.b.over_rows(testing::filtered, {x, s.parameter(shape_of(5)), {}});
  };
  for (const Shape& shape : {shape_of(batch, 33), shape_of(batch, 1), shape_of(batch, 2, 3, 5)})
    CHECK(error_of_written(shape, filter) < tolerance);
}

TEST_CASE("c header: every elementwise operation of one operand") {
  for (const Elementwise* const op : testing::unary_operations) {
    INFO(op->row.name);
    const auto write = [&](Sketch& s, auto x) { return s.b.unary(*op, x, 0.3f); };
    const double low = std::max(-1.0, reference::reference_of(*op).low);
    for (const int width : {1, 37}) CHECK(error_of_written(shape_of(batch, width), write, low) < tolerance);
  }
}

TEST_CASE("c header: every elementwise operation of two and three operands, of equal and of broadcast shapes") {
  for (const Elementwise* const op : testing::binary_operations) {
    INFO(op->row.name);
    const auto write = [&](Sketch& s, Tensor x) {
      const auto row = s.b.binary(*op, x, s.parameter(shape_of(7)));
      const auto scalar = s.b.binary(*op, s.b.constant(1.25f), row);
      return s.b.binary(*op, s.b.binary(*op, scalar, x), s.parameter(shape_of(1)));
    };
    CHECK(error_of_written(shape_of(batch, 7), write, 0.5) < tolerance);
    const auto on_images = [&](Sketch& s, Tensor x) { return s.b.binary(*op, x, s.parameter(shape_of(5))); };
    CHECK(error_of_written(shape_of(batch, 2, 3, 5), on_images, 0.5) < tolerance);
  }
  CHECK(error_of_written(shape_of(batch, 9), [](Sketch& s, auto x) {
          return select(greater(x, 0.2f), s.parameter(shape_of(9)), x);
        }) < tolerance);
}

TEST_CASE("c header: NaN, infinities and zeros of either sign have the kernels' answers") {
  using namespace isthmus::testing;
  const auto count = static_cast<int>(special_values.size());
  for (const Elementwise* const op : unary_operations) {
    Builder b;
    b.output(b.unary(*op, b.input("x", shape_of(batch, count)), 0.3f), "y");
    const CProgram program(c_header(b.view(), {}, {"model", {}}), "model");
    const std::vector<float> found = program.run(special_values);
    for (std::size_t i = 0; i < special_values.size(); ++i) {
      INFO("operation " << op->row.name << " of " << special_values[i] << ": " << found.at(i));
      CHECK(is_same_answer(found.at(i), special_answer(*op, special_values[i], 0, 0.3f)));
    }
  }
  const SpecialPairs pairs;
  for (const Elementwise* const op : binary_operations) {
    // The second operands are a parameter's values.
    Builder b;
    const Tensor x = b.input("x", shape_of(batch, static_cast<int>(pairs.first.size())));
    b.in_layer("other");
    b.output(b.binary(*op, x, b.parameter("row", shape_of(static_cast<int>(pairs.second.size())))), "y");
    const NamedTensor row{"other.row", {static_cast<int>(pairs.second.size())}, pairs.second};
    const CProgram program(c_header(b.view(), {&row, 1}, {"model", {}}), "model");
    const std::vector<float> found = program.run(pairs.first);
    for (std::size_t i = 0; i < pairs.first.size(); ++i) {
      INFO("operation " << op->row.name << " of " << pairs.first[i] << " and " << pairs.second[i]);
      CHECK(is_same_answer(found.at(i), special_answer(*op, pairs.first[i], pairs.second[i], 0.3f)));
    }
  }
}

TEST_CASE("c header: broadcast, sum_to and one_hot") {
  // [samples, 5], to one value for each sample and back.
  CHECK(error_of_written(shape_of(batch, 5), [](Sketch& s, auto x) {
          return s.b.broadcast(s.b.sum_to(x, shape_of(batch, 1)), shape_of(batch, 5));
        }) < tolerance);
  CHECK(error_of_written(shape_of(batch, 3), [](Sketch& s, auto x) {
          const auto p = s.parameter(shape_of(4, 3));
          return x * s.b.sum_to(p, shape_of(3)) + sum(p) + s.b.one_hot(3, 1);
        }) < tolerance);
  CHECK(error_of_written(shape_of(batch, 4), [](Sketch& s, auto x) {
          const auto columns = s.b.sum_to(s.parameter(shape_of(4, 3)), shape_of(4, 1));
          return matmul(x, s.b.broadcast(columns, shape_of(4, 2)));
        }) < tolerance);
  CHECK(error_of_written(shape_of(batch, 2, 3, 4), [](Sketch& s, auto x) {
          return s.b.broadcast(s.parameter(shape_of(4)), shape_of(batch, 2, 3, 4)) - x;
        }) < tolerance);
}

TEST_CASE("c header: products of matrices, transposed and not, of odd sizes") {
  for (const bool transposed : {false, true}) {
    CHECK(error_of_written(shape_of(batch, 13), [&](Sketch& s, auto x) {
            return matmul(x, s.parameter(transposed ? shape_of(7, 13) : shape_of(13, 7)), false, transposed);
          }) < tolerance);
    // Down to a single value, more than once.
    CHECK(error_of_written(shape_of(batch, 3), [&](Sketch& s, auto x) {
            const auto product = [&](Tensor a, int rows, int columns) {
              const Shape shape = transposed ? shape_of(columns, rows) : shape_of(rows, columns);
              return matmul(a, s.parameter(shape), false, transposed);
            };
            return product(tanh(product(product(x, 3, 1), 1, 1)), 1, 5);
          }) < tolerance);
    for (const bool left : {false, true})
      CHECK(error_of_written(shape_of(batch, 5), [&](Sketch& s, auto x) {
              const auto a = s.parameter(left ? shape_of(3, 5) : shape_of(5, 3));
              const auto b = s.parameter(transposed ? shape_of(4, 3) : shape_of(3, 4));
              return matmul(x, matmul(a, b, left, transposed));
            }) < tolerance);
  }
  CHECK(error_of_written(shape_of(batch, 5), [](Sketch& s, auto x) {
          return matmul(x, transpose(s.parameter(shape_of(3, 5))));
        }) < tolerance);
}

TEST_CASE("c header: a matrix for each sample is multiplied row by row") {
  for (const bool transposed : {false, true})
    CHECK(error_of_written(shape_of(batch, 5, 13), [&](Sketch& s, auto x) {
            const auto w = s.parameter(transposed ? shape_of(7, 13) : shape_of(13, 7));
            return matmul(x, w, false, transposed) + s.parameter(shape_of(7));
          }) < tolerance);
}

TEST_CASE("c header: values that move") {
  for (const testing::Movement& one : testing::movements) {
    INFO(one.name);
    CHECK(error_of_written(one.shape, [&](Sketch& s, auto x) { return one.write(s.b, x); }) < tolerance);
  }
}

TEST_CASE("c header: recurrences of every cell, in both directions") {
  for (const testing::RecurrenceCase& one : testing::recurrence_cases) {
    INFO(one.name);
    const Shape shape = shape_of(batch, 4, 3);
    CHECK(error_of_written(shape, [&](Sketch& s, auto x) { return states_of(s, x, one); }) < tolerance);
    CHECK(error_of_written(shape, [&](Sketch& s, auto x) { return testing::last_of(states_of(s, x, one)); }) <
          tolerance);
  }
}

TEST_CASE("c header: a row for each step") {
  CHECK(error_of_written(shape_of(batch, 3), [](Sketch&, auto x) { return testing::repeated(x); }) == 0);
}

TEST_CASE("c header: operations on sequences") {
  for (const testing::Movement& one : testing::sequences) {
    INFO(one.name);
    CHECK(error_of_written(one.shape, [&](Sketch& s, auto x) { return one.write(s.b, x); }) < tolerance);
  }
}

TEST_CASE("c header: convolutions of every window, and their transposes") {
  for (const testing::WindowCase& one : testing::windows) {
    INFO(one.text());
    CHECK(error_of_written(one.image(), [&](Sketch& s, auto x) {
            return s.b.conv2d(x, s.parameter(one.weights()), one.window, one.result_places);
          }) < tolerance);
    CHECK(error_of_written(one.result(), [&](Sketch& s, auto x) {
            return s.b.conv2d_transpose(x, s.parameter(one.weights()), one.window, one.image());
          }) < tolerance);
  }
}

TEST_CASE("c header: pooling and resampling") {
  for (const testing::WindowCase& one : testing::pools) {
    INFO(one.text());
    CHECK(error_of_written(one.image(), [&](Sketch& s, auto x) {
            return s.b.max_pool(x, one.window, one.result_places);
          }) < tolerance);
    for (const Resampling map : {Resampling::window_sum, Resampling::window_mean})
      CHECK(error_of_written(one.image(), [&](Sketch& s, auto x) {
              return s.b.resample(x, map, false, one.window, one.pooled());
            }) < tolerance);
  }
  for (const Resampling map : {Resampling::nearest, Resampling::bilinear})
    for (const int factor : {2, 3}) {
      const Window window = Window().upsampled(factor);
      for (const auto& [image, more] : testing::enlargements) {
        Shape result = image;
        for (int d = 1; d < image.rank - 1; ++d) result.dim[d] = result.dim[d] * factor + more;
        CHECK(error_of_written(image, [&, shape = result](Sketch& s, auto x) {
                return s.b.resample(x, map, false, window, shape);
              }) < tolerance);
      }
    }
}

TEST_CASE("c header: reshape and bottleneck hand values on, and the input may be the output") {
  CHECK(error_of_written(shape_of(batch, 12), [](Sketch& s, auto x) {
          const auto image = s.b.reshape(tanh(x), shape_of(batch, 2, 3, 2));
          return s.b.reshape(s.b.bottleneck(image) + x.builder->constant(-0.5f), shape_of(batch, 4, 3));
        }) < tolerance);
  CHECK(error_of_written(shape_of(batch, 3), [](Sketch& s, auto x) { return s.b.bottleneck(x); }) == 0);
  // A constant is an output as well.
  CHECK(error_of_written(shape_of(batch, 3), [](Sketch& s, auto) {
          return s.b.broadcast(s.b.constant(0.1f), shape_of(batch, 3));
        }) < tolerance);
}

TEST_CASE("c header: a model of images with batch norms, as it is used") {
  // Without the rewrites that are for the kernels.
  const auto graph = plan::source_graph<Normalized, Role::reconstruct>({false, false, false, true, false});
  CHECK(error_of(plan::simplify(graph.view()), 0.1) < tolerance);
  const auto unfolded = plan::source_graph<Normalized, Role::reconstruct>({false, false, false, false, false});
  CHECK(error_of(unfolded.view(), 0.1) < tolerance);
}

TEST_CASE("c header: a model that normalizes rows and groups of channels") {
  CHECK(error_of(plan::portable_graph<Grouped, Role::reconstruct>(), 0.1) < tolerance);
  CHECK(error_of(Grouped::model.graph, 0.1) < tolerance);
}

TEST_CASE("c header: what is made of parameters alone is computed beforehand") {
  Sketch s;
  const auto x = s.b.input("x", shape_of(batch, 6));
  const auto w = s.parameter(shape_of(6, 4)), scale = s.parameter(shape_of(4));
  s.b.output(matmul(x, w * (s.b.constant(2) / sqrt(scale))), "y");
  CHECK(error_of(s.b.view(), 0.1) < tolerance);
  const std::string header = c_header(s.b.view(), weights_for(s.b.view(), 0.1), {"model", {}});
  CHECK(header.find("sqrtf") == std::string::npos);
  CHECK(header.find("[24] = {") != std::string::npos);
  CHECK(header.find("_weight") == std::string::npos);
}

TEST_CASE("c header: values that are no longer needed make room") {
  Builder b;
  Tensor x = b.input("x", shape_of(batch, 50));
  for (int i = 0; i < 10; ++i) x = tanh(x);
  b.output(x, "y");
  CHECK(c_header(b.view(), {}, {"model", {}}).find("#define MODEL_WORKSPACE_FLOATS 100\n") != std::string::npos);
  CHECK(error_of(b.view()) < tolerance);
}

TEST_CASE("c header: weights read back to the same bits") {
  Builder b;
  const auto x = b.input("x", shape_of(batch, 8));
  b.in_layer("p1");
  b.output(b.broadcast(b.parameter("weight", shape_of(8)), shape_of(batch, 8)), "y");
  using limits = std::numeric_limits<float>;
  const std::vector<float> values{0.1f,          -0.0f,        limits::denorm_min(), limits::max(),
                                  limits::min(), -1.0f / 3.0f, 16777217.0f,          1.0f + limits::epsilon()};
  const std::vector<NamedTensor> weights{{"p1.weight", {8}, values}};
  const testing::CProgram program(c_header(b.view(), weights, {"model", {}}), "model");
  const std::vector<float> found = program.run(std::vector<float>(8, 0.0f));
  REQUIRE(found.size() == values.size());
  CHECK(std::memcmp(found.data(), values.data(), values.size() * sizeof(float)) == 0);
  static_cast<void>(x);
}

TEST_CASE("c header: side outputs have pointers of their own, after the output") {
  Builder b;
  const auto x = b.input("x", shape_of(batch, 2));
  b.side_output(b.unary(ops::negate, x), "log var");
  b.side_output(x + x, "int");
  b.output(x * x, "y");
  const std::string header = c_header(b.view(), {}, {"model", {}});
  CHECK(header.find("float* output, float* log_var_output, float* int_output, float* workspace") !=
        std::string::npos);
  const testing::CProgram program(header, "model", {"LOG_VAR_SIZE", "INT_SIZE"});
  CHECK(program.run({1, 2, 3, 4}) == std::vector<float>{1, 4, -1, -2, 2, 4, 9, 16, -3, -4, 6, 8});
}

TEST_CASE("c header: names and remarks from elsewhere do no harm") {
  Builder b;
  const auto x = b.input(
      "*/ int x; /* ?"
      "?/",
      shape_of(batch, 2));
  b.in_layer("a.b");
  const auto first = b.parameter("weight", shape_of(2));
  b.in_layer("a_b");
  const auto second = b.parameter("weight", shape_of(2));
  b.output(x + first + second, "y\n#error");
  const std::vector<std::string> remarks{
      "*/ #error \\\n?"
      "?/",
      "\xe2\x80\xae"};
  const std::string header = c_header(b.view(), weights_for(b.view(), -1), {"m", remarks});
  CHECK(testing::CProgram(header, "m").run({0, 0}).size() == 2);
}

TEST_CASE("c header: what C takes as a name") {
  for (const char* name : {"a", "_", "dense_encoder", "A9", "x_1"}) CHECK(interchange::is_c_identifier(name));
  for (const char* name : {"", "9a", "a-b", "a b", "a.b", "\xc3\xa4", "a\n"})
    CHECK_FALSE(interchange::is_c_identifier(name));
  Builder b;
  b.output(b.input("x", shape_of(batch, 4)), "y");
  CHECK(message_of<Error>([&] { c_header(b.view(), {}, {"a-b", {}}); }).find("'a-b'") != std::string::npos);
}

TEST_CASE("c header: what no model in use has is refused") {
  const auto names = [](const std::string& message, const char* word) {
    INFO(message);
    return message.find(word) != std::string::npos;
  };
  CHECK(names(refusal_of<Error>([](Builder& b, auto x) {
                b.output(x + b.random(Distribution::normal, shape_of(batch, 4), "noise", false), "y");
              }),
              "random"));
  CHECK(names(refusal_of<Error>([](Builder& b, auto x) { b.output(b.by_mode(Mode::training, x, tanh(x)), "y"); }),
              "by_mode"));
  CHECK(
      names(refusal_of<Error>([](Builder& b, auto x) { b.output(b.over_rows(testing::masked, {x, x, {}}), "y"); }),
            "masked: a C header has no such operation: expected RowOperation::c"));
  CHECK(names(refusal_of<Error>([](Builder& b, auto x) {
                const auto p = b.parameter("weight", shape_of(4));
                b.assign(p, p + p);
                b.output(x, "y");
              }),
              "assign"));
  CHECK(names(
      refusal_of<Error>([](Builder& b, auto x) { b.output(x * b.host_scalar(HostScalar::learning_rate), "y"); }),
      "host_scalar"));
  // Operations that depend on the other samples.
  CHECK(
      names(refusal_of<Error>([](Builder& b, auto x) { b.output(x - b.sum_to(x, shape_of(4)), "y"); }), "batch"));
  CHECK(
      names(refusal_of<Error>([](Builder& b, auto x) { b.output(matmul(x, matmul(x, x, true)), "y"); }), "batch"));
  CHECK(names(refusal_of<Error>([](Builder&, auto) {}), "one output"));
  CHECK(names(refusal_of<Error>([](Builder& b, auto x) {
                b.output(x, "y");
                b.output(x, "z");
              }),
              "found 2 and 1"));
}

TEST_CASE("c header: a parameter needs its values") {
  Builder b;
  const auto x = b.input("x", shape_of(batch, 4));
  b.in_layer("p1");
  b.output(x + b.parameter("weight", shape_of(4)), "y");
  const auto refused = [&](const std::vector<NamedTensor>& weights) {
    return message_of<ShapeError>([&] { c_header(b.view(), weights, {"model", {}}); });
  };
  CHECK(refused({}) == "tensor 'p1.weight': expected 4 values, found none");
  CHECK(refused({{"p1.weight", {3}, {1, 2, 3}}}) == "tensor 'p1.weight': expected 4 values, found 3");
}

TEST_CASE("c header: several inputs are arguments under their names") {
  const Graph decoder = plan::portable_graph<Conditional, Role::decode>();
  const testing::ReferenceRun expected(decoder, samples, -1);
  const std::string header = c_header(decoder, expected.weights, {"model", {"A model."}});
  CHECK(header.find("model_run(const float* code_input, const float* label_input, const float* place_input, "
                    "float* output, float* hidden_output, float* workspace)") != std::string::npos);
  const testing::CProgram program(header, "model", {"HIDDEN_SIZE"}, {"CODE_SIZE", "LABEL_SIZE", "PLACE_SIZE"});
  std::vector<float> in;
  const auto append = [&](const std::vector<float>& values, int sample) {
    const auto size = static_cast<std::ptrdiff_t>(values.size() / samples);
    in.insert(in.end(), values.begin() + sample * size, values.begin() + (sample + 1) * size);
  };
  for (int sample = 0; sample < samples; ++sample) {
    append(expected.in, sample);
    for (const std::vector<float>& values : expected.other_in) append(values, sample);
  }
  const std::vector<float> found = program.run(in);
  REQUIRE(found.size() == samples * (9 + 7));
  for (std::size_t sample = 0; sample < samples; ++sample)
    for (std::size_t i = 0; i < 9; ++i)
      CHECK(testing::relative_error(static_cast<double>(found[sample * 16 + i]), expected.out[sample * 9 + i], 1) <
            tolerance);
}

TEST_CASE("c header: a language that is too old is one error before the weights, not one in each") {
  Sketch s;
  s.b.output(matmul(s.b.input("x", shape_of(batch, 64)), s.parameter(shape_of(64, 64))), "y");
  const std::string header = c_header(s.b.view(), weights_for(s.b.view(), -1), {"model", {}});
  const TemporaryFolder folder;
  folder.write("model.h", header);
  const std::string include = "#include \"model.h\"\n";
  const auto errors_of = [&](const std::string& compiler, const std::string& standard, const std::string& file) {
    const std::string path = folder.write(file, include).string(), said = (folder / "said").string();
    const std::string command =
        compiler + " -std=" + standard + " -fsyntax-only -Wall -Wextra '" + path + "' 2> '" + said + "'";
    const bool compiles = std::system(command.c_str()) == 0;
    const std::string text = read_bytes(said);
    std::ptrdiff_t errors = 0;
    for (std::size_t at = text.find("error:"); at != std::string::npos; at = text.find("error:", at + 1)) ++errors;
    INFO(standard << ": " << text.substr(0, 1000));
    CHECK(compiles == (errors == 0));
    if (errors > 0) CHECK(text.find("#error \"model: expected C") != std::string::npos);
    return errors;
  };
#ifdef __clang__
  constexpr std::ptrdiff_t old_errors = 0;  // It has hexadecimal floats in every C++.
#else
  constexpr std::ptrdiff_t old_errors = 1;
#endif
  for (const char* standard : {"c++11", "c++14"})
    CHECK(errors_of(ISTHMUS_CXX_COMPILER, standard, "old.cpp") == old_errors);
  for (const char* standard : {"gnu++11", "gnu++14", "c++17", "c++20"})
    CHECK(errors_of(ISTHMUS_CXX_COMPILER, standard, "new.cpp") == 0);
  for (const char* standard : {"c89", "gnu89"}) CHECK(errors_of(ISTHMUS_C_COMPILER, standard, "old.c") == 1);
  for (const char* standard : {"c99", "gnu99", "c11", "c17"})
    CHECK(errors_of(ISTHMUS_C_COMPILER, standard, "new.c") == 0);
}
