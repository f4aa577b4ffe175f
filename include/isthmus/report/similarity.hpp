// The similarity of two sets of images as people see them.
#pragma once

#include <span>

namespace isthmus::report {

/// The side of the window in which structural_similarity compares, in pixels.
inline constexpr int similarity_window = 11;

/// The mean structural similarity (SSIM) of images and their counterparts, both count × height × width ×
/// channels with values in [0, 1]: 1 if they are the same, about 0 if they have nothing in common. A Gaussian
/// window with σ = 1.5, K1 = 0.01, K2 = 0.03; the mean is over the positions where the window lies inside of
/// the image, channels and images. Throws ShapeError if an image is smaller than the window or the sizes do
/// not fit.
/// Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
/// similarity" (2004), equations 13 to 17.
double structural_similarity(std::span<const float> images, std::span<const float> others, int height, int width,
                             int channels);

}  // namespace isthmus::report
