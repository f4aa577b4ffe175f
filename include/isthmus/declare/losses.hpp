// Losses: functions of the reconstruction and the target that give a scalar. Penalties (penalties.hpp) are
// functions of the same kind; sums of them with weights are in terms.hpp.
#pragma once

#include <isthmus/builder.hpp>

#include <concepts>
#include <optional>

namespace isthmus {

namespace declare {

/// The base of every loss that can be a term of a sum; each has a `name`, under which it is reported.
struct Term {};

/// How the errors of a loss become one number.
enum class Reduction {
  mean,                 ///< over batch and elements
  mean_of_sample_sums,  ///< summed over a sample, mean over the batch
};
constexpr Tensor reduced(Reduction reduction, Tensor errors) {
  return reduction == Reduction::mean ? mean(errors) : mean_over_batch(errors);
}

/// Records a term whose name another output has already; `loss` is the sum itself.
constexpr void require_new_output(Builder& b, const char* name) {
  bool taken = same_text(name, "loss");
  for (const Node& node : b.view()) taken = taken || (node.op == Op::output && same_text(node.label.layer, name));
  if (taken) b.diagnostic().record(Mistake::duplicate_name, name);
}

/// Records the mistake at the layer that made the reconstruction; true if the loss can be written.
constexpr bool same_shapes(Tensor reconstruction, Tensor target) {
  if (reconstruction.shape() == target.shape()) return true;
  reconstruction.builder->diagnostic().record(Mistake::loss_shapes_differ, reconstruction.node().label.layer,
                                              reconstruction.shape(), target.shape());
  return false;
}

/// What a sum is over: a sample's values, or those of each of its rows, which are draws of one sample.
enum class Over { sample, draw };
/// [batch, …] → [batch, 1], or [batch, draws, columns] → [batch, draws].
constexpr Tensor sum_over(Over over, Tensor x) {
  if (over == Over::sample || x.shape().rank != 3) return sample_sum(x);
  const int draws = x.shape().dim[1];
  return reshape(x.builder->sum_to(x, shape_of(batch, draws, 1)), shape_of(batch, draws));
}

/// A loss, or a sum of losses, that says how probable the target is: `log_likelihood(y, target, over)` is the
/// logarithm of the probability (or its density) of each sample's target, in nats, with all constants: [batch, 1],
/// or one for each draw.
template <class T>
concept gives_log_likelihood = requires(const T& term, Tensor t) {
  { term.log_likelihood(t, t, Over::sample) } -> std::same_as<Tensor>;
};

/// The draws of a loss that needs several of each sample's code; 0 of others.
template <class Loss>
inline constexpr int draws_of = 0;
template <class Loss>
  requires requires { Loss::draws; }
inline constexpr int draws_of<Loss> = Loss::draws;

/// The base of a loss that compares value with value: `L` has a `reduction`, and `errors(y, target)` for two
/// tensors of one shape; the loss is `scale` times what these give. Where that is the negative logarithm of a
/// probability, `L` has a `normalizer`: what of each value's the loss leaves out.
template <class L>
struct Comparison : Term {
  static constexpr float scale = 1.0f;
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    if (!same_shapes(y, target)) return y.builder->constant(0.0f);
    return scaled(reduced(L::reduction, static_cast<const L&>(*this).errors(y, target)));
  }
  static constexpr Tensor scaled(Tensor loss) { return L::scale == 1.0f ? loss : loss * L::scale; }

  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const
    requires requires { L::normalizer; }
  {
    return -sum_over(over, surprise(y, target));
  }
  /// -log p of each value, in nats.
  constexpr Tensor surprise(Tensor y, Tensor target) const
    requires requires { L::normalizer; }
  {
    const Tensor errors = scaled(static_cast<const L&>(*this).errors(y, target));
    return L::normalizer == 0.0f ? errors : errors + L::normalizer;
  }
};

struct MeanSquaredError : Comparison<MeanSquaredError> {
  static constexpr const char* name = "mse";
  static constexpr Reduction reduction = Reduction::mean;
  constexpr Tensor errors(Tensor y, Tensor target) const { return square(y - target); }
};

/// -t log y - (1 - t) log(1 - y), element by element.
constexpr Tensor cross_entropy(Tensor y, Tensor target) {
  Builder& b = *y.builder;
  // After a sigmoid it is a function of the logit z that neither overflows nor takes log(0):
  // -t log σ(z) - (1 - t) log(1 - σ(z)) = softplus(z) - t z.
  if (y.node().function == &ops::sigmoid) {
    const Tensor z = b.tensor(y.node().inputs[0]);
    const Tensor plus = b.unary(ops::softplus, z);
    return plus - target * z;
  }
  const float tiny = 1e-7f;
  const Tensor p = b.clamp(y, tiny, 1.0f - tiny);
  const Tensor of_ones = target * log(p), others = 1.0f - target;
  return -(of_ones + others * log(1.0f - p));
}

struct BinaryCrossEntropy : Comparison<BinaryCrossEntropy> {
  static constexpr const char* name = "bce";
  static constexpr Reduction reduction = Reduction::mean;
  constexpr Tensor errors(Tensor y, Tensor target) const { return cross_entropy(y, target); }
};

struct Bernoulli : Comparison<Bernoulli> {
  static constexpr const char* name = "bernoulli";
  static constexpr Reduction reduction = Reduction::mean_of_sample_sums;
  static constexpr float normalizer = 0.0f;
  constexpr Tensor errors(Tensor y, Tensor target) const { return cross_entropy(y, target); }
};

struct Gaussian : Comparison<Gaussian> {
  static constexpr const char* name = "gaussian";
  static constexpr Reduction reduction = Reduction::mean_of_sample_sums;
  static constexpr float scale = 0.5f;
  static constexpr float normalizer = 0.918938533f;  ///< ½ log 2π
  constexpr Tensor errors(Tensor y, Tensor target) const { return square(y - target); }
};

struct Huber : Comparison<Huber> {
  static constexpr const char* name = "huber";
  static constexpr Reduction reduction = Reduction::mean;
  float delta;

  constexpr explicit Huber(float d) : delta(d) {}
  using Comparison::operator();
  constexpr Huber operator()(float d) const { return Huber(d); }
  constexpr Tensor errors(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    const Tensor error = y - target;
    if (!(delta > 0)) b.diagnostic().record(Mistake::bound_not_positive, name, shape_of(batch, in_percent(delta)));
    // With c = min(max(e, -δ), δ): c (e - c / 2) is e² / 2 where c = e, and δ (|e| - δ / 2) elsewhere.
    const Tensor clamped = b.clamp(error, -delta, delta);
    return clamped * (error - 0.5f * clamped);
  }
};

struct CosineDistance : Comparison<CosineDistance> {
  static constexpr const char* name = "cosine";
  static constexpr Reduction reduction = Reduction::mean;
  float epsilon;

  constexpr explicit CosineDistance(float e) : epsilon(e) {}
  /// One for each sample.
  constexpr Tensor errors(Tensor y, Tensor target) const {
    const Tensor product = sample_sum(y * target);
    const Tensor projection = product / length(y);
    return 1.0f - projection / length(target);
  }

 private:
  /// max(‖x‖, ε) of each sample. The bound is under the root, whose slope is infinite at zero.
  constexpr Tensor length(Tensor x) const {
    const Tensor squares = sample_sum(square(x));
    return sqrt(maximum(squares, x.builder->constant(epsilon * epsilon)));
  }
};

}  // namespace declare

/// Mean over batch and elements of (reconstruction - target)².
inline constexpr declare::MeanSquaredError mean_squared_error{};

/// Mean over batch and elements of -t log y - (1 - t) log(1 - y); computed from the logit if y is a sigmoid.
inline constexpr declare::BinaryCrossEntropy binary_cross_entropy{};

/// The negative log-likelihood of a Bernoulli decoder in nats: binary cross-entropy, summed over a sample, mean
/// over the batch. Kingma and Welling 2013, appendix C.1.
inline constexpr declare::Bernoulli bernoulli{};

/// The negative log-likelihood of a Gaussian decoder of variance 1 without its constant: half the squared error,
/// summed over a sample, mean over the batch. Kingma and Welling 2013, appendix C.2.
inline constexpr declare::Gaussian gaussian{};

/// Mean over batch and elements of e² / 2 where an error e = reconstruction - target is at most δ, and of
/// δ (|e| - δ / 2) beyond; δ is 1 unless given: `huber(0.1f)`. Huber 1964; PyTorch's HuberLoss, Keras' Huber.
inline constexpr declare::Huber huber{1.0f};

/// Mean over the batch of 1 - x · y / (max(‖x‖, ε) max(‖y‖, ε)), x and y all of a sample's values: 0 for those of
/// one direction, 2 for opposite ones, 1 if one of them is zero. ε is 1e-8, as in PyTorch's cosine_similarity.
inline constexpr declare::CosineDistance cosine_distance{1e-8f};

/// The training of a model: its loss and optimizer, as in `train(model, mean_squared_error, adam{})`.
template <class Loss, class Optimizer>
struct Training {
  Loss loss;
  Optimizer optimizer;
  float clip_norm = 0;  ///< 0: gradients are not clipped
  Precision precision = Precision::fp32;
  std::optional<MemoryBudget> memory = {};  ///< none: memory is not bounded
  LayerNames frozen = {};                   ///< layers that keep their values
  int accumulated = 1;                      ///< steps that make one update
};

/// An option of `train`: gradients whose norm, all parameters together, is above `largest` are scaled down to it.
struct clip_norm {
  float largest;  ///< 0: no bound

  template <class Loss, class Optimizer>
  constexpr void apply(Training<Loss, Optimizer>& training) const {
    training.clip_norm = largest;
  }
};

namespace declare {

struct FrozenOption {
  LayerNames layers;

  template <class Loss, class Optimizer>
  constexpr void apply(Training<Loss, Optimizer>& training) const {
    for (int i = 0; i < layers.count && training.frozen.count < LayerNames::most; ++i)
      training.frozen.names[training.frozen.count++] = layers.names[i];
  }
};

template <int steps>
struct AccumulateOption {
  template <class Loss, class Optimizer>
  constexpr void apply(Training<Loss, Optimizer>& training) const {
    training.accumulated = steps;
  }
};

/// Whether what `train` takes for a loss is several, each with an optimizer: turns.hpp.
template <class Loss>
inline constexpr bool is_in_turns = requires(const Loss& loss) { loss.turns; };

template <Precision p>
struct PrecisionOption {
  template <class Loss, class Optimizer>
  constexpr void apply(Training<Loss, Optimizer>& training) const {
    training.precision = p;
  }
};

template <std::int64_t bytes, int samples>
struct MemoryBudgetOption {
  template <class Loss, class Optimizer>
  constexpr void apply(Training<Loss, Optimizer>& training) const {
    training.memory = MemoryBudget{bytes, samples};
  }
};

}  // namespace declare

inline constexpr Precision fp32 = Precision::fp32;
inline constexpr Precision bf16 = Precision::bf16;

/// An option of `train`: what the products of dense layers multiply, in both directions. `precision<bf16>`:
/// operands are rounded on their way into the multiplication, sums are fp32, and so are the parameters, which thus
/// keep updates that are small beside them. Convolutions multiply fp32 in either case. Source: Micikevicius et al.
/// 2018, section 3.1.
template <Precision p>
inline constexpr declare::PrecisionOption<p> precision{};

/// An option of `train`: the arena of a training step takes at most so many bytes for batches of up to so many
/// samples. Results take over the bytes of what is needed no more, and what is cheap to compute again is not kept
/// for the backward pass; all values, and so the trained parameters, are the same bits as without. A budget that
/// cannot be kept does not compile. Larger batches, where a program's largest is chosen when it runs, take more.
template <std::int64_t bytes, int samples>
inline constexpr declare::MemoryBudgetOption<bytes, samples> memory_budget{};

/// An option of `train`: the layers of these names keep their values, bit for bit, and no gradient is computed for
/// what they alone need. A batch norm among them normalizes by its running statistics, which stay as they are too,
/// as in Keras. Dropout and noise behind a frozen layer are as ever. A name that no layer with parameters has does
/// not compile, nor does a model of which nothing is trained.
template <class... Name>
  requires(sizeof...(Name) > 0 && sizeof...(Name) <= LayerNames::most)
constexpr declare::FrozenOption frozen(const Name&... layers) {
  return {{{static_cast<const char*>(layers)...}, static_cast<int>(sizeof...(Name))}};
}

/// An option of `train`: so many steps in a row, each with its own batch, make one update, by the mean of their
/// gradients. That is an update by the batch of all their samples, up to rounding, if each has as many; what is of
/// a batch, such as a norm's statistics, is each step's own. Schedules and optimizers count updates, and
/// `clip_norm` bounds the mean's norm. A sum beside each parameter, `accumulated`, is saved with the optimizer's
/// memory. Steps count on from one epoch to the next. Not for steps in turns: a later turn reads what an earlier
/// one updates.
template <int steps>
inline constexpr declare::AccumulateOption<steps> accumulate{};

/// `train(model, loss, optimizer, options…)`: options are `clip_norm{…}`, `precision<…>`, `memory_budget<…>`,
/// `accumulate<…>` and `frozen(…)`, in any order.
template <class AnyModel, class Loss, class Optimizer, class... Option>
  requires(!declare::is_in_turns<Loss>)
constexpr auto train(const AnyModel&, Loss loss, Optimizer optimizer, Option... options) {
  Training<Loss, Optimizer> training{loss, optimizer};
  (options.apply(training), ...);
  return training;
}

}  // namespace isthmus
