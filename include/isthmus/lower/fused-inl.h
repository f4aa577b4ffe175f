// The elementwise kernels of a model: one per distinct program, its instructions unrolled over registers.
// Compiled once per SIMD target.
#if defined(ISTHMUS_LOWER_FUSED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_LOWER_FUSED_INL_H_
#undef ISTHMUS_LOWER_FUSED_INL_H_
#else
#define ISTHMUS_LOWER_FUSED_INL_H_
#endif

#include <isthmus/lower/program.hpp>

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

// A NaN goes through every function, so that a run that went wrong shows in its loss; a comparison with one is false.
// Of two equal operands, such as zeros of either sign, the first one is the larger and the smaller one. The same
// holds in isthmus::evaluate, in exported C and in ONNX.

/// The larger one, where y is a number.
HWY_INLINE FloatVector max_with_number(FloatVector x, FloatVector y) { return hn::IfThenElse(hn::Lt(x, y), y, x); }
/// x stays where neither y is larger nor y is NaN.
HWY_INLINE FloatVector max_of(FloatVector x, FloatVector y) {
  return hn::IfThenElse(hn::Or(hn::Lt(x, y), hn::IsNaN(y)), y, x);
}
HWY_INLINE FloatVector min_of(FloatVector x, FloatVector y) {
  return hn::IfThenElse(hn::Or(hn::Gt(x, y), hn::IsNaN(y)), y, x);
}

/// Highway's Exp wraps around where the result is too large, and has a number for NaN.
HWY_INLINE FloatVector exp_of(FloatVector x) {
  const FloatTag d;
  const FloatVector infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, 88.7228f)), hn::Exp(d, x), hn::Add(x, infinity));
}

/// Highway's Log has a number for what is not positive, and for infinity.
HWY_INLINE FloatVector log_of(FloatVector x) {
  const FloatTag d;
  const FloatVector infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const FloatVector zero = hn::Zero(d);
  // log 0 = -∞, log ∞ = ∞; else 0 · (x - ∞) is NaN.
  const FloatVector no_number = hn::Mul(zero, hn::Sub(x, infinity));
  const FloatVector rest = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity),
                                          hn::IfThenElse(hn::Eq(x, infinity), x, no_number));
  return hn::IfThenElse(hn::And(hn::Gt(x, zero), hn::Lt(x, infinity)), hn::Log(d, x), rest);
}

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

HWY_INLINE FloatVector sigmoid_of(FloatVector x) {
  const FloatTag d;
  // exp is infinity for very negative x, and 1 / infinity is the right 0.
  return hn::Div(hn::Set(d, 1.0f), hn::Add(hn::Set(d, 1.0f), exp_of(hn::Neg(x))));
}

HWY_INLINE FloatVector softplus_of(FloatVector x) {
  const FloatTag d;
  return hn::Add(max_with_number(x, hn::Zero(d)), hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(x)))));
}

template <Op op>
HWY_INLINE FloatVector unary_of(FloatVector x, float value) {
  const FloatTag d;
  if constexpr (op == Op::negate) return hn::Neg(x);
  else if constexpr (op == Op::exp) return exp_of(x);
  else if constexpr (op == Op::log) return log_of(x);
  else if constexpr (op == Op::sqrt) return hn::Sqrt(x);
  else if constexpr (op == Op::absolute) return hn::Abs(x);
  else if constexpr (op == Op::sign)
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Set(d, 1.0f),
                          hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, -1.0f), x));
  else if constexpr (op == Op::sin) return sin_of(x);
  else if constexpr (op == Op::cos) return cos_of(x);
  else if constexpr (op == Op::tanh) return hn::Tanh(d, x);
  else if constexpr (op == Op::sigmoid) return sigmoid_of(x);
  else if constexpr (op == Op::softplus) return softplus_of(x);
  // exp is infinity for very negative x, and x / infinity is the right 0.
  else if constexpr (op == Op::swish) return hn::Div(x, hn::Add(hn::Set(d, 1.0f), exp_of(hn::Neg(x))));
  else if constexpr (op == Op::relu) return max_with_number(x, hn::Zero(d));
  else if constexpr (op == Op::leaky_relu)
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, hn::Set(d, value)));
  else {
    static_assert(op == Op::elu);
    const FloatVector below = hn::Mul(
        hn::Set(d, value), hn::Sub(hn::Exp(d, hn::Min(x, hn::Zero(d))), hn::Set(d, 1.0f)));
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), below, x);
  }
}

template <Op op>
HWY_INLINE FloatVector binary_of(FloatVector x, FloatVector y) {
  const FloatTag d;
  if constexpr (op == Op::add) return hn::Add(x, y);
  else if constexpr (op == Op::subtract) return hn::Sub(x, y);
  else if constexpr (op == Op::multiply) return hn::Mul(x, y);
  else if constexpr (op == Op::divide) return hn::Div(x, y);
  else if constexpr (op == Op::maximum) return max_of(x, y);
  else if constexpr (op == Op::minimum) return min_of(x, y);
  else {
    static_assert(op == Op::greater);
    return hn::IfThenElseZero(hn::Gt(x, y), hn::Set(d, 1.0f));
  }
}

/// `Source` gives the program: static members `instructions` (pointer), `count`, `operand_count`, `results`
/// (pointer), `result_count`, `is_sum(result)`, and `tail` (the last panel is not full).
template <class Source>
struct FusedKernel {
  static constexpr int operand_count = Source::operand_count;
  static constexpr int result_count = Source::result_count;

  /// The current row of the current panel in every operand and result.
  struct Place {
    const float* operand[operand_count + 1];
    float* result[result_count + 1];
    const float* accumulator;
    const float* positions;
    float first_column;  ///< of the panel
    const float* one_hots;
  };

  template <bool masked>
  static HWY_INLINE FloatVector load(const float* from, std::size_t lane, FloatMask mask) {
    const FloatTag d;
    if constexpr (!masked) {
      return hn::LoadU(d, from + lane);
    } else if constexpr (HWY_TARGET <= HWY_AVX2) {
      return hn::MaskedLoad(mask, d, from + lane);
    } else {
      // Without masked loads Highway's MaskedLoad wants an aligned address and reads every lane, but nothing
      // may be read beyond the caller's last column.
      HWY_ALIGN float values[plan::panel_width] = {};
      const std::size_t count = hn::CountTrue(d, mask);
      for (std::size_t i = 0; i < count; ++i) values[i] = from[lane + i];
      return hn::Load(d, values);
    }
  }

  template <int i, bool masked>
  static HWY_INLINE FloatVector step(const Place& place, std::size_t lane, FloatMask mask,
                                     const FloatVector* known) {
    const FloatTag d;
    constexpr plan::Instruction self = Source::instructions[i];
    if constexpr (self.code == plan::Code::accumulator) return hn::LoadU(d, place.accumulator + lane);
    else if constexpr (self.code == plan::Code::position) return hn::LoadU(d, place.positions + lane);
    else if constexpr (self.code == plan::Code::load || self.code == plan::Code::load_row)
      return load<masked>(place.operand[self.a], lane, mask);
    else if constexpr (self.code == plan::Code::load_column || self.code == plan::Code::load_scalar)
      return hn::Set(d, *place.operand[self.a]);
    else if constexpr (self.code == plan::Code::constant) return hn::Set(d, self.value);
    else if constexpr (self.code == plan::Code::one_hot) {
      const FloatVector columns = hn::Iota(d, place.first_column + static_cast<float>(lane));
      return hn::IfThenElseZero(hn::Eq(columns, hn::Set(d, place.one_hots[self.a])), hn::Set(d, 1.0f));
    } else if constexpr (self.op == Op::select)
      return hn::IfThenElse(hn::Eq(known[self.a], hn::Zero(d)), known[self.c], known[self.b]);
    else if constexpr (self.b >= 0) return binary_of<self.op>(known[self.a], known[self.b]);
    else return unary_of<self.op>(known[self.a], self.value);
  }

  template <int r, bool masked>
  static HWY_INLINE void finish(const FusedCall& call, const Place& place, std::size_t lane, FloatMask mask,
                                const FloatVector* known) {
    const FloatTag d;
    constexpr plan::Result self = Source::results[r];
    FloatVector value = known[self.instruction];
    if constexpr (masked) value = hn::IfThenElseZero(mask, value);
    float* const to = place.result[r];
    if constexpr (Source::is_sum(r)) {
      const float part = hn::GetLane(hn::SumOfLanes(d, value));
      *to = lane == 0 ? part : *to + part;
    } else if (masked && call.results[r].row_major) {
      hn::BlendedStore(value, mask, d, to + lane);
    } else {
      hn::StoreU(value, d, to + lane);
    }
  }

  template <bool masked, int... step_index, int... result_index>
  static HWY_INLINE void row(const FusedCall& call, const Place& place, int valid,
                             std::integer_sequence<int, step_index...>,
                             std::integer_sequence<int, result_index...>) {
    const FloatTag d;
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(plan::panel_width); lane += hn::Lanes(d)) {
      const int left = valid - static_cast<int>(lane);
      const FloatMask mask = hn::FirstN(d, masked && left > 0 ? static_cast<std::size_t>(left) : 0);
      FloatVector known[sizeof...(step_index)];
      ((known[step_index] = step<step_index, masked>(place, lane, mask, known)), ...);
      (finish<result_index, masked>(call, place, lane, mask, known), ...);
    }
  }

  static HWY_INLINE float* at(const View& view, std::int64_t row, std::int64_t panel) {
    return view.data + row * view.row_stride + panel * view.panel_stride;
  }

  template <bool masked>
  static HWY_INLINE void rows(const FusedCall& call, const Tile& tile, int row_begin, int row_end, int panel) {
    Place place;
    std::int64_t operand_stride[operand_count + 1], result_stride[result_count + 1];
    for (int i = 0; i < operand_count; ++i) {
      place.operand[i] = at(call.operands[i], row_begin, panel);
      operand_stride[i] = call.operands[i].row_stride;
    }
    for (int i = 0; i < result_count; ++i) {
      place.result[i] = at(call.results[i], row_begin, panel);
      result_stride[i] = call.results[i].row_stride;
    }
    const std::int64_t piece = (panel - tile.panel_begin) * call.accumulator_panel_stride +
                               (row_begin - tile.row_begin) * std::int64_t{plan::panel_width};
    place.first_column = static_cast<float>(panel * plan::panel_width);
    place.one_hots = call.one_hots;
    place.accumulator = call.accumulator == nullptr ? nullptr : call.accumulator + piece;
    place.positions = call.positions == nullptr ? nullptr : call.positions + piece;
    for (int r = row_begin; r < row_end; ++r) {
      row<masked>(call, place, call.columns - panel * plan::panel_width,
                  std::make_integer_sequence<int, Source::count>(),
                  std::make_integer_sequence<int, result_count>());
      for (int i = 0; i < operand_count; ++i) place.operand[i] += operand_stride[i];
      for (int i = 0; i < result_count; ++i) place.result[i] += result_stride[i];
      if (call.accumulator != nullptr) place.accumulator += plan::panel_width;
      if (call.positions != nullptr) place.positions += plan::panel_width;
    }
  }

  static void run(const FusedCall& call, const Tile& tile) {
    // Sixteen rows at a time: row-major memory is read in whole pages, panels in runs of a kilobyte.
    constexpr int block = 16;
    for (int r = tile.row_begin; r < tile.row_end; r += block) {
      const int end = r + block < tile.row_end ? r + block : tile.row_end;
      for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
        if constexpr (Source::tail) {
          if ((p + 1) * plan::panel_width > call.columns) {
            rows<true>(call, tile, r, end, p);
            continue;
          }
        }
        rows<false>(call, tile, r, end, p);
      }
    }
  }
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
