#include <isthmus/error.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/plan/workspace.hpp>
#include <isthmus/random.hpp>
#include <isthmus/run/session.hpp>
#include <isthmus/run/worker_choice.hpp>
#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/reduce.hpp>

#include "run/arena.hpp"
#include "run/image_map.hpp"
#include "run/machine_memory.hpp"
#include "run/reductions.hpp"
#include "run/rounded_weights.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>

namespace isthmus::run {
namespace {

using plan::Anchor;
using plan::Group;
using plan::PlanView;
using plan::Storage;
using plan::Value;

/// Steps smaller than this are over before a second worker has woken up.
constexpr double least_parallel_flops = 1e6;
/// Steps smaller than this may be faster on one core than on two that share no cache: it is measured.
constexpr double surely_parallel_flops = 400e6;
constexpr int every_worker = 1 << 20;

std::uint32_t hash_of(const std::string& text) {
  std::uint32_t h = 2166136261u;  // FNV-1a
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  return h;
}

std::string to_text(const std::vector<int>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace

std::string full_name(const Label& label) {
  std::string name = label.layer;
  if (*label.part != 0) name += std::string(".") + label.part;
  if (*label.moment != 0) name += std::string(".") + label.moment;
  return name;
}

struct Session::Implementation {
  lower::Program program;
  int max_batch;
  plan::MemoryPlan memory;
  std::unique_ptr<Executor> executor;
  Arena arena;
  float* staged_input = nullptr;  // copies of strided samples of several rows
  float* staged_output = nullptr;
  std::vector<lower::View> views;      // by value
  std::vector<double> scalars;         // by value
  std::vector<float> scalar_copies;    // by value: what kernels read
  std::vector<lower::View> arguments;  // operands and results of all groups, one after the other
  std::vector<int> first_argument;     // by group
  std::vector<float> one_hots;         // columns, of all groups
  std::vector<int> first_one_hot;      // by group
  std::vector<lower::AnchorCall> calls;
  std::vector<double> scratch;  // of scalar groups
  std::vector<int> scratch_of;  // by group
  int input_value = -1, output_value = -1;
  std::vector<int> side_values;                 // outputs beside the one that the caller's memory receives
  std::vector<std::vector<float>> side_memory;  // of these, row-major
  int most_workers = every_worker;
  bool choose_workers = false;
  bool prepared = false;  // what is made of parameters alone is up to date
  WorkerChoice choice;
  int samples = 0;
  std::vector<std::uint32_t> places;  // of a distributed step's samples, in the batch of all ranks
  RoundedWeights rounded;
  std::unique_ptr<Reductions> reductions;
  TaskTrace* trace = nullptr;
  Threads::Kind threads = Threads::Kind::current;  // of this run
  double learning_rate = 0;
  bool trains = false;

  const PlanView& plan() const { return program.plan; }
  const Node& node_of(const Value& value) const { return plan().graph[value.node]; }

  Implementation(const lower::Program& p, int batch_size, std::span<std::byte> workspace, Communicator* communicator)
      : program(p), max_batch(batch_size) {
    memory = plan::plan_memory(plan(), max_batch);
    // Before the tasks, which are as many as the batch is large: what there is no memory for is refused at once.
    const std::int64_t bytes = plan::workspace_bytes(plan(), max_batch, memory.arena_bytes) - plan::cache_line;
    if (workspace.data() == nullptr)
      require_memory(bytes, "an arena for batches of " + std::to_string(max_batch) + " samples");
    arena = workspace.data() == nullptr ? Arena(bytes) : Arena(workspace, bytes);
    schedule::TaskGraph tasks =
        schedule::reduce(schedule::sort_by_urgency(schedule::make_task_graph(plan(), memory, max_batch)));
    double work = 0;
    for (const schedule::Task& task : tasks.tasks) work += task.cost;
    if (work < least_parallel_flops) most_workers = 1;
    else choose_workers = work < surely_parallel_flops;
    std::vector<int> outside = Reductions::waiting_tasks(tasks, communicator);
    executor = std::make_unique<Executor>(std::move(tasks), std::move(outside));
    input_value = plan::external_value(plan(), Storage::external_input);
    output_value = plan::external_value(plan(), Storage::external_output);
    staged_input = arena.get() + memory.arena_bytes / 4 + plan::panel_width;
    staged_output = staged_input + plan::staging_bytes(plan(), input_value, max_batch) / 4;
    reductions = std::make_unique<Reductions>(plan(), memory, executor->graph(), arena.get(), communicator);
    if (communicator != nullptr) places.resize(static_cast<std::size_t>(max_batch));
    place_values();
    bind_groups();
    for (const Node& node : plan().graph) trains = trains || node.op == Op::assign;
  }

  void place_values() {
    const auto count = static_cast<std::size_t>(plan().value_count);
    views.resize(count);
    scalars.assign(count, 0.0);
    scalar_copies.assign(count, 0.0f);
    for (int v = 0; v < plan().value_count; ++v) {
      const Value& value = plan().values[v];
      lower::View& view = views[static_cast<std::size_t>(v)];
      const std::int64_t rows = plan::value_rows(value, max_batch);
      if (value.storage == Storage::external_output && node_of(value).op == Op::side_output) side_values.push_back(v);
      if (value.storage == Storage::external_input || value.storage == Storage::external_output) {
        view = {nullptr, value.columns, plan::panel_width, true};
      } else if (value.storage == Storage::scalar) {
        view = {&scalar_copies[static_cast<std::size_t>(v)], 0, 0, false};
      } else {
        float* const data = arena.get() + memory.offset[static_cast<std::size_t>(v)] / 4;
        if (value.panel_sums) view = {data, 1, rows, false};
        else view = {data, plan::panel_width, plan::panel_rows(rows) * plan::panel_width, false};
        // A single row, such as a bias, is repeated for every row of whoever reads it; a single column, such as
        // a sum over each sample, for every panel.
        if (value.rows == 1 && !value.has_batch) view.row_stride = 0;
        if (value.columns <= plan::panel_width && !value.panel_sums) view.panel_stride = 0;
      }
      if (!side_values.empty() && side_values.back() == v) {
        side_memory.emplace_back(static_cast<std::size_t>(rows * value.columns));
        view.data = side_memory.back().data();
      }
      const Node& node = node_of(value);
      if (node.op == Op::host_scalar && node.attribute == static_cast<int>(HostScalar::learning_rate))
        learning_rate = static_cast<double>(node.value);
    }
  }

  void bind_groups() {
    calls.resize(static_cast<std::size_t>(plan().group_count));
    std::size_t scratch_size = 0;
    for (int g = 0; g < plan().group_count; ++g) {
      const Group& group = plan().groups[g];
      first_argument.push_back(static_cast<int>(arguments.size()));
      for (int i = 0; i < group.operands; ++i) arguments.push_back(view_of(plan().operands[group.first_operand + i]));
      for (int i = 0; i < group.results; ++i)
        arguments.push_back(view_of(plan().results[group.first_result + i].value));
      first_one_hot.push_back(static_cast<int>(one_hots.size()));
      for (int i = 0; i < group.instructions; ++i) {
        const plan::Instruction& step = plan().instructions[group.first_instruction + i];
        if (step.code == plan::Code::one_hot) one_hots.push_back(step.value);
      }
      scratch_of.push_back(static_cast<int>(scratch_size));
      scratch_size += static_cast<std::size_t>(group.instructions + group.operands);
    }
    scratch.assign(scratch_size, 0.0);
    for (int g = 0; g < plan().group_count; ++g) {
      const Group& group = plan().groups[g];
      lower::AnchorCall& call = calls[static_cast<std::size_t>(g)];
      call.transpose_a = group.transpose_a;
      call.fused = program.fused[g];
      call.stores_alone = stores_alone(group);
      call.call.operands = arguments.data() + first_argument[static_cast<std::size_t>(g)];
      call.call.results = call.call.operands + group.operands;
      call.call.columns = group.columns;
      call.call.one_hots = one_hots.data() + first_one_hot[static_cast<std::size_t>(g)];
      if (group.a >= 0) {
        call.a = view_of(group.a);
        call.a_columns = plan().values[group.a].columns;
      }
      if (group.b >= 0) call.b = view_of(group.b);
      if (group.c >= 0) call.c = view_of(group.c);
      const Node& node = plan().graph[group.node];
      if (group.anchor >= Anchor::reshape) call.image = image_map_of(plan(), group);
      if (group.anchor == Anchor::random) call.random.stream = hash_of(full_name(node.label));
    }
  }

  /// The anchor's result is the group's only result, untouched, with nothing to mask.
  bool stores_alone(const Group& group) const {
    if (group.instructions != 1 || group.results != 1 || group.columns % plan::panel_width != 0) return false;
    const Value& result = plan().values[plan().results[group.first_result].value];
    return !result.panel_sums && result.storage != Storage::external_output;
  }

  lower::View& view_of(int value) { return views[static_cast<std::size_t>(value)]; }

  /// Points the caller's memory into every group that reads or writes it.
  void point(int value, float* data, std::int64_t row_stride) noexcept {
    if (value < 0) return;
    const auto at_data = [&](lower::View& view) {
      view.data = data;
      view.row_stride = row_stride;
    };
    at_data(view_of(value));
    for (int g = 0; g < plan().group_count; ++g) {
      const Group& group = plan().groups[g];
      if (group.a == value) at_data(calls[static_cast<std::size_t>(g)].a);
      if (group.b == value) at_data(calls[static_cast<std::size_t>(g)].b);
      lower::View* const first = arguments.data() + first_argument[static_cast<std::size_t>(g)];
      for (int i = 0; i < group.operands; ++i)
        if (plan().operands[group.first_operand + i] == value) at_data(first[i]);
      for (int i = 0; i < group.results; ++i)
        if (plan().results[group.first_result + i].value == value) at_data(first[group.operands + i]);
    }
  }

  /// Points the program at the caller's samples, or at the place of their copies. True if they are to be copied.
  bool point_at_samples(int value, float* data, std::int64_t stride, float* staged) noexcept {
    if (value < 0) return false;
    const Value& shape = plan().values[value];
    const std::int64_t size = std::int64_t{shape.rows} * shape.columns;
    const bool copied = stride != 0 && stride != size && shape.rows > 1;
    point(value, copied ? staged : data, shape.rows == 1 && stride != 0 ? stride : shape.columns);
    return copied;
  }

  void set_host_scalars(const RunArguments& given) noexcept {
    for (int v = 0; v < plan().value_count; ++v) {
      const Node& node = node_of(plan().values[v]);
      if (node.op != Op::host_scalar) continue;
      double value = 0;
      switch (static_cast<HostScalar>(node.attribute)) {
        case HostScalar::batch_size: value = given.all_samples > 0 ? given.all_samples : given.samples; break;
        case HostScalar::step: value = given.step; break;
        case HostScalar::learning_rate: value = given.learning_rate; break;
      }
      set_scalar(v, value);
    }
  }

  /// In training each step draws anew, but for what is fixed; elsewhere a sample's numbers are always the same.
  void set_random(bool fixed, const RunArguments& given, lower::RandomKey& key) const noexcept {
    const bool anew = trains && !fixed;
    key.seed = given.seed;
    key.step = anew ? static_cast<std::uint32_t>(given.step) : trains ? ~std::uint32_t{0} : 0;
    key.names = !anew && given.names != nullptr ? given.names : places.empty() ? nullptr : places.data();
  }

  void set_scalar(int value, double number) noexcept {
    scalars[static_cast<std::size_t>(value)] = number;
    scalar_copies[static_cast<std::size_t>(value)] = static_cast<float>(number);
  }

  void run_scalar_group(int g, double accumulator) noexcept {
    const Group& group = plan().groups[g];
    double* const operands = scratch.data() + scratch_of[static_cast<std::size_t>(g)];
    double* const results = operands + group.operands;
    for (int i = 0; i < group.operands; ++i)
      operands[i] = scalars[static_cast<std::size_t>(plan().operands[group.first_operand + i])];
    lower::run_scalars(plan().instructions + group.first_instruction, group.instructions, accumulator, operands,
                       results);
    for (int i = 0; i < group.results; ++i) {
      const plan::Result& result = plan().results[group.first_result + i];
      set_scalar(result.value, results[result.instruction]);
    }
  }

  void run_task(int t) noexcept { run_tile(executor->graph().tasks[static_cast<std::size_t>(t)]); }

  void set_weights(const lower::WeightKernels* kernels) {
    RoundedWeights chosen = trains ? RoundedWeights() : RoundedWeights(plan(), kernels);
    for (int g = 0; g < plan().group_count; ++g) {
      if (plan().groups[g].b < 0) continue;
      lower::View& b = calls[static_cast<std::size_t>(g)].b;
      b = view_of(plan().groups[g].b);
      if (chosen.has(g)) b.data = chosen.packed(g);
    }
    rounded = std::move(chosen);
    prepared = false;
  }

  /// Runs what reads parameters alone, in programs that do not change them.
  void prepare() noexcept {
    for (int g = 0; g < plan().group_count; ++g) {
      const Group& group = plan().groups[g];
      if (!group.prepares) continue;
      run_tile({g, 0, group.rows, 0, plan::panels_of(group.columns), 0, schedule::Reduction::none});
    }
    for (int g = 0; g < plan().group_count; ++g)
      if (rounded.has(g)) rounded.pack(g, plan().values[plan().groups[g].b], view_of(plan().groups[g].b));
    prepared = true;
  }

  void end_reduction(const Group& group, const double* sums) noexcept {
    for (int r = 0; r < group.results; ++r) {
      const int value = plan().results[group.first_result + r].value;
      if (plan().values[value].storage == Storage::scalar) set_scalar(value, sums[r]);
    }
  }

  static void clear(const lower::View& view, const lower::Tile& tile) noexcept {
    for (int p = tile.panel_begin; p < tile.panel_end; ++p)
      for (int r = tile.row_begin; r < tile.row_end; ++r)
        std::fill_n(view.data + r * view.row_stride + p * view.panel_stride, plan::panel_width, 0.0f);
  }

  void run_tile(const schedule::Task& task) noexcept {
    if (task.group < 0) return;
    const Group& group = plan().groups[task.group];
    if (task.reduction == schedule::Reduction::start) return reductions->start(task.group, scalars);
    if (task.reduction == schedule::Reduction::end) return end_reduction(group, reductions->sums(task.group));
    if (group.anchor == Anchor::scalar) return run_scalar_group(task.group, 0);
    const int rows = group.has_batch ? group.rows * samples : group.rows;
    if (group.anchor == Anchor::total_sum) {
      const Value& sums = plan().values[group.a];
      return run_scalar_group(task.group,
                              lower::total_sum(view_of(group.a), sums.rows * (sums.has_batch ? samples : 1),
                                               plan::panels_of(sums.columns)));
    }
    const lower::Tile tile{task.row_begin, std::min(task.row_end, rows), task.panel_begin, task.panel_end};
    if (tile.row_begin >= tile.row_end) return;
    const lower::AnchorCall& call = calls[static_cast<std::size_t>(task.group)];
    const lower::Kernels& kernels = *program.kernels;
    // The kernel starts its sums with the first sample.
    if (group.anchor == Anchor::conv2d_weights && samples == 0) return clear(call.call.results[0], tile);
    switch (group.anchor) {
      case Anchor::matmul:
        if (rounded.has(task.group)) return rounded.matmul(call, tile);
        if (program.products != nullptr) return program.products->matmul(call, tile);
        return kernels.matmul(call, tile);
      case Anchor::transpose: return kernels.transpose(call, tile);
      case Anchor::column_sum: return kernels.column_sum(call, tile);
      case Anchor::row_sum: return kernels.row_sum(call, tile);
      case Anchor::reshape: return kernels.reshape(call, tile);
      case Anchor::random: return kernels.random(call, tile);
      case Anchor::conv2d: return kernels.conv2d(call, tile);
      case Anchor::conv2d_weights: return kernels.conv2d_weights(call, tile);
      case Anchor::conv2d_prepare: return kernels.conv2d_prepare(call, tile);
      case Anchor::conv2d_restore: return kernels.conv2d_restore(call, tile);
      case Anchor::max_pool: return kernels.max_pool(call, tile);
      case Anchor::max_unpool: return kernels.max_unpool(call, tile);
      case Anchor::max_gather: return kernels.max_gather(call, tile);
      case Anchor::resample: return kernels.resample(call, tile);
      default: return call.fused(call.call, tile);
    }
  }

  void run_traced(int t) noexcept {
    const auto now = [] {
      const auto time = std::chrono::steady_clock::now().time_since_epoch();
      return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    };
    TaskTrace::Record& record = trace->records[static_cast<std::size_t>(t)];
    record.begin_ns = now();
    run_task(t);
    record.end_ns = now();
    record.worker = current_worker(threads);
  }

  void run(const RunArguments& given) noexcept {
    samples = given.samples;
    // Kernels never write through an input's pointer; one view type serves both directions.
    if (point_at_samples(input_value, const_cast<float*>(given.input), given.input_stride, staged_input)) {
      const auto size = static_cast<std::size_t>(sample_size(input_value));
      for (int i = 0; i < samples; ++i)
        std::copy_n(given.input + i * given.input_stride, size, staged_input + static_cast<std::size_t>(i) * size);
    }
    const bool output_is_staged =
        point_at_samples(output_value, given.output, given.output_stride, staged_output);
    set_host_scalars(given);
    std::iota(places.begin(), places.end(), static_cast<std::uint32_t>(given.first_sample));
    reductions->trace_into(given.trace);
    for (int g = 0; g < plan().group_count; ++g) {
      const Group& group = plan().groups[g];
      lower::AnchorCall& call = calls[static_cast<std::size_t>(g)];
      call.samples = samples;
      if (group.anchor == Anchor::random) set_random(plan().graph[group.node].fixed, given, call.random);
      if (group.a < 0) continue;
      const Value& a = plan().values[group.a];
      call.a_rows = a.rows * (a.has_batch ? samples : 1);
    }
    if (!prepared) prepare();
    trace = given.trace;
    threads = given.threads.kind();
    const TaskBody body{
        [](void* self, int t) noexcept {
          auto& session = *static_cast<Implementation*>(self);
          if (session.trace == nullptr) session.run_task(t);
          else session.run_traced(t);
        },
        this};
    execute(body, given);
    if (!output_is_staged) return;
    const auto size = static_cast<std::size_t>(sample_size(output_value));
    for (int i = 0; i < samples; ++i)
      std::copy_n(staged_output + static_cast<std::size_t>(i) * size, size, given.output + i * given.output_stride);
  }

  void execute(TaskBody body, const RunArguments& given) noexcept {
    const Arrivals arrivals = reductions->arrivals();
    if (!choose_workers || given.threads.kind() == Threads::Kind::none)
      return executor->run(body, given.idle, most_workers, given.threads, arrivals);
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    executor->run(body, given.idle, choice.use_all() ? most_workers : 1, given.threads, arrivals);
    choice.took(std::chrono::duration<double>(Clock::now() - start).count());
  }

  std::int64_t sample_size(int value) const noexcept {
    return value < 0 ? 0 : node_of(plan().values[value]).shape.elements_per_sample();
  }

  /// Address of a kept value's element, by its row-major index.
  float& element(int v, std::int64_t index) {
    const int columns = plan().values[v].columns;
    const std::int64_t row = index / columns, column = index % columns;
    const lower::View& view = view_of(v);
    return view.data[row * view.row_stride + column / plan::panel_width * view.panel_stride +
                     column % plan::panel_width];
  }

  bool is_kept(const Value& value, bool with_states) const {
    return value.storage == Storage::parameter || (with_states && value.storage == Storage::state);
  }
};

Session::Session(const lower::Program& program, int max_batch, std::span<std::byte> workspace,
                 Communicator* communicator) {
  if (max_batch < 1)
    throw ShapeError("largest batch: expected at least 1 sample, found " + std::to_string(max_batch));
  self_ = std::make_unique<Implementation>(program, max_batch, workspace, communicator);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

int Session::max_batch() const { return self_->max_batch; }
std::int64_t Session::arena_bytes() const { return self_->memory.arena_bytes; }
const plan::MemoryPlan& Session::memory() const { return self_->memory; }
const Executor& Session::executor() const { return *self_->executor; }
const lower::Program& Session::program() const { return self_->program; }
double Session::declared_learning_rate() const { return self_->learning_rate; }

int Session::input_size() const { return static_cast<int>(self_->sample_size(self_->input_value)); }
int Session::output_size() const { return static_cast<int>(self_->sample_size(self_->output_value)); }

Fault Session::check(Samples input) const noexcept {
  if (input.data == nullptr) return Fault::no_memory;
  if (input.count < 1 || input.count > self_->max_batch) return Fault::count;
  return input.stride != 0 && input.stride < input_size() ? Fault::stride : Fault::none;
}
Fault Session::check(Samples input, MutableSamples output) const noexcept {
  if (const Fault fault = check(input); fault != Fault::none) return fault;
  if (output.data == nullptr) return Fault::no_memory;
  if (output.count != input.count) return Fault::other_count;
  return output.stride != 0 && output.stride < output_size() ? Fault::stride : Fault::none;
}

TaskTrace Session::make_trace() const {
  TaskTrace trace;
  trace.records.resize(executor().graph().tasks.size());
  trace.messages.resize(self_->reductions->size());
  return trace;
}

void Session::run(const RunArguments& arguments) noexcept { self_->run(arguments); }

void Session::follow(const schedule::Schedule& schedule) {
  self_->executor->follow(schedule);
  // Whoever gives a schedule has decided how many workers it pays for.
  self_->most_workers = every_worker;
  self_->choose_workers = false;
}

void Session::set_weights(const lower::WeightKernels* kernels) { self_->set_weights(kernels); }

double Session::scalar_output(const char* name) const {
  const PlanView& plan = self_->plan();
  for (int v = 0; v < plan.value_count; ++v) {
    const Node& node = self_->node_of(plan.values[v]);
    if (node.op == Op::output && node.shape.rank == 0 && same_text(node.label.layer, name))
      return self_->scalars[static_cast<std::size_t>(v)];
  }
  throw Error(std::string("output \"") + name + "\": expected a scalar output of the program, found none");
}

std::vector<std::string> Session::scalar_outputs() const {
  std::vector<std::string> names;
  for (const Node& node : self_->plan().graph)
    if (node.op == Op::output && node.shape.rank == 0) names.emplace_back(node.label.layer);
  return names;
}

std::vector<std::string> Session::side_outputs() const {
  std::vector<std::string> names;
  for (const int v : self_->side_values) names.emplace_back(self_->node_of(self_->plan().values[v]).label.layer);
  return names;
}

std::span<const float> Session::side_output(std::string_view name) const {
  for (std::size_t i = 0; i < self_->side_values.size(); ++i) {
    const Node& node = self_->node_of(self_->plan().values[self_->side_values[i]]);
    if (name != node.label.layer) continue;
    const auto per_sample = static_cast<std::size_t>(node.shape.elements_per_sample());
    return std::span(self_->side_memory[i]).first(static_cast<std::size_t>(self_->samples) * per_sample);
  }
  throw Error("output \"" + std::string(name) +
              "\": expected one that the encoder gives beside the code, found none");
}

std::vector<NamedTensor> Session::read(bool with_states) const {
  std::vector<NamedTensor> list;
  const PlanView& plan = self_->plan();
  for (int v = 0; v < plan.value_count; ++v) {
    const Value& value = plan.values[v];
    if (!self_->is_kept(value, with_states)) continue;
    const Node& node = self_->node_of(value);
    NamedTensor tensor;
    tensor.name = full_name(node.label);
    tensor.shape.assign(node.shape.dim, node.shape.dim + node.shape.rank);
    const std::int64_t count = node.shape.elements_per_sample();
    tensor.values.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) tensor.values[static_cast<std::size_t>(i)] = self_->element(v, i);
    list.push_back(std::move(tensor));
  }
  return list;
}

void Session::write(const std::vector<NamedTensor>& tensors, bool with_states, const std::string& source) {
  const PlanView& plan = self_->plan();
  // All is checked before anything is changed.
  std::vector<std::pair<int, const NamedTensor*>> matches;
  for (int v = 0; v < plan.value_count; ++v) {
    const Value& value = plan.values[v];
    if (!self_->is_kept(value, with_states)) continue;
    const Node& node = self_->node_of(value);
    const std::string name = full_name(node.label);
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
    const std::vector<int> shape(node.shape.dim, node.shape.dim + node.shape.rank);
    if (found == tensors.end())
      throw ShapeError(source + ": tensor \"" + name + "\": expected shape " + to_text(shape) +
                       ", found no such tensor");
    if (found->shape != shape)
      throw ShapeError(source + ": tensor \"" + name + "\": expected shape " + to_text(shape) + ", found " +
                       to_text(found->shape));
    matches.emplace_back(v, &*found);
  }
  self_->prepared = false;
  for (const auto& [v, tensor] : matches)
    for (std::size_t i = 0; i < tensor->values.size(); ++i)
      self_->element(v, static_cast<std::int64_t>(i)) = tensor->values[i];
}

void Session::copy_parameters(const Session& other) noexcept {
  self_->prepared = false;
  const PlanView& plan = self_->plan();
  const PlanView& from = other.self_->plan();
  for (int v = 0; v < plan.value_count; ++v) {
    if (plan.values[v].storage != Storage::parameter) continue;
    for (int w = 0; w < from.value_count; ++w) {
      if (from.values[w].storage != Storage::parameter) continue;
      if (!(self_->node_of(plan.values[v]).label == other.self_->node_of(from.values[w]).label)) continue;
      // Parameters have no batch, so equal shapes lie in memory alike.
      std::memcpy(self_->view_of(v).data, other.self_->view_of(w).data,
                  static_cast<std::size_t>(plan::value_bytes(plan.values[v], 1)));
    }
  }
}

bool Session::initialize_from_data(double mean) {
  // A mean of 0 or 1 would be an infinite logit.
  const double m = std::clamp(mean, 1e-4, 1.0 - 1e-4);
  const PlanView& plan = self_->plan();
  bool found = false;
  for (int v = 0; v < plan.value_count; ++v) {
    const Node& node = self_->node_of(plan.values[v]);
    if (plan.values[v].storage != Storage::parameter ||
        node.attribute != static_cast<int>(Initializer::data_logit))
      continue;
    found = true;
    for (std::int64_t i = 0; i < node.shape.elements_per_sample(); ++i)
      self_->element(v, i) = static_cast<float>(std::log(m / (1.0 - m)));
  }
  if (found) self_->prepared = false;
  return found;
}

void Session::initialize(std::uint64_t seed) {
  self_->prepared = false;
  const PlanView& plan = self_->plan();
  for (int v = 0; v < plan.value_count; ++v) {
    const Value& value = plan.values[v];
    const Node& node = self_->node_of(value);
    const std::int64_t count = node.shape.elements_per_sample();
    if (value.storage == Storage::state)
      for (std::int64_t i = 0; i < count; ++i) self_->element(v, i) = 0;
    if (value.storage != Storage::parameter) continue;
    const auto initializer = static_cast<Initializer>(node.attribute);
    // Of a convolution's weights [height, width, channels in, channels out], a value is seen through a whole window.
    const Shape& shape = node.shape;
    const double window = shape.rank == 4 ? shape.dim[0] * shape.dim[1] : 1;
    const double fan_out = window * (shape.rank == 0 ? 1 : shape.dim[shape.rank - 1]);
    const double fan_in = static_cast<double>(count) * window / fan_out;
    double limit = 0;
    if (initializer == Initializer::glorot_uniform) limit = std::sqrt(6.0 / (fan_in + fan_out));
    if (initializer == Initializer::he_uniform) limit = std::sqrt(6.0 / fan_in);
    const float fixed = initializer == Initializer::constant ? node.value : 0.0f;
    const std::uint32_t stream = hash_of(full_name(node.label));
    const float scale = static_cast<float>(2.0 * limit), low = static_cast<float>(-limit);
    for (std::int64_t i = 0; i < count; ++i) {
      const float u = random_uniform(seed, Purpose::initial_weights, stream, static_cast<std::uint64_t>(i));
      self_->element(v, i) = limit > 0 ? low + scale * u : fixed;
    }
  }
}

}  // namespace isthmus::run
