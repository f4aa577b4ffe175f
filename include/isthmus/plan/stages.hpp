// A model's stages as constants: declared → training or split → simplified → planned. Everything is a variable
// template over the model's type, so each stage is computed once, in the compiler.
#pragma once

#include <isthmus/differentiate/turns.hpp>
#include <isthmus/plan/cost.hpp>
#include <isthmus/plan/distribute.hpp>
#include <isthmus/plan/fuse.hpp>
#include <isthmus/plan/memory.hpp>
#include <isthmus/plan/recompute.hpp>
#include <isthmus/plan/rewrites.hpp>
#include <isthmus/plan/simplify.hpp>
#include <isthmus/plan/sparse.hpp>
#include <isthmus/plan/split.hpp>

#include <optional>

namespace isthmus {

/// The role of a program of a model.
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

/// The rewrites that a model is planned with.
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

/// The steps that make one update.
template <class M>
constexpr int accumulated_of() {
  if constexpr (requires { M::training.accumulated; }) return M::training.accumulated;
  else return 1;
}

/// The layers that keep their values in training.
template <class M>
constexpr LayerNames frozen_of() {
  if constexpr (requires { M::training.frozen; }) return M::training.frozen;
  else return {};
}

/// Records a frozen name that no layer has, of the model or of its loss, or one without parameters of its own.
constexpr void check_frozen(Builder& loss, GraphView declared, const LayerNames& frozen) {
  for (int k = 0; k < frozen.count; ++k) {
    const char* const name = frozen.names[k];
    bool is_a_layer = false, has_parameters = false;
    for (const Node& node : loss.view()) {
      if (!same_text(node.label.layer, name)) continue;
      is_a_layer = true;
      has_parameters = has_parameters || is_parameter(node);
    }
    const int input = target_port(declared), output = find_first(declared, is_output);
    if (!is_a_layer)
      loss.diagnostic().record(Mistake::unknown_name, name, input < 0 ? Shape{} : declared[input].shape,
                               output < 0 ? Shape{} : declared[output].shape);
    else if (!has_parameters) loss.diagnostic().record(Mistake::frozen_without_parameters, name);
  }
}

/// Records that frozen layers leave a training step without a parameter to train.
constexpr void check_something_is_trained(Builder& step, const LayerNames& frozen) {
  if (frozen.count == 0) return;
  for (const Node& node : step.view())
    if (is_parameter(node) && node.trained) return;
  step.diagnostic().record(Mistake::nothing_is_trained, frozen.names[frozen.count - 1]);
}

/// The precision of a role's products: a declaration's precision is that of training.
template <class M, Role role>
constexpr Precision precision_of() {
  if constexpr (is_training(role)) {
    if constexpr (requires { M::training.precision; }) return M::training.precision;
  }
  return Precision::fp32;
}

/// The memory budget of a model's training step; programs that do not train have none.
template <class M, Role role>
constexpr std::optional<MemoryBudget> budget_of() {
  if constexpr (is_training(role)) {
    if constexpr (requires { M::training.memory; }) return M::training.memory;
  }
  return std::nullopt;
}

/// A declared graph with its modes as a role needs them.
constexpr Graph resolve_declared(GraphView declared, Role role, const LayerNames& frozen = {}) {
  const bool trains = is_training(role);
  return resolve_modes(declared, trains || role == Role::evaluate || role == Role::corrupt, trains,
                       trains ? frozen : LayerNames{});
}
/// The rewrites that come before differentiation.
constexpr Graph rewrite(Graph graph, Role role, const Rewrites& rewrites) {
  if (rewrites.fold_normalization && !is_training(role)) graph = fold_normalization(graph);
  if (rewrites.absorb_upsampling) graph = absorb_upsampling(static_cast<Graph&&>(graph));
  if (rewrites.pool_first) graph = pool_first(static_cast<Graph&&>(graph));
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
    constexpr LayerNames frozen = frozen_of<M>();
    Builder loss = differentiate::loss_graph(resolve_declared(M::model.graph, role, frozen), M::training.loss,
                                             role == Role::evaluate);
    check_frozen(loss, M::model.graph, frozen);
    if (loss.diagnostic()) return loss;
    // Networks that a loss applies have modes of their own.
    if (detail::has_any(loss.view(), {Op::by_mode}) || frozen.count > 0)
      loss = Builder(resolve_declared(loss.view(), role, frozen));
    if constexpr (role == Role::evaluate) {
      return Builder(rewrite(copy_of(loss.view()), role, rewrites));
    } else {
      const Graph of_loss = rewrite(differentiate::retain_parameters(loss.view()), role, rewrites);
      Builder step;
      if constexpr (declare::is_in_turns<decltype(M::training.loss)>)
        step = differentiate::turns_graph(of_loss, M::training.loss, M::model.graph, clip_norm_of<M>(),
                                          accumulated_of<M>());
      else
        step = differentiate::step_graph(of_loss, M::training.optimizer, clip_norm_of<M>(), accumulated_of<M>());
      check_something_is_trained(step, frozen);
      return step;
    }
  } else {
    const Graph graph = rewrite_declared(M::model.graph, role, rewrites);
    if constexpr (role == Role::encode) return Builder(encoder_graph(graph));
    else if constexpr (role == Role::decode) return Builder(decoder_graph(graph));
    else return Builder(whole_graph(graph));
  }
}

/// A graph as it was written, in more room than it takes, or the first mistake that was made in it.
template <int Capacity>
struct Written {
  Diagnostic diagnostic = {};
  int size = 0;  ///< of the graph, which is left out if it is larger than the room
  StaticGraph<Capacity> graph = {};
};

/// Nodes that a graph has room for while its size is not known: unused room costs the compiler nothing, writing
/// the graph once more to know its size would.
inline constexpr int ample_nodes = 1 << 16;

template <class M, Role role>
constexpr Written<ample_nodes> write_source() {
  Written<ample_nodes> written;
  written.diagnostic = M::model.diagnostic;
  // The batch comes first, so that the number is printed whatever it is.
  if (const auto budget = budget_of<M, role>(); budget && budget->samples < 1)
    written.diagnostic.record(Mistake::batch_not_positive, "memory_budget", shape_of(batch, budget->samples),
                              shape_of(1));
  if (written.diagnostic) return written;
  const Builder source = source_graph<M, role>();
  written.diagnostic = source.diagnostic();
  written.size = source.size();
  if (written.size <= ample_nodes) written.graph = StaticGraph<ample_nodes>(source.view());
  return written;
}
template <class M, Role role>
inline constexpr auto written_source = write_source<M, role>();

/// The first mistake in a model or in its training.
template <class M, Role role>
inline constexpr Diagnostic diagnostic_of = written_source<M, role>.diagnostic;

/// The graph of a role as it is first written: the stage `training` of `isthmus inspect`.
template <class M, Role role>
inline constexpr auto source = [] {
  constexpr int size = written_source<M, role>.size;
  if constexpr (size <= ample_nodes) return StaticGraph<size>(written_source<M, role>.graph);
  else return StaticGraph<size>(source_graph<M, role>().view());
}();
/// The source graph for use in constant evaluation alone, without a copy if the written one is small enough.
template <class M, Role role>
constexpr GraphView source_view() {
  if constexpr (written_source<M, role>.size <= ample_nodes) return written_source<M, role>.graph;
  else return source<M, role>;
}

constexpr PlanBuilder make_plan(GraphView graph, const Rewrites& rewrites = {},
                                const std::optional<MemoryBudget>& budget = {}) {
  Graph simple = simplify(graph);
  if (rewrites.use_sparsity) simple = use_sparsity(static_cast<Graph&&>(simple));
  if (rewrites.fuse_pooling) simple = fuse_pooling(static_cast<Graph&&>(simple));
  PlanBuilder plan = fuse(legalize(choose_convolutions(static_cast<Graph&&>(simple), rewrites)));
  if (budget) return keep_within(plan, *budget);
  return plan;
}

constexpr PlanView with_precision(PlanView plan, Precision precision) {
  plan.precision = precision;
  return plan;
}

/// The plan of a role with upper bounds for its sizes, so that the passes run once. Unused room costs nothing.
template <class M, Role role>
inline constexpr auto roomy_plan = [] {
  static_assert(require_none<diagnostic_of<M, role>>());
  constexpr std::optional<MemoryBudget> budget = budget_of<M, role>();
  constexpr int nodes = written_source<M, role>.size * (budget ? 2 * most_repetition : 2);
  return StaticPlan<nodes, nodes, nodes, 4 * nodes, 2 * nodes, nodes>(
      with_precision(view(make_plan(source_view<M, role>(), rewrites_of<M>(), budget)), precision_of<M, role>()));
}();

/// The plan of a role, in exact sizes: no byte of a program is wasted.
template <class M, Role role>
inline constexpr auto planned = [] {
  constexpr const auto& roomy = roomy_plan<M, role>;
  constexpr std::optional<MemoryBudget> budget = budget_of<M, role>();
  if constexpr (budget.has_value())
    static_assert(check_budget<budget->bytes, planned_bytes(roomy.view(), budget->samples)>());
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

/// True for a model without a mistake: `static_assert(isthmus::check<Model>);` behind its declaration, where
/// nothing else uses it yet. Otherwise it does not compile, and the first error names the mistake, the layer and
/// the shapes.
template <class M>
inline constexpr bool check = plan::require_sound<M>();

/// Bytes that a program of this model needs at most for `max_batch` samples: parameters, optimizer's state and
/// everything in between. A constant.
template <class M, Role role, int max_batch>
inline constexpr std::int64_t arena_bytes = plan::planned_bytes(plan::planned<M, role>.view(), max_batch);

}  // namespace isthmus
