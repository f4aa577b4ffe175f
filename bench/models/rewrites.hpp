// The denoising model planned with all rewrites, and without each of them.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/plan/rewrites.hpp>

#include "../../graphs/denoising.hpp"

namespace bench {

using isthmus::plan::Rewrites;

struct All : graphs::Denoising {};
struct WithoutAbsorbUpsampling : graphs::Denoising {
  static constexpr Rewrites rewrites{.absorb_upsampling = false};
};
struct WithoutPoolFirst : graphs::Denoising {
  static constexpr Rewrites rewrites{.pool_first = false};
};
struct WithoutFusePooling : graphs::Denoising {
  static constexpr Rewrites rewrites{.fuse_pooling = false};
};
struct WithoutWinograd : graphs::Denoising {
  static constexpr Rewrites rewrites{.winograd = false};
};
struct Without : graphs::Denoising {
  static constexpr Rewrites rewrites{.absorb_upsampling = false,
                                     .pool_first = false,
                                     .fuse_pooling = false,
                                     .fold_normalization = false,
                                     .winograd = false};
};

}  // namespace bench
