#include <isthmus/error.hpp>
#include <isthmus/run/session.hpp>
#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/reduce.hpp>

#include <cmath>
#include <numeric>
#include <utility>

#include "run/arithmetic.hpp"
#include "run/bound_program.hpp"
#include "run/formatted.hpp"
#include "run/parameters.hpp"
#include "run/reductions.hpp"
#include "run/staged_samples.hpp"
#include "run/task_runner.hpp"
#include "run/worker_limit.hpp"

namespace isthmus::run {
namespace {

void require_batch(int max_batch) {
  if (max_batch < 1) throw ShapeError(formatted("largest batch: expected at least 1 sample, found %d", max_batch));
}

Executor make_executor(const BoundProgram& bound, const Communicator* communicator) {
  schedule::TaskGraph tasks = schedule::reduce(
      schedule::sort_by_urgency(schedule::make_task_graph(bound.plan(), bound.memory.plan(), bound.max_batch)));
  std::vector<int> outside = Reductions::waiting_tasks(tasks, communicator);
  return Executor(std::move(tasks), std::move(outside));
}

std::vector<StagedSamples> make_inputs(const BoundProgram& bound) {
  std::vector<StagedSamples> inputs;
  for (const plan::InputPort& port : bound.ports.inputs)
    inputs.emplace_back(bound.plan(), port.value, bound.memory.staged_input(inputs.size()));
  return inputs;
}

Fault fault_of(const Samples& samples, std::int64_t size, int max_batch) noexcept {
  if (samples.data == nullptr) return Fault::no_memory;
  if (samples.count < 1 || samples.count > max_batch) return Fault::count;
  return samples.stride != 0 && samples.stride < size ? Fault::stride : Fault::none;
}

}  // namespace

struct Session::Implementation {
  // Memory is allocated before the tasks, whose number grows with the batch: a program without enough memory is
  // refused at once.
  BoundProgram bound;
  Executor executor;
  Reductions reductions;
  TaskRunner runner;
  WorkerLimit workers;
  Parameters parameters;
  std::vector<StagedSamples> inputs;
  StagedSamples output;
  std::atomic_flag in_use;
  std::vector<std::uint32_t> places;  ///< of a distributed step's samples, in the batch of all ranks
  int samples = 0;                    ///< of the last run

  Implementation(const lower::Program& program, int max_batch, std::span<std::byte> workspace,
                 Communicator* communicator, const BoundProgram* owner)
      : bound(program, max_batch, workspace, owner),
        executor(make_executor(bound, communicator)),
        reductions(bound.plan(), bound.memory, executor.graph(), communicator),
        runner(executor.graph(), bound.steps, bound.scalars, reductions),
        workers(executor.graph()),
        parameters(bound.plan(), bound.steps),
        inputs(make_inputs(bound)),
        output(bound.plan(), bound.ports.output, bound.memory.staged_output()),
        places(communicator == nullptr ? 0 : static_cast<std::size_t>(max_batch)) {}

  void set_scalars(const RunArguments& given) noexcept {
    const Arithmetic ours;
    for (const plan::GivenScalar& scalar : bound.ports.given_scalars) {
      double number = 0;
      switch (scalar.scalar) {
        case HostScalar::batch_size: number = given.all_samples > 0 ? given.all_samples : given.samples; break;
        case HostScalar::step: number = std::ceil(given.step / scalar.steps); break;
        case HostScalar::updates: number = std::fmod(given.step, scalar.steps) == 0 ? 1 : 0; break;
        case HostScalar::learning_rate: number = given.learning_rate; break;
      }
      bound.scalars.set(scalar.value, number);
    }
  }

  /// In training, random numbers are new in each step, except fixed ones; otherwise a sample's numbers are always
  /// the same, unless the host asks for another draw.
  void set_random(const RunArguments& given) noexcept {
    std::iota(places.begin(), places.end(), static_cast<std::uint32_t>(given.first_sample));
    lower::RandomKey anew, fixed;
    anew.seed = fixed.seed = given.seed;
    anew.sample_numbers = places.empty() ? nullptr : places.data();
    fixed.sample_numbers = given.sample_numbers != nullptr ? given.sample_numbers : anew.sample_numbers;
    fixed.step = bound.trains ? ~std::uint32_t{0} : 0;
    anew.step = bound.trains ? static_cast<std::uint32_t>(given.step) : given.draw;
    if (!bound.trains) anew.sample_numbers = fixed.sample_numbers;
    bound.steps.set_random(anew, fixed);
  }

  void run(const RunArguments& given) noexcept {
    samples = given.samples;
    for (std::size_t i = 0; i < given.inputs.size(); ++i) {
      const Samples& input = given.inputs[i];
      // Kernels never write through an input's pointer; one view type serves both directions.
      if (inputs[i].point(bound.steps, const_cast<float*>(input.data), input.stride))
        inputs[i].copy_in(input.data, input.stride, samples);
    }
    const bool output_is_staged = output.point(bound.steps, given.output, given.output_stride);
    set_scalars(given);
    set_random(given);
    bound.steps.set_samples(samples);
    bound.pack();
    runner.trace_into(given.trace, given.threads.kind());
    workers.run(executor, samples, runner.body(), given.idle, given.threads, reductions.arrivals());
    if (output_is_staged) output.copy_out(given.output, given.output_stride, samples);
  }
};

Session::Use::Use(const Session& session) noexcept
    : in_use_(session.self_->in_use.test_and_set(std::memory_order_acquire) ? nullptr : &session.self_->in_use) {}
Session::Use::~Use() {
  if (in_use_ != nullptr) in_use_->clear(std::memory_order_release);
}

Session::Session(const lower::Program& program, int max_batch, std::span<std::byte> workspace,
                 Communicator* communicator) {
  require_batch(max_batch);
  self_ = std::make_unique<Implementation>(program, max_batch, workspace, communicator, nullptr);
}
Session::Session(SharedWeights, const Session& owner, int max_batch, std::span<std::byte> workspace) {
  require_batch(max_batch);
  BoundProgram& other = owner.self_->bound;
  if (other.trains) throw Error("shared weights: expected those of a model that does not train");
  const Use use(owner);
  if (!use) throw Error(text_of(Fault::in_use));
  other.pack();
  self_ = std::make_unique<Implementation>(other.program, max_batch, workspace, nullptr, &other);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

int Session::max_batch() const { return self_->bound.max_batch; }
std::int64_t Session::arena_bytes() const { return memory().arena_bytes; }
const plan::MemoryPlan& Session::memory() const { return self_->bound.memory.plan(); }
const Executor& Session::executor() const { return self_->executor; }
const lower::Program& Session::program() const { return self_->bound.program; }
double Session::declared_learning_rate() const { return self_->bound.ports.learning_rate; }

const std::vector<plan::InputPort>& Session::inputs() const { return self_->bound.ports.inputs; }
int Session::input_size() const { return inputs().empty() ? 0 : inputs().front().size; }
int Session::output_size() const { return static_cast<int>(self_->output.size()); }

Fault Session::check(std::span<const Samples> given) const noexcept {
  if (given.size() != inputs().size()) return Fault::ports;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (const Fault fault = fault_of(given[i], inputs()[i].size, max_batch()); fault != Fault::none) return fault;
    if (given[i].count != given[0].count) return Fault::other_count;
  }
  return Fault::none;
}
Fault Session::check(std::span<const Samples> given, MutableSamples output) const noexcept {
  if (const Fault fault = check(given); fault != Fault::none) return fault;
  if (output.data == nullptr) return Fault::no_memory;
  if (output.count != given[0].count) return Fault::other_count;
  return output.stride != 0 && output.stride < output_size() ? Fault::stride : Fault::none;
}

TaskTrace Session::make_trace() const {
  TaskTrace trace;
  trace.records.resize(executor().graph().tasks.size());
  trace.messages.resize(self_->reductions.size());
  return trace;
}

void Session::run(const RunArguments& arguments) noexcept { self_->run(arguments); }

void Session::follow(const schedule::Schedule& schedule) {
  self_->executor.follow(schedule);
  // A caller that gives a schedule has decided on its number of workers.
  self_->workers.lift();
}

void Session::set_weights(const lower::WeightKernels* kernels) { self_->bound.set_weights(kernels); }

double Session::scalar_output(const char* name) const {
  for (const plan::NamedOutput& output : self_->bound.ports.scalar_outputs)
    if (same_text(output.name, name)) return self_->bound.scalars.numbers[static_cast<std::size_t>(output.value)];
  throw Error(std::string("output \"") + name + "\": expected a scalar output of the program, found none");
}

std::vector<std::string> Session::scalar_outputs() const {
  std::vector<std::string> names;
  for (const plan::NamedOutput& output : self_->bound.ports.scalar_outputs) names.emplace_back(output.name);
  return names;
}

std::vector<std::string> Session::side_outputs() const {
  std::vector<std::string> names;
  for (const plan::NamedOutput& output : self_->bound.ports.side_outputs) names.emplace_back(output.name);
  return names;
}

std::span<const float> Session::side_output(std::string_view name) const {
  const BoundProgram& bound = self_->bound;
  for (std::size_t i = 0; i < bound.side_memory.size(); ++i) {
    if (name != bound.ports.side_outputs[i].name) continue;
    const plan::Value& value = bound.plan().values[bound.ports.side_outputs[i].value];
    const auto size = static_cast<std::size_t>(plan::value_rows(value, self_->samples) * value.columns);
    return std::span(bound.side_memory[i]).first(size);
  }
  throw Error("output \"" + std::string(name) +
              "\": expected one that is declared beside the code or the reconstruction, found none");
}

std::vector<std::string> Session::untrained() const {
  std::vector<std::string> names;
  for (const Label& label : plan::untrained_parameters(self_->bound.plan())) names.push_back(full_name(label));
  return names;
}

std::vector<NamedTensor> Session::read(bool with_states) const { return self_->parameters.read(with_states); }

void Session::write(const std::vector<NamedTensor>& tensors, bool with_states, const std::string& source) {
  if (self_->bound.memory.is_shared())
    throw Error(source + ": expected a model with weights of its own, found one that shares them with another");
  self_->parameters.write(tensors, with_states, source);
  self_->bound.forget_packed();
}

void Session::reset_states() noexcept { self_->parameters.reset_states(); }

void Session::copy_parameters(const Session& other) noexcept {
  self_->parameters.copy_from(other.self_->parameters);
  self_->bound.forget_packed();
}

void Session::initialize(std::uint64_t seed) {
  self_->parameters.initialize(seed);
  self_->bound.forget_packed();
}

bool Session::initialize_from_data(double mean) {
  const bool found = self_->parameters.initialize_from_data(mean);
  if (found) self_->bound.forget_packed();
  return found;
}

}  // namespace isthmus::run
