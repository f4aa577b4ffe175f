// The sparse autoencoder without its penalty, to see what sparsity costs.
#pragma once

#include "sparse.hpp"

namespace graphs {

struct Wide : SparseOf<0.0f> {
  static constexpr const char* summary = "as sparse, without the penalty, to compare with";
};

}  // namespace graphs
