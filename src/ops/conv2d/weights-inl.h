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

/// The factor of each tap in each product: factors for each dimension, one matrix each. A tap in depth that has no
/// map has its own products, which lie beside each other.
struct TapFactors {
  int products = 1, taps = 1;
  bool is_mapped = false;  ///< else each product is one tap
  plan::Maps maps{plan::identity, plan::identity, plan::identity};
  int depth = 1;          ///< taps in depth that have no map
  bool reversed = false;  ///< taps of a plane in reverse order

  float at(int product, int tap) const {
    if (!is_mapped) return product == tap ? 1.0f : 0.0f;
    if (product % depth != tap / maps.taps()) return 0.0f;
    int mapped = tap % maps.taps();
    if (reversed) mapped = maps.taps() - 1 - mapped;
    const int of_maps = product / depth, y = of_maps / maps.x.products, row = mapped / maps.x.window;
    return maps.z.weights[y / maps.y.products][row / maps.y.window] *
           maps.y.weights[y % maps.y.products][row % maps.y.window] *
           maps.x.weights[of_maps % maps.x.products][mapped % maps.x.window];
  }
};

HWY_INLINE TapFactors factors_of(const ImageMap& map) {
  const bool is_winograd = map.algorithm == Algorithm::winograd;
  return {.products = plan::weight_products(map.algorithm, map.window),
          .taps = map.window.taps(),
          .is_mapped = is_winograd || map.window.upsample() == 2,
          .maps = plan::maps_of(map.window, false),
          .depth = plan::summed_planes(map.window),
          .reversed = is_winograd && map.transposed};
}

/// Access to single weights of [taps, C, D] in memory: rows tap · C + c and columns d, or one row if they are
/// flat. In groups C is the number of channels of one, and weights between groups are zero.
class WeightsView {
 public:
  explicit WeightsView(const AnchorCall& anchor)
      : view_(anchor.a), channels_(channels_of(anchor.image)), is_flat_(anchor.image.weights_are_flat) {}

  const float* at(int tap, int c, int d) const {
    const int in_group = channels_.from / channels_.groups;
    if (channels_.groups > 1 && channels_.group_of_operand(c) != channels_.group_of_result(d)) return zero_line;
    const std::int64_t row = std::int64_t{tap} * in_group + c % in_group;
    if (is_flat_) return view_.data + row / width * view_.panel_stride + row % width;
    return view_.data + row * view_.row_stride + d / width * view_.panel_stride + d % width;
  }

 private:
  const View& view_;
  plan::GroupedChannels channels_;
  bool is_flat_;
};

/// The channels of packed weights, from what they multiply to what they give.
HWY_INLINE plan::GroupedChannels packed_channels_of(const ImageMap& map) {
  const plan::GroupedChannels channels = channels_of(map);
  return map.transposed ? plan::GroupedChannels{channels.to, channels.from, channels.groups} : channels;
}

/// Sixteen rows of one panel, all products: rows are input channels, columns output channels, for conv2d; the
/// other way round for its transpose.
HWY_NOINLINE void pack_block(const AnchorCall& anchor, const TapFactors& factors, int row_block, int panel) {
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const WeightsView weights(anchor);
  const plan::GroupedChannels channels = packed_channels_of(map);
  const int first_row = width * (row_block + channels.first_panel_seen(panel, channels.most_panels_seen()));
  const int valid_rows = std::min(width, channels.from - first_row);
  const int valid_columns = std::min(width, channels.to - panel * width);
  const View& to = anchor.call.results[0];
  const int row_stride = plan::packed_channels(channels, map.algorithm, map.window);
  const int stored = std::min(width, row_stride - row_block * width);
  float* const out = to.data + std::int64_t{row_block} * width * width + panel * to.panel_stride;
  const std::int64_t product_stride = std::int64_t{row_stride} * width;
  for (int t = 0; t < factors.products; ++t) std::fill_n(out + t * product_stride, stored * width, 0.0f);
  const bool plain = !map.transposed && !map.weights_are_flat && channels.groups == 1;
  HWY_ALIGN float part[width * width] = {};
  for (int tap = 0; tap < factors.taps; ++tap) {
    for (int r = 0; r < valid_rows; ++r) {
      const int row = first_row + r, first = panel * width;
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
  const WeightsView weights(anchor);
  const plan::GroupedChannels channels = packed_channels_of(map);
  const int rows = channels.from;
  // The weights of the pixels on both sides of each phase: w0 | w1 + w2 | w0 + w1 | w2.
  constexpr float phases[4][3] = {{1, 0, 0}, {0, 1, 1}, {1, 1, 0}, {0, 0, 1}};
  const View& to = anchor.call.results[0];
  const int taps = map.window.taps();
  const int columns = map.window.upsample() == 2 ? 16 : taps;
  const int all_rows = plan::packed_channels(channels, map.algorithm, map.window);
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
  const int row_blocks = packed_channels_of(map).most_panels_seen();
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int r = 0; r < row_blocks; ++r) pack_block(anchor, factors, r, p);
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

/// Sixteen gradients of weights of a convolution in groups, from the sum of the parts: each result channel's lie
/// among those of the channels that its panel sees.
HWY_INLINE void restore_grouped(const AnchorCall& anchor, const TapFactors& factors, int parts, std::int64_t part,
                                const plan::GroupedChannels& channels, int first_seen, int row, int panel,
                                float* out) {
  const int in_group = channels.from / channels.groups;
  const int tap = row / in_group, first = width * first_seen;
  for (int lane = 0; lane < width; ++lane) {
    out[lane] = 0;
    const int result = panel * width + lane;
    if (result >= channels.to) continue;
    const int c = channels.group_of_result(result) * in_group + row % in_group - first;
    const std::int64_t from = (std::int64_t{c} / width * factors.products + tap) * width + c % width;
    const float* const place = anchor.a.data + from * width + panel * anchor.a.panel_stride + lane;
    for (int i = 0; i < parts; ++i) out[lane] += place[i * part];
  }
}

/// A row of sixteen gradients of weights, from the sum of the parts.
HWY_INLINE void restore_row(const AnchorCall& anchor, const TapFactors& factors, int parts, std::int64_t part,
                            int row, int panel, float* out) {
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const bool is_depthwise = map.algorithm == Algorithm::depthwise;
  const int channels = is_depthwise ? 1 : map.image.channels;
  const bool is_dense = is_depthwise || plan::has_dense_taps(channels, map.algorithm, map.window);
  const int tap = row / channels, c = row % channels;
  for (int lane = 0; lane < width; lane += lanes) {
    auto sum = hn::Zero(d);
    for (int t = 0; t < factors.products; ++t) {
      const float factor = factors.at(t, tap);
      if (factor == 0.0f) continue;
      const std::int64_t from =
          is_dense ? t * channels + c : (std::int64_t{c} / width * factors.products + t) * width + c % width;
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
  const plan::GroupedChannels channels = channels_of(map);
  const int parts = plan::filled_parts(map.attribute.as<GradientParts>(), anchor.samples);
  const std::int64_t part = std::int64_t{plan::gradient_rows(channels, map.algorithm, map.window)} * width;
  const bool narrow = map.algorithm == Algorithm::narrow;
  const bool grouped = map.window.groups() > 1 && map.algorithm != Algorithm::depthwise;
  const int count = factors.taps * map.image.channels;
  const int panels_seen = grouped ? channels.most_panels_seen() : 0;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
    const int first_seen = grouped ? channels.first_panel_seen(p, panels_seen) : 0;
    for (int first = tile.row_begin; first < tile.row_end; first += width) {
      const int last = std::min(first + width, tile.row_end);
      for (int row = first; row < last; ++row) {
        float* const out = piece + (row - first) * width;
        if (!narrow) {
          if (grouped) restore_grouped(anchor, factors, parts, part, channels, first_seen, row, p, out);
          else restore_row(anchor, factors, parts, part, row, p, out);
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
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
