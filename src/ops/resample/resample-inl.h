// Sums and means of windows, upsampling, and their transposes. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_RESAMPLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_RESAMPLE_INL_H_
#undef ISTHMUS_SRC_OPS_RESAMPLE_INL_H_
#else
#define ISTHMUS_SRC_OPS_RESAMPLE_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <algorithm>
#include <utility>

#include "ops/images-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// One dimension of a resampling: the pixels that a result is made of, and their weights. If there are very many,
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
    // A result that was asked to be larger than `upsample` times the image has its last pixels once more.
    if (map == Resampling::nearest) return add(std::min(result / upsample, size - 1), 1.0f);
    if (map == Resampling::bilinear) {
      const float at = (static_cast<float>(result) + 0.5f) / static_cast<float>(upsample) - 0.5f;
      const int low = at < 0 ? -1 : static_cast<int>(at);
      const float part = at - static_cast<float>(low);
      add(std::clamp(low, 0, size - 1), 1.0f - part);
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

/// Nearest upsampling of sixteen channels at a time, which copies a pixel, and its transpose, which sums the
/// copies of one, row by row.
HWY_INLINE void repeat_pixels(const AnchorCall& anchor, const Tile& tile) {
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const int factor = map.window.upsample(), pixels = map.image.pixels();
  const ImageExtent &image = map.image, &result = map.result;
  if (!map.transposed) {
    const auto source_of = [&](int place, int size) {
      return std::min(factor == 2 ? place >> 1 : place / factor, size - 1);
    };
    for_each_result(anchor, tile, [&](const Pixel& at, int panel, float* sum, float*) HWY_ATTR {
      const int plane = source_of(at.z, image.depth), row = source_of(at.y, image.height);
      const int from = (plane * image.height + row) * image.width + source_of(at.x, image.width);
      const float* const source = pixel_at(anchor.a, pixels, false, at.sample, from, panel);
      for (int lane = 0; lane < width; lane += lanes) hn::Store(hn::LoadU(d, source + lane), d, sum + lane);
    });
    return;
  }
  // The last pixel has what is left.
  const auto end_of = [&](int place, int size, int results) {
    return place == size - 1 ? results : std::min((place + 1) * factor, results);
  };
  for_each_result(anchor, tile, [&](const Pixel& at, int panel, float* sum, float*) HWY_ATTR {
    const int z_end = end_of(at.z, result.depth, image.depth), y_end = end_of(at.y, result.height, image.height),
              x_end = end_of(at.x, result.width, image.width);
    for (int lane = 0; lane < width; lane += lanes) hn::Store(hn::Zero(d), d, sum + lane);
    for (int z = at.z * factor; z < z_end; ++z)
      for (int y = at.y * factor; y < y_end; ++y)
        for (int x = at.x * factor; x < x_end; ++x) {
          const int from = (z * image.height + y) * image.width + x;
          const float* const source = pixel_at(anchor.a, pixels, false, at.sample, from, panel);
          for (int lane = 0; lane < width; lane += lanes)
            hn::Store(hn::Add(hn::Load(d, sum + lane), hn::LoadU(d, source + lane)), d, sum + lane);
        }
  });
}

HWY_INLINE void resample(const AnchorCall& anchor, const Tile& tile) {
  if (anchor.image.attribute.as<Resampling>() == Resampling::nearest && !anchor.image.image.is_one_row)
    return repeat_pixels(anchor, tile);
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const bool flat = map.image.is_one_row;
  const auto dimension = [&](int size, int results, const Window::Dimension& w) {
    if (map.transposed) std::swap(size, results);
    return ResampledDimension{
        map.attribute.as<Resampling>(), map.transposed, size, results, w.size, w.stride, w.pad,
        map.window.upsample()};
  };
  const ResampledDimension inward = dimension(map.image.depth, map.result.depth, map.window.z());
  const ResampledDimension down = dimension(map.image.height, map.result.height, map.window.y());
  const ResampledDimension right = dimension(map.image.width, map.result.width, map.window.x());
  const auto add_plane = [&](int sample, int panel, int plane, float weight, const Resampled& rows,
                             const Resampled& columns, float* sum) HWY_ATTR {
    const auto source = [&](int i, int j) {
      const int row = plane * map.image.height + rows.pixel[i];
      return pixel_at(anchor.a, map.image.pixels(), flat, sample, row * map.image.width + columns.pixel[j], panel);
    };
    if (flat) {
      for (int i = 0; i < rows.count; ++i)
        for (int j = 0; j < columns.count; ++j)
          *sum += weight * rows.weight[i] * columns.weight[j] * *source(i, j);
      return;
    }
    for (int lane = 0; lane < width; lane += lanes) {
      auto total = hn::Load(d, sum + lane);
      for (int i = 0; i < rows.count; ++i)
        for (int j = 0; j < columns.count; ++j)
          total = hn::MulAdd(hn::Set(d, weight * rows.weight[i] * columns.weight[j]),
                             hn::LoadU(d, source(i, j) + lane), total);
      hn::Store(total, d, sum + lane);
    }
  };
  const int count = lanes_of(map);
  for_each_result(anchor, tile, [&](const Pixel& at, int panel, float* sum, float*) HWY_ATTR {
    std::fill_n(sum, count, 0.0f);
    for (int k = 0, planes_end = 1; k < planes_end; k += Resampled::most) {
      const Resampled planes = inward.sources(at.z, k);
      planes_end = planes.all;
      for (int plane = 0; plane < planes.count; ++plane)
        for (int i = 0, rows_end = 1; i < rows_end; i += Resampled::most) {
          const Resampled rows = down.sources(at.y, i);
          rows_end = rows.all;
          for (int j = 0, columns_end = 1; j < columns_end; j += Resampled::most) {
            const Resampled columns = right.sources(at.x, j);
            columns_end = columns.all;
            add_plane(at.sample, panel, planes.pixel[plane], planes.weight[plane], rows, columns, sum);
          }
        }
    }
  });
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
