#include <isthmus/run/importance.hpp>

#include <isthmus/declare/log_weights.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace isthmus::run {
namespace {

/// log Σ exp(w) of numbers that come one after the other, without overflow.
class LogSum {
 public:
  void add(double w) {
    is_number_ = is_number_ && !std::isnan(w);
    // Nothing is added by exp(-∞), and -∞ less itself is no number.
    if (w == -infinity) return;
    if (w > largest_) {
      sum_ *= std::exp(largest_ - w);
      largest_ = w;
    }
    sum_ += std::exp(w - largest_);
  }
  double value() const {
    return is_number_ ? largest_ + std::log(sum_) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  double largest_ = -infinity, sum_ = 0;
  bool is_number_ = true;
};

}  // namespace

bool has_log_weights(const Session& evaluation) {
  const std::vector<std::string> names = evaluation.side_outputs();
  return std::find(names.begin(), names.end(), declare::log_weight_name) != names.end();
}

void importance_bounds(Session& evaluation, RunArguments arguments, int draws, std::span<double> bounds) {
  if (draws < 1) throw ShapeError(fmt::format("importance bounds: expected at least 1 draw, found {}", draws));
  if (bounds.size() != static_cast<std::size_t>(arguments.samples))
    throw ShapeError(fmt::format("importance bounds: expected a place for each of {} samples, found {}",
                                 arguments.samples, bounds.size()));
  if (!has_log_weights(evaluation))
    throw Error(
        "importance bounds: the program gives no weights of codes: its code is not drawn, or no term of its "
        "loss is a likelihood");
  if (bounds.empty()) return;
  std::vector<LogSum> sums(bounds.size());
  for (std::size_t left = static_cast<std::size_t>(draws); left > 0;) {
    evaluation.run(arguments);
    const std::span<const float> weights = evaluation.side_output(declare::log_weight_name);
    const std::size_t of_run = weights.size() / bounds.size(), taken = std::min(left, of_run);
    for (std::size_t i = 0; i < sums.size(); ++i)
      for (std::size_t k = 0; k < taken; ++k) sums[i].add(static_cast<double>(weights[i * of_run + k]));
    left -= taken;
    ++arguments.draw;
  }
  const double all = std::log(static_cast<double>(draws));
  for (std::size_t i = 0; i < sums.size(); ++i) bounds[i] = sums[i].value() - all;
}

}  // namespace isthmus::run
