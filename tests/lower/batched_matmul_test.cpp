// Products of each sample's matrices, of every SIMD target: against plain loops in double precision, with odd
// sizes and several heads, and the same bits by tiles of any size.
#include <isthmus/lower/program.hpp>

#include "lower/panels.hpp"
#include "support/batched_reference.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <cmath>
#include <cstring>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The three products.
struct Form {
  const char* name;
  bool transpose_a, transpose_b;
};
constexpr Form forms[] = {{"scores", false, true}, {"mixture", false, false}, {"transposed", true, false}};

/// A matrix of all samples, as the reference has it, and as the kernels have it.
struct Operand {
  reference::Array array;
  Panels panels;
  Shape shape;

  Operand(int samples, int rows, int columns, std::uint32_t stream)
      : Operand(samples, rows, columns,
                floats(static_cast<std::size_t>(samples * rows * columns), stream, -1, 1)) {}
  Operand(int samples, int rows, int columns, const std::vector<float>& values)
      : array{{samples, rows, columns}, {values.begin(), values.end()}},
        panels(Panels::of(samples * rows, columns, values)),
        shape(shape_of(batch, rows, columns)) {}
};

/// So many samples of T × S positions, `heads` heads of `size` columns.
struct Product {
  const Form& form;
  int samples, t, s, size, heads;

  int width() const { return heads * size; }
  int rows() const { return form.transpose_b ? heads * t : form.transpose_a ? s : t; }
  int columns() const { return form.transpose_b ? s : width(); }
  Operand left() const {
    return form.transpose_b ? Operand(samples, t, width(), 1) : Operand(samples, heads * t, s, 1);
  }
  Operand right() const { return Operand(samples, form.transpose_a ? t : s, width(), 2); }

  reference::Array expected(const Operand& a, const Operand& b, bool of_sizes) const {
    Node node;
    node.op = Op::batched_matmul;
    node.transpose_a = form.transpose_a;
    node.transpose_b = form.transpose_b;
    node.attribute = Heads{heads};
    reference::Array out{{samples, rows(), columns()}, {}}, x = a.array, y = b.array;
    out.values.resize(static_cast<std::size_t>(samples * rows() * columns()));
    if (of_sizes)
      for (reference::Array* one : {&x, &y})
        for (double& value : one->values) value = std::fabs(value);
    reference::multiply_batched(node, x, y, out);
    return out;
  }

  Panels run(Operand& a, Operand& b, int tile_rows, int tile_panels) const {
    lower::AnchorCall call;
    call.a = a.panels.view();
    call.b = b.panels.view();
    call.shapes[0] = a.shape;
    call.shapes[1] = b.shape;
    call.shapes[3] = shape_of(batch, rows(), columns());
    call.transpose_a = form.transpose_a;
    call.transpose_b = form.transpose_b;
    call.heads = heads;
    return run_anchor(lower::kernels().batched_matmul, call, samples * rows(), columns(), tile_rows, tile_panels);
  }

  /// The largest error, of the sum of the terms' sizes: what a chain of so many roundings may lose.
  double error(Panels found, const Operand& a, const Operand& b) const {
    const reference::Array sums = expected(a, b, false), sizes = expected(a, b, true);
    double worst = 0;
    for (int r = 0; r < samples * rows(); ++r)
      for (int c = 0; c < columns(); ++c) {
        const auto at = static_cast<std::size_t>(r * columns() + c);
        const double off = std::fabs(double{found.at(r, c)} - sums.values[at]);
        worst = std::max(worst, std::isnan(off) ? 1e300 : off / (sizes.values[at] + 1e-30));
      }
    return worst;
  }
};

/// The values of a result, without what fills its last panel.
std::vector<float> values_of(Panels found) {
  std::vector<float> values;
  for (int r = 0; r < found.rows; ++r)
    for (int c = 0; c < found.columns; ++c) values.push_back(found.at(r, c));
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// On every target: right, and of bits that do not depend on the tile, nor on the target where it has FMA.
void check(const Product& product) {
  std::vector<float> fused;
  for_each_target([&] {
    Operand a = product.left(), b = product.right();
    const Panels whole = product.run(a, b, product.samples * product.rows(), plan::panels_of(product.columns()));
    INFO(product.form.name << ", " << product.samples << " samples, T " << product.t << ", S " << product.s << ", "
                           << product.heads << " heads of " << product.size);
    CHECK(product.error(whole, a, b) < 1e-6);
    const std::vector<float> values = values_of(whole);
    for (const int height : {1, 7, 16, 48})
      for (const int panels : {1, 2})
        if (!same_bits(values_of(product.run(a, b, height, panels)), values))
          FAIL_CHECK(height << " × " << panels);
    if (std::string_view(lower::kernels().arithmetic) != "fused") return;
    if (fused.empty()) fused = values;
    CHECK(same_bits(values, fused));
  });
}

}  // namespace

TEST_CASE("products of each sample's matrices, of odd sizes and several heads") {
  for (const Form& form : forms)
    for (const int t : {1, 3, 17})
      for (const int s : {1, 5, 33})
        for (const int size : {1, 5, 16, 33})
          for (const int heads : {1, 2, 3}) check({form, 3, t, s, size, heads});
}

TEST_CASE("products of more rows, columns and terms than a piece or a block has") {
  for (const Form& form : forms) {
    check({form, 2, 150, 20, 16, 2});
    check({form, 1, 20, 150, 7, 3});
    check({form, 1, 5, 18, 530, 1});
    check({form, 1, 5, 18, 300, 2});
    check({form, 2, 16, 16, 32, 4});
  }
}

TEST_CASE("a head does not see what another one holds") {
  // The second head is NaN: the first one's results are numbers.
  for (const Form& form : forms) {
    const Product product{form, 1, 4, 6, 5, 2};
    for_each_target([&] {
      Operand a = product.left(), b = product.right();
      const auto spoil = [](Operand& of, bool is_wide) {
        for (int r = 0; r < of.panels.rows; ++r)
          for (int c = 0; c < of.panels.columns; ++c)
            if (is_wide ? c >= of.panels.columns / 2 : r >= of.panels.rows / 2) of.panels.at(r, c) = NAN;
      };
      spoil(a, form.transpose_b);
      spoil(b, true);
      Panels found = product.run(a, b, product.rows(), 1);
      for (int r = 0; r < product.rows(); ++r)
        for (int c = 0; c < product.columns(); ++c) {
          const bool first = form.transpose_b ? r < product.t : c < product.size;
          CHECK(std::isnan(found.at(r, c)) == !first);
        }
    });
  }
}
