// Matrix products in OpenBLAS, as row-major matrices: `matmul 784x512 BATCH` is X [BATCH, 784] times W [784, 512],
// `matmul_t 784x512 BATCH` the weights' gradient, X [BATCH, 784] transposed times dY [BATCH, 512].
#include <cblas.h>

#include "measure.hpp"

namespace {

std::string version() {
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 … Zen MAX_THREADS=64"
  return config.substr(0, config.find(' ', 9)) + ", kernel " + openblas_get_corename();
}

double measure(const peers::Case& asked) {
  const auto [inner, columns] = peers::product_shape(asked);
  const bool transposed = asked.model == "matmul_t";
  if (!transposed && asked.model != "matmul") throw peers::unknown(asked);
  openblas_set_num_threads(asked.threads);
  const auto size = [](int rows, int extent) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(extent);
  };
  const std::vector<float> x = peers::uniform(size(asked.batch, inner), 0, 1);
  const std::vector<float> other = peers::uniform(size(transposed ? asked.batch : inner, columns), -0.1f, 0.1f);
  std::vector<float> result(size(transposed ? inner : asked.batch, columns));
  return peers::median_ms(asked.seconds, [&] {
    if (transposed)
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, inner, columns, asked.batch, 1, x.data(), inner,
                  other.data(), columns, 0, result.data(), columns);
    else if (asked.batch == 1)  // what BLAS has for one sample
      cblas_sgemv(CblasRowMajor, CblasTrans, inner, columns, 1, other.data(), columns, x.data(), 1, 0,
                  result.data(), 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, asked.batch, columns, inner, 1, x.data(), inner,
                  other.data(), columns, 0, result.data(), columns);
  });
}

}  // namespace

int main(int argc, char** argv) { return peers::run(argc, argv, version, measure); }
