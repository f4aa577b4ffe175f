#include <isthmus/error.hpp>
#include <isthmus/report/similarity.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace isthmus::report {
namespace {

constexpr std::size_t window = similarity_window;
constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;  // (K L)² with the range L = 1

using Weights = std::array<double, window>;

/// One dimension of the Gaussian: the window is the product of two of these.
Weights gaussian() {
  Weights weights;
  double sum = 0;
  for (std::size_t i = 0; i < window; ++i) {
    const double distance = static_cast<double>(i) - static_cast<double>(window / 2);
    weights[i] = std::exp(-distance * distance / (2 * 1.5 * 1.5));
    sum += weights[i];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// The windows' mean of one quantity of an image, row by row. Rows are filtered first, then columns: 22
/// products for each position instead of 121.
class WindowMeans {
 public:
  WindowMeans(std::size_t height, std::size_t width, std::size_t channels)
      : height_(height),
        row_(width * channels),
        step_(channels),
        out_row_((width - window + 1) * channels),
        values_(height * row_),
        filtered_(height * out_row_),
        means_((height - window + 1) * out_row_) {}

  /// The quantity, height × width × channels, to be filled in before the call of filter.
  std::vector<double>& values() { return values_; }

  /// Returns the means, (height - 10) × (width - 10) × channels.
  const std::vector<double>& filter(const Weights& weights) {
    std::fill(filtered_.begin(), filtered_.end(), 0.0);
    std::fill(means_.begin(), means_.end(), 0.0);
    for (std::size_t y = 0; y < height_; ++y)
      for (std::size_t i = 0; i < window; ++i)
        add(weights[i], values_.data() + y * row_ + i * step_, filtered_.data() + y * out_row_);
    for (std::size_t y = 0; y + window <= height_; ++y)
      for (std::size_t i = 0; i < window; ++i)
        add(weights[i], filtered_.data() + (y + i) * out_row_, means_.data() + y * out_row_);
    return means_;
  }

 private:
  /// Neighbours in memory are independent sums: the compiler makes SIMD of this.
  void add(double weight, const double* from, double* to) const {
    for (std::size_t x = 0; x < out_row_; ++x) to[x] += weight * from[x];
  }

  std::size_t height_, row_, step_, out_row_;
  std::vector<double> values_, filtered_, means_;
};

void require_sizes(std::size_t images, std::size_t others, int height, int width, int channels) {
  if (height < similarity_window || width < similarity_window || channels < 1) {
    throw ShapeError(fmt::format("similarity: expected images of at least {0} × {0} × 1, found {1} × {2} × {3}",
                                 similarity_window, height, width, channels));
  }
  const auto size =
      static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  if (images == 0 || images % size != 0 || images != others) {
    throw ShapeError(fmt::format(
        "similarity: expected equally many images of {} × {} × {}, at least one, found {} and {} values", height,
        width, channels, images, others));
  }
}

}  // namespace

double structural_similarity(std::span<const float> images, std::span<const float> others, int height, int width,
                             int channels) {
  require_sizes(images.size(), others.size(), height, width, channels);
  const Weights weights = gaussian();
  const auto rows = static_cast<std::size_t>(height), columns = static_cast<std::size_t>(width);
  const auto depth = static_cast<std::size_t>(channels), size = rows * columns * depth;
  WindowMeans x(rows, columns, depth), y(rows, columns, depth);
  // Only the sum of the two variances is needed, so one filter less.
  WindowMeans squares(rows, columns, depth), products(rows, columns, depth);
  double total = 0;
  for (std::size_t first = 0; first < images.size(); first += size) {
    for (std::size_t i = 0; i < size; ++i) {
      const double a = static_cast<double>(images[first + i]), b = static_cast<double>(others[first + i]);
      x.values()[i] = a;
      y.values()[i] = b;
      squares.values()[i] = a * a + b * b;
      products.values()[i] = a * b;
    }
    const auto &mean_x = x.filter(weights), &mean_y = y.filter(weights);
    const auto &mean_squares = squares.filter(weights), &mean_product = products.filter(weights);
    double sum = 0;
    for (std::size_t i = 0; i < mean_x.size(); ++i) {
      const double of_means = mean_x[i] * mean_x[i] + mean_y[i] * mean_y[i], product = mean_x[i] * mean_y[i];
      sum += (2 * product + c1) * (2 * (mean_product[i] - product) + c2) /
             ((of_means + c1) * (mean_squares[i] - of_means + c2));
    }
    total += sum / static_cast<double>(mean_x.size());
  }
  return total / static_cast<double>(images.size() / size);
}

}  // namespace isthmus::report
