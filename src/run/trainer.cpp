#include <isthmus/error.hpp>
#include <isthmus/run/trainer.hpp>

#include "run/finite.hpp"

#include <algorithm>
#include <utility>

namespace isthmus {
namespace {

std::string sizes(std::size_t found, int per_sample, int max_batch) {
  return "expected a multiple of " + std::to_string(per_sample) + " values for 1 to " + std::to_string(max_batch) +
         " samples, found " + std::to_string(found) + " values";
}

/// Throws Error, naming sample and value, if a value is NaN or infinite.
void require_finite(Samples samples, int per_sample) {
  const std::optional<run::SamplePlace> found = run::first_not_finite(samples, per_sample);
  if (!found) return;
  const std::int64_t stride = samples.stride != 0 ? samples.stride : per_sample;
  throw Error("batch: sample " + std::to_string(found->sample) + ", value " + std::to_string(found->value) +
              ": expected a finite number, found " +
              std::to_string(samples.data[found->sample * stride + found->value]));
}

double sum_of(Samples samples, int per_sample) noexcept {
  const std::int64_t stride = samples.stride != 0 ? samples.stride : per_sample;
  double sum = 0;
  for (int i = 0; i < samples.count; ++i)
    for (int j = 0; j < per_sample; ++j) sum += static_cast<double>(samples.data[i * stride + j]);
  return sum;
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

}  // namespace

const char* text_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::none: return "no fault";
    case Fault::no_memory: return "a null pointer where samples were expected";
    case Fault::count: return "expected from 1 sample to the largest batch";
    case Fault::stride: return "expected a stride of 0, or of a sample's values at least";
    case Fault::other_count: return "expected as many results as samples";
    case Fault::not_finite: return "expected finite numbers, found NaN or infinity among the samples";
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

int TrainerCore::samples_in(std::span<const float> values, const run::Session& session, bool allow_none) const {
  const auto per_sample = static_cast<std::size_t>(input_size());
  const std::size_t samples = values.size() / per_sample;
  if (values.size() % per_sample != 0 || (samples == 0 && !allow_none) ||
      samples > static_cast<std::size_t>(session.max_batch()))
    throw ShapeError("batch: " + sizes(values.size(), input_size(), session.max_batch()));
  return static_cast<int>(samples);
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

run::RunArguments TrainerCore::arguments_for(Samples samples, const std::uint32_t* sample_numbers) const noexcept {
  run::RunArguments arguments;
  arguments.samples = samples.count;
  arguments.input = samples.data;
  arguments.input_stride = samples.stride;
  arguments.sample_numbers = sample_numbers;
  arguments.seed = seed_;
  arguments.threads = threads_;
  return arguments;
}

/// The share of this rank in the samples of all ranks. Throws if there are several ranks and one of them got
/// invalid samples.
run::Share TrainerCore::share_of(Samples samples) {
  const double sum = starts_from_data_ && steps_ == 0 ? sum_of(samples, input_size()) : 0.0;
  if (communicator_ != nullptr) {
    const run::Offer offer{samples.count, sum, static_cast<double>(steps_), learning_rate_};
    return agree_on_share(*communicator_, offer, input_size(), shares_);
  }
  return {0, samples.count, sum / (static_cast<double>(samples.count) * input_size())};
}

void TrainerCore::tell_ranks_of_mistake() noexcept {
  if (communicator_ == nullptr) return;
  try {
    agree_on_share(*communicator_, {-1, 0, 0, 0}, input_size(), shares_);
  } catch (const Error&) {  // The others throw that one; here the mistake itself is told.
  }
}

double TrainerCore::take_step(Samples samples, const run::Share& share, run::IdleWork idle,
                              const std::uint32_t* sample_numbers) noexcept {
  if (starts_from_data_ && steps_ == 0) start_from_data(share.mean);
  run::RunArguments arguments = arguments_for(samples, sample_numbers);
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

StepResult TrainerCore::try_step(Samples samples, run::IdleWork idle,
                                 const std::uint32_t* sample_numbers) noexcept {
  const run::Session::Use use(train_);
  if (!use) return {Fault::in_use, 0};
  const bool none_is_fine = communicator_ != nullptr && samples.count == 0;
  Fault fault = none_is_fine ? Fault::none : train_.check(samples);
  if (fault == Fault::none && run::first_not_finite(samples, input_size())) fault = Fault::not_finite;
  if (fault != Fault::none) {
    tell_ranks_of_mistake();
    return {fault, 0};
  }
  if (communicator_ == nullptr) return {Fault::none, take_step(samples, share_of(samples), idle, sample_numbers)};
  try {
    const double loss = take_step(samples, share_of(samples), idle, sample_numbers);
    communicator_->check();
    return {Fault::none, loss};
  } catch (const Error&) {
    return {Fault::other_rank, 0};
  }
}

double TrainerCore::step(std::span<const float> values, run::IdleWork idle,
                         std::span<const std::uint32_t> sample_numbers) {
  const OnlyUse use(train_);
  Samples samples{values.data(), 0};
  const std::uint32_t* numbers = nullptr;
  try {
    samples.count = samples_in(values, train_, communicator_ != nullptr);
    numbers = checked(sample_numbers, samples.count);
    require_finite(samples, input_size());
  } catch (const Error&) {
    tell_ranks_of_mistake();
    throw;
  }
  const double loss = take_step(samples, share_of(samples), idle, numbers);
  if (communicator_ != nullptr) communicator_->check();
  return loss;
}

StepResult TrainerCore::try_evaluate(Samples samples, const std::uint32_t* sample_numbers) noexcept {
  const run::Session::Use use(train_);
  if (!use) return {Fault::in_use, 0};
  if (const Fault fault = evaluate_.check(samples); fault != Fault::none) return {fault, 0};
  if (evaluate_is_stale_) evaluate_.copy_parameters(train_);
  evaluate_is_stale_ = false;
  run::RunArguments arguments = arguments_for(samples, sample_numbers);
  arguments.step = run::end_of_schedules;
  evaluate_.run(arguments);
  return {Fault::none, loss_of(evaluate_)};
}

double TrainerCore::evaluate(std::span<const float> samples, std::span<const std::uint32_t> sample_numbers) {
  const int count = samples_in(samples, evaluate_);
  const StepResult result = try_evaluate({samples.data(), count}, checked(sample_numbers, count));
  if (result.fault != Fault::none) throw Error(text_of(result.fault));
  return result.loss;
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

void InferenceCore::run(std::span<const float> input, std::span<float> output) {
  const auto in = static_cast<std::size_t>(input_size()), out = static_cast<std::size_t>(output_size());
  const std::size_t samples = input.size() / in;
  if (input.size() % in != 0 || samples == 0 || samples > static_cast<std::size_t>(max_batch()))
    throw ShapeError("input: " + sizes(input.size(), input_size(), max_batch()));
  if (output.size() != samples * out)
    throw ShapeError("output: expected " + std::to_string(samples * out) + " values for " +
                     std::to_string(samples) + " samples, found " + std::to_string(output.size()));
  const int count = static_cast<int>(samples);
  const Fault fault = try_run({input.data(), count}, {output.data(), count});
  if (fault != Fault::none) throw Error(text_of(fault));
}

Fault InferenceCore::try_run(Samples input, MutableSamples output) noexcept {
  const run::Session::Use use(session_);
  if (!use) return Fault::in_use;
  if (const Fault fault = session_.check(input, output); fault != Fault::none) return fault;
  run::RunArguments arguments;
  arguments.samples = input.count;
  arguments.input = input.data;
  arguments.input_stride = input.stride;
  arguments.output = output.data;
  arguments.output_stride = output.stride;
  arguments.threads = threads_;
  session_.run(arguments);
  return Fault::none;
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
