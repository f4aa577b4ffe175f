// Recurrences and their gradients for every SIMD target: against plain loops in double precision, of sizes that
// fill panels and blocks of samples and of sizes that do not, whole and by tiles of one sample.
#include <isthmus/lower/program.hpp>

#include "lower/panels.hpp"
#include "support/numbers.hpp"
#include "support/recurrence_reference.hpp"
#include "support/targets.hpp"

#include <cstring>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

struct Sizes {
  RecurrentCell cell;
  int samples, steps, units;
  bool reversed = false, has_bias = false;

  CellFacts facts() const { return facts_of(cell); }
  int columns() const { return facts().gates * units; }
  Node node(Op op) const {
    Node made;
    made.op = op;
    made.attribute = cell;
    made.reversed = reversed;
    return made;
  }
};

struct Matrix {
  reference::Array array;
  Panels panels;

  Matrix(std::vector<int> dims, const std::vector<float>& values)
      : array{dims, {values.begin(), values.end()}},
        panels(Panels::of(static_cast<int>(values.size()) / dims.back(), dims.back(), values)) {}
};

Matrix random_matrix(std::vector<int> dims, std::uint32_t stream, double scale = 1) {
  return Matrix(dims, floats(reference::count_of(dims), stream, -scale, scale));
}

lower::AnchorCall call_of(const Sizes& of, Matrix& a, Matrix& b, Matrix* c, Shape third, Shape result) {
  lower::AnchorCall call;
  call.a = a.panels.view();
  call.b = b.panels.view();
  if (c != nullptr) call.c = c->panels.view();
  call.shapes[0] = shape_of(batch, a.array.dims[1], a.array.dims[2]);
  call.shapes[2] = third;
  call.shapes[3] = result;
  call.samples = of.samples;
  call.cell = of.cell;
  call.reversed = of.reversed;
  return call;
}

/// The largest error of a kernel's result on every target, whose bits do not depend on the tiles nor on the
/// target.
double worst_error(const Sizes& of, lower::Kernel lower::Kernels::* kernel, const lower::AnchorCall& call,
                   const reference::Array& expected, int parts) {
  const int rows = of.samples * parts * of.steps, columns = expected.dims.back();
  const int panels = plan::panels_of(columns);
  double worst = 0;
  std::vector<float> first;
  std::string arithmetic;
  for_each_target([&] {
    Panels found = run_anchor(lower::kernels().*kernel, call, rows, columns, rows, panels);
    Panels by_sample = run_anchor(lower::kernels().*kernel, call, rows, columns, parts * of.steps, panels);
    CHECK(std::memcmp(found.data.data(), by_sample.data.data(), found.data.size() * sizeof(float)) == 0);
    bool pads_are_zero = true;
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c)
        worst = std::max(
            worst, std::abs(expected.values[static_cast<std::size_t>(r * columns + c)] - double{found.at(r, c)}));
      for (int c = columns; c < panels * plan::panel_width; ++c)
        pads_are_zero = pads_are_zero && found.at(r, c) == 0;
    }
    CHECK(pads_are_zero);
    const std::string own = lower::kernels().arithmetic;
    if (first.empty()) first = found.data, arithmetic = own;
    if (own == arithmetic) CHECK(std::memcmp(first.data(), found.data.data(), first.size() * sizeof(float)) == 0);
  });
  return worst;
}

void check(const Sizes& of) {
  INFO((of.cell == RecurrentCell::lstm ? "lstm " : "gru ")
       << of.units << ", " << of.samples << " samples of " << of.steps << " steps"
       << (of.reversed ? ", reversed" : "") << (of.has_bias ? ", with a bias" : ""));
  const CellFacts facts = of.facts();
  Matrix p = random_matrix({of.samples, of.steps, of.columns()}, 1, 2);
  Matrix u = random_matrix({of.units, of.columns()}, 2, 1 / std::sqrt(of.units));
  Matrix bias = random_matrix({of.columns()}, 3);
  reference::Array trace = reference::zeros({of.samples, facts.traced * of.steps, of.units});
  reference::apply_recurrence(of.node(Op::recurrence), p.array, u.array, of.has_bias ? &bias.array : nullptr,
                              trace);
  const Shape traced = shape_of(batch, facts.traced * of.steps, of.units);
  const lower::AnchorCall forward =
      call_of(of, p, u, of.has_bias ? &bias : nullptr, shape_of(of.columns()), traced);
  CHECK(worst_error(of, &lower::Kernels::recurrence, forward, trace, facts.traced) < 2e-6);

  Matrix seen(trace.dims, {trace.values.begin(), trace.values.end()});
  Matrix turned = random_matrix({of.columns(), of.units}, 4, 1 / std::sqrt(of.columns()));
  Matrix gradient = random_matrix({of.samples, of.steps, of.units}, 5);
  reference::Array expected = reference::zeros({of.samples, facts.gradients * of.steps, of.columns()});
  reference::apply_recurrence(of.node(Op::recurrence_gradient), seen.array, turned.array, &gradient.array,
                              expected);
  const lower::AnchorCall backward = call_of(of, seen, turned, &gradient, shape_of(batch, of.steps, of.units),
                                             shape_of(batch, facts.gradients * of.steps, of.columns()));
  CHECK(worst_error(of, &lower::Kernels::recurrence_gradient, backward, expected, facts.gradients) < 1e-5);
}

}  // namespace

TEST_CASE("recurrences of every size") {
  for (const RecurrentCell cell : {RecurrentCell::lstm, RecurrentCell::gru})
    for (const int units : {1, 5, 16, 17, 33, 48})
      for (const int steps : {1, 2, 7})
        for (const int samples : {1, 3, 16, 70}) check({cell, samples, steps, units});
}

TEST_CASE("recurrences from the last step to the first, and with a bias of their products") {
  for (const RecurrentCell cell : {RecurrentCell::lstm, RecurrentCell::gru})
    for (const int units : {5, 32}) {
      check({cell, 3, 7, units, true, false});
      check({cell, 19, 4, units, false, true});
      check({cell, 2, 5, units, true, true});
    }
}

TEST_CASE("a recurrence of so many units that few samples fit into a block") {
  check({RecurrentCell::lstm, 9, 2, 1600});
}
