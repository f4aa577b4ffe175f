// Gradients of operations over rows, of the library and of a program, against central differences.
#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

template <Tensor (*function)(Tensor)>
constexpr auto of_rows = [](Builder& b) { return weighted(function(b.input("x", shape_of(batch, 5)))); };

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
  reference::row_references.push_back(
      {&rms_norm_backward, [](const reference::RowOperands& operands) {
         const reference::Row &x = operands[0], &g = operands[1];
         const double scale = precise_scale(x), n = static_cast<double>(x.size());
         double dot = 0;
         for (std::size_t i = 0; i < x.size(); ++i) dot += x[i] * g[i];
         reference::Row dx;
         for (std::size_t i = 0; i < x.size(); ++i) dx.push_back(scale * (g[i] - x[i] * dot * scale * scale / n));
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
  CHECK(second_order_error(of_rows<softmax>, Range::signed_values) < bound);
  CHECK(second_order_error(of_rows<log_softmax>, Range::signed_values) < bound);
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
