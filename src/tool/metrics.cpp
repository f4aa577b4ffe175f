#include "metrics.hpp"

#include "compute.hpp"
#include "image_shape.hpp"

#include <isthmus/report/similarity.hpp>

#include <algorithm>
#include <cmath>

namespace isthmus::tool {
namespace {

constexpr double active_variance = 0.01;

/// Sums over the values of reconstructions.
class Reconstructions {
 public:
  explicit Reconstructions(std::optional<ImageShape> shape) : shape_(shape) {
    if (shape_ && std::min(shape_->height, shape_->width) < report::similarity_window) shape_.reset();
  }

  /// A batch of `n` samples.
  void add(std::span<const float> inputs, std::span<const float> outputs, std::size_t n) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const double x = static_cast<double>(inputs[i]), y = static_cast<double>(outputs[i]);
      if (std::isnan(x)) continue;
      ++values_;
      squares_ += (y - x) * (y - x);
      are_fractions_ = are_fractions_ && x >= 0 && x <= 1 && y >= 0 && y <= 1;
      if (are_fractions_) {
        const double p = std::clamp(y, 1e-7, 1 - 1e-7);
        cross_entropy_ -= x * std::log(p) + (1 - x) * std::log1p(-p);
      }
    }
    samples_ += static_cast<double>(n);
    // What an image is like of which pixels are missing is not defined.
    if (values_ < samples_ * static_cast<double>(inputs.size() / n)) shape_.reset();
    if (shape_)
      similarity_ += static_cast<double>(n) * report::structural_similarity(inputs, outputs, shape_->height,
                                                                            shape_->width, shape_->channels);
  }

  void report(boost::json::object& figures) const {
    if (values_ == 0) return;
    const double mse = squares_ / values_;
    figures["mse"] = mse;
    if (are_fractions_) figures["bce"] = cross_entropy_ / values_;
    if (mse > 0) figures["psnr"] = -10 * std::log10(mse);
    if (shape_) figures["ssim"] = similarity_ / samples_;
  }

 private:
  std::optional<ImageShape> shape_;
  bool are_fractions_ = true;
  double squares_ = 0, cross_entropy_ = 0, similarity_ = 0, values_ = 0, samples_ = 0;
};

/// Sums over codes.
class Codes {
 public:
  explicit Codes(std::size_t size) : offsets_(size), sums_(size), squares_(size) {}

  void add(std::span<const float> codes) {
    const std::size_t size = sums_.size();
    for (std::size_t first = 0; first < codes.size(); first += size) add_one(codes.subspan(first, size));
  }

  void report(boost::json::object& figures) const {
    const auto size = static_cast<double>(sums_.size());
    figures["mean_activation"] = activation_ / (samples_ * size);
    if (sums_.size() > 1) figures["code_sparsity"] = sparsity_ / samples_;
    std::int64_t active = 0;
    for (std::size_t i = 0; i < sums_.size(); ++i)
      active += (squares_[i] - sums_[i] * sums_[i] / samples_) / samples_ > active_variance;
    figures["active_units"] = active;
  }

 private:
  void add_one(std::span<const float> code) {
    // Sums of differences from some value of the unit, here the first, lose no digits to a large mean.
    if (samples_ == 0) std::copy(code.begin(), code.end(), offsets_.begin());
    double l1 = 0, l2 = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
      const double h = static_cast<double>(code[i]), difference = h - offsets_[i];
      sums_[i] += difference;
      squares_[i] += difference * difference;
      activation_ += h;
      l1 += std::abs(h);
      l2 += h * h;
    }
    const double root = std::sqrt(static_cast<double>(code.size()));
    sparsity_ += l2 == 0 ? 1 : (root - l1 / std::sqrt(l2)) / (root - 1);
    ++samples_;
  }

  std::vector<double> offsets_, sums_, squares_;  // one per value of the code
  double activation_ = 0, sparsity_ = 0, samples_ = 0;
};

}  // namespace

boost::json::object metrics_of(const SavedModel& model, const std::string& path, const Weights& weights,
                               const PortData& data) {
  InferenceCore encoder(model.entry->program(Role::encode), most_at_a_time);
  InferenceCore whole(model.entry->program(Role::reconstruct), most_at_a_time);
  encoder.write(model.file.tensors, path);
  whole.write(model.file.tensors, path);
  encoder.set_weights(weights);
  whole.set_weights(weights);
  const auto code_size = static_cast<std::size_t>(encoder.output_size());
  const data::Samples& targets = target_of(*model.entry, data);
  Reconstructions reconstructions(image_shape(*model.entry, targets));
  Codes codes(code_size);
  PortReader of_whole(whole.inputs(), data), of_encoder(encoder.inputs(), data);
  std::vector<float> expected, outputs, code;
  for (std::size_t first = 0; first < data.count(); first += most_at_a_time) {
    const std::size_t n = std::min<std::size_t>(most_at_a_time, data.count() - first);
    expected.resize(n * targets.sample_size());
    outputs.resize(expected.size());
    code.resize(n * code_size);
    targets.values(first, n, expected.data());
    whole.run(of_whole.read(first, n), outputs);
    encoder.run(of_encoder.read(first, n), code);
    reconstructions.add(expected, outputs, n);
    codes.add(code);
  }
  boost::json::object figures;
  reconstructions.report(figures);
  codes.report(figures);
  return figures;
}

}  // namespace isthmus::tool
