// Elementwise operations on vectors: those that formulas are made of, and formulas, unrolled over registers.
// Compiled once per SIMD target.
#if defined(ISTHMUS_OPS_FUNCTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_OPS_FUNCTIONS_INL_H_
#undef ISTHMUS_OPS_FUNCTIONS_INL_H_
#else
#define ISTHMUS_OPS_FUNCTIONS_INL_H_
#endif

#include <isthmus/ops/table.hpp>
#include <isthmus/plan/plan.hpp>

#include <limits>
#include <utility>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, plan::panel_width>;
using FloatVector = hn::Vec<FloatTag>;
using FloatMask = hn::Mask<FloatTag>;

/// Highway's Exp wraps around where the result is too large, and has a number for NaN.
HWY_INLINE FloatVector exp_of(FloatVector x) {
  const FloatTag d;
  const FloatVector infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, 88.7228f)), hn::Exp(d, x), hn::Add(x, infinity));
}

/// Highway's Log has a number for what is not positive, and for infinity. `log` is of x, if that is above zero.
HWY_INLINE FloatVector log_or_limit(FloatVector x, FloatVector log) {
  const FloatTag d;
  const FloatVector infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const FloatVector zero = hn::Zero(d);
  // log 0 = -∞, log ∞ = ∞; else 0 · (x - ∞) is NaN.
  const FloatVector no_number = hn::Mul(zero, hn::Sub(x, infinity));
  const FloatVector rest =
      hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), hn::IfThenElse(hn::Eq(x, infinity), x, no_number));
  return hn::IfThenElse(hn::And(hn::Gt(x, zero), hn::Lt(x, infinity)), log, rest);
}

HWY_INLINE FloatVector log_of(FloatVector x) { return log_or_limit(x, hn::Log(FloatTag(), x)); }

/// Highway's Sin and Cos have numbers for infinity; 0 · ∞ is NaN. A zero keeps its sign.
HWY_INLINE FloatVector sin_of(FloatVector x) {
  const FloatTag d;
  const FloatVector zero = hn::Zero(d);
  return hn::IfThenElse(hn::Eq(x, zero), x, hn::Add(hn::Sin(d, x), hn::Mul(zero, x)));
}
HWY_INLINE FloatVector cos_of(FloatVector x) {
  const FloatTag d;
  return hn::Add(hn::Cos(d, x), hn::Mul(hn::Zero(d), x));
}

/// A rational approximation in x², relative error below 4e-7: least squares on [0, 3.92], weighted until the
/// largest error was smallest. Beyond, the result is 1 to the last bit.
HWY_INLINE FloatVector erf_of(FloatVector x) {
  const FloatTag d;
  const auto polynomial = [&](FloatVector z, const float(&c)[6]) HWY_ATTR {
    FloatVector sum = hn::Set(d, c[5]);
    for (int i = 4; i >= 0; --i) sum = hn::MulAdd(sum, z, hn::Set(d, c[i]));
    return sum;
  };
  constexpr float over[6] = {1.1283791065216064f,    0.19039775431156158f,    0.052747588604688644f,
                             0.0037652463652193546f, 0.00028487498639151454f, 2.050163629974122e-06f};
  constexpr float under[6] = {1.0f,
                              0.5020683407783508f,
                              0.11410553008317947f,
                              0.014968477189540863f,
                              0.0011624465696513653f,
                              3.809209738392383e-05f};
  const FloatVector z = hn::Mul(x, x), one = hn::Set(d, 1.0f);
  const FloatVector y = hn::Div(hn::Mul(x, polynomial(z, over)), polynomial(z, under));
  const FloatMask beyond = hn::Or(hn::Ge(hn::Abs(x), hn::Set(d, 3.92f)), hn::Gt(hn::Abs(y), one));
  return hn::IfThenElse(beyond, hn::CopySign(one, x), y);
}

/// exp(y log |x|), with the sign and the exceptions of IEEE 754.
HWY_INLINE FloatVector pow_of(FloatVector x, FloatVector y) {
  const FloatTag d;
  const FloatVector one = hn::Set(d, 1.0f), zero = hn::Zero(d), size = hn::Abs(x);
  FloatVector power = exp_of(hn::Mul(y, log_of(size)));
  power = hn::IfThenElse(hn::And(hn::Eq(size, one), hn::Not(hn::IsNaN(y))), one, power);
  const FloatVector half = hn::Mul(y, hn::Set(d, 0.5f));
  const FloatMask is_whole = hn::Eq(hn::Round(y), y);
  const FloatMask is_odd = hn::And(is_whole, hn::Ne(hn::Round(half), half));
  power = hn::IfThenElse(is_odd, hn::CopySign(power, x), power);
  const FloatVector nan = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
  const FloatMask is_negative = hn::And(hn::Lt(x, zero), hn::Not(hn::IsInf(x)));
  power = hn::IfThenElse(hn::And(is_negative, hn::Not(is_whole)), nan, power);
  return hn::IfThenElse(hn::Or(hn::Eq(y, zero), hn::Eq(x, one)), one, power);
}

/// `select` takes what `greater` gives as it is, without a 1 or a 0 in between.
constexpr bool is_select(const Elementwise* function) { return function == &ops::select; }
constexpr bool is_comparison(const Elementwise* function) { return function == &ops::greater; }
/// c where a > b, else d: both in one.
HWY_INLINE FloatVector select_greater(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
  return hn::IfThenElse(hn::Gt(a, b), c, d);
}

template <const Elementwise* function>
HWY_INLINE FloatVector function_of(FloatVector a, FloatVector b, FloatVector c, float value);

/// A formula, step by step.
template <const Elementwise* function>
struct FormulaKernel {
  static constexpr FormulaSteps steps = function->formula();

  static constexpr bool is_comparison(int step) {
    return step >= FormulaSteps::leaves && HWY_NAMESPACE::is_comparison(steps[step].function);
  }

  template <int i>
  static HWY_INLINE FloatVector step(const FloatVector* known) {
    constexpr FormulaStep self = steps[i];
    if constexpr (self.function == nullptr) {
      const FloatTag d;
      return hn::Set(d, self.value);
    } else if constexpr (is_select(self.function) && is_comparison(self.inputs[0])) {
      constexpr FormulaStep condition = steps[self.inputs[0]];
      return select_greater(known[condition.inputs[0]], known[condition.inputs[1]], known[self.inputs[1]],
                            known[self.inputs[2]]);
    } else {
      constexpr int b = self.inputs[1] < 0 ? 0 : self.inputs[1], c = self.inputs[2] < 0 ? 0 : self.inputs[2];
      return function_of<self.function>(known[self.inputs[0]], known[b], known[c], self.value);
    }
  }

  template <int... index>
  static HWY_INLINE FloatVector run(FloatVector a, FloatVector b, FloatVector c, float value,
                                    std::integer_sequence<int, index...>) {
    const FloatTag d;
    FloatVector known[FormulaSteps::leaves + sizeof...(index)] = {a, b, c, hn::Set(d, value)};
    ((known[FormulaSteps::leaves + index] = step<FormulaSteps::leaves + index>(known)), ...);
    return known[steps.result];
  }
};

/// One operation; operands that it does not have are not read.
template <const Elementwise* function>
HWY_INLINE FloatVector function_of(FloatVector a, FloatVector b, FloatVector c, float value) {
  const FloatTag d;
  if constexpr (function->formula().count > 0)
    return FormulaKernel<function>::run(
        a, b, c, value, std::make_integer_sequence<int, function->formula().count - FormulaSteps::leaves>());
  else if constexpr (function == &ops::negate) return hn::Neg(a);
  else if constexpr (function == &ops::add) return hn::Add(a, b);
  else if constexpr (function == &ops::subtract) return hn::Sub(a, b);
  else if constexpr (function == &ops::multiply) return hn::Mul(a, b);
  else if constexpr (function == &ops::divide) return hn::Div(a, b);
  // a stays where neither b is beyond it nor b is NaN.
  else if constexpr (function == &ops::maximum) return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(b)), b, a);
  else if constexpr (function == &ops::minimum) return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(b)), b, a);
  else if constexpr (function == &ops::greater) return hn::IfThenElseZero(hn::Gt(a, b), hn::Set(d, 1.0f));
  else if constexpr (function == &ops::select) return hn::IfThenElse(hn::Eq(a, hn::Zero(d)), c, b);
  else if constexpr (function == &ops::exp) return exp_of(a);
  else if constexpr (function == &ops::log) return log_of(a);
  else if constexpr (function == &ops::log1p) return log_or_limit(hn::Add(hn::Set(d, 1.0f), a), hn::Log1p(d, a));
  else if constexpr (function == &ops::erf) return erf_of(a);
  else if constexpr (function == &ops::pow) return pow_of(a, b);
  else if constexpr (function == &ops::sqrt) return hn::Sqrt(a);
  else if constexpr (function == &ops::absolute) return hn::Abs(a);
  else if constexpr (function == &ops::sin) return sin_of(a);
  else if constexpr (function == &ops::cos) return cos_of(a);
  else {
    static_assert(function == &ops::tanh, "an elementwise operation without a formula needs a kernel here");
    return hn::Tanh(d, a);
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
