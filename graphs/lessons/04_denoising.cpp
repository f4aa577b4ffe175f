// Lesson 4: images, convolutions and noise. Images are [height, width, channels]. The noise belongs to the model:
// it is there whenever there is a loss, and gone where the model is used. graphs/denoising.hpp is its larger
// sister.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

struct Denoiser {
  static constexpr auto model =
      autoencoder(encoder(input<12, 12, 1>("image"), gaussian_noise(0.3f) | clip(0, 1),
                          conv2d<16, 3>("enc") | relu | max_pool<2>),
                  bottleneck(conv2d<4, 3>("code") | relu),
                  // bias_from_data: the output starts at the mean of the data, where a sigmoid has a gradient.
                  decoder(upsample<2>, conv2d<1, 3>("out", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.01f});
};
static_assert(Denoiser::model.code_size() == 6 * 6 * 4);

int main() {
  const std::vector<float> images = lessons::waves(32, 12 * 12);
  Trainer<Denoiser, 32> trainer{1};
  const double first = trainer.step(images);
  double loss = first;
  for (int step = 0; step < 150; ++step) loss = trainer.step(images);  // new noise in every step
  std::printf("loss %.4f -> %.4f\n", first, loss);

  Autoencoder<Denoiser, 32> clean{trainer};  // no noise of its own
  std::vector<float> restored(images.size());
  clean.reconstruct(images, restored);
  return loss < 0.5 * first ? 0 : 1;
}
