// Sparse rows and their products, for every SIMD target: against plain loops in double precision, and the same
// bits on all targets.
#include <isthmus/lower/program.hpp>

#include "lower/panels.hpp"
#include "support/numbers.hpp"
#include "support/sparse_reference.hpp"
#include "support/special_values.hpp"
#include "support/targets.hpp"

#include <bit>
#include <cstring>
#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();

/// A matrix as the reference has it, and as the kernels have it.
struct Operand {
  reference::Array array;
  Panels panels;

  Operand(int rows, int columns, const std::vector<float>& values)
      : array{{rows, columns}, {values.begin(), values.end()}}, panels(Panels::of(rows, columns, values)) {}
};

/// One operation of so many rows and columns of its result, with its operands.
struct Case {
  Op op;
  std::vector<Operand> operands;
  int rows, columns;
  bool transposed = false;

  reference::Array expected() const {
    Node node;
    node.op = op;
    node.transpose_a = transposed;
    reference::Array out{{rows, columns}, {}};
    out.values.resize(static_cast<std::size_t>(rows * columns));
    const auto operand = [this](std::size_t k) { return operands[k < operands.size() ? k : 0].array; };
    reference::apply_sparse_operation(node, operand(0), operand(1), operand(2), out);
    return out;
  }

  Panels run(lower::Kernel kernel, int tile_rows, int tile_panels) {
    lower::AnchorCall call;
    lower::View* const views[] = {&call.a, &call.b, &call.c};
    for (std::size_t k = 0; k < operands.size(); ++k) {
      *views[k] = operands[k].panels.view();
      call.shapes[k] = shape_of(operands[k].panels.rows, operands[k].panels.columns);
    }
    call.shapes[3] = shape_of(rows, columns);
    call.a_rows = operands[0].panels.rows;
    call.a_columns = operands[0].panels.columns;
    call.transpose_a = transposed;
    return run_anchor(kernel, call, rows, columns, tile_rows, tile_panels);
  }
};

bool same_bits(const Panels& a, const Panels& b) {
  return std::memcmp(a.data.data(), b.data.data(), a.data.size() * sizeof(float)) == 0;
}

/// The result of one pointer of lower::Kernels on every target, by tiles of several sizes: within `bound` of the
/// reference, and of the same bits.
void check(Case one, lower::Kernel lower::Kernels::* kernel, double bound, int least_tile_rows = 1) {
  const reference::Array expected = one.expected();
  std::vector<Panels> all;
  std::string arithmetic;
  for_each_target([&] {
    const int panels = plan::panels_of(one.columns);
    Panels found = one.run(lower::kernels().*kernel, one.rows, panels);
    double worst = 0;
    for (int r = 0; r < one.rows; ++r)
      for (int c = 0; c < one.columns; ++c) {
        const double wanted = expected.values[static_cast<std::size_t>(r * one.columns + c)];
        const double got = double{found.at(r, c)};
        if (std::isnan(wanted) && std::isnan(got)) continue;
        worst = std::max(worst, wanted == got ? 0 : std::isfinite(wanted) ? std::abs(wanted - got) : 1e300);
      }
    CHECK(worst <= bound);
    const bool whole_rows = one.op == Op::top_k || one.op == Op::sparse_gather || one.op == Op::sampled_matmul;
    CHECK(same_bits(one.run(lower::kernels().*kernel, least_tile_rows, whole_rows ? panels : 1), found));
    CHECK(same_bits(one.run(lower::kernels().*kernel, 32, whole_rows ? panels : 2), found));
    const std::string own = lower::kernels().arithmetic;
    if (all.empty()) arithmetic = own;
    // Where nothing is rounded, targets without fused multiply-add have the same bits as well.
    if (bound == 0 || own == arithmetic) all.push_back(found);
    CHECK(same_bits(all.front(), bound == 0 || own == arithmetic ? found : all.front()));
  });
}

std::vector<float> random_rows(int rows, int columns, std::uint32_t stream) {
  return floats(static_cast<std::size_t>(rows * columns), stream, -1, 1);
}

/// Sparse rows of a row of n: values, and ascending columns.
std::vector<float> sparse_rows(int rows, int k, int n, std::uint32_t stream) {
  std::vector<float> all;
  const std::vector<float> order = random_rows(rows, n, stream), values = random_rows(rows, k, stream + 1);
  for (int r = 0; r < rows; ++r) {
    const std::vector<double> row(order.begin() + r * n, order.begin() + (r + 1) * n);
    all.insert(all.end(), values.begin() + r * k, values.begin() + (r + 1) * k);
    for (const std::size_t place :
         reference::largest_places(row.data(), static_cast<std::size_t>(n), static_cast<std::size_t>(k)))
      all.push_back(static_cast<float>(place));
  }
  return all;
}

void check_top_k(int rows, int n, int k, const std::vector<float>& values) {
  INFO(rows << " rows of " << n << ", the " << k << " largest");
  check({Op::top_k, {Operand(rows, n, values)}, rows, 2 * k}, &lower::Kernels::top_k, 0);
}

}  // namespace

TEST_CASE("the largest of rows of every size") {
  for (const int rows : {1, 3, 16, 17, 40})
    for (const int n : {1, 5, 16, 17, 48, 333})
      for (const int k : {1, 5, 16, 40, 333})
        if (k <= n) check_top_k(rows, n, k, random_rows(rows, n, static_cast<std::uint32_t>(n + k)));
}

TEST_CASE("the largest of long rows: rising, falling, and in pieces") {
  constexpr int n = 5000;
  std::vector<float> rising, falling, saw;
  for (int i = 0; i < n; ++i) {
    rising.push_back(static_cast<float>(i));
    falling.push_back(static_cast<float>(-i));
    saw.push_back(static_cast<float>(i % 97));
  }
  for (const std::vector<float>& row : {rising, falling, saw})
    for (const int k : {1, 32, 700}) check_top_k(1, n, k, row);
}

TEST_CASE("of equal values the first are kept") {
  check_top_k(2, 100, 7, std::vector<float>(200, 0.5f));
  std::vector<float> zeros(200);  // of either sign
  for (std::size_t i = 0; i < zeros.size(); i += 3) zeros[i] = -0.0f;
  check_top_k(2, 100, 7, zeros);
}

TEST_CASE("infinities and NaN in rows: a NaN is the largest") {
  std::vector<float> row = random_rows(1, 60, 3);
  row[7] = infinity;
  row[9] = -infinity;
  check_top_k(1, 60, 5, row);
  row[40] = row[3] = not_a_number;
  check_top_k(1, 60, 1, row);
  check_top_k(1, 60, 5, row);
  check_top_k(1, 60, 60, row);
  check_top_k(1, 70, 3, std::vector<float>(70, not_a_number));
  check_top_k(1, 70, 3, std::vector<float>(70, -infinity));
}

TEST_CASE("sparse rows are put into rows, and values taken from them") {
  for (const int rows : {1, 17})
    for (const int n : {6, 16, 33, 4500})
      for (const int k : {1, 5, 6}) {
        INFO(rows << " rows of " << n << ", " << k << " values");
        const Operand sparse(rows, 2 * k, sparse_rows(rows, k, n, 5)), dense(rows, n, random_rows(rows, n, 8));
        check({Op::sparse_scatter, {sparse, sparse}, rows, n}, &lower::Kernels::sparse_scatter, 0);
        check({Op::sparse_gather, {dense, sparse}, rows, 2 * k}, &lower::Kernels::sparse_gather, 0);
      }
}

TEST_CASE("products with sparse rows of odd sizes") {
  for (const int rows : {1, 5, 70})
    for (const int n : {6, 16, 50, 200})
      for (const int m : {1, 16, 33, 80})
        for (const int k : {1, 5, 6}) {
          INFO(rows << " rows, " << k << " of " << n << ", " << m << " columns");
          const Operand sparse(rows, 2 * k, sparse_rows(rows, k, n, 5)), weights(n, m, random_rows(n, m, 8)),
              dense(rows, m, random_rows(rows, m, 9));
          check({Op::sparse_matmul, {sparse, weights, sparse}, rows, m}, &lower::Kernels::sparse_matmul, 2e-6);
          check({Op::sampled_matmul, {dense, weights, sparse}, rows, 2 * k}, &lower::Kernels::sampled_matmul,
                1e-5);
          check({Op::sparse_outer, {sparse, dense, sparse}, n, m}, &lower::Kernels::sparse_outer, 1e-5, 16);
          check({Op::sparse_outer, {sparse, dense, sparse}, m, n, true}, &lower::Kernels::sparse_outer, 1e-5, 16);
        }
}

TEST_CASE("gradients beside more sparse values than are looked up at once") {
  constexpr int rows = 700, k = 40, m = 33;
  for (const int n : {45, 300}) {
    INFO(n << " columns");
    const Operand sparse(rows, 2 * k, sparse_rows(rows, k, n, 5)), dense(rows, m, random_rows(rows, m, 9));
    check({Op::sparse_outer, {sparse, dense, sparse}, n, m}, &lower::Kernels::sparse_outer, 1e-4, 16);
    check({Op::sparse_outer, {sparse, dense, sparse}, m, n, true}, &lower::Kernels::sparse_outer, 1e-4, 16);
  }
}

TEST_CASE("columns that there are not are left out, those that come twice add up") {
  // Four values each: the columns 20, -1, NaN and 3 of a row of 20; and 3, 3, infinity and 2.
  const std::vector<float> rows{1, 2, 3, 4, 20, -1, not_a_number, 3, 1, 2, 3, 4, 3, 3, infinity, 2};
  const Operand sparse(2, 8, rows), weights(20, 17, random_rows(20, 17, 1)), dense(2, 17, random_rows(2, 17, 2)),
      wide(2, 20, random_rows(2, 20, 4));
  check({Op::sparse_scatter, {sparse, sparse}, 2, 20}, &lower::Kernels::sparse_scatter, 0);
  check({Op::sparse_gather, {wide, sparse}, 2, 8}, &lower::Kernels::sparse_gather, 0);
  check({Op::sparse_matmul, {sparse, weights, sparse}, 2, 17}, &lower::Kernels::sparse_matmul, 1e-5);
  check({Op::sampled_matmul, {dense, weights, sparse}, 2, 8}, &lower::Kernels::sampled_matmul, 1e-5);
  check({Op::sparse_outer, {sparse, dense, sparse}, 20, 17}, &lower::Kernels::sparse_outer, 1e-5, 16);
  check({Op::sparse_outer, {sparse, dense, sparse}, 17, 20, true}, &lower::Kernels::sparse_outer, 1e-5, 16);
}

TEST_CASE("a product with sparse rows has the bits of the product with zeros") {
  constexpr int rows = 9, n = 100, m = 40, k = 7;
  const Operand sparse(rows, 2 * k, sparse_rows(rows, k, n, 5)), weights(n, m, random_rows(n, m, 8)),
      dense(rows, m, random_rows(rows, m, 9));
  for_each_target([&] {
    const lower::Kernels& kernels = lower::kernels();
    Panels scattered = Case{Op::sparse_scatter, {sparse, sparse}, rows, n}.run(kernels.sparse_scatter, rows, 7);
    std::vector<float> values;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < n; ++c) values.push_back(scattered.at(r, c));
    const Operand whole(rows, n, values);
    CHECK(
        same_bits(Case{Op::sparse_matmul, {sparse, weights, sparse}, rows, m}.run(kernels.sparse_matmul, rows, 3),
                  Case{Op::matmul, {whole, weights}, rows, m}.run(kernels.matmul, rows, 3)));
    Case transposed{Op::matmul, {whole, dense}, n, m, true};
    CHECK(same_bits(Case{Op::sparse_outer, {sparse, dense, sparse}, n, m}.run(kernels.sparse_outer, n, 3),
                    transposed.run(kernels.matmul, n, 3)));
  });
}
