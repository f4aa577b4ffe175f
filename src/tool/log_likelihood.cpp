#include "log_likelihood.hpp"

#include "compute.hpp"

#include <isthmus/error.hpp>
#include <isthmus/run/importance.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace isthmus::tool {

void require_log_likelihood(const ModelEntry& entry) {
  const run::Session session(entry.program(Role::evaluate), 1);
  if (!run::has_log_weights(session))
    throw Error(
        fmt::format("graph {} has no log p(x): expected a code that is drawn, bottleneck(reparameterize(…)), "
                    "and a loss with a likelihood (bernoulli, gaussian)",
                    entry.name));
}

double log_likelihood(const SavedModel& model, const std::string& path, const Weights& weights,
                      const PortData& data, int draws) {
  // No batch of the training's is needed here: of what couples samples nothing counts.
  run::Session session(model.entry->program(Role::evaluate), most_at_a_time);
  session.write(model.file.tensors, false, path);
  session.set_weights(weights.kernels());
  PortReader reader(session.inputs(), data);
  run::GivenInputs inputs(session);
  std::vector<std::uint32_t> numbers(most_at_a_time);
  std::vector<double> bounds(most_at_a_time);
  double sum = 0;
  for (std::size_t first = 0; first < data.count(); first += most_at_a_time) {
    const std::size_t n = std::min<std::size_t>(most_at_a_time, data.count() - first);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(first));
    inputs.take(reader.read(first, n));
    const auto of_batch = std::span(bounds).first(n);
    run::importance_bounds(session, evaluation_arguments(model.file, inputs, numbers), draws, of_batch);
    sum = std::accumulate(of_batch.begin(), of_batch.end(), sum);
  }
  return sum / static_cast<double>(data.count());
}

}  // namespace isthmus::tool
