// Matrix products on panels, and the tile pieces handed to the elementwise kernels. Once per SIMD target.
//
// Both operands are read where they lie, nothing is packed: a panel's row is one cache line, the right
// operand's panels are read front to back, the left one's values are broadcast from the cache line of their
// row (or, transposed, from the row of their panel).
//
// Every element of the result is one chain of fused multiply-adds over the inner index, in order: its bits
// depend neither on the tile nor on the micro-kernel, so neither on the batch, the schedule or the threads.
#if defined(ISTHMUS_SRC_OPS_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_MATMUL_INL_H_
#undef ISTHMUS_SRC_OPS_MATMUL_INL_H_
#else
#define ISTHMUS_SRC_OPS_MATMUL_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using MatmulTag = hn::CappedTag<float, plan::panel_width>;

inline constexpr int width = plan::panel_width;
/// Lanes of a vector of MatmulTag. (HWY_MAX_BYTES would say 2 for the scalar target, whose vectors have one lane.)
inline constexpr int lanes = static_cast<int>(hn::MaxLanes(MatmulTag()));
/// A panel's row of zeros, for what is not there.
HWY_ALIGN inline constexpr float zero_line[width] = {};
/// Vectors in a panel's row.
inline constexpr int panel_vectors = width / lanes;
inline constexpr bool many_registers = HWY_TARGET <= HWY_AVX3;  // 32 vector registers, else 16

/// Rows of the largest micro-tile: 14 × 2 accumulators, 2 columns' vectors and a broadcast fill 32 registers,
/// 6 × 2 fill 16.
inline constexpr int most_rows = many_registers ? 14 : 6;
/// Rows of a transposed micro-tile: they lie side by side in a panel, so a divisor of its width.
inline constexpr int transposed_rows = many_registers ? 8 : 4;

/// Micro-tiles of so many rows have operations to spare for prefetches: 1 to 2 % faster,
/// measured on the shapes of `dense`. With fewer rows they would only compete with the loads.
inline constexpr int prefetching_rows = 8;
/// The prefetch distance, in rows of the right operand.
inline constexpr int prefetch_distance = 16;

/// Vectors of columns for a micro-tile of so many rows: enough independent chains to hide the latency.
constexpr int vectors_for(int rows) {
  if (many_registers) return rows <= 2 ? 8 : rows <= 7 ? 4 : 2;
  return rows == 1 ? 8 : rows <= 3 ? 4 : 2;
}

/// Two weights of a column, one below the other: the upper halves of floats, the first in the lower half.
using Bf16Pair = std::uint32_t;

/// A vector of the right operand as floats, exactly: it holds floats, or whole numbers.
HWY_INLINE hn::Vec<MatmulTag> load_floats(MatmulTag d, const float* from) { return hn::LoadU(d, from); }
HWY_INLINE hn::Vec<MatmulTag> load_floats(MatmulTag d, const std::int8_t* from) {
  const hn::Rebind<std::int8_t, MatmulTag> bytes;
  const hn::RebindToSigned<MatmulTag> numbers;
  return hn::ConvertTo(d, hn::PromoteTo(numbers, hn::LoadU(bytes, from)));
}

/// The accumulators of a micro-tile, as they begin: zero, or what is in `out`, vector v of row r at out[v] + r
/// * 16.
template <bool accumulate, int rows, int vectors>
HWY_INLINE void start_sums(float* const* out, hn::Vec<MatmulTag> (&sum)[rows][vectors]) {
  const MatmulTag d;
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) {
      if constexpr (accumulate) sum[r][v] = hn::LoadU(d, out[v] + r * width);
      else sum[r][v] = hn::Zero(d);
    }
}
/// Adds to them the products of one inner index: the left operand of row r is at left[r · stride].
template <int rows, int vectors>
HWY_INLINE void add_products(const float* left, std::int64_t stride, const hn::Vec<MatmulTag> (&column)[vectors],
                             hn::Vec<MatmulTag> (&sum)[rows][vectors]) {
  const MatmulTag d;
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    const auto x = hn::Set(d, left[r * stride]);
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(x, column[v], sum[r][v]);
  }
}
template <int rows, int vectors>
HWY_INLINE void store_sums(const hn::Vec<MatmulTag> (&sum)[rows][vectors], float* const* out) {
  const MatmulTag d;
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) hn::StoreU(sum[r][v], d, out[v] + r * width);
}

/// rows × vectors of the product. `b` has one pointer per vector, each to inner index 0. The result goes to
/// `out`: vector v of row r at out[v] + r * 16; `accumulate` adds to what is there.
template <int rows, int vectors, bool transposed, bool accumulate, class Weight>
HWY_INLINE void micro_tile(const float* HWY_RESTRICT a, std::int64_t a_panel_stride, int inner,
                           const Weight* const* b_at, float* const* out) {
  const MatmulTag d;
  using V = hn::Vec<MatmulTag>;
  constexpr bool prefetches = rows >= prefetching_rows;
  V sum[rows][vectors];
  const Weight* b[vectors];
#pragma GCC unroll 16
  for (int v = 0; v < vectors; ++v) b[v] = b_at[v];
  start_sums<accumulate>(out, sum);
  if constexpr (transposed) {
    for (int k = 0; k < inner; ++k) {
      V column[vectors];
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v) column[v] = load_floats(d, b[v] + std::int64_t{k} * width);
      add_products(a + std::int64_t{k} * width, 1, column, sum);
    }
  } else {
    for (int k0 = 0; k0 < inner; k0 += width, a += a_panel_stride) {
      const int count = inner - k0 < width ? inner - k0 : width;
      if constexpr (std::is_same_v<Weight, Bf16Pair>) {
        // One load for two vectors of floats, and one operation for each: a shift or a mask makes a word a float.
        const hn::RebindToUnsigned<MatmulTag> words;
        for (int k = 0; k < count; k += 2) {
          hn::Vec<decltype(words)> pair[vectors];
#pragma GCC unroll 16
          for (int v = 0; v < vectors; ++v) {
            pair[v] = hn::LoadU(words, b[v]);
            b[v] += width;
          }
          const auto add = [&](int column_of_a, const auto& floats_of) HWY_ATTR {
            V column[vectors];
#pragma GCC unroll 16
            for (int v = 0; v < vectors; ++v) column[v] = hn::BitCast(d, floats_of(pair[v]));
            add_products(a + column_of_a, width, column, sum);
          };
          add(k, [](auto word) HWY_ATTR { return hn::ShiftLeft<16>(word); });
          if (k + 1 < count)
            add(k + 1, [&](auto word) HWY_ATTR { return hn::And(word, hn::Set(words, 0xffff0000u)); });
        }
        continue;
      }
      for (int k = 0; k < count; ++k) {
        // Every panel reads a new cache line of each of these rows, a pattern that no hardware prefetcher
        // predicts.
        if constexpr (prefetches) hwy::Prefetch(a + a_panel_stride + k * width);
        V column[vectors];
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v) {
          if constexpr (prefetches) hwy::Prefetch(b[v] + prefetch_distance * width);
          if constexpr (!std::is_same_v<Weight, Bf16Pair>) column[v] = load_floats(d, b[v]);
          b[v] += width;
        }
        add_products(a + k, width, column, sum);
      }
    }
  }
  store_sums(sum, out);
}

/// One micro-tile of `vectors` vectors starting at vector `first` of the group of panels.
template <class Weight>
struct MicroCallOf {
  const float* a;
  std::int64_t a_panel_stride;
  const Weight* b;
  std::int64_t b_panel_stride;
  int inner;
  float* out;
  std::int64_t out_panel_stride;

  HWY_INLINE void skip_rows(int rows) {
    a += std::int64_t{rows} * width;
    out += std::int64_t{rows} * width;
  }
};
using MicroCall = MicroCallOf<float>;

/// The pointers to each vector's column of a call's right operand and of its result.
template <class Call, class Weight, int vectors>
HWY_INLINE void find_columns(const Call& call, int first, const Weight* (&b)[vectors], float* (&out)[vectors]) {
  for (int v = 0; v < vectors; ++v) {
    const std::int64_t panel = (first + v) / panel_vectors;
    const int lane = (first + v) % panel_vectors * lanes;
    b[v] = call.b + panel * call.b_panel_stride + lane;
    out[v] = call.out + panel * call.out_panel_stride + lane;
  }
}

template <int rows, int vectors, bool transposed, bool accumulate, class Weight>
HWY_NOINLINE void micro_call(const MicroCallOf<Weight>& call, int first) {
  const Weight* b[vectors];
  float* out[vectors];
  find_columns(call, first, b, out);
  micro_tile<rows, vectors, transposed, accumulate>(call.a, call.a_panel_stride, call.inner, b, out);
}

/// All vectors of a group of panels, the widest micro-tiles first. There is a micro_call for each kind of call.
template <int rows, int vectors, bool transposed, bool accumulate = false, class Call = MicroCall>
HWY_INLINE void micro_row(const Call& call, int first, int end) {
  for (; first + vectors <= end; first += vectors) micro_call<rows, vectors, transposed, accumulate>(call, first);
  if constexpr (vectors > 1)
    if (first < end) micro_row<rows, vectors / 2, transposed, accumulate>(call, first, end);
}

template <class Call>
using MicroRow = void (*)(const Call&, int first, int end);
template <class Call, bool accumulate, int rows>
void micro_row_of(const Call& call, int first, int end) {
  micro_row<rows, vectors_for(rows), false, accumulate>(call, first, end);
}
template <class Call, bool accumulate, int... r>
constexpr MicroRow<Call> micro_row_at(int rows, std::integer_sequence<int, r...>) {
  MicroRow<Call> table[] = {&micro_row_of<Call, accumulate, r + 1>...};
  return table[rows - 1];
}
template <class Call, bool accumulate = false>
struct MicroRows {
  MicroRow<Call> of[most_rows] = {};
  constexpr MicroRows() {
    for (int r = 0; r < most_rows; ++r)
      of[r] = micro_row_at<Call, accumulate>(r + 1, std::make_integer_sequence<int, most_rows>());
  }
};

/// A whole product of `rows` rows of the call's left operand and `panels` panels of `call.b`, in pieces of nearly
/// equal height. `accumulate` adds to what is in `call.out`.
template <bool accumulate = false, class Call = MicroCall>
HWY_INLINE void multiply(Call call, int rows, int panels) {
  static constexpr MicroRows<Call, accumulate> micro_rows;
  const int pieces = (rows + most_rows - 1) / most_rows;
  const int higher = rows % pieces;
  for (int i = 0; i < pieces; ++i) {
    const int size = rows / pieces + (i < higher ? 1 : 0);
    micro_rows.of[size - 1](call, 0, panels * panel_vectors);
    call.skip_rows(size);
  }
}

/// Adds the product of sixteen columns of `call.a`, as rows, and `panels` panels of `call.b` to what is in
/// `call.out`, or replaces it.
HWY_INLINE void multiply_transposed(MicroCall call, int panels, bool accumulate) {
  for (int r = 0; r < width; r += transposed_rows) {
    if (accumulate) micro_row<transposed_rows, 2, true, true>(call, 0, panels * panel_vectors);
    else micro_row<transposed_rows, 2, true, false>(call, 0, panels * panel_vectors);
    call.a += transposed_rows;
    call.out += transposed_rows * width;
  }
}

/// Panels that one pass over the rows computes.
constexpr int panels_for(int rows) {
  const int vectors = vectors_for(rows);
  return vectors < panel_vectors ? 1 : vectors / panel_vectors;
}
inline constexpr int most_panels = 8;

/// The right operand of a product: panels that are `panel_stride` weights apart, and, if they are numbers of
/// steps, the steps' sizes, one for each column.
template <class Weight>
struct RightOperand {
  const Weight* data;
  std::int64_t panel_stride;
  const float* steps = nullptr;
};

/// Turns sums over numbers of steps into sums over weights.
HWY_INLINE void scale_columns(float* piece, int rows, int panels, std::int64_t panel_stride, const float* steps) {
  const MatmulTag d;
  for (int p = 0; p < panels; ++p)
    for (int lane = 0; lane < width; lane += lanes) {
      const auto step = hn::LoadU(d, steps + p * width + lane);
      for (int r = 0; r < rows; ++r) {
        float* const at = piece + p * panel_stride + r * width + lane;
        hn::StoreU(hn::Mul(hn::LoadU(d, at), step), d, at);
      }
    }
}

template <class Weight>
HWY_INLINE void matmul(const AnchorCall& anchor, const Tile& tile, const RightOperand<Weight>& b) {
  static constexpr MicroRows<MicroCallOf<Weight>> micro_rows;
  // Rounded weights are not used in training, so no product with them has its left operand transposed.
  constexpr bool may_transpose = std::is_same_v<Weight, float>;
  const bool transpose = may_transpose && anchor.transpose_a;
  HWY_ALIGN float piece[most_panels * most_rows * width];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  MicroCallOf<Weight> call;
  call.a_panel_stride = anchor.a.panel_stride;
  call.b_panel_stride = b.panel_stride;
  call.inner = transpose ? anchor.a_rows : anchor.a_columns;
  const int rows = tile.row_end - tile.row_begin;
  // Pieces of nearly equal height: 128 rows are 8 × 13 + 2 × 12, not 9 × 14 + 2.
  const int pieces =
      transpose ? (rows + transposed_rows - 1) / transposed_rows : (rows + most_rows - 1) / most_rows;
  const int height = transpose ? transposed_rows : rows / pieces;
  const int higher = transpose ? 0 : rows % pieces;
  const int panels_at_once =
      transpose ? (2 / panel_vectors > 1 ? 2 / panel_vectors : 1) : panels_for(height + (higher > 0));
  for (int p = tile.panel_begin; p < tile.panel_end; p += panels_at_once) {
    const int panel_end = p + panels_at_once < tile.panel_end ? p + panels_at_once : tile.panel_end;
    const int vectors = (panel_end - p) * panel_vectors;
    call.b = b.data + p * b.panel_stride;
    for (int i = 0, r = tile.row_begin; i < pieces; ++i) {
      const int size = height + (i < higher ? 1 : 0);
      const int row_end = r + size < tile.row_end ? r + size : tile.row_end;
      const bool direct = anchor.stores_alone && row_end - r == size;
      if (direct) {
        const View& to = anchor.call.results[0];
        call.out = to.data + r * to.row_stride + p * to.panel_stride;
        call.out_panel_stride = to.panel_stride;
      } else {
        call.out = piece;
        call.out_panel_stride = fused.accumulator_panel_stride = std::int64_t{size} * width;
      }
      if constexpr (may_transpose) {
        if (transpose) {
          call.a = anchor.a.data + (r / width) * anchor.a.panel_stride + r % width;
          micro_row<transposed_rows, 2, true>(call, 0, vectors);
        }
      }
      if (!transpose) {
        call.a = anchor.a.data + std::int64_t{r} * width;
        micro_rows.of[size - 1](call, 0, vectors);
      }
      if (b.steps != nullptr)
        scale_columns(call.out, size, panel_end - p, call.out_panel_stride, b.steps + p * width);
      if (!direct) anchor.fused(fused, {r, row_end, p, panel_end});
      r = row_end;
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
