// Weights that PyTorch computes from other tensors in each step, and files have in these pieces: weight_norm,
// spectral_norm and pruning. Sources: Salimans and Kingma 2016, "Weight Normalization", equation 2; Miyato et al.
// 2018, "Spectral Normalization", section 2.1; PyTorch 2, "torch.nn.utils", for the names.
#pragma once

#include <isthmus/interchange/import.hpp>

#include "foreign_selection.hpp"

namespace isthmus::interchange {

/// Among the selected tensors, replaces such pieces by the weight that the layer has in use, a tensor of its
/// own at the end of `weights`, whose name is that of the layer and `weight`. The pieces' values are freed.
/// - `weight_g`, `weight_v`, or `parametrizations.weight.original0`, `original1`: g · v / ‖v‖, where the norm is
///   over the dimensions that g has not;
/// - `weight_orig`, `weight_u`, `weight_v`, or `parametrizations.weight.original`, `0._u`, `0._v`: W / uᵀWv;
/// - `weight_orig`, `weight_mask`: their product.
/// A bias likewise. Throws FileError if the pieces' shapes do not fit each other, if they are no floating-point
/// numbers, of a parametrization of another kind, and of spectral_norm where two dimensions could be the one that
/// W is made a matrix by.
void merge_reparametrized(ForeignWeights& weights, ForeignSelection& selection);

}  // namespace isthmus::interchange
