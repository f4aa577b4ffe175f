// Adafactor's update graph against loops written by hand, over several steps.
#include "differentiate/update_graph.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <algorithm>
#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

static_assert(count(update_graph(adafactor{}), Op::assign) == 5 &&
              count(update_graph(adafactor{}), Op::state) == 3);

double mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum / static_cast<double>(values.size());
}
/// Adafactor's step along `direction`, which it bounds.
void move(std::vector<double>& w, const std::vector<double>& direction, double step, double rate) {
  const double scale = std::max(std::sqrt(mean_square(w)), double{1e-3f}) * std::min(rate, 1 / std::sqrt(step));
  const double bound = std::max(1.0, std::sqrt(mean_square(direction)));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] -= scale * direction[i] / bound;
}

}  // namespace

TEST_CASE("Adafactor keeps row and column sums of matrices, and all squares of vectors") {
  const Builder b = update_graph(adafactor{});
  reference::Interpreter graph(b.view(), 1);
  std::vector<double>&weight = graph.named("layer.weight").values, &bias = graph.named("layer.bias").values;
  CHECK(graph.named("layer.weight.rows").values.size() == rows);
  CHECK(graph.named("layer.weight.columns").values.size() == columns);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = uniform(1, i, -1, 1);
  std::vector<double> w = weight, v = bias, of_rows(rows), of_columns(columns), squares(columns);
  for (int step = 1; step <= 7; ++step) {
    const double rate = step < 4 ? 0.05 : 0.5, share = std::pow(step, -double{0.8f});
    std::vector<double>&g = graph.named("g").values, &h = graph.named("h").values;
    // The first row's gradient is zero.
    for (std::size_t i = 0; i < g.size(); ++i)
      g[i] = i < columns ? 0 : uniform(static_cast<std::uint32_t>(10 + step), i, -2, 2);
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = uniform(static_cast<std::uint32_t>(20 + step), i, -2, 2);
    graph.run(step, rate);
    graph.commit();
    for (double& x : of_rows) x *= 1 - share;
    for (double& x : of_columns) x *= 1 - share;
    for (std::size_t i = 0; i < g.size(); ++i) {
      of_rows[i / columns] += share * (g[i] * g[i] + double{1e-30f});
      of_columns[i % columns] += share * (g[i] * g[i] + double{1e-30f});
    }
    double all = 0;
    for (const double x : of_rows) all += x;
    std::vector<double> of_matrix, of_vector;
    for (std::size_t i = 0; i < g.size(); ++i)
      of_matrix.push_back(g[i] / std::sqrt(of_rows[i / columns] / all * of_columns[i % columns]));
    for (std::size_t i = 0; i < h.size(); ++i) {
      squares[i] = (1 - share) * squares[i] + share * (h[i] * h[i] + double{1e-30f});
      of_vector.push_back(h[i] / std::sqrt(squares[i]));
    }
    move(w, of_matrix, step, rate);
    move(v, of_vector, step, rate);
    INFO("step " << step);
    CHECK(largest_error(weight, w, 1e-3) < 1e-6);
    CHECK(largest_error(bias, v, 1e-3) < 1e-6);
  }
}
