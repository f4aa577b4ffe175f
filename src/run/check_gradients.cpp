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

  /// From here on the loss is that of this turn, or the model's if it is empty.
  void follow(const std::string& turn) {
    const std::vector<std::string>& terms = trainer_.terms();
    term_ = turn.empty() ? terms.size()
                         : static_cast<std::size_t>(std::find(terms.begin(), terms.end(), turn) - terms.begin());
  }

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
    const double loss = trainer_.step(values_);
    return term_ < trainer_.terms().size() ? trainer_.last_terms()[term_] : loss;
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
  std::size_t term_ = trainer_.terms().size();
};

/// The error of `gradient` as the gradient of the line's loss with respect to `values`.
template <class Random>
double error_of(Line& line, std::vector<float>& values, const std::vector<float>& gradient, Random draw) {
  double squares = 0;
  for (const float g : gradient) squares += double{g} * double{g};
  double worst = 0;
  std::vector<float> signs(values.size());
  for (int direction = 0; direction < directions; ++direction) {
    double expected = 0;
    for (std::size_t i = 0; i < signs.size(); ++i) {
      signs[i] = draw() < 0.5f ? -1.0f : 1.0f;
      expected += double{signs[i]} * double{gradient[i]};
    }
    worst = std::max(worst, std::fabs(line.slope(values, signs) - expected));
  }
  // The slope along a random direction has a variance of the sum of squares.
  const double usual = std::sqrt(squares);
  return worst > 0 ? worst / std::max(usual, 1e-30) : 0.0;
}

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
  for (NamedTensor& tensor : parameters)
    for (const NamedTensor& state : states) {
      // Of a step in turns each turn that changes the parameter has its gradient.
      const std::string name = tensor.name + ".gradient", turn_begin = name + ".";
      const bool is_of_turn = state.name.starts_with(turn_begin);
      if (state.name != name && !is_of_turn) continue;
      const std::string turn = is_of_turn ? state.name.substr(turn_begin.size()) : "";
      line.follow(turn);
      errors.push_back({is_of_turn ? tensor.name + "." + turn : tensor.name,
                        error_of(line, tensor.values, state.values, draw)});
    }
  return errors;
}

}  // namespace isthmus::run
