// A convolution's weights in the form that its algorithm reads, and gradients of that form back to gradients of
// the weights. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_WEIGHTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_WEIGHTS_INL_H_
#undef ISTHMUS_SRC_OPS_WEIGHTS_INL_H_
#else
#define ISTHMUS_SRC_OPS_WEIGHTS_INL_H_
#endif

#include <isthmus/plan/convolution.hpp>

#include <algorithm>

#include "ops/conv2d/cells-inl.h"
#include "ops/matmul/matmul-inl.h"
#include "ops/matmul/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// The factor of each tap in each product: factors for height and width, one matrix each. A tap in depth has its
/// own products, which lie beside each other.
struct TapFactors {
  int products = 1, taps = 1;
  int depth = 1;                           ///< taps in depth
  const plan::Bilinear* method = nullptr;  ///< null: each product is one tap
  bool reversed = false;                   ///< taps of a plane in reverse order

  float at(int product, int tap) const {
    if (method == nullptr) return product == tap ? 1.0f : 0.0f;
    constexpr int window = 3;
    if (product % depth != tap / (window * window)) return 0.0f;
    int in_plane = tap % (window * window);
    if (reversed) in_plane = window * window - 1 - in_plane;
    const int side = method->products, pair = product / depth;
    return method->weights[pair / side][in_plane / window] * method->weights[pair % side][in_plane % window];
  }
};

HWY_INLINE TapFactors factors_of(const ImageMap& map) {
  TapFactors factors;
  factors.taps = map.window.taps();
  factors.products = plan::weight_products(map.algorithm, map.window);
  if (map.algorithm == Algorithm::winograd) {
    factors.method = &plan::winograd;
    factors.depth = map.window.depth();
    factors.reversed = map.transposed;
  } else if (map.window.upsample() == 2) {
    factors.method = &plan::subpixel;
  }
  return factors;
}

/// Access to single weights of [taps, C, D] in memory: rows tap · C + c and columns d, or one row if they are
/// flat.
struct WeightsView {
  const View& view;
  int channels;
  bool is_flat;
  const float* at(int tap, int c, int d) const {
    const std::int64_t row = std::int64_t{tap} * channels + c;
    if (is_flat) return view.data + row / width * view.panel_stride + row % width;
    return view.data + row * view.row_stride + d / width * view.panel_stride + d % width;
  }
};

/// Sixteen rows of one panel, all products: rows are input channels, columns output channels, for conv2d; the
/// other way round for its transpose.
HWY_NOINLINE void pack_block(const AnchorCall& anchor, const TapFactors& factors, int row_block, int panel) {
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const WeightsView weights{anchor.a, map.image.channels, map.weights_are_flat};
  const int rows = map.transposed ? map.result.channels : map.image.channels;
  const int columns = map.transposed ? map.image.channels : map.result.channels;
  const int valid_rows = std::min(width, rows - row_block * width);
  const int valid_columns = std::min(width, columns - panel * width);
  const View& to = anchor.call.results[0];
  const int row_stride = plan::packed_channels(rows);
  const int stored = std::min(width, row_stride - row_block * width);
  float* const out = to.data + std::int64_t{row_block} * width * width + panel * to.panel_stride;
  const std::int64_t product_stride = std::int64_t{row_stride} * width;
  for (int t = 0; t < factors.products; ++t) std::fill_n(out + t * product_stride, stored * width, 0.0f);
  const bool plain = !map.transposed && !map.weights_are_flat;
  HWY_ALIGN float part[width * width] = {};
  for (int tap = 0; tap < factors.taps; ++tap) {
    for (int r = 0; r < valid_rows; ++r) {
      const int row = row_block * width + r, first = panel * width;
      if (plain) std::copy_n(weights.at(tap, row, first), width, part + r * width);
      else
        for (int c = 0; c < valid_columns; ++c)
          part[r * width + c] =
              map.transposed ? *weights.at(tap, first + c, row) : *weights.at(tap, row, first + c);
    }
    for (int t = 0; t < factors.products; ++t) {
      const float factor = factors.at(t, tap);
      if (factor == 0.0f) continue;
      float* const sum = out + t * product_stride;
      for (int i = 0; i < stored * width; i += lanes)
        hn::StoreU(hn::MulAdd(hn::Set(d, factor), hn::Load(d, part + i), hn::LoadU(d, sum + i)), d, sum + i);
    }
  }
}

/// All taps side by side, as columns, for one result channel.
HWY_NOINLINE void pack_narrow(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const WeightsView weights{anchor.a, map.image.channels, map.weights_are_flat};
  const int rows = map.transposed ? map.result.channels : map.image.channels;
  // The weights of the pixels on both sides of each phase: w0 | w1 + w2 | w0 + w1 | w2.
  constexpr float phases[4][3] = {{1, 0, 0}, {0, 1, 1}, {1, 1, 0}, {0, 0, 1}};
  const View& to = anchor.call.results[0];
  const int taps = map.window.taps();
  const int columns = map.window.upsample() == 2 ? 16 : taps;
  const int all_rows = plan::packed_channels(rows);
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int r = 0; r < all_rows; ++r) {
      float* const out = to.data + std::int64_t{r} * width + p * to.panel_stride;
      for (int lane = 0; lane < width; ++lane) {
        const int column = p * width + lane;
        float value = 0;
        for (int tap = 0; tap < taps && r < rows && column < columns; ++tap) {
          const float factor = map.window.upsample() == 2
                                   ? phases[column / 4][tap / 3] * phases[column % 4][tap % 3]
                               : column == tap ? 1.0f
                                               : 0.0f;
          if (factor != 0.0f) value += factor * *(map.transposed ? weights.at(tap, 0, r) : weights.at(tap, r, 0));
        }
        out[lane] = value;
      }
    }
}

HWY_INLINE void conv2d_pack(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  if (map.algorithm == Algorithm::narrow) return pack_narrow(anchor, tile);
  const TapFactors factors = factors_of(map);
  const int rows = map.transposed ? map.result.channels : map.image.channels;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int r = 0; r * width < rows; ++r) pack_block(anchor, factors, r, p);
}

/// The gradient of one weight of one result channel, from the sum of the parts.
HWY_INLINE float restore_narrow(const AnchorCall& anchor, const TapFactors& factors, int parts, std::int64_t part,
                                int at) {
  const int channels = anchor.image.image.channels;
  float sum = 0;
  for (int t = 0; t < factors.products; ++t) {
    const float factor = factors.at(t, at / channels);
    if (factor == 0.0f) continue;
    const float* const from =
        anchor.a.data + std::int64_t{at % channels} * width + t / width * anchor.a.panel_stride + t % width;
    float all = from[0];
    for (int i = 1; i < parts; ++i) all += from[i * part];
    sum += factor * all;
  }
  return sum;
}

/// A row of sixteen gradients of weights, from the sum of the parts.
HWY_INLINE void restore_row(const AnchorCall& anchor, const TapFactors& factors, int parts, std::int64_t part,
                            int row, int panel, float* out) {
  const MatmulTag d;
  const int channels = anchor.image.image.channels;
  const int tap = row / channels, c = row % channels;
  for (int lane = 0; lane < width; lane += lanes) {
    auto sum = hn::Zero(d);
    for (int t = 0; t < factors.products; ++t) {
      const float factor = factors.at(t, tap);
      if (factor == 0.0f) continue;
      const std::int64_t from =
          channels == 1 ? t : (std::int64_t{c} / width * factors.products + t) * width + c % width;
      const float* const place = anchor.a.data + from * width + panel * anchor.a.panel_stride + lane;
      auto all = hn::LoadU(d, place);
      for (int i = 1; i < parts; ++i) all = hn::Add(all, hn::LoadU(d, place + i * part));
      sum = hn::MulAdd(hn::Set(d, factor), all, sum);
    }
    hn::Store(sum, d, out + lane);
  }
}

/// Rows of weights' gradients, or the one row of flat ones, from the sum of the parts.
HWY_INLINE void conv2d_restore(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const TapFactors factors = factors_of(map);
  HWY_ALIGN float piece[width * width];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = width * width;
  const int parts = plan::filled_parts(map.attribute.as<GradientParts>(), anchor.samples);
  const std::int64_t part =
      std::int64_t{plan::gradient_rows(map.image.channels, map.algorithm, map.window)} * width;
  const bool narrow = map.algorithm == Algorithm::narrow;
  const int count = factors.taps * map.image.channels;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int first = tile.row_begin; first < tile.row_end; first += width) {
      const int last = std::min(first + width, tile.row_end);
      for (int row = first; row < last; ++row) {
        float* const out = piece + (row - first) * width;
        if (!narrow) {
          restore_row(anchor, factors, parts, part, row, p, out);
          continue;
        }
        for (int lane = 0; lane < width; ++lane) {
          const int at = map.weights_are_flat ? p * width + lane : lane == 0 ? row : count;
          out[lane] = at < count ? restore_narrow(anchor, factors, parts, part, at) : 0.0f;
        }
      }
      anchor.fused(fused, {first, last, p, p + 1});
    }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
