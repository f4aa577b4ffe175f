// A model's stages as constants: declared → training or split → simplified → planned. Everything is a variable
// template over the model's type, so each stage is computed once, in the compiler.
#pragma once

#include <isthmus/differentiate/training.hpp>
#include <isthmus/plan/cost.hpp>
#include <isthmus/plan/distribute.hpp>
#include <isthmus/plan/fuse.hpp>
#include <isthmus/plan/memory.hpp>
#include <isthmus/plan/recompute.hpp>
#include <isthmus/plan/rewrites.hpp>
#include <isthmus/plan/simplify.hpp>
#include <isthmus/plan/split.hpp>

#include <optional>

namespace isthmus {

/// What a program of a model does.
enum class Role : int {
  train,        ///< one training step: input → loss, parameters updated
  evaluate,     ///< input → loss
  reconstruct,  ///< input → reconstruction
  encode,       ///< input → code
  decode,       ///< code → reconstruction
  corrupt,      ///< input → what training makes of it before the first layer
  /// The training step of one of several processes: its share of the batch → loss of the whole batch, parameters
  /// updated.
  train_distributed,
};

constexpr bool is_training(Role role) { return role == Role::train || role == Role::train_distributed; }

namespace plan {

/// What a model is planned with.
template <class M>
constexpr Rewrites rewrites_of() {
  if constexpr (requires { M::rewrites; }) return M::rewrites;
  else return {};
}

/// The norm that a model's gradient is clipped to, 0 for none.
template <class M>
constexpr float clip_norm_of() {
  if constexpr (requires { M::training.clip_norm; }) return M::training.clip_norm;
  else return 0.0f;
}

/// What a role's products multiply: a declaration's precision is that of training.
template <class M, Role role>
constexpr Precision precision_of() {
  if constexpr (is_training(role)) {
    if constexpr (requires { M::training.precision; }) return M::training.precision;
  }
  return Precision::fp32;
}

/// What a model's training step may take; programs that do not train have no bound.
template <class M, Role role>
constexpr std::optional<MemoryBudget> budget_of() {
  if constexpr (is_training(role)) {
    if constexpr (requires { M::training.memory; }) return M::training.memory;
  }
  return std::nullopt;
}

/// A declared graph with its modes as a role needs them.
constexpr Graph resolve_declared(GraphView declared, Role role) {
  const bool trains = is_training(role);
  return resolve_modes(declared, trains || role == Role::evaluate || role == Role::corrupt, trains);
}
/// The rewrites that come before differentiation.
constexpr Graph rewrite(GraphView from, Role role, const Rewrites& rewrites) {
  Graph graph{{from.begin(), from.end()}};
  if (rewrites.fold_normalization && !is_training(role)) graph = fold_normalization(graph);
  if (rewrites.absorb_upsampling) graph = absorb_upsampling(graph);
  if (rewrites.pool_first) graph = pool_first(graph);
  return graph;
}
/// A declared graph as a role needs it, without a loss.
constexpr Graph rewrite_declared(GraphView declared, Role role, const Rewrites& rewrites) {
  return rewrite(resolve_declared(declared, role), role, rewrites);
}

/// Makes the graph of a role; mistakes of the loss are recorded in the builder.
template <class M, Role role>
constexpr Builder source_graph(const Rewrites& rewrites = rewrites_of<M>()) {
  if constexpr (role == Role::corrupt) {
    return Builder(rewrite_declared(corruption_graph(M::model.graph), role, rewrites));
  } else if constexpr (role == Role::train_distributed) {
    Builder step = source_graph<M, Role::train>(rewrites);
    if (step.diagnostic()) return step;
    return Builder(distribute(simplify(step.view())));
  } else if constexpr (role == Role::train || role == Role::evaluate) {
    // First the loss, then the rewrites, which leave alone what it reads: a penalty sees the layers as declared.
    Builder loss = differentiate::loss_graph(resolve_declared(M::model.graph, role), M::training.loss);
    if (loss.diagnostic()) return loss;
    if constexpr (role == Role::evaluate) return Builder(rewrite(loss.view(), role, rewrites));
    else
      return differentiate::step_graph(rewrite(differentiate::retain_parameters(loss.view()), role, rewrites),
                                       M::training.optimizer, clip_norm_of<M>());
  } else {
    const Graph graph = rewrite_declared(M::model.graph, role, rewrites);
    if constexpr (role == Role::encode) return Builder(encoder_graph(graph));
    else if constexpr (role == Role::decode) return Builder(decoder_graph(graph));
    else return Builder(without_side_outputs(graph));
  }
}

/// The first mistake in a model or in its training.
template <class M, Role role>
constexpr Diagnostic diagnose() {
  if (M::model.diagnostic) return M::model.diagnostic;
  // The batch comes first, so that the number is printed whatever it is.
  if (const auto budget = budget_of<M, role>(); budget && budget->samples < 1)
    return {Mistake::batch_not_positive, "memory_budget", shape_of(batch, budget->samples), shape_of(1)};
  return source_graph<M, role>().diagnostic();
}
template <class M, Role role>
inline constexpr Diagnostic diagnostic_of = diagnose<M, role>();

/// The graph of a role as it is first written: the stage `training` of `isthmus inspect`.
template <class M, Role role>
inline constexpr auto source = [] {
  constexpr int size = source_graph<M, role>().size();
  return StaticGraph<size>(source_graph<M, role>().view());
}();

constexpr PlanBuilder make_plan(GraphView graph, const Rewrites& rewrites = {},
                                const std::optional<MemoryBudget>& budget = {}) {
  Graph simple = simplify(graph);
  if (rewrites.fuse_pooling) simple = fuse_pooling(simple);
  PlanBuilder plan = fuse(legalize(choose_convolutions(simple, rewrites)));
  if (budget) return keep_within(plan, *budget);
  return plan;
}

constexpr PlanView with_precision(PlanView plan, Precision precision) {
  plan.precision = precision;
  return plan;
}

/// The plan of a role.
template <class M, Role role>
inline constexpr auto planned = [] {
  static_assert(require_none<diagnostic_of<M, role>>());
  constexpr std::optional<MemoryBudget> budget = budget_of<M, role>();
  // Upper bounds first, so that the passes run once; then exact sizes, so that no byte is wasted.
  constexpr int nodes = source<M, role>.size * (budget ? 2 * most_repetition : 2);
  constexpr auto roomy = StaticPlan<nodes, nodes, nodes, 4 * nodes, 2 * nodes, nodes>(
      with_precision(view(make_plan(source<M, role>, rewrites_of<M>(), budget)), precision_of<M, role>()));
  if constexpr (budget.has_value())
    static_assert(check_budget<budget->bytes, plan_memory(roomy.view(), budget->samples).arena_bytes>());
  return StaticPlan<roomy.sizes[0], roomy.sizes[1], roomy.sizes[2], roomy.sizes[3], roomy.sizes[4],
                    roomy.sizes[5]>(roomy.view());
}();

/// Compiles only for a sound model and, if it has one, a sound training; else the first error says what is wrong.
template <class M>
constexpr bool require_sound() {
  if constexpr (requires { M::training; }) return require_none<diagnostic_of<M, Role::train>>();
  else return require_none<diagnostic_of<M, Role::reconstruct>>();
}

}  // namespace plan

/// True for a model without a mistake: `static_assert(isthmus::check<Model>);` behind its declaration, where nothing
/// else uses it yet. Otherwise it does not compile, and the first error names the mistake, the layer and the shapes.
template <class M>
inline constexpr bool check = plan::require_sound<M>();

/// Bytes that a program of this model needs at most for `max_batch` samples: parameters, optimizer's state and
/// everything in between. A constant.
template <class M, Role role, int max_batch>
inline constexpr std::int64_t arena_bytes = plan::plan_memory(plan::planned<M, role>.view(), max_batch).arena_bytes;

}  // namespace isthmus
