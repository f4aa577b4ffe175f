// The functions of recurrent cells and their derivatives, for sixteen units of one sample at once. Once per SIMD
// target. The equations and the order of the gates are in isthmus/ops/recurrence.hpp.
#if defined(ISTHMUS_SRC_OPS_RECURRENCE_CELLS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_RECURRENCE_CELLS_INL_H_
#undef ISTHMUS_SRC_OPS_RECURRENCE_CELLS_INL_H_
#else
#define ISTHMUS_SRC_OPS_RECURRENCE_CELLS_INL_H_
#endif

#include <isthmus/ops/functions-inl.h>
#include <isthmus/ops/recurrence.hpp>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

inline constexpr int most_gates = 4, most_traced = 6;

/// What one step of a cell reads and writes: each pointer is to sixteen floats.
struct CellStep {
  const float* projection[most_gates];
  const float* product[most_gates];
  const float* bias[most_gates];  ///< of the products
  const float* before[most_traced];
  float* now[most_traced];
};

/// What the derivative of one step reads and writes.
struct CellGradient {
  const float* before[most_traced];
  const float* now[most_traced];
  const float* state;  ///< the gradient of the step's state, from outside
  /// The gradients of the step's state and of what else it hands on, from the step behind; replaced by those of
  /// the step before, without what comes through the product.
  float* carried[2];
  float* projection[most_gates];
  float* product[most_gates];
};

HWY_INLINE FloatVector sigmoid_of(FloatVector x) { return function_of<&ops::sigmoid>(x, x, x, 0); }
HWY_INLINE FloatVector tanh_of(FloatVector x) { return function_of<&ops::tanh>(x, x, x, 0); }
/// g s (1 - s): the gradient before a sigmoid whose result is s.
HWY_INLINE FloatVector before_sigmoid(FloatVector g, FloatVector s) {
  return hn::Mul(g, hn::Mul(s, hn::Sub(hn::Set(FloatTag(), 1.0f), s)));
}
/// g (1 - t²): the gradient before a tanh whose result is t.
HWY_INLINE FloatVector before_tanh(FloatVector g, FloatVector t) {
  return hn::Mul(g, hn::NegMulAdd(t, t, hn::Set(FloatTag(), 1.0f)));
}

struct Lstm {
  static constexpr RecurrentCell cell = RecurrentCell::lstm;
  static constexpr CellFacts facts = facts_of(cell);

  static HWY_INLINE void step(const CellStep& at, int lane) {
    const FloatTag d;
    const auto gate = [&](int g) HWY_ATTR {
      return hn::Add(hn::LoadU(d, at.projection[g] + lane),
                     hn::Add(hn::LoadU(d, at.product[g] + lane), hn::LoadU(d, at.bias[g] + lane)));
    };
    const auto in = sigmoid_of(gate(0)), forget = sigmoid_of(gate(1));
    const auto candidate = tanh_of(gate(2)), out = sigmoid_of(gate(3));
    const auto memory = hn::MulAdd(forget, hn::LoadU(d, at.before[1] + lane), hn::Mul(in, candidate));
    hn::StoreU(hn::Mul(out, tanh_of(memory)), d, at.now[0] + lane);
    hn::StoreU(memory, d, at.now[1] + lane);
    hn::StoreU(in, d, at.now[2] + lane);
    hn::StoreU(forget, d, at.now[3] + lane);
    hn::StoreU(candidate, d, at.now[4] + lane);
    hn::StoreU(out, d, at.now[5] + lane);
  }

  static HWY_INLINE void gradient(const CellGradient& at, int lane) {
    const FloatTag d;
    const auto now = [&](int k) HWY_ATTR { return hn::LoadU(d, at.now[k] + lane); };
    const auto in = now(2), forget = now(3), candidate = now(4), out = now(5), seen = tanh_of(now(1));
    const auto of_state = hn::Add(hn::LoadU(d, at.state + lane), hn::LoadU(d, at.carried[0] + lane));
    const auto of_memory = hn::Add(before_tanh(hn::Mul(of_state, out), seen), hn::LoadU(d, at.carried[1] + lane));
    const auto put = [&](int g, FloatVector value) HWY_ATTR { hn::StoreU(value, d, at.projection[g] + lane); };
    put(0, before_sigmoid(hn::Mul(of_memory, candidate), in));
    put(1, before_sigmoid(hn::Mul(of_memory, hn::LoadU(d, at.before[1] + lane)), forget));
    put(2, before_tanh(hn::Mul(of_memory, in), candidate));
    put(3, before_sigmoid(hn::Mul(of_state, seen), out));
    hn::StoreU(hn::Zero(d), d, at.carried[0] + lane);
    hn::StoreU(hn::Mul(of_memory, forget), d, at.carried[1] + lane);
  }
};

struct Gru {
  static constexpr RecurrentCell cell = RecurrentCell::gru;
  static constexpr CellFacts facts = facts_of(cell);

  static HWY_INLINE void step(const CellStep& at, int lane) {
    const FloatTag d;
    const auto projection = [&](int g) HWY_ATTR { return hn::LoadU(d, at.projection[g] + lane); };
    const auto product = [&](int g) HWY_ATTR {
      return hn::Add(hn::LoadU(d, at.product[g] + lane), hn::LoadU(d, at.bias[g] + lane));
    };
    const auto keep = sigmoid_of(hn::Add(projection(0), product(0)));
    const auto reset = sigmoid_of(hn::Add(projection(1), product(1)));
    const auto recalled = product(2);
    const auto candidate = tanh_of(hn::MulAdd(reset, recalled, projection(2)));
    const auto before = hn::LoadU(d, at.before[0] + lane);
    hn::StoreU(hn::MulAdd(keep, hn::Sub(before, candidate), candidate), d, at.now[0] + lane);
    hn::StoreU(keep, d, at.now[1] + lane);
    hn::StoreU(reset, d, at.now[2] + lane);
    hn::StoreU(candidate, d, at.now[3] + lane);
    hn::StoreU(recalled, d, at.now[4] + lane);
  }

  static HWY_INLINE void gradient(const CellGradient& at, int lane) {
    const FloatTag d;
    const auto now = [&](int k) HWY_ATTR { return hn::LoadU(d, at.now[k] + lane); };
    const auto keep = now(1), reset = now(2), candidate = now(3), recalled = now(4);
    const auto of_state = hn::Add(hn::LoadU(d, at.state + lane), hn::LoadU(d, at.carried[0] + lane));
    const auto kept = hn::Mul(of_state, keep);
    const auto of_candidate = before_tanh(hn::Sub(of_state, kept), candidate);
    const auto difference = hn::Sub(hn::LoadU(d, at.before[0] + lane), candidate);
    const auto of_keep = before_sigmoid(hn::Mul(of_state, difference), keep);
    const auto of_reset = before_sigmoid(hn::Mul(of_candidate, recalled), reset);
    for (float* const* to : {at.projection, at.product}) {
      hn::StoreU(of_keep, d, to[0] + lane);
      hn::StoreU(of_reset, d, to[1] + lane);
    }
    hn::StoreU(of_candidate, d, at.projection[2] + lane);
    hn::StoreU(hn::Mul(of_candidate, reset), d, at.product[2] + lane);
    hn::StoreU(kept, d, at.carried[0] + lane);
  }
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
