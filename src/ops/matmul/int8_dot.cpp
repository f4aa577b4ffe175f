// Products with int8 weights by VPDPBUSD, which Highway 1.0.3 does not know: each lane adds four products of bytes
// to its sum. A word holds four neighbours along the inner index, the first one in its lowest byte.
#include <isthmus/lower/targets.hpp>
#include <isthmus/plan/memory.hpp>

#include "ops/matmul/rounded.hpp"

#include <hwy/base.h>
#include <hwy/targets.h>

#if HWY_ARCH_X86_64 && (HWY_COMPILER_GCC_ACTUAL >= 1100 || HWY_COMPILER_CLANG >= 1100)
#define ISTHMUS_HAS_INT8_DOT 1

#include <immintrin.h>

#include <algorithm>
#include <utility>

// False warnings about GCC's own header: the values that it leaves undefined are masked out.
#if HWY_COMPILER_GCC_ACTUAL
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace isthmus::lower {
HWY_PUSH_ATTRIBUTES("avx512f,avx512vl,avx512dq,avx512bw,avx512vnni")
namespace {

constexpr int width = plan::panel_width;
constexpr int most_rows = 8;
constexpr int most_panels = 8;
/// A sample of smaller numbers counts as zeros: the number of their steps in one would be infinite.
constexpr float least_magnitude = 1e-30f;
/// Panels of a micro-tile of so many rows: enough independent chains to hide the latency, no more than 24 sums.
constexpr int panels_for(int rows) { return rows <= 2 ? 8 : rows <= 4 ? 4 : 2; }

/// The rows of a tile in whole numbers of their own steps, and 128 more, since the bytes of samples have no sign.
struct SampleBytes {
  alignas(plan::cache_line) std::uint8_t of[most_rows][int8_dot_rows];
  float steps[most_rows];
};

void round_sample(const View& a, int row, int panels, std::uint8_t* bytes, float& step) {
  const float* const from = a.data + row * a.row_stride;
  __m512 most = _mm512_setzero_ps(), strange = _mm512_setzero_ps();
  for (int p = 0; p < panels; ++p) {
    const __m512 x = _mm512_loadu_ps(from + p * a.panel_stride);
    most = _mm512_max_ps(most, _mm512_abs_ps(x));
    strange = _mm512_fmadd_ps(x, _mm512_setzero_ps(), strange);
  }
  alignas(plan::cache_line) float lanes[2][width];
  _mm512_store_ps(lanes[0], most);
  _mm512_store_ps(lanes[1], strange);
  const float largest = *std::max_element(lanes[0], lanes[0] + width);
  step = largest / int8_most;
  // Not a number or infinite: so is whatever the sample leads to.
  for (const float lane : lanes[1]) step += lane;
  const __m512 per_step = _mm512_set1_ps(largest > least_magnitude ? int8_most / largest : 0.0f);
  const __m512i middle = _mm512_set1_epi32(128);
  for (int p = 0; p < panels; ++p) {
    const __m512i number = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(from + p * a.panel_stride), per_step));
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes + p * width),
                    _mm512_maskz_cvtusepi32_epi8(0xffff, _mm512_add_epi32(number, middle)));
  }
}

struct MicroCall {
  const SampleBytes* samples = nullptr;
  Int8Words weights;
  int panel = 0;  ///< the first one
  float* out = nullptr;
  std::int64_t out_panel_stride = 0;
};

template <int rows, int panels>
HWY_NOINLINE void micro_tile(const MicroCall& call) {
  __m512i sum[rows][panels];
  const std::uint32_t* b[panels];
#pragma GCC unroll 8
  for (int p = 0; p < panels; ++p) b[p] = call.weights.words + (call.panel + p) * call.weights.panel_words;
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < panels; ++p)
      sum[r][p] = _mm512_loadu_si512(call.weights.starts + (call.panel + p) * width);
  for (std::int64_t k = 0; k < call.weights.panel_words; k += width) {
    __m512i column[panels];
#pragma GCC unroll 8
    for (int p = 0; p < panels; ++p) column[p] = _mm512_loadu_si512(b[p] + k);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      std::int32_t four = 0;
      __builtin_memcpy(&four, call.samples->of[r] + k / width * 4, sizeof four);
      const __m512i x = _mm512_set1_epi32(four);
#pragma GCC unroll 8
      for (int p = 0; p < panels; ++p) sum[r][p] = _mm512_dpbusd_epi32(sum[r][p], x, column[p]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < panels; ++p) {
      const __m512 steps = _mm512_loadu_ps(call.weights.steps + (call.panel + p) * width);
      const __m512 both = _mm512_mul_ps(steps, _mm512_set1_ps(call.samples->steps[r]));
      _mm512_storeu_ps(call.out + p * call.out_panel_stride + r * width,
                       _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][p]), both));
    }
}

/// All panels from call.panel on, as many at a time as fit.
template <int rows, int panels = panels_for(rows)>
void micro_row(MicroCall call, int panel_end) {
  for (; call.panel + panels <= panel_end; call.panel += panels, call.out += panels * call.out_panel_stride)
    micro_tile<rows, panels>(call);
  if constexpr (panels > 1)
    if (call.panel < panel_end) micro_row<rows, panels / 2>(call, panel_end);
}

using MicroRow = void (*)(MicroCall, int panel_end);
template <int... r>
constexpr MicroRow micro_row_of(int rows, std::integer_sequence<int, r...>) {
  constexpr MicroRow table[] = {&micro_row<r + 1>...};
  return table[rows - 1];
}

}  // namespace

void int8_dot_matmul(const AnchorCall& anchor, const Tile& tile) {
  const Int8Words weights = int8_words_at(anchor.b.data, anchor.a_columns, anchor.call.columns);
  SampleBytes samples;
  alignas(plan::cache_line) float piece[most_panels * most_rows * width];
  const int a_panels = plan::panels_of(anchor.a_columns);
  MicroCall call{&samples, weights, 0, piece, most_rows * width};
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = call.out_panel_stride;
  for (int r = tile.row_begin; r < tile.row_end; r += most_rows) {
    const int row_end = std::min(r + most_rows, tile.row_end);
    for (int i = r; i < row_end; ++i) round_sample(anchor.a, i, a_panels, samples.of[i - r], samples.steps[i - r]);
    const MicroRow micro_row_here = micro_row_of(row_end - r, std::make_integer_sequence<int, most_rows>());
    for (int p = tile.panel_begin; p < tile.panel_end; p += most_panels) {
      const int panel_end = std::min(p + most_panels, tile.panel_end);
      call.panel = p;
      micro_row_here(call, panel_end);
      anchor.fused(fused, {r, row_end, p, panel_end});
    }
  }
}

HWY_POP_ATTRIBUTES
}  // namespace isthmus::lower
#endif

namespace isthmus::lower {

#ifdef ISTHMUS_HAS_INT8_DOT
bool has_int8_dot() {
  return __builtin_cpu_supports("avx512vnni") != 0 && (hwy::SupportedTargets() & HWY_AVX3) != 0;
}
#else
bool has_int8_dot() { return false; }
void int8_dot_matmul(const AnchorCall&, const Tile&) {}  // Never called.
#endif

}  // namespace isthmus::lower
