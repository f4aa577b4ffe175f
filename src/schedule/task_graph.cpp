#include <isthmus/schedule/task_graph.hpp>

#include <algorithm>
#include <utility>

namespace isthmus::schedule {
namespace {

using plan::Anchor;
using plan::Code;
using plan::Group;
using plan::panel_width;
using plan::PlanView;
using plan::round_up;
using plan::Value;

/// A task should last some microseconds, so that its administration does not show.
constexpr double least_task_flops = 400e3;
/// More tiles than this per group bring no balance, only administration.
constexpr int most_tiles = 16;
constexpr int most_product_tiles = 32;
/// A tile's rows of the left operand stay in the second-level cache: 128 rows of 1,000 columns are half of it.
constexpr int most_rows = 128;
constexpr int least_rows = 32;
/// A tile of a convolution gathers its cells first.
constexpr double least_convolution_flops = 1.5e6;
constexpr double single_channel_cost = 8;
constexpr int few_units = 8;
/// How long a byte is on its way, in operations: what leads to a message is urgent, to a long one more so.
constexpr double byte_flops = 50;
/// What moves a value costs more than the addition that it counts for.
constexpr double copy_flops = 8;
/// A product of so few rows waits for its right operand: a task of it reads at least 100 KB, 1 to 2 µs of a core.
constexpr int few_rows = 2;
constexpr double streamed_flops = 7;

int divide_up(int x, int y) { return (x + y - 1) / y; }

std::int64_t rows_of(const Value& value, int samples) { return plan::value_rows(value, samples); }

Access whole(const PlanView& plan, int value, int samples) {
  const Value& v = plan.values[value];
  return {value, false, 0, rows_of(v, samples), 0, plan::panels_of(v.columns)};
}

/// How an operand is read: the code of the instruction that loads it.
Code load_code(const PlanView& plan, const Group& group, int operand) {
  for (int i = 0; i < group.instructions; ++i) {
    const plan::Instruction& step = plan.instructions[group.first_instruction + i];
    const bool loads = step.code >= Code::load && step.code <= Code::load_scalar;
    if (loads && step.a == operand) return step.code;
  }
  return Code::load_scalar;
}

bool is_image_anchor(Anchor anchor) { return anchor >= Anchor::reshape && anchor <= Anchor::resample; }

/// Rows that a tile must keep together: what one row of cells gives, or a whole image if cells do not divide it.
int row_unit(const PlanView& plan, const Group& group) {
  const Node& node = plan.graph[group.node];
  if (group.anchor == Anchor::conv2d && node.algorithm != Algorithm::narrow) {
    const int block = plan::method_of(node.op, node.algorithm, node.window).block;
    // A pooled row is a row of cells.
    if (node.pooled || block == 1) return node.shape.width();
    return node.shape.height() % block == 0 ? block * node.shape.width() : node.shape.height() * node.shape.width();
  }
  if (group.anchor == Anchor::conv2d_weights) {
    if (node.attribute > 1 || plan.graph[node.inputs[0]].shape.channels() == 1) return group.rows / node.attribute;
    if (node.algorithm == Algorithm::narrow) return panel_width;
    return plan::method_of(Op::conv2d, node.algorithm, node.window).products * panel_width;
  }
  return 1;
}

/// Images are read whole: those of the samples that a tile has rows of.
Access whole_samples(const PlanView& plan, const Group& group, const Task& task, int value, int samples) {
  Access access = whole(plan, value, samples);
  const Value& v = plan.values[value];
  if (!v.has_batch || !group.has_batch) return access;
  access.row_begin = std::int64_t{task.row_begin} / group.rows * v.rows;
  access.row_end = std::min(access.row_end, std::int64_t{divide_up(task.row_end, group.rows)} * v.rows);
  return access;
}

void add_image_accesses(const PlanView& plan, const Group& group, const Task& task, int samples,
                        std::vector<Access>& list) {
  if (group.anchor == Anchor::random) return;
  Access a = whole_samples(plan, group, task, group.a, samples);
  const Node& node = plan.graph[group.node];
  const bool by_channel = group.anchor >= Anchor::max_pool && !node.shape.is_flat();
  if (group.anchor == Anchor::conv2d_weights && node.attribute == 1 && !plan.graph[node.inputs[0]].shape.is_flat()) {
    a.panel_begin = task.row_begin / row_unit(plan, group);
    a.panel_end = divide_up(task.row_end, row_unit(plan, group));
  }
  if (by_channel || (group.anchor == Anchor::conv2d_restore && node.algorithm != Algorithm::narrow)) {
    a.panel_begin = task.panel_begin;
    a.panel_end = task.panel_end;
  }
  list.push_back(a);
  if (group.b < 0) return;
  Access b = whole_samples(plan, group, task, group.b, samples);
  if ((group.anchor == Anchor::conv2d || group.anchor == Anchor::conv2d_weights || by_channel) &&
      node.algorithm != Algorithm::narrow) {
    b.panel_begin = task.panel_begin;
    b.panel_end = task.panel_end;
  }
  list.push_back(b);
  if (group.c < 0) return;
  b.value = group.c;
  list.push_back(b);
}

void add_anchor_accesses(const PlanView& plan, const Group& group, const Task& task, int samples,
                         std::vector<Access>& list) {
  if (group.anchor == Anchor::rows) {
    for (const int value : {group.a, group.b, group.c}) {
      if (value < 0) continue;
      Access access = whole(plan, value, samples);
      const Value& v = plan.values[value];
      if (v.has_batch || v.rows > 1) {  // A single row serves all.
        access.row_begin = task.row_begin;
        access.row_end = task.row_end;
      }
      list.push_back(access);
    }
    return;
  }
  if (group.a >= 0) {
    Access a = whole(plan, group.a, samples);
    switch (group.anchor) {
      case Anchor::matmul:
        if (group.transpose_a) {
          a.panel_begin = task.row_begin / panel_width;
          a.panel_end = divide_up(task.row_end, panel_width);
        } else {
          a.row_begin = task.row_begin;
          a.row_end = task.row_end;
        }
        break;
      case Anchor::transpose:
        a.panel_begin = task.row_begin / panel_width;
        a.panel_end = divide_up(task.row_end, panel_width);
        a.row_begin = std::int64_t{task.panel_begin} * panel_width;
        a.row_end = std::min(a.row_end, std::int64_t{task.panel_end} * panel_width);
        break;
      case Anchor::column_sum:
        a.panel_begin = task.panel_begin;
        a.panel_end = task.panel_end;
        break;
      case Anchor::row_sum:
        a.row_begin = task.row_begin;
        a.row_end = task.row_end;
        break;
      default: break;
    }
    list.push_back(a);
  }
  if (group.b >= 0) {
    Access b = whole(plan, group.b, samples);
    b.panel_begin = task.panel_begin;
    b.panel_end = task.panel_end;
    list.push_back(b);
  }
}

bool overlap(const Access& x, const Access& y) {
  return x.row_begin < y.row_end && y.row_begin < x.row_end && x.panel_begin < y.panel_end &&
         y.panel_begin < x.panel_end;
}

/// The tasks of an all_reduce touch all of its operands and results. Its bytes are waited for between the two.
void add_reduction(const PlanView& plan, int g, TaskGraph& graph) {
  const Group& group = plan.groups[g];
  double bytes = 0;
  for (int o = 0; o < group.operands; ++o)
    bytes += static_cast<double>(plan::value_bytes(plan.values[plan.operands[group.first_operand + o]], 1));
  const int panels = plan::panels_of(group.columns);
  graph.tasks.push_back({g, 0, group.rows, 0, panels, 0, Reduction::start});
  graph.tasks.push_back({g, 0, group.rows, 0, panels, bytes * byte_flops, Reduction::end});
}

void add_tiles(const PlanView& plan, int g, int max_batch, TaskGraph& graph) {
  const Group& group = plan.groups[g];
  if (group.anchor == Anchor::all_reduce) return add_reduction(plan, g, graph);
  const int rows = group.rows * (group.has_batch ? max_batch : 1);
  const int panels = plan::panels_of(group.columns);
  const Cut cut = cut_group(plan, group, max_batch);
  const double per_cell = plan::group_flops(plan, group, max_batch) / (static_cast<double>(rows) * panels);
  for (int r = 0; r < rows; r += cut.rows)
    for (int p = 0; p < panels; p += cut.panels) {
      Task task{g, r, std::min(r + cut.rows, rows), p, std::min(p + cut.panels, panels), 0, Reduction::none};
      task.cost = per_cell * (task.row_end - task.row_begin) * (task.panel_end - task.panel_begin);
      graph.tasks.push_back(task);
    }
}

}  // namespace

std::vector<Access> accesses(const PlanView& plan, const Task& task, int samples) {
  std::vector<Access> list;
  if (task.group < 0) return list;
  const Group& group = plan.groups[task.group];
  if (task.reduction == Reduction::start) {
    for (int o = 0; o < group.operands; ++o)
      list.push_back(whole(plan, plan.operands[group.first_operand + o], samples));
    return list;
  }
  if (task.reduction == Reduction::end) {
    for (int r = 0; r < group.results; ++r) {
      list.push_back(whole(plan, plan.results[group.first_result + r].value, samples));
      list.back().writes = true;
    }
    return list;
  }
  if (is_image_anchor(group.anchor)) add_image_accesses(plan, group, task, samples, list);
  else add_anchor_accesses(plan, group, task, samples, list);
  const Access tile{-1, false, task.row_begin, task.row_end, task.panel_begin, task.panel_end};
  for (int o = 0; o < group.operands; ++o) {
    Access access = tile;
    access.value = plan.operands[group.first_operand + o];
    const Code code = group.anchor == Anchor::scalar ? Code::load_scalar : load_code(plan, group, o);
    const Value& value = plan.values[access.value];
    // A single element is a column of one row.
    if (value.rows == 1 && !value.has_batch) access.row_begin = 0, access.row_end = 1;
    if (code == Code::load_column) access.panel_begin = 0, access.panel_end = 1;
    if (code == Code::load_scalar) access = whole(plan, access.value, samples);
    list.push_back(access);
  }
  for (int r = 0; r < group.results; ++r) {
    Access access = tile;
    access.value = plan.results[group.first_result + r].value;
    access.writes = true;
    list.push_back(access);
  }
  return list;
}

namespace {

/// Convolutions: cells are gathered for each tile, so tiles of few panels gather again what others have, and rows
/// (samples) are cut first. Where there are few rows, panels are: their tiles are equally large.
Cut cut_convolution(const PlanView& plan, const Group& group, int rows, int panels, double work) {
  const Node& node = plan.graph[group.node];
  const int unit = row_unit(plan, group);
  const int units = divide_up(rows, unit);
  const bool gradient = group.anchor == Anchor::conv2d_weights;
  if (gradient && node.attribute > 1) return {unit, panels};
  // Single channels leave most lanes empty, or are gathered value by value.
  if (node.algorithm == Algorithm::narrow || plan.graph[node.inputs[0]].shape.is_flat()) work *= single_channel_cost;
  const int wanted = std::clamp(static_cast<int>(work / least_convolution_flops), 1, most_product_tiles);
  const int most_panel_tiles = std::clamp(divide_up(panels, 2), 1, 4);
  int panel_tiles = 1, row_tiles = std::min(wanted, units);
  if (gradient || units < few_units) {
    panel_tiles = std::min(wanted, most_panel_tiles);
    row_tiles = std::clamp(wanted / panel_tiles, 1, units);
  }
  return {std::min(rows, divide_up(units, row_tiles) * unit),
          std::min(panels, round_up(divide_up(panels, panel_tiles), 2))};
}

}  // namespace

namespace {

/// Products that round their operands: a tile rounds its rows of the left one and its panels of the right one
/// anew, so the squarest tile rounds least.
Cut cut_rounded_product(int rows, int panels, int wanted) {
  Cut best{rows, panels};
  double least = 0;
  for (int row_tiles = divide_up(rows, most_rows); row_tiles <= divide_up(rows, panel_width); ++row_tiles) {
    const int tile_rows = std::min(rows, round_up(divide_up(rows, row_tiles), panel_width));
    const int panel_tiles = std::clamp(divide_up(wanted, divide_up(rows, tile_rows)), 1, divide_up(panels, 2));
    const int tile_panels = std::min(panels, round_up(divide_up(panels, panel_tiles), 2));
    const double rounded_each = 1.0 / tile_rows + 1.0 / (tile_panels * panel_width);
    if (least != 0 && rounded_each >= least) continue;
    least = rounded_each;
    best = {tile_rows, tile_panels};
  }
  return best;
}

}  // namespace

Cut cut_group(const PlanView& plan, const Group& group, int max_batch) {
  const int rows = group.rows * (group.has_batch ? max_batch : 1);
  const int panels = plan::panels_of(group.columns);
  if (group.anchor == Anchor::scalar || group.anchor == Anchor::total_sum) return {rows, panels};
  const bool product = group.anchor == Anchor::matmul;
  double work = plan::group_flops(plan, group, max_batch);
  if (group.anchor == Anchor::conv2d || group.anchor == Anchor::conv2d_weights)
    return cut_convolution(plan, group, rows, panels, work);
  if (group.anchor == Anchor::rows) {
    const int tiles = std::clamp(static_cast<int>(work / least_task_flops), 1, most_tiles);
    return {std::min(rows, round_up(divide_up(rows, tiles), panel_width)), panels};
  }
  // All products of a block of rows are written together.
  if (group.anchor == Anchor::conv2d_pack) return {rows, std::min(panels, 2)};
  if (!product) work *= copy_flops;
  if (product && rows <= few_rows) work *= streamed_flops;
  const int most = product ? most_product_tiles : most_tiles;
  const int wanted = std::clamp(static_cast<int>(work / least_task_flops), 1, most);
  if (product && plan.precision != Precision::fp32) return cut_rounded_product(rows, panels, wanted);
  // Only a product reads its left operand's rows again, for each pair of panels.
  const int most_row_tiles = product ? divide_up(rows, least_rows) : std::min(most, divide_up(rows, least_rows));
  int row_tiles = std::clamp(wanted, std::min(most_row_tiles, divide_up(rows, most_rows)), most_row_tiles);
  // Whole panels of the left operand, so that no cache line is shared between tiles.
  const int tile_rows = std::min(rows, round_up(divide_up(rows, row_tiles), panel_width));
  row_tiles = divide_up(rows, tile_rows);
  const int panel_tiles = std::clamp(divide_up(wanted, row_tiles), 1, divide_up(panels, 2));
  return {tile_rows, std::min(panels, round_up(divide_up(panels, panel_tiles), 2))};
}

void link(TaskGraph& graph, std::vector<std::pair<int, int>> edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  const auto count = graph.tasks.size();
  graph.first_successor.assign(count + 1, 0);
  graph.predecessors.assign(count, 0);
  graph.successors.clear();
  for (const auto& [before, after] : edges) {
    ++graph.first_successor[static_cast<std::size_t>(before) + 1];
    ++graph.predecessors[static_cast<std::size_t>(after)];
    graph.successors.push_back(after);
  }
  for (std::size_t i = 0; i < count; ++i) graph.first_successor[i + 1] += graph.first_successor[i];
}

TaskGraph renumber(const TaskGraph& graph, std::span<const int> order) {
  std::vector<int> place(order.size(), 0);
  TaskGraph sorted;
  for (const int t : order) {
    place[static_cast<std::size_t>(t)] = sorted.size();
    sorted.tasks.push_back(graph.tasks[static_cast<std::size_t>(t)]);
  }
  std::vector<std::pair<int, int>> edges;
  for (int t = 0; t < graph.size(); ++t)
    for (const int s : graph.successors_of(t))
      edges.emplace_back(place[static_cast<std::size_t>(t)], place[static_cast<std::size_t>(s)]);
  link(sorted, std::move(edges));
  return sorted;
}

TaskGraph make_task_graph(const PlanView& plan, const plan::MemoryPlan& memory, int max_batch) {
  TaskGraph graph;
  std::vector<int> first_task;
  for (int g = 0; g < plan.group_count; ++g) {
    first_task.push_back(graph.size());
    if (!plan.groups[g].prepares) add_tiles(plan, g, max_batch, graph);
  }
  first_task.push_back(graph.size());
  struct Touch {
    int task;
    Access access;
  };
  std::vector<std::vector<Touch>> readers(static_cast<std::size_t>(plan.value_count));
  std::vector<std::vector<Touch>> writers(static_cast<std::size_t>(plan.value_count));
  for (int t = 0; t < graph.size(); ++t)
    for (const Access& access : accesses(plan, graph.tasks[static_cast<std::size_t>(t)], max_batch))
      (access.writes ? writers : readers)[static_cast<std::size_t>(access.value)].push_back({t, access});
  std::vector<std::pair<int, int>> edges;
  for (int t = 1; t < graph.size(); ++t)
    if (graph.tasks[static_cast<std::size_t>(t)].reduction == Reduction::end) edges.emplace_back(t - 1, t);
  for (int v = 0; v < plan.value_count; ++v) {
    if (plan.values[v].storage == plan::Storage::prepared) continue;
    // A value that exists before the run is read first and overwritten after.
    const bool exists = plan.values[v].producer < 0;
    for (const Touch& w : writers[static_cast<std::size_t>(v)])
      for (const Touch& r : readers[static_cast<std::size_t>(v)]) {
        if (w.task == r.task || !overlap(w.access, r.access)) continue;
        edges.push_back(exists ? std::pair{r.task, w.task} : std::pair{w.task, r.task});
      }
  }
  // Bytes that two values share: one join for each group that has to wait.
  for (int after = 0; after < plan.group_count; ++after) {
    int join = -1;
    for (const plan::Edge& edge : memory.edges) {
      if (edge.after != after) continue;
      if (join < 0) {
        join = graph.size();
        graph.tasks.push_back(Task{});
        for (int t = first_task[static_cast<std::size_t>(after)];
             t < first_task[static_cast<std::size_t>(after) + 1]; ++t)
          edges.push_back({join, t});
      }
      for (int t = first_task[static_cast<std::size_t>(edge.before)];
           t < first_task[static_cast<std::size_t>(edge.before) + 1]; ++t)
        edges.push_back({t, join});
    }
  }
  link(graph, std::move(edges));
  return graph;
}

}  // namespace isthmus::schedule
