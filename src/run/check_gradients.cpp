#include <isthmus/run/check_gradients.hpp>

#include <isthmus/random.hpp>

#include <algorithm>
#include <cmath>

namespace isthmus::run {
namespace {

constexpr int directions = 16;

/// The loss along a line through the parameters.
class Line {
 public:
  Line(TrainerCore& trainer, std::span<const PortValues> values, std::vector<NamedTensor>& parameters)
      : trainer_(trainer), values_(values), parameters_(parameters) {}

  /// The slope of the loss at `values` along `signs`, by central differences of two widths: Richardson
  /// extrapolation removes the larger part of their error (Richardson 1911).
  double slope(std::vector<float>& values, const std::vector<float>& signs) {
    // The width scales with the number of values, so that the step of all values together has a fixed size.
    const float width = 0x1p-5f / std::sqrt(std::sqrt(static_cast<float>(values.size())));
    return (4 * difference(values, signs, width / 2) - difference(values, signs, width)) / 3;
  }
  double loss() {
    // Restarts at the first step, since noise depends on the step.
    trainer_.write(parameters_, false, 0, "check_gradients");
    return trainer_.step(values_);
  }

 private:
  double difference(std::vector<float>& values, const std::vector<float>& signs, float width) {
    const std::vector<float> kept = values;
    const auto at = [&](float distance) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = kept[i] + distance * signs[i];
      return loss();
    };
    const double above = at(width), below = at(-width);
    values = kept;
    return (above - below) / (2 * double{width});
  }

  TrainerCore& trainer_;
  std::span<const PortValues> values_;
  std::vector<NamedTensor>& parameters_;
};

}  // namespace

std::vector<GradientError> gradient_errors(TrainerCore& trainer, std::span<const PortValues> values) {
  std::vector<NamedTensor> parameters = trainer.read(false);
  std::uint64_t drawn = 0;
  const auto draw = [&] { return random_uniform(trainer.seed(), Purpose::probe, 0, drawn++); };
  // Many initial values are zero, where a gradient may be right by chance: so they are changed.
  for (NamedTensor& tensor : parameters)
    for (float& value : tensor.values) value += 0.2f * (draw() - 0.5f);
  Line line(trainer, values, parameters);
  line.loss();
  const std::vector<NamedTensor> states = trainer.read(true);
  std::vector<GradientError> errors;
  for (NamedTensor& tensor : parameters) {
    const auto is_gradient = [&](const NamedTensor& state) { return state.name == tensor.name + ".gradient"; };
    const auto found = std::find_if(states.begin(), states.end(), is_gradient);
    if (found == states.end()) continue;
    double squares = 0;
    for (const float g : found->values) squares += double{g} * double{g};
    double worst = 0;
    std::vector<float> signs(tensor.values.size());
    for (int direction = 0; direction < directions; ++direction) {
      double expected = 0;
      for (std::size_t i = 0; i < signs.size(); ++i) {
        signs[i] = draw() < 0.5f ? -1.0f : 1.0f;
        expected += double{signs[i]} * double{found->values[i]};
      }
      worst = std::max(worst, std::fabs(line.slope(tensor.values, signs) - expected));
    }
    // The slope along a random direction has a variance of the sum of squares.
    const double usual = std::sqrt(squares);
    errors.push_back({tensor.name, worst > 0 ? worst / std::max(usual, 1e-30) : 0.0});
  }
  return errors;
}

}  // namespace isthmus::run
