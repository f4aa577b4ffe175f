#include <isthmus/error.hpp>
#include <isthmus/run/trainer.hpp>

#include "run/finite.hpp"
#include "run/formatted.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isthmus {
namespace {

/// The sum of all values, the missing ones among them as their mean.
double sum_of(Samples samples, int per_sample) noexcept {
  const std::int64_t stride = samples.stride != 0 ? samples.stride : per_sample;
  double sum = 0;
  std::int64_t missing = 0;
  for (int i = 0; i < samples.count; ++i)
    for (int j = 0; j < per_sample; ++j) {
      const float value = samples.data[i * stride + j];
      if (std::isnan(value)) ++missing;
      else sum += static_cast<double>(value);
    }
  const std::int64_t all = std::int64_t{samples.count} * per_sample;
  return missing == 0 || missing == all ? sum
                                        : sum * static_cast<double>(all) / static_cast<double>(all - missing);
}

/// Reserves a session for one thread. Throws Error if another thread uses it.
class OnlyUse {
 public:
  explicit OnlyUse(const run::Session& session) : use_(session) {
    if (!use_) throw Error(text_of(Fault::in_use));
  }

 private:
  run::Session::Use use_;
};

/// The training step's part of a workspace, and what is left for the evaluation.
std::span<std::byte> first_part(std::span<std::byte> workspace, const lower::Program& train, int max_batch) {
  if (workspace.data() == nullptr || max_batch < 1) return workspace;
  return workspace.first(
      std::min(workspace.size(), static_cast<std::size_t>(plan::workspace_bytes(train.plan, max_batch))));
}
std::span<std::byte> second_part(std::span<std::byte> workspace, const lower::Program& train, int max_batch) {
  return workspace.subspan(first_part(workspace, train, max_batch).size());
}

/// Checks that all ranks have the same run, before they build anything together.
run::Communicator* of_one_run(run::Communicator* communicator, const lower::Program& train, int max_batch,
                              std::uint64_t seed) {
  if (communicator != nullptr) require_same_run(*communicator, run::identity_of(train, max_batch, seed));
  return communicator;
}

double loss_or_error(const StepResult& result) {
  if (result.fault != Fault::none) throw Error(text_of(result.fault));
  return result.loss;
}

/// The input that the reconstruction is compared with: the first target, or else the data.
std::size_t place_of_target(std::span<const plan::InputPort> ports) {
  for (std::size_t i = 0; i < ports.size(); ++i)
    if (ports[i].kind == PortKind::target) return i;
  return 0;
}

}  // namespace

const char* text_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::none: return "no fault";
    case Fault::no_memory: return "a null pointer where samples were expected";
    case Fault::count: return "expected from 1 sample to the largest batch";
    case Fault::stride: return "expected a stride of 0, or of a sample's values at least";
    case Fault::other_count: return "expected as many results as samples, and as many samples of each input";
    case Fault::ports: return "expected samples of each of the model's inputs, under its name";
    case Fault::not_finite:
      return "expected finite numbers, found NaN or infinity among the samples, or an index of no class";
    case Fault::other_rank: return "another rank made a mistake, or does not answer";
    case Fault::in_use: return "another thread is using the same object at this moment";
  }
  return "unknown fault";
}

std::int64_t TrainerCore::workspace_bytes(const lower::Program& train, const lower::Program& evaluate,
                                          int max_batch) {
  return plan::workspace_bytes(train.plan, max_batch) + plan::workspace_bytes(evaluate.plan, max_batch);
}

TrainerCore::TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch,
                         std::uint64_t seed, std::span<std::byte> workspace)
    : TrainerCore(train, evaluate, max_batch, seed, workspace, nullptr, max_batch) {}

TrainerCore::TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch,
                         std::uint64_t seed, run::Communicator* communicator, int evaluate_batch)
    : TrainerCore(train, evaluate, max_batch, seed, {}, communicator, evaluate_batch) {}

TrainerCore::TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch,
                         std::uint64_t seed, std::span<std::byte> workspace, run::Communicator* communicator,
                         int evaluate_batch)
    : communicator_(of_one_run(communicator, train, max_batch, seed)),
      train_(train, max_batch, first_part(workspace, train, max_batch), communicator),
      evaluate_(evaluate, evaluate_batch, second_part(workspace, train, max_batch)),
      given_(train_),
      given_evaluation_(evaluate_),
      target_(place_of_target(given_.ports())),
      shares_(communicator == nullptr ? 0 : run::offer_numbers * static_cast<std::size_t>(communicator->size())),
      seed_(seed),
      learning_rate_(train_.declared_learning_rate()) {
  train_.initialize(seed);
  terms_ = train_.scalar_outputs();
  terms_.pop_back();
  last_terms_.assign(terms_.size(), 0.0);
}

double TrainerCore::loss_of(const run::Session& session) noexcept {
  for (std::size_t i = 0; i < terms_.size(); ++i) last_terms_[i] = session.scalar_output(terms_[i].c_str());
  return session.scalar_output("loss");
}

const std::uint32_t* TrainerCore::checked(std::span<const std::uint32_t> sample_numbers, int samples) const {
  if (sample_numbers.empty()) return nullptr;
  if (sample_numbers.size() != static_cast<std::size_t>(samples))
    throw ShapeError("batch: expected a number for each of " + std::to_string(samples) + " samples, found " +
                     std::to_string(sample_numbers.size()));
  return sample_numbers.data();
}

void TrainerCore::initialize_from_data(double mean) {
  const OnlyUse use(train_);
  start_from_data(mean);
}

void TrainerCore::start_from_data(double mean) noexcept {
  train_.initialize_from_data(mean);
  starts_from_data_ = false;
  evaluate_is_stale_ = true;
}

run::RunArguments TrainerCore::arguments_for(const run::GivenInputs& given,
                                             const std::uint32_t* sample_numbers) const noexcept {
  run::RunArguments arguments;
  arguments.samples = given.count();
  arguments.inputs = given.all();
  arguments.sample_numbers = sample_numbers;
  arguments.seed = seed_;
  arguments.threads = threads_;
  return arguments;
}

bool TrainerCore::all_are_finite() const noexcept {
  for (std::size_t i = 0; i < given_.ports().size(); ++i)
    if (run::first_wrong(given_.all()[i], given_.ports()[i])) return false;
  return true;
}

/// Throws Error, naming port, sample and value, if a value is not one that the port takes.
void TrainerCore::require_finite() const {
  for (std::size_t i = 0; i < given_.ports().size(); ++i) {
    const Samples& samples = given_.all()[i];
    const plan::InputPort& port = given_.ports()[i];
    const std::optional<run::SamplePlace> found = run::first_wrong(samples, port);
    if (!found) continue;
    const std::int64_t stride = samples.stride != 0 ? samples.stride : port.size;
    const std::string what = given_.ports().size() == 1 ? "batch" : "port \"" + std::string(port.name) + "\"";
    const std::string expected =
        port.classes == 0 ? "a finite number" : "a whole number from 0 to " + std::to_string(port.classes - 1);
    throw Error(what + ": sample " + std::to_string(found->sample) + ", value " + std::to_string(found->value) +
                ": expected " + expected + ", found " +
                std::to_string(samples.data[found->sample * stride + found->value]));
  }
}

/// The share of this rank in the samples of all ranks. Throws if there are several ranks and one of them got
/// invalid samples.
run::Share TrainerCore::share_of_given() {
  const int size = given_.ports()[target_].size;
  const double sum = starts_from_data_ && steps_ == 0 ? sum_of(given_.all()[target_], size) : 0.0;
  if (communicator_ != nullptr) {
    const run::Offer offer{given_.count(), sum, static_cast<double>(steps_), learning_rate_};
    return agree_on_share(*communicator_, offer, size, shares_);
  }
  return {0, given_.count(), sum / (static_cast<double>(given_.count()) * size)};
}

void TrainerCore::tell_ranks_of_mistake() noexcept {
  if (communicator_ == nullptr) return;
  try {
    agree_on_share(*communicator_, {-1, 0, 0, 0}, given_.ports()[target_].size, shares_);
  } catch (const Error&) {  // The others throw that one; here the mistake itself is told.
  }
}

double TrainerCore::take_step(const run::Share& share, run::IdleWork idle,
                              const std::uint32_t* sample_numbers) noexcept {
  if (starts_from_data_ && steps_ == 0) start_from_data(share.mean);
  run::RunArguments arguments = arguments_for(given_, sample_numbers);
  arguments.all_samples = share.all;
  arguments.first_sample = share.first;
  arguments.step = static_cast<double>(steps_ + 1);
  arguments.learning_rate = learning_rate_;
  arguments.idle = idle;
  arguments.trace = std::exchange(trace_, nullptr);
  train_.run(arguments);
  ++steps_;
  evaluate_is_stale_ = true;
  return loss_of(train_);
}

template <class Given>
StepResult TrainerCore::try_step_on(Given given, run::IdleWork idle,
                                    const std::uint32_t* sample_numbers) noexcept {
  const run::Session::Use use(train_);
  if (!use) return {Fault::in_use, 0};
  Fault fault = given_.try_take(given);
  const bool none_is_fine = communicator_ != nullptr && given_.count() == 0;
  if (fault == Fault::none && !none_is_fine) fault = train_.check(given_.all());
  if (fault == Fault::none && !all_are_finite()) fault = Fault::not_finite;
  if (fault != Fault::none) {
    tell_ranks_of_mistake();
    return {fault, 0};
  }
  if (communicator_ == nullptr) return {Fault::none, take_step(share_of_given(), idle, sample_numbers)};
  try {
    const double loss = take_step(share_of_given(), idle, sample_numbers);
    communicator_->check();
    return {Fault::none, loss};
  } catch (const Error&) {
    return {Fault::other_rank, 0};
  }
}

StepResult TrainerCore::try_step(Samples samples, run::IdleWork idle,
                                 const std::uint32_t* sample_numbers) noexcept {
  return try_step_on(samples, idle, sample_numbers);
}
StepResult TrainerCore::try_step_ports(std::span<const PortSamples> samples, run::IdleWork idle,
                                       const std::uint32_t* sample_numbers) noexcept {
  return try_step_on(samples, idle, sample_numbers);
}

template <class Given>
double TrainerCore::step_on(Given given, run::IdleWork idle, std::span<const std::uint32_t> sample_numbers) {
  const OnlyUse use(train_);
  const std::uint32_t* numbers = nullptr;
  const bool allow_none = communicator_ != nullptr;
  try {
    if constexpr (std::is_same_v<Given, std::span<const float>>) given_.take(given, "batch", allow_none);
    else given_.take(given, allow_none);
    numbers = checked(sample_numbers, given_.count());
    require_finite();
  } catch (const Error&) {
    tell_ranks_of_mistake();
    throw;
  }
  const double loss = take_step(share_of_given(), idle, numbers);
  if (communicator_ != nullptr) communicator_->check();
  return loss;
}

double TrainerCore::step(std::span<const float> samples, run::IdleWork idle,
                         std::span<const std::uint32_t> sample_numbers) {
  return step_on(samples, idle, sample_numbers);
}
double TrainerCore::step_ports(std::span<const PortValues> values, run::IdleWork idle,
                               std::span<const std::uint32_t> sample_numbers) {
  return step_on(values, idle, sample_numbers);
}

StepResult TrainerCore::evaluate_given(const std::uint32_t* sample_numbers) noexcept {
  if (const Fault fault = evaluate_.check(given_evaluation_.all()); fault != Fault::none) return {fault, 0};
  if (evaluate_is_stale_) evaluate_.copy_parameters(train_);
  evaluate_is_stale_ = false;
  run::RunArguments arguments = arguments_for(given_evaluation_, sample_numbers);
  arguments.step = run::end_of_schedules;
  evaluate_.run(arguments);
  return {Fault::none, loss_of(evaluate_)};
}

template <class Given>
StepResult TrainerCore::try_evaluate_on(Given given, const std::uint32_t* sample_numbers) noexcept {
  const run::Session::Use use(train_);
  if (!use) return {Fault::in_use, 0};
  if (const Fault fault = given_evaluation_.try_take(given); fault != Fault::none) return {fault, 0};
  return evaluate_given(sample_numbers);
}

StepResult TrainerCore::try_evaluate(Samples samples, const std::uint32_t* sample_numbers) noexcept {
  return try_evaluate_on(samples, sample_numbers);
}
StepResult TrainerCore::try_evaluate_ports(std::span<const PortSamples> samples,
                                           const std::uint32_t* sample_numbers) noexcept {
  return try_evaluate_on(samples, sample_numbers);
}

double TrainerCore::evaluate(std::span<const float> samples, std::span<const std::uint32_t> sample_numbers) {
  const OnlyUse use(train_);
  given_evaluation_.take(samples, "batch");
  return loss_or_error(evaluate_given(checked(sample_numbers, given_evaluation_.count())));
}
double TrainerCore::evaluate_ports(std::span<const PortValues> values,
                                   std::span<const std::uint32_t> sample_numbers) {
  const OnlyUse use(train_);
  given_evaluation_.take(values);
  return loss_or_error(evaluate_given(checked(sample_numbers, given_evaluation_.count())));
}

std::vector<NamedTensor> TrainerCore::read(bool with_states) const {
  const OnlyUse use(train_);
  return train_.read(with_states);
}

void TrainerCore::write(const std::vector<NamedTensor>& tensors, bool with_states, std::int64_t steps,
                        const std::string& source) {
  const OnlyUse use(train_);
  train_.write(tensors, with_states, source);
  if (!with_states) train_.reset_states();
  steps_ = steps;
  starts_from_data_ = false;
  evaluate_is_stale_ = true;
}

TrainerCore::State TrainerCore::state() const { return {read(true), steps_, seed_, learning_rate_}; }

void TrainerCore::restore(const State& state, const std::string& source) {
  write(state.tensors, true, state.steps, source);
  seed_ = state.seed;
  learning_rate_ = state.learning_rate;
}

void InferenceCore::run_given(std::span<float> output) {
  const auto samples = static_cast<std::size_t>(given_.count()), size = static_cast<std::size_t>(output_size());
  if (output.size() != samples * size)
    throw ShapeError(run::formatted("output: expected %zu values for %zu samples, found %zu", samples * size,
                                    samples, output.size()));
  const Fault fault = try_run_given({output.data(), given_.count()});
  if (fault != Fault::none) throw Error(text_of(fault));
}

void InferenceCore::run(std::span<const float> input, std::span<float> output) {
  const OnlyUse use(session_);
  given_.take(input, "input");
  run_given(output);
}
void InferenceCore::run_ports(std::span<const PortValues> inputs, std::span<float> output) {
  const OnlyUse use(session_);
  given_.take(inputs);
  run_given(output);
}

Fault InferenceCore::try_run_given(MutableSamples output) noexcept {
  if (const Fault fault = session_.check(given_.all(), output); fault != Fault::none) return fault;
  run::RunArguments arguments;
  arguments.samples = given_.count();
  arguments.inputs = given_.all();
  arguments.output = output.data;
  arguments.output_stride = output.stride;
  arguments.threads = threads_;
  session_.run(arguments);
  return Fault::none;
}

Fault InferenceCore::try_run(Samples input, MutableSamples output) noexcept {
  const run::Session::Use use(session_);
  if (!use) return Fault::in_use;
  const Fault fault = given_.try_take(input);
  return fault != Fault::none ? fault : try_run_given(output);
}
Fault InferenceCore::try_run_ports(std::span<const PortSamples> inputs, MutableSamples output) noexcept {
  const run::Session::Use use(session_);
  if (!use) return Fault::in_use;
  const Fault fault = given_.try_take(inputs);
  return fault != Fault::none ? fault : try_run_given(output);
}

void InferenceCore::set_weights(const Weights& weights) {
  const OnlyUse use(session_);
  session_.set_weights(weights.kernels());
}

void InferenceCore::write(const std::vector<NamedTensor>& tensors, const std::string& source) {
  const OnlyUse use(session_);
  session_.write(tensors, false, source);
}

}  // namespace isthmus
