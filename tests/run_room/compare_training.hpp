// Three training steps and an evaluation of a model of one input, against the double-precision reference, which
// draws as the kernels do.
#pragma once

#include "run_room/drawn.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

#include <string>
#include <vector>

namespace isthmus::testing {

/// The graph of a role with the trainer's tensors.
template <class M, Role role>
reference::Interpreter reference_of(const TrainerCore& trainer, const std::vector<float>& x, int samples) {
  reference::Interpreter graph(plan::source<M, role>, samples);
  for (const NamedTensor& tensor : trainer.read(role == Role::train))
    // The counts of moving averages are of training alone.
    if (role == Role::train || !tensor.name.ends_with(".counts"))
      graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
  graph.named("x").values.assign(x.begin(), x.end());
  return graph;
}
inline void draw_step(reference::Interpreter& graph, std::uint64_t seed, std::uint32_t step) {
  graph.draw = [=](const Node& node, std::size_t element) { return drawn(node, element, seed, step); };
}
inline void compare_terms(const TrainerCore& trainer, reference::Interpreter& graph) {
  for (std::size_t i = 0; i < trainer.terms().size(); ++i) {
    INFO(trainer.terms()[i]);
    CHECK(relative_error(trainer.last_terms()[i], graph.scalar(trainer.terms()[i]), 1e-3) < 1e-5);
  }
}

template <class M>
void compare_training(int samples) {
  INFO("batch " << samples);
  TrainerCore trainer = trainer_of<M>(samples, 5);
  const std::vector<float> x = samples_of<M>(samples);
  reference::Interpreter graph = reference_of<M, Role::train>(trainer, x, samples);
  for (std::uint32_t step = 1; step <= 3; ++step) {
    draw_step(graph, 5, step);
    graph.run(step, trainer.learning_rate());
    CHECK(relative_error(trainer.step(x), graph.scalar("loss"), 1e-3) < 1e-5);
    compare_terms(trainer, graph);
    graph.commit();
  }
  for (const NamedTensor& tensor : trainer.read(true)) {
    INFO(tensor.name);
    CHECK(largest_error(tensor.values, graph.named(tensor.name).values, 1e-2) < 1e-3);
  }
  reference::Interpreter loss = reference_of<M, Role::evaluate>(trainer, x, samples);
  draw_step(loss, 5, 0);
  loss.run(run::end_of_schedules);
  CHECK(relative_error(trainer.evaluate(x), loss.scalar("loss"), 1e-3) < 1e-5);
  compare_terms(trainer, loss);
}

}  // namespace isthmus::testing
