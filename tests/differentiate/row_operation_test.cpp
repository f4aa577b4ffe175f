// Gradients of operations over rows, of the library and of a program, against central differences.
#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

template <Tensor (*function)(Tensor)>
constexpr auto of_rows = [](Builder& b) { return weighted(function(b.input("x", shape_of(batch, 5)))); };

constexpr auto summed_pixels = [](Builder& b) {
  return weighted(cumulative_sum(square(b.input("x", shape_of(batch, 2, 3, 5)))));
};

/// x / √(mean of x² + ε), with forward and backward kernels: Zhang and Sennrich 2019, equation 4.
float scale_of(const float* x, int n) {
  float squares = 0;
  for (int i = 0; i < n; ++i) squares += x[i] * x[i];
  return 1.0f / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
}
constexpr RowOperation rms_norm_backward{
    .name = "rms_norm_backward",
    .operands = 2,
    .kernel =
        [](const RowCall& call) noexcept {
          const int n = call.columns[0];
          const float *x = call.operands[0], *g = call.operands[1];
          const float scale = scale_of(x, n);
          float dot = 0;
          for (int i = 0; i < n; ++i) dot += x[i] * g[i];
          for (int i = 0; i < n; ++i)
            call.result[i] = scale * (g[i] - x[i] * dot * scale * scale / static_cast<float>(n));
        },
};
constexpr RowOperation rms_norm{
    .name = "rms_norm",
    .kernel =
        [](const RowCall& call) noexcept {
          const float scale = scale_of(call.operands[0], call.columns[0]);
          for (int i = 0; i < call.columns[0]; ++i) call.result[i] = scale * call.operands[0][i];
        },
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(rms_norm_backward, {d.a, d.g, {}}); },
};

double precise_scale(const reference::Row& x) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  return 1 / std::sqrt(squares / static_cast<double>(x.size()) + double{1e-5f});
}
const bool known = [] {
  reference::row_references.push_back({&rms_norm, [](const reference::RowOperands& operands) {
                                         reference::Row y = operands[0];
                                         for (double& v : y) v *= precise_scale(operands[0]);
                                         return y;
                                       }});
  reference::row_references.push_back({&rms_norm_backward, [](const reference::RowOperands& operands) {
                                         const reference::Row &x = operands[0], &g = operands[1];
                                         const double scale = precise_scale(x), n = static_cast<double>(x.size());
                                         double dot = 0;
                                         for (std::size_t i = 0; i < x.size(); ++i) dot += x[i] * g[i];
                                         reference::Row dx;
                                         for (std::size_t i = 0; i < x.size(); ++i)
                                           dx.push_back(scale * (g[i] - x[i] * dot * scale * scale / n));
                                         return dx;
                                       }});
  return true;
}();

constexpr auto normalized = [](Builder& b) {
  return weighted(b.over_rows(rms_norm, {tanh(b.input("x", shape_of(batch, 7))), {}, {}}));
};
constexpr auto normalized_pixels = [](Builder& b) {
  return weighted(b.over_rows(rms_norm, {b.input("x", shape_of(batch, 2, 3, 5)), {}, {}}));
};

}  // namespace

TEST_CASE("operations over rows have shapes") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5)), image = b.input("y", shape_of(batch, 2, 3, 4));
  CHECK(row_max(x).shape() == shape_of(batch, 1));
  CHECK(softmax(x).shape() == x.shape());
  CHECK(hardmax(image).shape() == image.shape());
  CHECK(cumulative_sum(x).shape() == x.shape());
  CHECK(b.over_rows(rms_norm, {image, {}, {}}).shape() == image.shape());
  CHECK_FALSE(b.diagnostic());
  Builder one_channel;
  row_max(one_channel.input("image", shape_of(batch, 2, 3, 4)));
  CHECK(one_channel.diagnostic().mistake == Mistake::not_a_row);
  b.over_rows(rms_norm_backward, {x, b.input("z", shape_of(batch, 2, 5)), {}});
  CHECK(b.diagnostic().mistake == Mistake::shapes_differ);
  Builder other;
  other.over_rows(rms_norm, {other.input("x", shape_of(batch, 100'000)), {}, {}});
  CHECK(other.diagnostic().mistake == Mistake::row_too_long);
}

TEST_CASE("rules of operations over rows") {
  CHECK(first_order_error(of_rows<row_max>, Range::distinct) < bound);
  for (const Range range : {Range::signed_values, Range::distinct}) {
    CHECK(first_order_error(of_rows<softmax>, range) < bound);
    CHECK(first_order_error(of_rows<log_softmax>, range) < bound);
  }
  CHECK(first_order_error(of_rows<cumulative_sum>, Range::signed_values) < bound);
  CHECK(first_order_error(of_rows<row_norm>, Range::signed_values) < bound);
  CHECK(second_order_error(of_rows<row_norm>, Range::signed_values) < bound);
  CHECK(first_order_error(summed_pixels, Range::signed_values) < bound);
  CHECK(second_order_error(of_rows<softmax>, Range::signed_values) < bound);
  CHECK(second_order_error(of_rows<log_softmax>, Range::signed_values) < bound);
}

TEST_CASE("where the largest value is has no gradient") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  CHECK_FALSE(differentiate::has_gradient(hardmax(x).node(), 0));
  const auto gradient = differentiate::gradients(sum(x * hardmax(x)), {x});
  reference::Interpreter values(b.view(), 2);
  values[x.id].values = {1, 3, 3, -2, 0, -5, -4, -3, -2, -1};
  values.run();
  CHECK(values[gradient[0].id].values == std::vector<double>{0, 1, 0, 0, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("a program's own operation has the gradient that its backward kernel gives") {
  CHECK(known);
  static_assert(gradients_have_shapes(normalized));
  CHECK(first_order_error(normalized, Range::signed_values) < bound);
  CHECK(first_order_error(normalized_pixels, Range::signed_values) < bound);
}

TEST_CASE("an operation over rows without a gradient is said where it is trained through") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  differentiate::gradients(sum(b.over_rows(rms_norm_backward, {x, x, {}})), {x});
  CHECK(b.diagnostic().mistake == Mistake::operation_without_gradient);
  CHECK(std::string(b.diagnostic().layer) == "rms_norm_backward");
}

namespace {

constexpr auto no_kernel = [](const RowCall&) noexcept {};
constexpr auto hand_on = [](const Derivative& d, int) { return d.g; };

/// Checks that an operation over these operands has the mistake `expected`, reported under the name `named`.
void check_mistake(const RowOperation& operation, std::initializer_list<Shape> operands, Mistake expected,
                   const char* named) {
  Builder b;
  b.in_layer("here");
  Tensor given[3] = {};
  int count = 0;
  for (const Shape& shape : operands) given[count++] = b.input("x", shape);
  b.over_rows(operation, given);
  INFO(named);
  CHECK(b.diagnostic().mistake == expected);
  CHECK(std::string(b.diagnostic().layer) == named);
}

}  // namespace

TEST_CASE("what an operation over rows lacks is said") {
  static constexpr RowOperation two{.name = "two", .operands = 2, .kernel = no_kernel};
  static constexpr RowOperation nameless{.name = nullptr, .kernel = no_kernel};
  static constexpr RowOperation empty{
      .name = "empty", .kernel = no_kernel, .columns = [](const int*) { return 0; }};
  static constexpr RowOperation of_images{
      .name = "of_images", .kernel = no_kernel, .shape = [](const Shape* of) { return of[0]; }};
  static constexpr RowOperation of_samples{
      .name = "of_samples", .whole_samples = true, .kernel = no_kernel, .columns = [](const int* of) {
        return of[0];
      }};
  const Shape row = shape_of(batch, 5);
  check_mistake(two, {row, row}, Mistake::none, "");
  check_mistake(two, {row}, Mistake::operation_lacks_operand, "two");
  check_mistake(two, {}, Mistake::operation_lacks_operand, "two");
  check_mistake(two, {row, row, row}, Mistake::operation_given_too_many, "two");
  check_mistake(nameless, {row}, Mistake::operation_without_name, "here");
  check_mistake(empty, {row}, Mistake::size_not_positive, "empty");
  check_mistake(of_images, {row}, Mistake::operation_of_rows_and_samples, "of_images");
  check_mistake(of_samples, {row}, Mistake::operation_of_rows_and_samples, "of_samples");
}

TEST_CASE("a gradient has its operand's shape, or one that is summed or repeated to it") {
  static constexpr RowOperation half{.name = "half",
                                     .kernel = no_kernel,
                                     .columns = [](const int* of) { return of[0] / 2; },
                                     .gradient = hand_on};
  static constexpr RowOperation total{
      .name = "total", .kernel = no_kernel, .columns = [](const int*) { return 1; }, .gradient = hand_on};
  static constexpr RowOperation scaled{.name = "scaled", .operands = 2, .kernel = no_kernel, .gradient = hand_on};
  static constexpr auto one = [](const Derivative& d, int) { return d.g.builder->constant(1); };
  static constexpr RowOperation steady{.name = "steady", .kernel = no_kernel, .gradient = one};
  const auto trained_through = [](const RowOperation& operation, bool with_weights) {
    Builder b;
    const Tensor x = b.input("x", shape_of(batch, 6)), w = b.parameter("w", shape_of(6));
    const Tensor y = b.over_rows(operation, {x, with_weights ? w : Tensor{}, {}});
    const auto gradient = differentiate::gradients(sum(y), {x, w});
    if (!b.diagnostic()) CHECK((gradient[0].shape() == x.shape() && gradient[1].shape() == w.shape()));
    return b.diagnostic();
  };
  CHECK_FALSE(trained_through(scaled, true));
  CHECK_FALSE(trained_through(steady, false));
  for (const RowOperation* const operation : {&half, &total}) {
    const Diagnostic found = trained_through(*operation, false);
    INFO(operation->name);
    CHECK(found.mistake == Mistake::gradient_shape_differs);
    CHECK(std::string(found.layer) == operation->name);
    CHECK(found.first == shape_of(batch, operation == &half ? 3 : 1));
    CHECK(found.second == shape_of(batch, 6));
  }
}
