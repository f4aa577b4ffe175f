#include <isthmus/error.hpp>
#include <isthmus/run/trainer.hpp>

#include <algorithm>
#include <utility>

namespace isthmus {
namespace {

std::string sizes(std::size_t found, int per_sample, int max_batch) {
  return "expected a multiple of " + std::to_string(per_sample) + " values for 1 to " + std::to_string(max_batch) +
         " samples, found " + std::to_string(found) + " values";
}

double mean_of(Samples samples, int per_sample) noexcept {
  const std::int64_t stride = samples.stride != 0 ? samples.stride : per_sample;
  double sum = 0;
  for (int i = 0; i < samples.count; ++i)
    for (int j = 0; j < per_sample; ++j) sum += static_cast<double>(samples.data[i * stride + j]);
  return sum / (static_cast<double>(samples.count) * per_sample);
}

/// The training step's part of a workspace, and what is left for the evaluation.
std::span<std::byte> first_part(std::span<std::byte> workspace, const lower::Program& train, int max_batch) {
  if (workspace.data() == nullptr || max_batch < 1) return workspace;
  return workspace.first(std::min(workspace.size(), static_cast<std::size_t>(
                                                        plan::workspace_bytes(train.plan, max_batch))));
}
std::span<std::byte> second_part(std::span<std::byte> workspace, const lower::Program& train, int max_batch) {
  return workspace.subspan(first_part(workspace, train, max_batch).size());
}

}  // namespace

const char* text_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::none: return "no fault";
    case Fault::no_memory: return "a null pointer where samples were expected";
    case Fault::count: return "expected from 1 sample to the largest batch";
    case Fault::stride: return "expected a stride of 0, or of a sample's values at least";
    case Fault::other_count: return "expected as many results as samples";
  }
  return "unknown fault";
}

std::int64_t TrainerCore::workspace_bytes(const lower::Program& train, const lower::Program& evaluate, int max_batch) {
  return plan::workspace_bytes(train.plan, max_batch) + plan::workspace_bytes(evaluate.plan, max_batch);
}

TrainerCore::TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch,
                         std::uint64_t seed, std::span<std::byte> workspace)
    : train_(train, max_batch, first_part(workspace, train, max_batch)),
      evaluate_(evaluate, max_batch, second_part(workspace, train, max_batch)),
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

int TrainerCore::samples_in(std::span<const float> values) const {
  const auto per_sample = static_cast<std::size_t>(input_size());
  const std::size_t samples = values.size() / per_sample;
  if (values.size() % per_sample != 0 || samples == 0 || samples > static_cast<std::size_t>(max_batch()))
    throw ShapeError("batch: " + sizes(values.size(), input_size(), max_batch()));
  return static_cast<int>(samples);
}

const std::uint32_t* TrainerCore::names_of(int samples, std::span<const std::uint32_t> names) const {
  if (names.empty()) return nullptr;
  if (names.size() != static_cast<std::size_t>(samples))
    throw ShapeError("batch: expected a number for each of " + std::to_string(samples) + " samples, found " +
                     std::to_string(names.size()));
  return names.data();
}

void TrainerCore::initialize_from_data(double mean) {
  train_.initialize_from_data(mean);
  starts_from_data_ = false;
  evaluate_is_stale_ = true;
}

run::RunArguments TrainerCore::arguments_for(Samples samples, const std::uint32_t* names) const noexcept {
  run::RunArguments arguments;
  arguments.samples = samples.count;
  arguments.input = samples.data;
  arguments.input_stride = samples.stride;
  arguments.names = names;
  arguments.seed = seed_;
  arguments.threads = threads_;
  return arguments;
}

StepResult TrainerCore::try_step(Samples samples, run::IdleWork idle, const std::uint32_t* names) noexcept {
  if (const Fault fault = train_.check(samples); fault != Fault::none) return {fault, 0};
  if (starts_from_data_ && steps_ == 0) initialize_from_data(mean_of(samples, input_size()));
  run::RunArguments arguments = arguments_for(samples, names);
  arguments.step = static_cast<double>(steps_ + 1);
  arguments.learning_rate = learning_rate_;
  arguments.idle = idle;
  arguments.trace = std::exchange(trace_, nullptr);
  train_.run(arguments);
  ++steps_;
  evaluate_is_stale_ = true;
  return {Fault::none, loss_of(train_)};
}

double TrainerCore::step(std::span<const float> samples, run::IdleWork idle, std::span<const std::uint32_t> names) {
  const int count = samples_in(samples);
  return try_step({samples.data(), count}, idle, names_of(count, names)).loss;
}

StepResult TrainerCore::try_evaluate(Samples samples, const std::uint32_t* names) noexcept {
  if (const Fault fault = evaluate_.check(samples); fault != Fault::none) return {fault, 0};
  if (evaluate_is_stale_) evaluate_.copy_parameters(train_);
  evaluate_is_stale_ = false;
  run::RunArguments arguments = arguments_for(samples, names);
  arguments.step = run::end_of_schedules;
  evaluate_.run(arguments);
  return {Fault::none, loss_of(evaluate_)};
}

double TrainerCore::evaluate(std::span<const float> samples, std::span<const std::uint32_t> names) {
  const int count = samples_in(samples);
  return try_evaluate({samples.data(), count}, names_of(count, names)).loss;
}

void TrainerCore::write(const std::vector<run::NamedTensor>& tensors, bool with_states, std::int64_t steps,
                        const std::string& source) {
  train_.write(tensors, with_states, source);
  steps_ = steps;
  starts_from_data_ = false;
  evaluate_is_stale_ = true;
}

void InferenceCore::run(std::span<const float> input, std::span<float> output) {
  const auto in = static_cast<std::size_t>(input_size()), out = static_cast<std::size_t>(output_size());
  const std::size_t samples = input.size() / in;
  if (input.size() % in != 0 || samples == 0 || samples > static_cast<std::size_t>(max_batch()))
    throw ShapeError("input: " + sizes(input.size(), input_size(), max_batch()));
  if (output.size() != samples * out)
    throw ShapeError("output: expected " + std::to_string(samples * out) + " values for " + std::to_string(samples) +
                     " samples, found " + std::to_string(output.size()));
  const int count = static_cast<int>(samples);
  try_run({input.data(), count}, {output.data(), count});
}

Fault InferenceCore::try_run(Samples input, MutableSamples output) noexcept {
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

}  // namespace isthmus
