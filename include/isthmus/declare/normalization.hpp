// The words for normalization within a sample: the same in training and in use, whatever else is in the batch.
// Normalization over the batch is in training_only.hpp.
#pragma once

#include <isthmus/declare/images.hpp>

namespace isthmus {
namespace declare {

/// Normalizes each sample's row, or each row of a matrix: (x - mean) / √(variance + ε) · scale + shift, with a
/// scale and a shift for each column: [n] → [n], [rows, n] → [rows, n]. Source: Ba et al. 2016, section 3.
struct LayerNorm : Layer {
  const char* name;
  float epsilon;
  static constexpr int max_nodes = 19;

  constexpr LayerNorm(const char* layer_name, float e) : name(layer_name), epsilon(e) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    b.begin_layer(name, "layer_norm", x.shape());
    const Shape row = shape_of(batch, x.shape().elements_per_sample());
    if (!is_matrix(x.shape())) {
      b.mistake(Mistake::not_a_row, x.shape(), row);
      x = b.broadcast(x, row);
    }
    const int columns = x.shape().columns();
    const auto row_mean = [columns](Tensor of) { return row_sum(of) / static_cast<float>(columns); };
    const Tensor scale = b.parameter("scale", shape_of(columns), Initializer::constant, 1.0f);
    const Tensor shift = b.parameter("shift", shape_of(columns), Initializer::zeros);
    const Tensor centred = x - row_mean(x);
    const Tensor variance = row_mean(square(centred));
    // One division for each row, not for each value.
    const Tensor factor = 1.0f / sqrt(variance + epsilon);
    return centred * factor * scale + shift;
  }
};

/// Normalizes each group of neighbouring channels of a sample over all its places, with a scale and a shift for
/// each channel: [H, W, C] → [H, W, C], and so of series and volumes. Source: Wu and He 2018, section 3.
template <int Groups>
struct GroupNorm : Layer {
  const char* name;
  float epsilon;
  static constexpr int max_nodes = 25;

  constexpr GroupNorm(const char* layer_name, float e) : name(layer_name), epsilon(e) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    const Shape image = x.shape().is_spatial() ? x.shape() : spatial_shape(x.shape(), 2);
    b.begin_layer(name, "group_norm", image);
    require_positive(b, Groups);
    x = as_spatial(x);
    bool fits = Groups > 0;
    if constexpr (Groups > 0) fits = image.channels() % Groups == 0;
    if (!fits) b.mistake(Mistake::channels_not_in_groups, image, shape_of(batch, Groups));
    const int groups = fits ? Groups : 1;
    const Tensor scale = b.parameter("scale", shape_of(image.channels()), Initializer::constant, 1.0f);
    const Tensor shift = b.parameter("shift", shape_of(image.channels()), Initializer::zeros);
    const Tensor centred = x - at_each_pixel(mean_of_group(x, groups), image);
    const Tensor variance = mean_of_group(square(centred), groups);
    const Tensor factor = scale / sqrt(variance + epsilon);
    return centred * at_each_pixel(factor, image) + shift;
  }

 private:
  /// [H, W, C] → [1, 1, C]: for each channel the mean over its group and all places.
  static constexpr Tensor mean_of_group(Tensor x, int groups) {
    Builder& b = *x.builder;
    const Shape image = x.shape();
    Shape pixel = image;
    for (int d = 1; d < pixel.rank - 1; ++d) pixel.dim[d] = 1;
    const int depth = image.depth(), height = image.height(), width = image.width();
    const Window whole({depth, depth}, {height, height}, {width, width});
    const Tensor of_channel = b.resample(x, Resampling::window_mean, false, whole, pixel);
    const int size = image.channels() / groups;
    if (size <= 1) return of_channel;
    // With the groups as pixels, the mean of each is a convolution of 1 × 1 whose weights are all the same.
    const Tensor weights = b.broadcast(b.constant(1.0f / static_cast<float>(size)), shape_of(1, 1, size, size));
    const Tensor as_pixels = reshape(of_channel, shape_of(batch, 1, groups, size));
    return reshape(b.conv2d(as_pixels, weights, Window{}, shape_of(1, groups)), pixel);
  }
  /// [1, 1, C] → [H, W, C]. Elementwise operations do not repeat a sample's pixel; the mean of a window that sees
  /// this one pixel from everywhere does.
  static constexpr Tensor at_each_pixel(Tensor pixel, const Shape& image) {
    const int depth = image.depth(), height = image.height(), width = image.width();
    const Window from_everywhere({depth, 1, depth - 1}, {height, 1, height - 1}, {width, 1, width - 1});
    return pixel.builder->resample(pixel, Resampling::window_mean, false, from_everywhere, image);
  }
};

/// Both words take a name, and ε behind it.
template <class Norm>
struct NormWord {
  constexpr Norm operator()(const char* name, float epsilon = 1e-3f) const { return Norm(name, epsilon); }
  constexpr Tensor operator()(Tensor x, const char* name = "", float epsilon = 1e-3f) const {
    return (*this)(name, epsilon)(x);
  }
};

}  // namespace declare

/// `layer_norm("ln1")`, of rows, and of each row of a sequence; `layer_norm("ln1", 1e-5f)` has PyTorch's ε, the
/// default is that of Keras, 1e-3. Of an image, `group_norm<1>` normalizes all values of a sample.
inline constexpr declare::NormWord<declare::LayerNorm> layer_norm{};

/// `group_norm<8>("gn1")`, of series, images and volumes; ε as for layer_norm. With as many groups as channels it
/// is the instance norm.
template <int Groups>
inline constexpr declare::NormWord<declare::GroupNorm<Groups>> group_norm{};

}  // namespace isthmus
