// The losses and the gradients of models of images, on every SIMD target, against the double-precision reference
// of the loss alone: the gradients against its central differences.
#include "run_room/drawn.hpp"
#include "run_room/image_models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The loss of a model in double precision, as training or as an evaluation sees it.
template <class M>
class Reference {
 public:
  Reference(const TrainerCore& trainer, const std::vector<float>& x, int samples, bool trains)
      : loss_(
            differentiate::loss_graph(plan::resolve_modes(M::model.graph, true, trains), M::training.loss).view(),
            samples) {
    for (const NamedTensor& tensor : trainer.read(false)) copy(tensor.values, loss_.named(tensor.name).values);
    copy(x, loss_.named("x").values);
    const auto step = static_cast<std::uint32_t>(trainer.steps() + 1);
    const std::uint64_t seed = trainer.seed();
    loss_.draw = [=](const Node& node, std::size_t element) {
      return drawn(node, element, seed, !trains ? 0 : node.fixed ? ~std::uint32_t{0} : step);
    };
  }
  double loss() {
    loss_.run();
    return loss_.scalar("loss");
  }
  /// Its central difference, with one parameter moved along `direction`.
  double slope(const std::string& name, const std::vector<double>& direction) {
    constexpr double h = 1e-6;
    std::vector<double>& values = loss_.named(name).values;
    const std::vector<double> kept = values;
    double at[2] = {};
    for (const int side : {0, 1}) {
      for (std::size_t i = 0; i < kept.size(); ++i) values[i] = kept[i] + (side == 0 ? h : -h) * direction[i];
      at[side] = loss();
    }
    values = kept;
    return (at[0] - at[1]) / (2 * h);
  }

 private:
  static void copy(const std::vector<float>& from, std::vector<double>& to) {
    to.assign(from.begin(), from.end());
  }

  reference::Interpreter loss_;
};

template <class M>
void compare(int samples) {
  INFO("batch " << samples);
  const std::vector<float> x = samples_of<M>(samples);
  TrainerCore trainer = trainer_of<M>(samples);
  trainer.set_learning_rate(0.02);
  for (int i = 0; i < 2; ++i) trainer.step(x);  // Away from biases that are zero.
  CHECK(trainer.evaluate(x) == Approx(Reference<M>(trainer, x, samples, false).loss()).epsilon(2e-6));
  Reference<M> reference(trainer, x, samples, true);
  const double expected_loss = reference.loss();
  // A step of SGD changes each parameter by -rate × gradient: with a large rate the gradient can be read off.
  const double rate = 64;
  trainer.set_learning_rate(rate);
  const auto before = trainer.read(false);
  CHECK(trainer.step(x) == Approx(expected_loss).epsilon(2e-6));
  const auto after = trainer.read(false);
  for (std::size_t t = 0; t < before.size(); ++t) {
    if (is_statistic(before[t].name)) continue;
    INFO(before[t].name);
    const std::size_t count = before[t].values.size();
    std::vector<double> gradient;
    double length = 0;
    for (std::size_t i = 0; i < count; ++i) {
      gradient.push_back((double{before[t].values[i]} - double{after[t].values[i]}) / rate);
      length += gradient[i] * gradient[i];
    }
    length = std::sqrt(length);
    CHECK(length > 1e-4);
    // Along the gradient, and along directions in which every element has a part: one that is wrong by as much as
    // a gradient's element usually is would show.
    for (std::uint32_t k = 0; k < 3; ++k) {
      std::vector<double> direction = gradient;
      double found = 0;
      for (std::size_t i = 0; i < count; ++i) {
        direction[i] = k == 0 ? gradient[i] / length : uniform(20 + k, i, 0, 1) < 0.5 ? -1 : 1;
        found += gradient[i] * direction[i];
      }
      CHECK(std::fabs(reference.slope(before[t].name, direction) - found) < 1e-3 * length);
    }
  }
}

template <class M>
void compare() {
  for_each_target([] {
    for (const int samples : {1, 6}) compare<M>(samples);
  });
}

}  // namespace

TEST_CASE("losses and gradients: pooling, upsampling, one channel") { compare<Pooled>(); }
TEST_CASE("losses and gradients: convolutions that pool, colours") { compare<Colours>(); }
TEST_CASE("losses and gradients: strides and transposed convolutions") { compare<Strided>(); }
TEST_CASE("losses and gradients: means of windows, bilinear upsampling, reshapes") { compare<Mixed>(); }
TEST_CASE("losses and gradients: normalization over the batch, dropout") {
  for_each_target([] { compare<Normed>(6); });
}
TEST_CASE("losses and gradients: whole samples, and a filter and a mask that all share") { compare<Summed>(); }
TEST_CASE("losses and gradients: normalization of rows and of groups, Huber's loss, cosine distance") {
  compare<Grouped>();
}
TEST_CASE("losses and gradients: behind noise of each kind") {
  compare<Noisy>();
  compare<Masked>();
  compare<Salted>();
}
