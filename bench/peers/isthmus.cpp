// Isthmus' matrix products alone, beside those of the peers: the kernel and the executor that models run with, the
// tiles that a plan would cut for this shape, and operands where a plan lays them, in panels of sixteen columns.
// `matmul 784x512 BATCH` is X [BATCH, 784] times W [784, 512], `matmul_t 784x512 BATCH` the gradient of W,
// X transposed times dY [BATCH, 512].
#include <isthmus/run/executor.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <oneapi/tbb/task_arena.h>

#include <cstring>

#include "../kernels/panels.hpp"
#include "measure.hpp"

namespace {

using namespace isthmus;

struct Product {
  int rows = 0, inner = 0, columns = 0;
  bool transposed = false;
};

/// The tiles of this product in a model's plan: no task waits for another.
schedule::TaskGraph tasks_of(const Product& product) {
  plan::Value a;
  a.rows = product.transposed ? product.inner : product.rows;
  a.columns = product.transposed ? product.rows : product.inner;
  plan::Group group;
  group.anchor = plan::Anchor::matmul;
  group.transpose_a = product.transposed;
  group.rows = product.rows;
  group.columns = product.columns;
  group.a = group.node = 0;
  const Node node;
  plan::PlanView plan;
  plan.graph = {&node, 1};
  plan.values = &a;
  plan.value_count = 1;
  const schedule::Cut cut = schedule::cut_group(plan, group, 1);
  const int panels = plan::panels_of(product.columns);
  schedule::TaskGraph graph;
  for (int r = 0; r < product.rows; r += cut.rows)
    for (int p = 0; p < panels; p += cut.panels)
      graph.tasks.push_back({0, r, std::min(r + cut.rows, product.rows), p, std::min(p + cut.panels, panels), 0,
                             schedule::Reduction::none});
  schedule::link(graph, {});
  return graph;
}

/// Stores a tile that the kernel does not write by itself, as a model without bias and activation would do.
void store(const lower::FusedCall& call, const lower::Tile& tile) {
  const lower::View& to = call.results[0];
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    std::memcpy(to.data + tile.row_begin * to.row_stride + p * to.panel_stride,
                call.accumulator + (p - tile.panel_begin) * call.accumulator_panel_stride,
                static_cast<std::size_t>(tile.row_end - tile.row_begin) * plan::panel_width * sizeof(float));
}

std::string version() { return std::string("Isthmus, ") + lower::kernels().target; }

double measure(const peers::Case& asked) {
  const auto [inner, columns] = peers::product_shape(asked);
  Product product{asked.batch, inner, columns, asked.model == "matmul_t"};
  if (product.transposed) std::swap(product.rows, product.inner);
  else if (asked.model != "matmul") throw peers::unknown(asked);
  const bench::Matrix a(asked.batch, inner), b(product.inner, columns), result(product.rows, columns);
  const lower::View to = result.view();
  lower::AnchorCall call;
  call.a = a.view();
  call.b = b.view();
  call.a_rows = asked.batch;
  call.a_columns = inner;
  call.transpose_a = product.transposed;
  call.fused = &store;
  call.call.results = &to;
  call.call.columns = columns;
  call.stores_alone = true;
  run::Executor executor(tasks_of(product));
  auto body = [&](int t) {
    const schedule::Task& task = executor.graph().tasks[static_cast<std::size_t>(t)];
    lower::kernels().matmul(call, {task.row_begin, task.row_end, task.panel_begin, task.panel_end});
  };
  const run::TaskBody tasks{[](void* context, int t) noexcept { (*static_cast<decltype(body)*>(context))(t); },
                            &body};
  const auto step = [&] { executor.run(tasks, {}, asked.threads); };
  tbb::task_arena arena(asked.threads);
  return arena.execute([&] { return peers::median_ms(asked.seconds, step); });
}

}  // namespace

int main(int argc, char** argv) { return peers::run(argc, argv, version, measure); }
