// Random numbers in panels: Philox over whole vectors, one counter for each four values. Once per SIMD target; the
// uniform numbers are the same bits on all of them.
#if defined(ISTHMUS_SRC_OPS_RANDOM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_RANDOM_INL_H_
#undef ISTHMUS_SRC_OPS_RANDOM_INL_H_
#else
#define ISTHMUS_SRC_OPS_RANDOM_INL_H_
#endif

#include <isthmus/lower/fused-inl.h>
#include <isthmus/random.hpp>

#include <algorithm>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Sixteen counters that differ in their first word give four rows of sixteen words.
HWY_INLINE void philox_rows(std::uint32_t first, std::uint32_t sample, std::uint32_t step, std::uint32_t stream,
                            std::uint64_t seed, std::uint32_t* out) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN std::uint32_t words[4][side];
  for (std::uint32_t i = 0; i < side; ++i) {
    words[0][i] = first + i;
    words[1][i] = sample;
    words[2][i] = step;
    words[3][i] = stream;
  }
  std::uint32_t key[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    // Plain loops: every compiler makes vectors of them.
    for (int i = 0; i < side; ++i) {
      const std::uint64_t a = std::uint64_t{0xD2511F53u} * words[0][i],
                          b = std::uint64_t{0xCD9E8D57u} * words[2][i];
      words[0][i] = static_cast<std::uint32_t>(b >> 32) ^ words[1][i] ^ key[0];
      words[2][i] = static_cast<std::uint32_t>(a >> 32) ^ words[3][i] ^ key[1];
      words[1][i] = static_cast<std::uint32_t>(b);
      words[3][i] = static_cast<std::uint32_t>(a);
    }
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  for (int w = 0; w < 4; ++w)
    for (int i = 0; i < side; ++i) out[w * side + i] = words[w][i];
}

/// Four panels of a row, 64 numbers: uniform in [0, 1), or normal, by Box and Muller 1958, "A note on the
/// generation of random normal deviates".
HWY_INLINE void random_row(const RandomKey& key, Distribution distribution, std::uint32_t sample,
                           std::uint32_t block, float* out) {
  const FloatTag d;
  constexpr int side = plan::panel_width;
  HWY_ALIGN std::uint32_t words[4 * side];
  HWY_ALIGN float uniform[4 * side];
  philox_rows(block * side, sample, key.step, key.stream, key.seed, words);
  for (int i = 0; i < 4 * side; ++i) uniform[i] = static_cast<float>(words[i] >> 8) * 0x1p-24f;
  if (distribution == Distribution::uniform) {
    std::copy_n(uniform, 4 * side, out);
    return;
  }
  for (int pair = 0; pair < 4 * side; pair += 2 * side)
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(side); lane += hn::Lanes(d)) {
      // 1 - u is in (0, 1], so that its logarithm is finite.
      const auto u = hn::Sub(hn::Set(d, 1.0f), hn::Load(d, uniform + pair + lane));
      const auto angle = hn::Mul(hn::Set(d, 6.2831853f), hn::Load(d, uniform + pair + side + lane));
      const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), log_of(u)));
      hn::Store(hn::Mul(radius, hn::Cos(d, angle)), d, out + pair + lane);
      hn::Store(hn::Mul(radius, hn::Sin(d, angle)), d, out + pair + side + lane);
    }
}

HWY_INLINE void random_numbers(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  constexpr int panels_at_once = 4;
  const ImageMap& map = anchor.image;
  HWY_ALIGN float piece[panels_at_once * side];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = side;
  const int blocks = (plan::panels_of(anchor.call.columns) + panels_at_once - 1) / panels_at_once;
  const auto distribution = map.attribute.as<Distribution>();
  for (int row = tile.row_begin; row < tile.row_end; ++row) {
    const int place = row / map.result.height;
    const std::uint32_t* const numbers = anchor.random.sample_numbers;
    const std::uint32_t sample = numbers != nullptr ? numbers[place] : static_cast<std::uint32_t>(place);
    for (int block = tile.panel_begin / panels_at_once; block * panels_at_once < tile.panel_end; ++block) {
      random_row(anchor.random, distribution, sample,
                 static_cast<std::uint32_t>(row % map.result.height * blocks + block), piece);
      const int first = block * panels_at_once;
      const int begin = std::max(first, tile.panel_begin), end = std::min(first + panels_at_once, tile.panel_end);
      fused.accumulator = piece + (begin - first) * side;
      anchor.fused(fused, {row, row + 1, begin, end});
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
