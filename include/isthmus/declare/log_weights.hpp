// Importance weights of drawn codes: how much each counts for log p(x). An evaluation has them beside its loss,
// and importance_weighted.hpp trains on them.
#pragma once

#include <isthmus/declare/binarize.hpp>
#include <isthmus/declare/losses.hpp>
#include <isthmus/ops/repeat_rows.hpp>

namespace isthmus::declare {

/// What a drawn code z = μ + exp(½ log σ²) ε is made of, as nodes of a graph; all are -1 if there is none.
struct DrawnCode {
  int code = -1, log_variance = -1, noise = -1;
};

/// The name of the nodes that several draws have made.
inline constexpr const char* draws_name = "draws";

/// The code of a graph whose modes are resolved, if that is drawn as `reparameterize` writes it, once or several
/// times: the code itself, so that nothing else reaches the decoder.
constexpr DrawnCode find_drawn_code(GraphView graph) {
  int count = 0;
  const int bottleneck = find_only(graph, Op::bottleneck, count);
  if (count != 1) return {};
  const auto is = [&](int i, const Elementwise& function) { return i >= 0 && graph[i].function == &function; };
  const auto once = [&](int i) {
    return graph[i].op == Op::rows && same_text(graph[i].label.layer, draws_name) ? graph[i].inputs[0] : i;
  };
  const int code = graph[bottleneck].inputs[0];
  if (!is(code, ops::add) || !is(graph[code].inputs[1], ops::multiply)) return {};
  const int* const factors = graph[graph[code].inputs[1]].inputs;
  const Node& noise = graph[factors[1]];
  if (noise.op != Op::random || noise.attribute.as<Distribution>() != Distribution::normal) return {};
  const int deviation = once(factors[0]);
  if (!is(deviation, ops::exp) || !is(graph[deviation].inputs[0], ops::multiply)) return {};
  const Node& half = graph[graph[deviation].inputs[0]];
  if (graph[half.inputs[0]].op != Op::constant || graph[half.inputs[0]].value != 0.5f) return {};
  return {code, half.inputs[1], factors[1]};
}

/// log p(x | z) + log p(z) - log q(z | x) of each sample, [batch, 1], or of each of its `count` draws, [batch,
/// count], with p(z) = N(0, I). With the constants of both normal distributions, which cancel, that is log p(x |
/// z) + ½ Σ (ε² + log σ² - z²). Source: Burda, Grosse and Salakhutdinov 2015, section 3.
template <int count, class Loss>
constexpr Tensor log_weights(Tensor y, Tensor target, const Loss& loss, const DrawnCode& drawn) {
  Builder& b = *y.builder;
  const Over over = count > 0 ? Over::draw : Over::sample;
  const Tensor likelihood = loss.log_likelihood(y, target, over);
  const Tensor squares = square(b.tensor(drawn.noise)) - square(b.tensor(drawn.code));
  Tensor log_variance = b.tensor(drawn.log_variance);
  if constexpr (count > 0) log_variance = repeat_rows<count>(log_variance);
  return likelihood + 0.5f * sum_over(over, squares + log_variance);
}

/// The name of the side output with the weights.
inline constexpr const char* log_weight_name = "log_weight";

/// Adds to a graph that gives a loss the side output `log_weight`, if the code is drawn and a term of the loss is
/// a likelihood; `y` is the reconstruction.
template <class Loss>
constexpr void write_log_weights(Tensor y, const Loss& loss) {
  if constexpr (gives_log_likelihood<Loss>) {
    Builder& b = *y.builder;
    const DrawnCode drawn = find_drawn_code(b.model());
    if (drawn.code < 0) return;
    b.in_layer(log_weight_name);
    b.side_output(log_weights<draws_of<Loss>>(y, target_of(b), loss, drawn), log_weight_name);
  }
}

}  // namespace isthmus::declare
