// Pooling, resampling and reshaping of images. A result's rows are pixels, sixteen channels a panel; an image of one
// channel is one row. Once per SIMD target.
#if defined(ISTHMUS_SRC_LOWER_IMAGES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_LOWER_IMAGES_INL_H_
#undef ISTHMUS_SRC_LOWER_IMAGES_INL_H_
#else
#define ISTHMUS_SRC_LOWER_IMAGES_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <algorithm>
#include <limits>

#include "lower/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Where pixel `pixel` of a sample lies: its channel, if there is one, else sixteen of them.
HWY_INLINE float* pixel_at(const View& view, int pixels, bool flat, int sample, int pixel, int panel) {
  if (flat) return view.data + sample * view.row_stride + pixel / width * view.panel_stride + pixel % width;
  return view.data + (std::int64_t{sample} * pixels + pixel) * view.row_stride + panel * view.panel_stride;
}

/// Calls `compute(sample, pixel, panel, piece, positions, count)` for each result of the tile and hands pieces over.
/// `count` is how many floats of a piece's row the result fills: 16, or 1 of an image of one channel.
template <class Compute>
HWY_INLINE void for_each_result(const AnchorCall& anchor, const Tile& tile, Compute compute) {
  const ImageMap& map = anchor.image;
  const int pixels = map.result_height * map.result_width;
  HWY_ALIGN float piece[width * width];
  HWY_ALIGN float positions[width * width];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.positions = positions;
  fused.accumulator_panel_stride = width * width;
  if (map.result_channels == 1) {
    for (int sample = tile.row_begin; sample < tile.row_end; ++sample)
      for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
        for (int lane = 0; lane < width; ++lane) {
          piece[lane] = positions[lane] = 0;
          const int pixel = p * width + lane;
          if (pixel < pixels) compute(sample, pixel, 0, piece + lane, positions + lane);
        }
        anchor.fused(fused, {sample, sample + 1, p, p + 1});
      }
    return;
  }
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int first = tile.row_begin; first < tile.row_end; first += width) {
      const int last = std::min(first + width, tile.row_end);
      for (int row = first; row < last; ++row)
        compute(row / pixels, row % pixels, p, piece + (row - first) * width, positions + (row - first) * width);
      anchor.fused(fused, {first, last, p, p + 1});
    }
}

/// The images' lanes: sixteen, or the one of an image of one channel.
HWY_INLINE int lanes_of(const ImageMap& map) { return map.result_channels == 1 ? 1 : width; }

HWY_INLINE void max_pool(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const int count = lanes_of(map);
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* best, float* position) {
    const int y = pixel / map.result_width, x = pixel % map.result_width;
    bool first = true;
    for (int i = 0; i < w.height; ++i)
      for (int j = 0; j < w.width; ++j) {
        const int row = y * w.stride_y + i - w.pad_y, column = x * w.stride_x + j - w.pad_x;
        if (row < 0 || row >= map.height || column < 0 || column >= map.width) continue;
        const float* const from =
            pixel_at(anchor.a, map.height * map.width, flat, sample, row * map.width + column, panel);
        const auto here = static_cast<float>(i * w.width + j);
        for (int c = 0; c < count; ++c) {
          // A NaN is larger than anything.
          const bool larger = first || from[c] > best[c] || from[c] != from[c];
          best[c] = larger ? from[c] : best[c];
          position[c] = larger ? here : position[c];
        }
        first = false;
      }
  });
}

HWY_INLINE void max_unpool(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const int count = lanes_of(map), pixels = map.height * map.width;
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* sum, float*) {
    const int y = pixel / map.result_width, x = pixel % map.result_width;
    for (int c = 0; c < count; ++c) sum[c] = 0;
    for (int i = (y + w.pad_y) % w.stride_y; i < w.height; i += w.stride_y)
      for (int j = (x + w.pad_x) % w.stride_x; j < w.width; j += w.stride_x) {
        const int row = (y + w.pad_y - i) / w.stride_y, column = (x + w.pad_x - j) / w.stride_x;
        if (y + w.pad_y < i || x + w.pad_x < j || row >= map.height || column >= map.width) continue;
        const int at = row * map.width + column;
        const float* const value = pixel_at(anchor.a, pixels, flat, sample, at, panel);
        const float* const found = pixel_at(anchor.b, pixels, flat, sample, at, panel);
        const auto here = static_cast<float>(i * w.width + j);
        for (int c = 0; c < count; ++c) sum[c] += found[c] == here ? value[c] : 0.0f;
      }
  });
}

HWY_INLINE void max_gather(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const int count = lanes_of(map);
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* taken, float*) {
    const int y = pixel / map.result_width, x = pixel % map.result_width;
    const float* const found = pixel_at(anchor.b, map.result_height * map.result_width, flat, sample, pixel, panel);
    for (int c = 0; c < count; ++c) {
      const int position = static_cast<int>(found[c]);
      const int row = y * w.stride_y + position / w.width - w.pad_y;
      const int column = x * w.stride_x + position % w.width - w.pad_x;
      taken[c] = pixel_at(anchor.a, map.height * map.width, flat, sample, row * map.width + column, panel)[c];
    }
  });
}

/// One dimension of a resampling: which pixels a result is made of, and with what weights. Where there are very many,
/// as for the mean of a whole image, they come in parts.
struct Resampled {
  static constexpr int most = 64;
  int count = 0;
  int all = 0;  ///< of all parts
  int pixel[most];
  float weight[most];
};

struct ResampledDimension {
  Resampling map;
  bool transposed;
  int size, results;  ///< of the map itself, not of its transpose
  int window, stride, pad, upsample;

  template <class Add>
  HWY_INLINE void forward(int result, Add add) const {
    if (map == Resampling::nearest) return add(result / upsample, 1.0f);
    if (map == Resampling::bilinear) {
      const float at = (static_cast<float>(result) + 0.5f) / static_cast<float>(upsample) - 0.5f;
      const int low = at < 0 ? -1 : static_cast<int>(at);
      const float part = at - static_cast<float>(low);
      add(std::max(low, 0), 1.0f - part);
      add(std::min(low + 1, size - 1), part);
      return;
    }
    const int begin = std::max(0, result * stride - pad), end = std::min(size, result * stride - pad + window);
    const float weight = map == Resampling::window_mean ? 1.0f / static_cast<float>(end - begin) : 1.0f;
    for (int i = begin; i < end; ++i) add(i, weight);
  }

  /// The part that starts with source number `begin`.
  HWY_INLINE Resampled sources(int result, int begin) const {
    Resampled list;
    const auto add = [&](int pixel, float weight) {
      const int at = list.all++;
      if (at < begin || at >= begin + Resampled::most) return;
      list.pixel[list.count] = pixel;
      list.weight[list.count++] = weight;
    };
    if (!transposed) {
      forward(result, add);
      return list;
    }
    // Every result of the map that this pixel has a part in.
    const int reach = map == Resampling::nearest || map == Resampling::bilinear ? 2 * upsample : 0;
    const int first = reach > 0 ? result * upsample - reach : (result + pad - window) / stride - 1;
    const int last = reach > 0 ? result * upsample + upsample + reach : (result + pad) / stride + 1;
    for (int r = std::max(0, first); r <= std::min(last, results - 1); ++r)
      forward(r, [&](int pixel, float weight) {
        if (pixel == result) add(r, weight);
      });
    return list;
  }
};

HWY_INLINE void resample(const AnchorCall& anchor, const Tile& tile) {
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const auto kind = static_cast<Resampling>(map.attribute);
  const auto dimension = [&](int size, int results, int window, int stride, int pad) {
    return map.transposed ? ResampledDimension{kind, true, results, size, window, stride, pad, w.upsample}
                          : ResampledDimension{kind, false, size, results, window, stride, pad, w.upsample};
  };
  const ResampledDimension down = dimension(map.height, map.result_height, w.height, w.stride_y, w.pad_y);
  const ResampledDimension right = dimension(map.width, map.result_width, w.width, w.stride_x, w.pad_x);
  const auto add_part = [&](int sample, int panel, const Resampled& rows, const Resampled& columns,
                            float* sum) HWY_ATTR {
    const auto source = [&](int i, int j) {
      return pixel_at(anchor.a, map.height * map.width, flat, sample,
                      rows.pixel[i] * map.width + columns.pixel[j], panel);
    };
    if (flat) {
      for (int i = 0; i < rows.count; ++i)
        for (int j = 0; j < columns.count; ++j) *sum += rows.weight[i] * columns.weight[j] * *source(i, j);
      return;
    }
    for (int lane = 0; lane < width; lane += lanes) {
      auto total = hn::Load(d, sum + lane);
      for (int i = 0; i < rows.count; ++i)
        for (int j = 0; j < columns.count; ++j)
          total =
              hn::MulAdd(hn::Set(d, rows.weight[i] * columns.weight[j]), hn::LoadU(d, source(i, j) + lane), total);
      hn::Store(total, d, sum + lane);
    }
  };
  const int count = lanes_of(map);
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* sum, float*) HWY_ATTR {
    std::fill_n(sum, count, 0.0f);
    for (int i = 0, rows_end = 1; i < rows_end; i += Resampled::most) {
      const Resampled rows = down.sources(pixel / map.result_width, i);
      rows_end = rows.all;
      for (int j = 0, columns_end = 1; j < columns_end; j += Resampled::most) {
        const Resampled columns = right.sources(pixel % map.result_width, j);
        columns_end = columns.all;
        add_part(sample, panel, rows, columns, sum);
      }
    }
  });
}

/// A sample as a matrix in memory, and the place of its element `index` in row-major order.
struct SampleMatrix {
  const View& view;
  int rows, columns;
  HWY_INLINE const float* at(int sample, int index) const {
    const std::int64_t row = std::int64_t{sample} * rows + index / columns;
    const int column = index % columns;
    return view.data + row * view.row_stride + column / width * view.panel_stride + column % width;
  }
};

/// Here `height` × `width` is a sample of the operand as a matrix, not an image.
HWY_INLINE void reshape(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const SampleMatrix from{anchor.a, map.height, map.width};
  HWY_ALIGN float piece[width * width];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = width * width;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
    const int valid = std::min(width, map.result_width - p * width);
    for (int first = tile.row_begin; first < tile.row_end; first += width) {
      const int last = std::min(first + width, tile.row_end);
      for (int row = first; row < last; ++row) {
        float* const to = piece + (row - first) * width;
        const int sample = row / map.result_height;
        const int index = row % map.result_height * map.result_width + p * width;
        if (valid == width && map.width % width == 0 && index % width == 0) {
          const float* const run = from.at(sample, index);
          for (int c = 0; c < width; ++c) to[c] = run[c];
          continue;
        }
        for (int c = 0; c < width; ++c) to[c] = c < valid ? *from.at(sample, index + c) : 0.0f;
      }
      anchor.fused(fused, {first, last, p, p + 1});
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
