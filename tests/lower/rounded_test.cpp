// Products with rounded weights of every SIMD target against double precision.
#include <isthmus/lower/weights.hpp>

#include "lower/panels.hpp"
#include "support/bf16.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <cmath>
#include <cstring>
#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Weights as each kind is said to hold them, row-major.
std::vector<double> rounded(const std::vector<float>& weights, int columns, bool int8) {
  std::vector<double> list(weights.size());
  for (int c = 0; c < columns; ++c) {
    const auto column = static_cast<std::size_t>(c), stride = static_cast<std::size_t>(columns);
    float most = 0;
    for (std::size_t i = column; i < weights.size(); i += stride) most = std::max(most, std::fabs(weights[i]));
    const float step = most / 127;
    for (std::size_t i = column; i < weights.size(); i += stride) {
      if (!int8) list[i] = nearest_bf16(double{weights[i]});
      else if (step > 0) list[i] = std::nearbyint(double{weights[i] / step}) * double{step};
    }
  }
  return list;
}

struct Product {
  int rows, inner, columns;
  double error = 0;
  bool depends_on_tile = false;

  /// A sample as kernels that round it have it.
  static void round_rows(std::vector<float>& x, int columns) {
    const auto stride = static_cast<std::size_t>(columns);
    for (std::size_t begin = 0; begin < x.size(); begin += stride) {
      float most = 0;
      for (std::size_t i = begin; i < begin + stride; ++i) most = std::max(most, std::fabs(x[i]));
      for (std::size_t i = begin; i < begin + stride; ++i)
        x[i] = most > 0 ? std::nearbyint(x[i] * (127 / most)) * (most / 127) : 0;
    }
  }

  void check(const lower::WeightKernels& kernels, bool int8) {
    const auto count = [](int r, int c) { return static_cast<std::size_t>(r * c); };
    std::vector<float> x = floats(count(rows, inner), 1, -1, 1);
    // Samples of unequal size, the first one of zeros.
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= static_cast<float>(i / static_cast<std::size_t>(inner));
    std::vector<float> y = floats(count(inner, columns), 2, -1, 1);
    // Columns of unequal size, the first one of zeros.
    for (std::size_t i = 0; i < y.size(); ++i) y[i] *= static_cast<float>(i % static_cast<std::size_t>(columns));
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
    // A longer sample stays as it is.
    if (kernels.rounds_samples && inner <= 16384) round_rows(x, inner);
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
          const double term =
              double{x[static_cast<std::size_t>(r * inner + k)]} * y[static_cast<std::size_t>(k * columns + c)];
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

TEST_CASE("a sample that is not finite gives nothing finite, small ones give zeros") {
  for_each_target([] {
    const lower::WeightKernels& kernels = lower::int8_weights();
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e-38f}) {
      INFO(value);
      const std::vector<float> y = floats(std::size_t{40} * 20, 2, 0.5, 1);
      Panels a(3, 40), b = Panels::of(40, 20, y);
      a.at(1, 33) = value;
      std::vector<std::uint32_t> packed(static_cast<std::size_t>(kernels.bytes(40, 20)) / 4 + plan::panel_width);
      kernels.pack(b.view(), 40, 20, packed.data());
      lower::AnchorCall call;
      call.a = a.view();
      call.b.data = reinterpret_cast<float*>(packed.data());
      call.a_rows = 3;
      call.a_columns = 40;
      Panels found = run_anchor(kernels.matmul, call, 3, 20, 3, 2);
      for (int c = 0; c < 20; ++c) {
        CHECK(found.at(0, c) == 0);
        if (std::isfinite(value)) CHECK(std::fabs(found.at(1, c)) < 1e-30f);
        else CHECK_FALSE(std::isfinite(found.at(1, c)));
        CHECK(found.at(2, c) == 0);
      }
    }
  });
}

TEST_CASE("products of a sample too long for the stack have int8 weights as well") {
  for_each_target([] {
    Product product{2, 16400, 5};
    product.check(lower::int8_weights(), true);
    // Whole numbers of rounded samples are exact; here they are floats.
    CHECK(product.error < 1e-5);
    CHECK_FALSE(product.depends_on_tile);
  });
}

TEST_CASE("rounded weights take half and a quarter of the bytes") {
  CHECK(lower::bf16_weights().bytes(784, 512) == 784 * 512 * 2);
  // As whole numbers that are multiplied as such: with what the sums start at, four rows at a time.
  const bool whole = lower::int8_weights().rounds_samples;
  CHECK(lower::int8_weights().bytes(784, 512) == 784 * 512 + (whole ? 8 : 4) * 512);
  CHECK(lower::bf16_weights().bytes(3, 17) == 4 * 32 * 2);
  CHECK(lower::int8_weights().bytes(3, 17) == (whole ? 4 * 32 + 8 * 32 : 3 * 32 + 4 * 32));
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
