#include <isthmus/error.hpp>
#include <isthmus/run/trainer.hpp>

#include <numeric>
#include <utility>

namespace isthmus {
namespace {

std::string sizes(std::size_t found, int per_sample, int max_batch) {
  return "expected a multiple of " + std::to_string(per_sample) + " values for 1 to " + std::to_string(max_batch) +
         " samples, found " + std::to_string(found) + " values";
}

/// Before anything is made that ranks make together.
run::Communicator* of_one_run(run::Communicator* communicator, const lower::Program& train, int max_batch,
                              std::uint64_t seed) {
  if (communicator != nullptr) require_same_run(*communicator, run::identity_of(train, max_batch, seed));
  return communicator;
}

}  // namespace

TrainerCore::TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch,
                         std::uint64_t seed)
    : TrainerCore(train, evaluate, max_batch, seed, nullptr, max_batch) {}

TrainerCore::TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch,
                         std::uint64_t seed, run::Communicator* communicator, int evaluate_batch)
    : communicator_(of_one_run(communicator, train, max_batch, seed)),
      train_(train, max_batch, communicator),
      evaluate_(evaluate, evaluate_batch),
      shares_(communicator == nullptr ? 0 : run::offer_numbers * static_cast<std::size_t>(communicator->size())),
      seed_(seed),
      learning_rate_(train_.declared_learning_rate()) {
  train_.initialize(seed);
  terms_ = train_.scalar_outputs();
  terms_.pop_back();
  last_terms_.assign(terms_.size(), 0.0);
}

double TrainerCore::loss_of(const run::Session& session) {
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

/// Checks what a step is given, and what all ranks are given together.
run::Share TrainerCore::share_of(std::span<const float> values, std::span<const std::uint32_t> names) {
  const double sum = starts_from_data_ && steps_ == 0 ? std::accumulate(values.begin(), values.end(), 0.0) : 0.0;
  if (communicator_ == nullptr) {
    const int samples = samples_in(values, train_);
    names_of(samples, names);
    return {0, samples, sum / static_cast<double>(values.size())};
  }
  int samples = 0;
  try {
    samples = samples_in(values, train_, true);
    names_of(samples, names);
  } catch (const ShapeError&) {
    try {
      agree_on_share(*communicator_, {-1, 0, 0, 0}, input_size(), shares_);
    } catch (const ShapeError&) {  // The others throw that one.
    }
    throw;
  }
  const run::Offer offer{samples, sum, static_cast<double>(steps_), learning_rate_};
  return agree_on_share(*communicator_, offer, input_size(), shares_);
}

double TrainerCore::step(std::span<const float> samples, run::IdleWork idle, std::span<const std::uint32_t> names) {
  const run::Share share = share_of(samples, names);
  run::RunArguments arguments;
  arguments.samples = static_cast<int>(samples.size() / static_cast<std::size_t>(input_size()));
  arguments.names = names.empty() ? nullptr : names.data();
  arguments.all_samples = share.all;
  arguments.first_sample = share.first;
  if (starts_from_data_ && steps_ == 0) initialize_from_data(share.mean);
  arguments.seed = seed_;
  arguments.input = samples.data();
  arguments.step = static_cast<double>(steps_ + 1);
  arguments.learning_rate = learning_rate_;
  arguments.idle = idle;
  arguments.sequential = sequential_;
  arguments.trace = std::exchange(trace_, nullptr);
  train_.run(arguments);
  if (communicator_ != nullptr) communicator_->check();
  ++steps_;
  evaluate_is_stale_ = true;
  return loss_of(train_);
}

double TrainerCore::evaluate(std::span<const float> samples, std::span<const std::uint32_t> names) {
  if (evaluate_is_stale_) evaluate_.copy_parameters(train_);
  evaluate_is_stale_ = false;
  run::RunArguments arguments;
  arguments.samples = samples_in(samples, evaluate_);
  arguments.names = names_of(arguments.samples, names);
  arguments.seed = seed_;
  arguments.input = samples.data();
  arguments.step = run::end_of_schedules;
  arguments.sequential = sequential_;
  evaluate_.run(arguments);
  return loss_of(evaluate_);
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
  run::RunArguments arguments;
  arguments.samples = static_cast<int>(samples);
  arguments.input = input.data();
  arguments.output = output.data();
  session_.run(arguments);
}

}  // namespace isthmus
