// Blocks of bf16 by VDPBF16PS, which Highway 1.0.3 does not know: each lane adds two products to its sum. A word
// holds two neighbours along the inner index, the first one in its lower half.
#include <isthmus/lower/targets.hpp>

#include "ops/matmul/blocks.hpp"

#include <hwy/base.h>
#include <hwy/targets.h>

#if HWY_ARCH_X86_64 && (HWY_COMPILER_GCC_ACTUAL >= 1100 || HWY_COMPILER_CLANG >= 1100)
#define ISTHMUS_HAS_BF16_DOT 1

#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "lower/measure.hpp"

namespace isthmus::lower {
HWY_PUSH_ATTRIBUTES("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16")
namespace {

constexpr int width = plan::panel_width;
/// Words of a panel of pairs of rows.
constexpr std::int64_t panel_words = std::int64_t{block_depth / 2} * width;
/// Words of two panels of a left block, side by side: one cache line for each row.
constexpr std::int64_t two_panels_words = std::int64_t{block_rows} * width;
/// Rows of the largest micro-tile: 14 × 2 sums and 2 vectors of the right operand fill 32 registers.
constexpr int most_rows = 14;
/// Rows of a transposed micro-tile: they lie side by side in a panel, so a divisor of its width.
constexpr int transposed_rows = 8;

__m512bh words(const std::uint32_t* from) { return (__m512bh)_mm512_loadu_si512(from); }

/// Both vectors rounded, `low` in the lower half.
__m512i round(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }

/// 32 columns of a row, of two panels, make 16 words.
void pack_left(const View& a, const Tile& place, void* out) {
  for (int p = place.panel_begin; p < place.panel_end; p += 2) {
    const float* from = a.data + place.row_begin * a.row_stride + p * a.panel_stride;
    auto* to = static_cast<std::uint32_t*>(out) + (p - place.panel_begin) / 2 * two_panels_words;
    const bool both = p + 1 < place.panel_end;
    for (int r = place.row_begin; r < place.row_end; ++r, from += a.row_stride, to += width) {
      const __m512 next = both ? _mm512_loadu_ps(from + a.panel_stride) : _mm512_setzero_ps();
      _mm512_storeu_si512(to, round(_mm512_loadu_ps(from), next));
    }
  }
}

/// Two rows of a panel make 16 words.
void pack_panels(const View& b, const Tile& place, void* out) {
  // Interleaves 32 numbers: the sixteen of one row with the sixteen of the next row, which follow them.
  alignas(plan::cache_line) static constexpr std::uint16_t turns[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                                        21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                                        11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i order = _mm512_load_si512(turns);
  for (int p = place.panel_begin; p < place.panel_end; ++p) {
    const float* from = b.data + p * b.panel_stride + place.row_begin * b.row_stride;
    auto* to = static_cast<std::uint32_t*>(out) + (p - place.panel_begin) * panel_words;
    for (int r = place.row_begin; r < place.row_end; r += 2, from += 2 * b.row_stride, to += width) {
      const __m512 next = r + 1 < place.row_end ? _mm512_loadu_ps(from + b.row_stride) : _mm512_setzero_ps();
      _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, round(_mm512_loadu_ps(from), next)));
    }
  }
}

/// rows × panels of the product, added to `sums` unless it is the first.
template <int rows, int panels, bool transposed>
HWY_NOINLINE void micro_tile(const std::uint32_t* left, const std::uint32_t* right, int pairs, bool first,
                             float* sums, std::int64_t sums_panel_stride) {
  __m512 sum[rows][panels];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int p = 0; p < panels; ++p)
      sum[r][p] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(sums + p * sums_panel_stride + r * width);
  // One row of the left operand, or (transposed) one pair of its rows, is a cache line.
  constexpr int row_stride = transposed ? 1 : width;
  constexpr int pair_stride = transposed ? width : 1;
  for (int k0 = 0; k0 < pairs; k0 += width, left += transposed ? width * width : two_panels_words) {
    const std::uint32_t* row_words = left;
    const int count = std::min(width, pairs - k0);
    for (int k = 0; k < count; ++k, row_words += pair_stride, right += width) {
      __m512bh column[panels];
#pragma GCC unroll 2
      for (int p = 0; p < panels; ++p) column[p] = words(right + p * panel_words);
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) {
        const auto row = (__m512bh)_mm512_set1_epi32(static_cast<int>(row_words[r * row_stride]));
#pragma GCC unroll 2
        for (int p = 0; p < panels; ++p) sum[r][p] = _mm512_dpbf16_ps(sum[r][p], row, column[p]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int p = 0; p < panels; ++p) _mm512_storeu_ps(sums + p * sums_panel_stride + r * width, sum[r][p]);
}

using MicroTile = void (*)(const std::uint32_t*, const std::uint32_t*, int, bool, float*, std::int64_t);

template <int panels, int... r>
constexpr MicroTile micro_tile_of(int rows, std::integer_sequence<int, r...>) {
  constexpr MicroTile table[] = {&micro_tile<r + 1, panels, false>...};
  return table[rows - 1];
}

void multiply(const BlockProduct& product) {
  const auto* left = static_cast<const std::uint32_t*>(product.left);
  const auto* const right = static_cast<const std::uint32_t*>(product.right);
  const int pairs = (product.depth + 1) / 2;
  float* sums = product.sums;
  if (product.transposed) {
    const MicroTile tile =
        product.panels == 1 ? &micro_tile<transposed_rows, 1, true> : &micro_tile<transposed_rows, 2, true>;
    for (int r = 0; r < product.rows; r += transposed_rows, sums += transposed_rows * width)
      tile(left + r / width * panel_words + r % width, right, pairs, product.first, sums,
           product.sums_panel_stride);
    return;
  }
  // Pieces of nearly equal height: 128 rows are 8 × 13 + 2 × 12, not 9 × 14 + 2.
  constexpr auto heights = std::make_integer_sequence<int, most_rows>();
  const int pieces = (product.rows + most_rows - 1) / most_rows;
  for (int i = 0; i < pieces; ++i) {
    const int size = product.rows / pieces + (i < product.rows % pieces ? 1 : 0);
    const MicroTile tile = product.panels == 1 ? micro_tile_of<1>(size, heights) : micro_tile_of<2>(size, heights);
    tile(left, right, pairs, product.first, sums, product.sums_panel_stride);
    left += size * width;
    sums += size * width;
  }
}

/// Twelve independent chains, more than any latency needs.
double measure_peak(double seconds) {
  constexpr int chains = 12;
  constexpr int rounds = 20000;
  __m512 sum[chains];
#pragma GCC unroll 12
  for (int i = 0; i < chains; ++i) sum[i] = _mm512_set1_ps(static_cast<float>(i));
  const auto one = (__m512bh)_mm512_set1_epi32(0x3f803f80);
  Repetition repetition(seconds, 4.0 * rounds * chains * width);
  do {
    for (int round = 0; round < rounds; ++round)
#pragma GCC unroll 12
      for (int i = 0; i < chains; ++i) sum[i] = _mm512_dpbf16_ps(sum[i], one, one);
  } while (repetition.goes_on());
  __m512 all = sum[0];
#pragma GCC unroll 12
  for (int i = 1; i < chains; ++i) all = _mm512_add_ps(all, sum[i]);
  // The result is used, so that the loop stays.
  return _mm512_cvtss_f32(all) == 12345.0f ? 0.0 : repetition.best_rate();
}

}  // namespace
HWY_POP_ATTRIBUTES
}  // namespace isthmus::lower
#endif

namespace isthmus::lower {

#ifdef ISTHMUS_HAS_BF16_DOT
bool has_bf16_dot() {
  return __builtin_cpu_supports("avx512bf16") != 0 && (hwy::SupportedTargets() & HWY_AVX3) != 0;
}
const BlockKernels& bf16_dot_blocks() {
  static constexpr BlockKernels table{&pack_left, &pack_panels, &multiply, &measure_peak};
  return table;
}
#else
bool has_bf16_dot() { return false; }
const BlockKernels& bf16_dot_blocks() { return bf16_fma_blocks(); }
#endif

}  // namespace isthmus::lower
