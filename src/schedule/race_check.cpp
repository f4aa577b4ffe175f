#include <isthmus/schedule/race_check.hpp>
#include <isthmus/schedule/rank.hpp>

#include <algorithm>
#include <numeric>

namespace isthmus::schedule {
namespace {

/// A run of bytes that one task touches. Scalars live beside the arena: they get negative addresses.
struct Span {
  std::int64_t begin, end;
  int task;
  bool writes;
};

void add_spans(const plan::PlanView& plan, const plan::MemoryPlan& memory, const Access& access, int task,
               int max_batch, std::vector<Span>& spans) {
  const plan::Value& value = plan.values[access.value];
  const std::int64_t offset = memory.offset[static_cast<std::size_t>(access.value)];
  if (offset < 0) {
    const std::int64_t address = -64 * (std::int64_t{access.value} + 1);
    if (value.storage == plan::Storage::scalar) spans.push_back({address, address + 8, task, access.writes});
    return;
  }
  const std::int64_t rows = plan::value_rows(value, max_batch);
  const std::int64_t row_bytes = value.panel_sums ? 4 : 4 * plan::panel_width;
  const std::int64_t panel_bytes = value.panel_sums ? 4 * rows : row_bytes * plan::panel_rows(rows);
  for (int p = access.panel_begin; p < access.panel_end; ++p) {
    const std::int64_t panel = offset + p * panel_bytes;
    spans.push_back(
        {panel + access.row_begin * row_bytes, panel + access.row_end * row_bytes, task, access.writes});
  }
}

/// reach[t] has a bit for every task that a path leads to from t.
std::vector<std::vector<std::uint64_t>> reachability(const TaskGraph& graph) {
  const std::size_t count = graph.tasks.size(), words = (count + 63) / 64;
  std::vector<std::vector<std::uint64_t>> reach(count, std::vector<std::uint64_t>(words, 0));
  const std::vector<double> rank = upward_ranks(graph);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank[a] < rank[b]; });
  for (const std::size_t t : order)
    for (int i = graph.first_successor[t]; i < graph.first_successor[t + 1]; ++i) {
      const auto s = static_cast<std::size_t>(graph.successors[static_cast<std::size_t>(i)]);
      reach[t][s / 64] |= std::uint64_t{1} << (s % 64);
      for (std::size_t w = 0; w < words; ++w) reach[t][w] |= reach[s][w];
    }
  return reach;
}

}  // namespace

std::optional<Race> find_race(const plan::PlanView& plan, const plan::MemoryPlan& memory, const TaskGraph& graph,
                              int samples, int max_batch) {
  std::vector<Span> spans;
  for (int t = 0; t < graph.size(); ++t)
    for (const Access& access : accesses(plan, graph.tasks[static_cast<std::size_t>(t)], samples))
      add_spans(plan, memory, access, t, max_batch, spans);
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  const auto reach = reachability(graph);
  const auto ordered = [&](int a, int b) {
    const auto x = static_cast<std::size_t>(a), y = static_cast<std::size_t>(b);
    return ((reach[x][y / 64] >> (y % 64)) & 1) != 0 || ((reach[y][x / 64] >> (x % 64)) & 1) != 0;
  };
  // A sweep over the addresses: `open` are the spans that reach the current one.
  std::vector<Span> open;
  for (const Span& span : spans) {
    std::erase_if(open, [&](const Span& other) { return other.end <= span.begin; });
    for (const Span& other : open)
      if (other.task != span.task && (other.writes || span.writes) && !ordered(other.task, span.task))
        return Race{other.task, span.task, span.begin};
    open.push_back(span);
  }
  return std::nullopt;
}

}  // namespace isthmus::schedule
