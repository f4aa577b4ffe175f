// Training steps of `dense` in dlib's DNN module, with ReLU instead of ELU, which takes dlib longer. Debian's
// library multiplies in BLAS, which has the threads; everything else it does on one. Steps are timed in the
// training thread's own pace: train_one_step() waits until the step before has been taken.
#include <dlib/dnn.h>
#include <dlib/revision.h>

#include "measure.hpp"

namespace {

using namespace dlib;

using Sample = matrix<float>;
// clang-format off
using Dense =
    loss_mean_squared_multioutput<
    sig<fc<784, relu<fc<512, relu<fc<128,
    fc<10,
    relu<fc<128, relu<fc<512,
    input<Sample>>>>>>>>>>>>>;
// clang-format on

std::string version() {
  return "dlib " + std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION);
}

double measure(const peers::Case& asked) {
  if (asked.model != "dense" || asked.mode != "train") throw peers::unknown(asked);
  std::vector<Sample> samples(static_cast<std::size_t>(asked.batch), Sample(784, 1));
  const std::vector<float> values = peers::uniform(samples.size() * 784, 0, 1);
  for (std::size_t i = 0; i < samples.size(); ++i) std::copy_n(values.begin() + i * 784, 784, samples[i].begin());
  Dense network;
  dnn_trainer<Dense, adam> trainer(network, adam(0, 0.9f, 0.999f));
  trainer.set_learning_rate(1e-3);
  // No search for a plateau in the losses.
  trainer.set_learning_rate_shrink_factor(1);
  return peers::median_ms(asked.seconds, [&] { trainer.train_one_step(samples, samples); });
}

}  // namespace

int main(int argc, char** argv) { return peers::run(argc, argv, version, measure); }
