// Products, sums and transposes of every SIMD target against double precision.
#include <isthmus/lower/program.hpp>

#include "lower/panels.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <cstring>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// One product of so many rows and columns: its error, and whether its bits depend on the tiles.
struct Product {
  int rows, inner, columns;
  bool transposed;
  double error = 0;
  bool depends_on_tile = false;

  void check() {
    const int a_rows = transposed ? inner : rows, a_columns = transposed ? rows : inner;
    const auto count = [](int r, int c) { return static_cast<std::size_t>(r * c); };
    const std::vector<float> x = floats(count(a_rows, a_columns), 1, -1, 1),
                             y = floats(count(inner, columns), 2, -1, 1);
    Panels a = Panels::of(a_rows, a_columns, x), b = Panels::of(inner, columns, y);
    lower::AnchorCall call;
    call.a = a.view();
    call.b = b.view();
    call.a_rows = a_rows;
    call.a_columns = a_columns;
    call.transpose_a = transposed;
    const auto anchor = lower::kernels().matmul;
    Panels whole = run_anchor(anchor, call, rows, columns, rows, plan::panels_of(columns));
    compare(whole, x, y);
    const int tile_rows[] = {16, 32, transposed ? 16 : 7, transposed ? 48 : 1};
    for (const int height : tile_rows)
      for (const int panels : {1, 2}) {
        const Panels tiled = run_anchor(anchor, call, rows, columns, height, panels);
        if (std::memcmp(whole.data.data(), tiled.data.data(), whole.data.size() * sizeof(float)) != 0)
          depends_on_tile = true;
      }
  }

  void compare(Panels& found, const std::vector<float>& x, const std::vector<float>& y) {
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        double sum = 0, size = 0;
        for (int k = 0; k < inner; ++k) {
          const double term = double{x[static_cast<std::size_t>(transposed ? k * rows + r : r * inner + k)]} *
                              double{y[static_cast<std::size_t>(k * columns + c)]};
          sum += term;
          size += std::fabs(term);
        }
        error = std::max(error, relative_error(double{found.at(r, c)} - sum + size, size));
      }
  }
};

void check_products(bool transposed) {
  for (int rows = 1; rows <= 40; ++rows)
    for (const int inner : {1, 7, 16, 17, 33, 100})
      for (const int columns : {1, 10, 16, 17, 33, 100}) {
        Product product{rows, inner, columns, transposed};
        product.check();
        // Of the sum of the terms' sizes: what a chain of so many roundings may lose.
        if (product.error < 1e-6 && !product.depends_on_tile) continue;
        INFO(rows << " × " << inner << " × " << columns);
        CHECK(product.error < 1e-6);
        CHECK_FALSE(product.depends_on_tile);
      }
}

}  // namespace

TEST_CASE("products of odd sizes, and their bits do not depend on the tile") {
  for_each_target([] { check_products(false); });
}

TEST_CASE("products with a transposed left operand") {
  for_each_target([] { check_products(true); });
}

TEST_CASE("a product writes straight into its result if nothing else is to be done") {
  for_each_target([] {
    const std::vector<float> x = floats(std::size_t{37} * 33, 1, -1, 1),
                             y = floats(std::size_t{33} * 48, 2, -1, 1);
    Panels a = Panels::of(37, 33, x), b = Panels::of(33, 48, y);
    lower::AnchorCall call;
    call.a = a.view();
    call.b = b.view();
    call.a_rows = 37;
    call.a_columns = 33;
    const Panels copied = run_anchor(lower::kernels().matmul, call, 37, 48, 16, 2);
    call.stores_alone = true;
    const Panels direct = run_anchor(lower::kernels().matmul, call, 37, 48, 16, 2);
    CHECK(copied.data == direct.data);
  });
}

TEST_CASE("transposes of odd sizes, padding columns zero") {
  for_each_target([] {
    for (const int rows : {1, 3, 15, 16, 17, 32, 40})
      for (const int columns : {1, 10, 16, 17, 33, 64})
        for (const bool alone : {false, true}) {
          if (alone && rows % 16 != 0) continue;
          INFO(rows << " × " << columns << (alone ? ", stored alone" : ""));
          const std::vector<float> x = floats(static_cast<std::size_t>(rows * columns), 1, -1, 1);
          Panels a = Panels::of(rows, columns, x);
          lower::AnchorCall call;
          call.a = a.view();
          call.a_rows = rows;
          call.a_columns = columns;
          call.stores_alone = alone;
          for (const int tile : {16, 64}) {
            Panels found = run_anchor(lower::kernels().transpose, call, columns, rows, tile, 1);
            int wrong = 0;
            for (int r = 0; r < columns; ++r)
              for (int c = 0; c < plan::panels_of(rows) * 16; ++c)
                wrong += found.at(r, c) != (c < rows ? x[static_cast<std::size_t>(c * columns + r)] : 0.0f);
            CHECK(wrong == 0);
          }
        }
  });
}

TEST_CASE("sums of columns") {
  for_each_target([] {
    for (const int rows : {1, 3, 4, 5, 8, 127})
      for (const int columns : {1, 16, 17, 33}) {
        INFO(rows << " × " << columns);
        const std::vector<float> x = floats(static_cast<std::size_t>(rows * columns), 1, 0, 1);
        Panels a = Panels::of(rows, columns, x);
        lower::AnchorCall call;
        call.a = a.view();
        call.a_rows = rows;
        call.a_columns = columns;
        Panels found = run_anchor(lower::kernels().column_sum, call, 1, columns, 1, 1);
        double worst = 0;
        for (int c = 0; c < columns; ++c) {
          double sum = 0;
          for (int r = 0; r < rows; ++r) sum += double{x[static_cast<std::size_t>(r * columns + c)]};
          worst = std::max(worst, relative_error(double{found.at(0, c)}, sum));
        }
        CHECK(worst < 1e-5);
      }
  });
}

TEST_CASE("sums of rows, from panel sums") {
  for_each_target([] {
    for (const int rows : {1, 15, 16, 17, 40})
      for (const int columns : {1, 16, 17, 100}) {
        INFO(rows << " × " << columns);
        const int panels = plan::panels_of(columns);
        std::vector<float> sums = floats(static_cast<std::size_t>(rows * panels), 1, 0, 1);
        lower::AnchorCall call;
        call.a = {sums.data(), 1, rows, false};
        call.a_rows = rows;
        call.a_columns = columns;
        for (const int tile : {7, 16, 64}) {
          Panels found = run_anchor(lower::kernels().row_sum, call, rows, 1, tile, 1);
          double worst = 0;
          int padding = 0;
          for (int r = 0; r < rows; ++r) {
            double sum = 0;
            for (int p = 0; p < panels; ++p) sum += double{sums[static_cast<std::size_t>(p * rows + r)]};
            worst = std::max(worst, relative_error(double{found.at(r, 0)}, sum));
            for (int c = 1; c < 16; ++c) padding += found.at(r, c) != 0.0f;
          }
          CHECK(worst < 1e-6);
          CHECK(padding == 0);
        }
      }
  });
}

TEST_CASE("the total of panel sums") {
  for (const int rows : {1, 2, 3, 4, 7, 130}) {
    const int panels = 3;
    std::vector<float> sums = floats(static_cast<std::size_t>(rows * panels), 1, -1, 1);
    double expected = 0;
    for (const float x : sums) expected += double{x};
    CHECK(lower::total_sum({sums.data(), 1, rows, false}, rows, panels) ==
          Approx(expected).epsilon(1e-12).margin(1e-12));
  }
}

TEST_CASE("kernels are those of the chosen target") {
  std::vector<std::string> names;
  for_each_target([&] { names.emplace_back(lower::kernels().target); });
  CHECK(names.size() == hwy::SupportedAndGeneratedTargets().size());
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("the measured peak is a rate") { CHECK(lower::kernels().measure_peak(0.001) > 1e8); }
