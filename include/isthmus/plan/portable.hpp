// A model's parts as graphs that other programs understand: what interchange::onnx_model and c_header take.
#pragma once

#include <isthmus/plan/simplify.hpp>
#include <isthmus/plan/stages.hpp>

namespace isthmus::plan {

/// A batch norm's factors go into the weights. The faster forms of convolutions are for the kernels alone.
inline constexpr Rewrites portable_rewrites{.absorb_upsampling = false,
                                            .pool_first = false,
                                            .fuse_pooling = false,
                                            .fold_normalization = true,
                                            .winograd = false};

/// The graph of Role::reconstruct, encode or decode of a model.
template <class M, Role role>
Graph portable_graph() {
  static_assert(role == Role::reconstruct || role == Role::encode || role == Role::decode,
                "isthmus: portable_graph takes Role::reconstruct, encode or decode");
  return simplify(source_graph<M, role>(portable_rewrites).view());
}

}  // namespace isthmus::plan
