// A random model in every role, and what the reference says of it.
#pragma once

#include <isthmus/plan/stages.hpp>
#include <isthmus/run/trainer.hpp>

#include <memory>

#include "differential/interpreted.hpp"
#include "differential/random_model.hpp"
#include "support/reference.hpp"

namespace isthmus::testing {

/// Largest batch of every program.
inline constexpr int most_samples = 6;

/// With a step of gradient descent of rate 1 a parameter's change is its gradient.
inline constexpr sgd descent{1.0f};

/// Planning options that differ from the usual ones.
struct Planning {
  plan::Rewrites rewrites = {};
  Precision precision = Precision::fp32;
  std::optional<MemoryBudget> memory = {};
};

/// The graph of a role, by the passes that a compiled model goes through.
inline Graph graph_of(const RandomModel& model, Role role, const plan::Rewrites& rewrites) {
  if (role == Role::train_distributed)
    return plan::distribute(plan::simplify(graph_of(model, Role::train, rewrites)));
  const Graph declared = plan::resolve_declared(model.graph, role);
  if (role == Role::train || role == Role::evaluate) {
    const Builder loss = differentiate::loss_graph(declared, RandomLoss{model.loss});
    if (loss.diagnostic()) throw std::logic_error("a random loss has a mistake");
    if (role == Role::evaluate) return plan::rewrite(copy_of(loss.view()), role, rewrites);
    return differentiate::step_graph(plan::rewrite(differentiate::retain_parameters(loss.view()), role, rewrites),
                                     descent)
        .graph();
  }
  const Graph graph = plan::rewrite(declared, role, rewrites);
  if (role == Role::encode) return plan::encoder_graph(graph);
  if (role == Role::decode) return plan::decoder_graph(graph);
  return plan::whole_graph(graph);
}

inline std::unique_ptr<InterpretedProgram> program_of(const RandomModel& model, Role role,
                                                      const Planning& planning = {}) {
  return std::make_unique<InterpretedProgram>(
      plan::make_plan(graph_of(model, role, planning.rewrites), planning.rewrites, planning.memory),
      planning.precision);
}

/// A random model with parameters and samples.
struct Subject {
  std::uint32_t seed;
  RandomModel model;
  std::vector<NamedTensor> parameters;
  std::vector<float> samples;  ///< most_samples of them
  int input = 0, code = 0;     ///< values per sample

  explicit Subject(std::uint32_t number, bool with_samples = true)
      : seed(number), model(RandomModels(number, with_samples).write()) {
    int count = 0;
    for (const Node& node : model.graph.nodes) {
      if (node.op == Op::input) input = static_cast<int>(node.shape.elements_per_sample());
      if (node.op == Op::bottleneck) code = static_cast<int>(node.shape.elements_per_sample());
      if (node.op != Op::parameter) continue;
      // As large as keeps the results of a layer as large as its operands.
      const auto size = static_cast<double>(node.shape.elements_per_sample());
      const double fan = node.shape.rank < 2 ? 1 : size / node.shape.dim[node.shape.rank - 1];
      parameters.push_back({full_name(node.label),
                            {node.shape.dim, node.shape.dim + node.shape.rank},
                            floats(static_cast<std::size_t>(size), seed * 64 + static_cast<std::uint32_t>(++count),
                                   -1.2 / std::sqrt(fan), 1.2 / std::sqrt(fan))});
    }
    samples = floats(static_cast<std::size_t>(most_samples * input), seed * 64, -1, 1);
  }

  std::span<const float> first(int count) const {
    return std::span(samples).first(static_cast<std::size_t>(count * input));
  }
};

/// A graph of a subject in double precision. With `shake` every parameter and sample is off by up to so much of
/// itself, each time otherwise: what then changes a lot, such as on which side of a step a value lies, says
/// little.
inline reference::Interpreter reference_of(const Subject& subject, GraphView graph, int samples, double shake = 0,
                                           std::uint32_t stream = 0) {
  reference::Interpreter values(graph, samples);
  std::uint64_t count = 0;
  const auto shaken = [&](float x) { return double{x} * (1 + uniform(stream, count++, -shake, shake)); };
  for (int i = 0; i < values.size(); ++i) {
    const Node& node = values.node(i);
    if (node.op == Op::input)
      for (std::size_t e = 0; e < values[i].values.size(); ++e) values[i].values[e] = shaken(subject.samples[e]);
    if (node.op != Op::parameter) continue;
    for (const NamedTensor& tensor : subject.parameters)
      if (tensor.name == full_name(node.label))
        for (std::size_t e = 0; e < tensor.values.size(); ++e) values[i].values[e] = shaken(tensor.values[e]);
  }
  values.run(1, 1);
  return values;
}

/// The values that `agrees` may read: the graph's output, or its loss.
inline std::vector<double> output_of(reference::Interpreter& values) {
  for (int i = values.size() - 1; i >= 0; --i)
    if (values.node(i).op == Op::output) return values[i].values;
  return {};
}
inline std::vector<double> loss_of(reference::Interpreter& values) { return {values.scalar("loss")}; }

/// Whether floats are what the reference says, up to their rounding. `read` takes the result out of an
/// interpreter.
template <class Read>
bool agrees(const Subject& subject, GraphView graph, int samples, std::span<const float> found, Read read,
            double rounding = 1e-6) {
  reference::Interpreter values = reference_of(subject, graph, samples);
  const std::vector<double> expected = read(values);
  if (expected.size() != found.size()) return false;
  double size = 1e-3;
  for (const double x : expected) size = std::max(size, std::fabs(x));
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    worst = std::max(worst, relative_error(double{found[i]}, expected[i], size));
  if (worst < 20 * rounding) return true;
  // The possible effect of rounding is that of changes of the same size. Many of them, for a comparison such as
  // x > y is turned by few.
  double most = 0;
  for (std::uint32_t stream = 1; stream <= 40; ++stream) {
    reference::Interpreter shaken = reference_of(subject, graph, samples, rounding, stream);
    const std::vector<double> other = read(shaken);
    for (std::size_t i = 0; i < other.size(); ++i)
      most = std::max(most, relative_error(other[i], expected[i], size));
  }
  return worst < 20 * rounding + 30 * most;
}

}  // namespace isthmus::testing
