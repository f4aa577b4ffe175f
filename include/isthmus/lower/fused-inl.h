// The elementwise kernels of a model: one per distinct program, its instructions unrolled over registers.
// Compiled once per SIMD target.
#if defined(ISTHMUS_LOWER_FUSED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_LOWER_FUSED_INL_H_
#undef ISTHMUS_LOWER_FUSED_INL_H_
#else
#define ISTHMUS_LOWER_FUSED_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <utility>

#include <isthmus/ops/functions-inl.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

// The sum of a panel's row, of sixteen lanes, in an order that is the same for vectors of any width: lane i with i
// + 8, then with i + 4, i + 2 and i + 1. Vectors of some lanes are kept, and summed when all are there.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void keep_lanes(FloatVector values, std::size_t lane, float* kept) {
  hn::Store(values, FloatTag(), kept + lane);
}
HWY_INLINE float sum_of(float* kept) {
  for (int step = plan::panel_width / 2; step > 0; step /= 2)
    for (int i = 0; i < step; ++i) kept[i] += kept[i + step];
  return kept[0];
}
#else
using Quarter = hn::Vec<hn::FixedTag<float, 4>>;
HWY_INLINE float sum_of_quarter(Quarter values) {
  values = hn::Add(values, hn::Shuffle1032(values));
  return hn::GetLane(hn::Add(values, hn::Shuffle2301(values)));
}
#if HWY_MAX_BYTES >= 64 && !HWY_HAVE_SCALABLE
/// All lanes: what is kept is their sum.
HWY_INLINE void keep_lanes(FloatVector values, std::size_t, float* kept) {
  const hn::FixedTag<float, 8> half;
  const hn::FixedTag<float, 4> quarter;
  const auto sums = hn::Add(hn::LowerHalf(half, values), hn::UpperHalf(half, values));
  *kept = sum_of_quarter(hn::Add(hn::LowerHalf(quarter, sums), hn::UpperHalf(quarter, sums)));
}
HWY_INLINE float sum_of(const float* kept) { return *kept; }
#else
HWY_INLINE void keep_lanes(FloatVector values, std::size_t lane, float* kept) {
  hn::Store(values, FloatTag(), kept + lane);
}
HWY_INLINE float sum_of(const float* kept) {
  const hn::FixedTag<float, 4> d;
  const Quarter even = hn::Add(hn::Load(d, kept), hn::Load(d, kept + 8));
  return sum_of_quarter(hn::Add(even, hn::Add(hn::Load(d, kept + 4), hn::Load(d, kept + 12))));
}
#endif
#endif

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
    } else if constexpr (is_select(self.function) && is_comparison(self.a)) {
      constexpr plan::Instruction condition = Source::instructions[self.a];
      return select_greater(known[condition.a], known[condition.b], known[self.b], known[self.c]);
    } else {
      constexpr int b = self.b < 0 ? self.a : self.b, c = self.c < 0 ? self.a : self.c;
      return function_of<self.function>(known[self.a], known[b], known[c], self.value);
    }
  }

  static constexpr bool is_comparison(int instruction) {
    const plan::Instruction& step = Source::instructions[instruction];
    return step.code == plan::Code::compute && HWY_NAMESPACE::is_comparison(step.function);
  }

  template <int r, bool masked>
  static HWY_INLINE void finish(const FusedCall& call, const Place& place, std::size_t lane, FloatMask mask,
                                const FloatVector* known, [[maybe_unused]] float (*sums)[plan::panel_width]) {
    const FloatTag d;
    constexpr plan::Result self = Source::results[r];
    FloatVector value = known[self.instruction];
    if constexpr (masked) value = hn::IfThenElseZero(mask, value);
    float* const to = place.result[r];
    if constexpr (Source::is_sum(r)) {
      keep_lanes(value, lane, sums[r]);
    } else if (masked && call.results[r].row_major) {
      hn::BlendedStore(value, mask, d, to + lane);
    } else {
      hn::StoreU(value, d, to + lane);
    }
  }

  template <int r>
  static HWY_INLINE void finish_sum([[maybe_unused]] const Place& place,
                                    [[maybe_unused]] float (*sums)[plan::panel_width]) {
    if constexpr (Source::is_sum(r)) *place.result[r] = sum_of(sums[r]);
  }

  template <bool masked, int... step_index, int... result_index>
  static HWY_INLINE void row(const FusedCall& call, const Place& place, int valid,
                             std::integer_sequence<int, step_index...>,
                             std::integer_sequence<int, result_index...>) {
    const FloatTag d;
    HWY_ALIGN float sums[result_count + 1][plan::panel_width];
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(plan::panel_width); lane += hn::Lanes(d)) {
      const int left = valid - static_cast<int>(lane);
      const FloatMask mask = hn::FirstN(d, masked && left > 0 ? static_cast<std::size_t>(left) : 0);
      FloatVector known[sizeof...(step_index)];
      ((known[step_index] = step<step_index, masked>(place, lane, mask, known)), ...);
      (finish<result_index, masked>(call, place, lane, mask, known, sums), ...);
    }
    (finish_sum<result_index>(place, sums), ...);
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
