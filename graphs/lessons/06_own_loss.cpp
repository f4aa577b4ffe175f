// Lesson 6: a loss of your own. A loss is a sum of terms with weights; a term is one of the library's or a
// function of the reconstruction and the target. Weights and learning rates may change with the step.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

/// Like a mean absolute error, but smooth at zero: Charbonnier et al. 1994. Its gradient follows from the graph.
constexpr Tensor charbonnier(Tensor y, Tensor target) { return mean(sqrt(square(y - target) + 1e-4f)); }

/// A penalty looks at a layer by its name.
constexpr Tensor small_inside(Tensor y, Tensor) { return mean(square(layer_of(y, "wider"))); }

struct Smooth {
  static constexpr auto model =
      autoencoder(encoder(input<36>("wave"), dense<24>("hidden") | swish), bottleneck(dense<3>("code")),
                  decoder(dense<24>("wider") | swish, dense<36>("out")));
  static constexpr auto training =
      train(model,
            term("charbonnier", charbonnier) + 0.001f * l1_activity("code") +
                anneal::linear(0.0f, 0.01f, 100) * term("small", small_inside),
            adam{.learning_rate = anneal::cosine(1e-2f, 1e-3f, 300)}, clip_norm{1.0f});
};
static_assert(isthmus::check<Smooth>);  // a mistake shows here, without a trainer

int main() {
  const std::vector<float> waves = lessons::waves(64, 36);
  Trainer<Smooth, 64> trainer{1};
  trainer.step(waves);
  const double first = trainer.last_terms()[0];
  for (int step = 0; step < 300; ++step) trainer.step(waves);
  for (std::size_t i = 0; i < trainer.terms().size(); ++i)  // without their weights
    std::printf("%s %.4f\n", trainer.terms()[i].c_str(), trainer.last_terms()[i]);
  return trainer.last_terms()[0] < 0.3 * first ? 0 : 1;
}
