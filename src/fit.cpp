#include <isthmus/fit.hpp>

#include <isthmus/data/batch_source.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace isthmus {
namespace {

/// The samples of each of a trainer's inputs, in its order.
std::vector<data::Samples> samples_of(const TrainerCore& trainer, std::span<const PortValues> values) {
  for (const PortValues& given : values) {
    const auto named = [&](const plan::InputPort& port) { return given.port == port.name; };
    if (std::none_of(trainer.inputs().begin(), trainer.inputs().end(), named))
      throw ShapeError(fmt::format("port \"{}\": the model has no input of this name", given.port));
  }
  std::vector<data::Samples> sets;
  for (const plan::InputPort& port : trainer.inputs()) {
    const auto is_it = [&](const PortValues& given) { return given.port == port.name; };
    const auto found = std::find_if(values.begin(), values.end(), is_it);
    if (found == values.end())
      throw ShapeError(fmt::format("port \"{}\": expected values, found none", port.name));
    if (found->size() % static_cast<std::size_t>(port.size) != 0)
      throw ShapeError(fmt::format("port \"{}\": expected a multiple of {} values, found {} values", port.name,
                                   port.size, found->size()));
    sets.emplace_back(fmt::format("port \"{}\"", port.name), std::vector<std::int64_t>{port.size},
                      found->indices.empty() ? std::vector<float>(found->values.begin(), found->values.end())
                                             : std::vector<float>(found->indices.begin(), found->indices.end()),
                      std::vector<std::uint8_t>{}, port.may_miss ? data::kept_missing : data::Fill{});
  }
  return sets;
}

/// The loss of all samples, in batches; a smaller last one weighs as much less as it is smaller.
double validated(TrainerCore& trainer, const std::vector<data::Samples>& sets, int at_a_time,
                 std::vector<PortValues>& ports) {
  const std::size_t count = sets.front().count(), most = static_cast<std::size_t>(at_a_time);
  std::vector<std::vector<float>> buffers(sets.size());
  std::vector<std::uint32_t> numbers;
  double sum = 0;
  for (std::size_t first = 0; first < count; first += most) {
    const std::size_t n = std::min(most, count - first);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      buffers[i].resize(n * sets[i].sample_size());
      sets[i].values(first, n, buffers[i].data());
      ports[i].values = buffers[i];
    }
    numbers.resize(n);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(first));
    sum += trainer.evaluate(ports, numbers) * static_cast<double>(n);
  }
  return sum / static_cast<double>(count);
}

std::vector<PortValues> of_only_input(const TrainerCore& trainer, std::span<const float> values) {
  if (values.empty()) return {};
  if (trainer.inputs().size() != 1)
    throw ShapeError(
        fmt::format("ports: expected values for {} inputs, found one without a name", trainer.inputs().size()));
  return {{trainer.inputs().front().name, values}};
}

}  // namespace

std::vector<EpochLosses> fit(TrainerCore& trainer, std::span<const PortValues> training, const FitOptions& options,
                             const std::function<bool(const EpochLosses&)>& after_epoch,
                             std::span<const PortValues> validation) {
  const int at_a_time = options.batch == 0 ? trainer.max_batch() : options.batch;
  if (at_a_time > trainer.max_batch())
    throw ShapeError(fmt::format("batch: expected at most {} samples, which the trainer takes, found {}",
                                 trainer.max_batch(), at_a_time));
  const std::vector<data::Samples> sets = samples_of(trainer, training);
  data::BatchSource source(sets, at_a_time, trainer.seed(), options.shuffle);
  if (trainer.steps() == 0) trainer.initialize_from_data(sets[trainer.target()].mean());
  std::vector<data::Samples> held_out;
  if (!validation.empty()) held_out = samples_of(trainer, validation);
  std::vector<PortValues> ports;
  for (const plan::InputPort& port : trainer.inputs()) ports.push_back({port.name, {}});
  const run::IdleWork prefetch{
      [](void* batches) noexcept { return static_cast<data::BatchSource*>(batches)->prefetch_some(); }, &source};
  const auto done = static_cast<int>(trainer.steps() / static_cast<std::int64_t>(source.batches_per_epoch()));

  std::vector<EpochLosses> losses;
  for (int epoch = done + 1; epoch <= done + options.epochs; ++epoch) {
    EpochLosses now{epoch, 0, std::nullopt};
    std::size_t samples = 0;
    source.start_epoch(static_cast<std::uint32_t>(epoch));
    while (source.next()) {
      for (std::size_t i = 0; i < ports.size(); ++i) ports[i].values = source.values(i);
      now.training += trainer.step(ports, prefetch, source.indices()) * static_cast<double>(source.rows());
      samples += source.rows();
    }
    now.training /= static_cast<double>(samples);
    if (!held_out.empty()) now.validation = validated(trainer, held_out, at_a_time, ports);
    losses.push_back(now);
    if (after_epoch && !after_epoch(now)) break;
  }
  return losses;
}

std::vector<EpochLosses> fit(TrainerCore& trainer, std::span<const float> training, const FitOptions& options,
                             const std::function<bool(const EpochLosses&)>& after_epoch,
                             std::span<const float> validation) {
  return fit(trainer, std::span<const PortValues>(of_only_input(trainer, training)), options, after_epoch,
             std::span<const PortValues>(of_only_input(trainer, validation)));
}

}  // namespace isthmus
