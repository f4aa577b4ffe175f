// Products with rounded weights of every SIMD target against double precision.
#include <isthmus/lower/weights.hpp>

#include "lower/panels.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <cmath>
#include <cstring>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The nearest number of eight bits of precision; of two, the one whose last bit is zero.
float nearest_bf16(float x) {
  if (x == 0) return x;
  int exponent = 0;
  const float fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

/// Weights as each kind is said to hold them, row-major.
std::vector<double> rounded(const std::vector<float>& weights, int columns, bool int8) {
  std::vector<double> list(weights.size());
  for (int c = 0; c < columns; ++c) {
    const auto column = static_cast<std::size_t>(c), stride = static_cast<std::size_t>(columns);
    float most = 0;
    for (std::size_t i = column; i < weights.size(); i += stride) most = std::max(most, std::fabs(weights[i]));
    const float step = most / 127;
    for (std::size_t i = column; i < weights.size(); i += stride) {
      if (!int8) list[i] = double{nearest_bf16(weights[i])};
      else if (step > 0) list[i] = std::nearbyint(double{weights[i] / step}) * double{step};
    }
  }
  return list;
}

struct Product {
  int rows, inner, columns;
  double error = 0;
  bool depends_on_tile = false;

  void check(const lower::WeightKernels& kernels, bool int8) {
    const auto count = [](int r, int c) { return static_cast<std::size_t>(r * c); };
    const std::vector<float> x = floats(count(rows, inner), 1, -1, 1);
    std::vector<float> y = floats(count(inner, columns), 2, -1, 1);
    // Columns of unequal size, the first one of zeros.
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] *= static_cast<float>(i % static_cast<std::size_t>(columns));
    Panels a = Panels::of(rows, inner, x), b = Panels::of(inner, columns, y);
    const auto bytes = static_cast<std::size_t>(kernels.bytes(inner, columns));
    std::vector<std::uint32_t> packed(bytes / 4 + plan::panel_width);
    kernels.pack(b.view(), inner, columns, packed.data());
    for (std::size_t i = bytes / 4; i < packed.size(); ++i) REQUIRE(packed[i] == 0);
    lower::AnchorCall call;
    call.a = a.view();
    call.b.data = reinterpret_cast<float*>(packed.data());
    call.a_rows = rows;
    call.a_columns = inner;
    Panels whole = run_anchor(kernels.matmul, call, rows, columns, rows, plan::panels_of(columns));
    compare(whole, x, rounded(y, columns, int8));
    for (const int height : {1, 7, 16})
      for (const int panels : {1, 2}) {
        const Panels tiled = run_anchor(kernels.matmul, call, rows, columns, height, panels);
        if (std::memcmp(whole.data.data(), tiled.data.data(), whole.data.size() * sizeof(float)) != 0)
          depends_on_tile = true;
      }
    call.stores_alone = columns % plan::panel_width == 0;
    const Panels direct = run_anchor(kernels.matmul, call, rows, columns, rows, plan::panels_of(columns));
    if (direct.data != whole.data) depends_on_tile = true;
  }

  void compare(Panels& found, const std::vector<float>& x, const std::vector<double>& y) {
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        double sum = 0, size = 0;
        for (int k = 0; k < inner; ++k) {
          const double term = double{x[static_cast<std::size_t>(r * inner + k)]} *
                              y[static_cast<std::size_t>(k * columns + c)];
          sum += term;
          size += std::fabs(term);
        }
        if (size == 0) {
          if (found.at(r, c) != 0) error = 1;
          continue;
        }
        error = std::max(error, std::fabs(double{found.at(r, c)} - sum) / size);
      }
  }
};

void check_products(const lower::WeightKernels& kernels, bool int8) {
  for (int rows = 1; rows <= 30; ++rows)
    for (const int inner : {1, 2, 7, 16, 17, 33, 100})
      for (const int columns : {1, 10, 16, 17, 48, 100}) {
        Product product{rows, inner, columns};
        product.check(kernels, int8);
        if (product.error < 1e-6 && !product.depends_on_tile) continue;
        INFO(rows << " × " << inner << " × " << columns);
        CHECK(product.error < 1e-6);
        CHECK_FALSE(product.depends_on_tile);
      }
}

}  // namespace

TEST_CASE("products with bf16 weights") {
  for_each_target([] { check_products(lower::bf16_weights(), false); });
}
TEST_CASE("products with int8 weights") {
  for_each_target([] { check_products(lower::int8_weights(), true); });
}

TEST_CASE("rounded weights take half and a quarter of the bytes") {
  CHECK(lower::bf16_weights().bytes(784, 512) == 784 * 512 * 2);
  CHECK(lower::int8_weights().bytes(784, 512) == 784 * 512 + 4 * 512);
  CHECK(lower::bf16_weights().bytes(3, 17) == 4 * 32 * 2);
  CHECK(lower::int8_weights().bytes(3, 17) == 3 * 32 + 4 * 32);
}

TEST_CASE("bf16 weights are the nearest, ties go to the even one") {
  // 1 + 2^-8 lies between 1 and 1 + 2^-7, 1 + 3 * 2^-8 between that and 1 + 2^-6.
  const std::vector<float> y{1 + 0x1p-8f, 1 + 0x3p-8f, -(1 + 0x1p-8f), 1 + 0x1.1p-8f};
  Panels b = Panels::of(4, 1, y);
  std::vector<std::uint32_t> packed(32);
  lower::bf16_weights().pack(b.view(), 4, 1, packed.data());
  CHECK(packed[0] == (0x3f80u | 0x3f82u << 16));
  CHECK(packed[16] == (0xbf80u | 0x3f81u << 16));
}
