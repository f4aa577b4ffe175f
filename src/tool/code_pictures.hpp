// Pictures of the code space, as PNG.
#pragma once

#include "compute.hpp"
#include "image_shape.hpp"

#include <isthmus/report/image_format.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isthmus::tool {

/// More points than this only cover each other; on a page, which is smaller, they would also make it large.
inline constexpr int most_points = 5000;
inline constexpr std::size_t most_points_on_page = 2000;
/// Images along each side of a manifold, and steps of an interpolation, unless others are given.
inline constexpr std::size_t manifold_side = 20;
inline constexpr std::size_t interpolation_steps = 10;

/// Codes of samples in the plane, and the share of their variance along each of its axes.
struct LatentPicture {
  std::string bytes;
  std::array<double, 2> explained;
};

/// Draws codes of `code_size` values, at least 2, as report::project and report::Scatter have it. `labels` is one
/// per code, or empty. An SVG, which is for a page, shows at most most_points_on_page of them, evenly spread.
/// Throws Error if gnuplot is missing or fails.
LatentPicture draw_latent(std::span<const float> codes, int code_size, std::span<const std::uint8_t> labels,
                          const std::string& title, report::ImageFormat format = report::ImageFormat::png);

/// The texts above samples, which are their labels: for the samples [first, first + count), or nothing if they
/// have none.
std::vector<std::string> label_texts(const data::Samples& samples, std::size_t first, std::size_t count);

/// The number of classes of a decoder whose only condition is one: a row of at most 32 values; else 0.
std::size_t classes_of(const InferenceCore& decoder);

/// A near-square grid of a decoder's outputs for `count` codes drawn from N(0, I); of a decoder with classes a row
/// for each of them, of the same codes. Throws Error for a decoder with other conditions. Exceptions of `check`
/// propagate, here and below.
std::string draw_samples(InferenceCore& decoder, const ImageShape& shape, std::size_t count, std::uint64_t seed,
                         const OutputCheck& check);

/// side × side images of the codes of report::manifold_codes. The decoder's codes must have two values.
std::string draw_manifold(InferenceCore& decoder, const ImageShape& shape, std::size_t side,
                          const OutputCheck& check);

/// A row of images: sample `from`, the decoder's outputs for `steps` codes on the straight line between the codes
/// of both, sample `to`; above the samples their labels, if there are any. Conditions are on straight lines as
/// well.
std::string draw_interpolation(InferenceCore& encoder, InferenceCore& decoder, const ImageShape& shape,
                               const PortData& data, std::size_t from, std::size_t to, std::size_t steps,
                               const OutputCheck& check);

}  // namespace isthmus::tool
