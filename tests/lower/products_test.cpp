// Products of rounded operands, of every SIMD target, against double precision.
#include <isthmus/lower/products.hpp>

#include "lower/panels.hpp"
#include "support/bf16.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <cstring>
#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

std::size_t count(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

/// Two random matrices and a call that multiplies them.
struct Product {
  int rows, inner, columns;
  bool transposed;
  int a_columns = transposed ? rows : inner;
  std::vector<float> x = floats(count(rows, inner), 1, -1, 1), y = floats(count(inner, columns), 2, -1, 1);
  Panels a = Panels::of(transposed ? inner : rows, a_columns, x), b = Panels::of(inner, columns, y);

  Panels result(int tile_rows, int tile_panels) {
    lower::AnchorCall call;
    call.a = a.view();
    call.b = b.view();
    call.a_rows = a.rows;
    call.a_columns = a.columns;
    call.transpose_a = transposed;
    return run_anchor(lower::bf16_products().matmul, call, rows, columns, tile_rows, tile_panels);
  }
  Panels whole() { return result(rows, plan::panels_of(columns)); }

  /// The largest error, of the sum of the terms' sizes.
  double error(Panels& found) const {
    double largest = 0;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        double sum = 0, size = 0;
        for (int k = 0; k < inner; ++k) {
          const double left = double{x[count(1, transposed ? k * rows + r : r * inner + k)]};
          const double term = nearest_bf16(left) * nearest_bf16(double{y[count(1, k * columns + c)]});
          sum += term;
          size += std::fabs(term);
        }
        largest = std::max(largest, relative_error(double{found.at(r, c)} - sum + size, size));
      }
    return largest;
  }
};

void check(int rows, int inner, int columns, bool transposed) {
  INFO(rows << " × " << inner << " × " << columns << (transposed ? ", transposed" : ""));
  Product product{rows, inner, columns, transposed};
  Panels whole = product.whole();
  CHECK(product.error(whole) < 1e-6);
  for (const int height : {16, 32, transposed ? 48 : 7})
    for (const int panels : {1, 2, 3}) {
      const Panels tiled = product.result(height, panels);
      CHECK(std::memcmp(whole.data.data(), tiled.data.data(), whole.data.size() * sizeof(float)) == 0);
    }
}

}  // namespace

TEST_CASE("products of operands rounded to bf16, of odd sizes, and their bits do not depend on the tile") {
  for_each_target([] {
    for (const bool transposed : {false, true}) {
      for (const int rows : {1, 2, 9, 14, 15, 16, 29, 40})
        for (const int inner : {1, 2, 7, 16, 17, 33, 100})
          for (const int columns : {1, 10, 16, 17, 33, 100}) check(rows, inner, columns, transposed);
      // Several blocks each way: of 128 rows, 256 steps of the inner index, and 8 panels.
      check(130, 300, 150, transposed);
      check(300, 513, 17, transposed);
      check(5, 1025, 270, transposed);
    }
  });
}

TEST_CASE("numbers of eight bits are multiplied without an error") {
  // All sums are whole numbers below 2^24, which fp32 holds: any order of them is exact.
  for_each_target([] {
    Product product{37, 210, 45, false};
    for (std::vector<float>* list : {&product.x, &product.y})
      for (float& value : *list) value = std::nearbyint(value * 100);
    product.a = Panels::of(37, 210, product.x);
    product.b = Panels::of(210, 45, product.y);
    Panels found = product.whole();
    CHECK(product.error(found) == 0);
  });
}

TEST_CASE("what is no number stays none, and what is infinite stays so") {
  for_each_target([] {
    const float strange[] = {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(),
                             std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max()};
    for (const float value : strange) {
      Product product{3, 40, 20, false};
      product.a.at(1, 33) = value;
      product.b.at(33, 4) = 1;
      Panels found = product.whole();
      INFO(value);
      CHECK(std::isfinite(found.at(0, 4)));
      // The largest float is nearer to the next number of eight bits, which is none any more.
      if (std::isnan(value)) CHECK(std::isnan(found.at(1, 4)));
      else CHECK(found.at(1, 4) == std::numeric_limits<float>::infinity());
    }
  });
}

TEST_CASE("a product over no samples is zero") {
  for_each_target([] {
    Product product{20, 8, 20, true};
    product.a.rows = product.inner = 0;
    Panels found = product.whole();
    for (int r = 0; r < 20; ++r)
      for (int c = 0; c < 20; ++c) CHECK(found.at(r, c) == 0);
  });
}

TEST_CASE("the unit's peak is measured") {
  const lower::ProductKernels& products = lower::bf16_products();
  CHECK(*products.unit != 0);
  CHECK(products.measure_peak(0.01) > 1e8);
}
