// oneDNN: products alone, `dense` in training and use, `denoising` in use.
#include "onednn.hpp"

#include <omp.h>

namespace {

std::string version() {
  const dnnl_version_t* const v = dnnl::version();
  return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

double measure(const peers::Case& asked) {
  omp_set_num_threads(asked.threads);
  const bool trains = asked.mode == "train", uses = asked.mode == "reconstruct";
  if (asked.model == "matmul" || asked.model == "matmul_t") return peers::measure_product(asked);
  if (asked.model == "dense" && trains) return peers::measure_dense_training(asked);
  if (asked.model == "dense" && uses) return peers::measure_dense(asked);
  if (asked.model == "denoising" && uses) return peers::measure_denoising(asked);
  throw peers::unknown(asked);
}

}  // namespace

int main(int argc, char** argv) { return peers::run(argc, argv, version, measure); }
