// Operations on sequences, a matrix for each sample, in every form: what exports, kernels and gradients are tested
// with.
#pragma once

#include <isthmus/declare.hpp>

#include "support/movements.hpp"

namespace isthmus::testing {

/// Another tensor than x, of x's rows and columns or of others, made of it by a parameter.
inline Tensor with_rows(Builder& b, Tensor x, const char* part, int rows) {
  const Shape s = x.shape();
  const Tensor turned = matmul(b.permute(x, {1, 0}), b.parameter(part, shape_of(s.dim[1], rows)));
  return b.permute(turned, {1, 0});
}
inline Tensor with_columns(Builder& b, Tensor x, const char* part, int columns) {
  return matmul(x, b.parameter(part, shape_of(x.shape().dim[2], columns)));
}

/// A layer, in a graph of its own that may have parameters.
template <class Layer>
Tensor in_scope(Builder& b, Tensor x, Layer layer) {
  Scope scope;
  scope.graph() = b.graph();
  const Tensor y = layer(Tensor{&scope, x.id});
  b.graph() = scope.graph();
  if (scope.diagnostic()) b.diagnostic() = scope.diagnostic();
  return b.tensor(y.id);
}

inline const Movement sequences[] = {
    {"A B", shape_of(batch, 5, 7),
     [](Builder& b, Tensor x) { return batched_matmul(x, with_columns(b, with_rows(b, x, "p", 7), "q", 18)); }},
    {"A transposed B", shape_of(batch, 5, 7),
     [](Builder& b, Tensor x) { return batched_matmul(x, with_columns(b, x, "p", 3), true, false); }},
    {"A B transposed", shape_of(batch, 17, 7),
     [](Builder& b, Tensor x) { return batched_matmul(x, with_rows(b, x, "p", 19), false, true); }},
    {"A transposed B transposed", shape_of(batch, 5, 7),
     [](Builder& b, Tensor x) {
       return batched_matmul(x, with_columns(b, with_rows(b, x, "p", 6), "q", 5), true, true);
     }},
    {"a square", shape_of(batch, 4, 4), [](Builder&, Tensor x) { return batched_matmul(x, x); }},
    {"single values", shape_of(batch, 1, 1), [](Builder&, Tensor x) { return batched_matmul(x, x, false, true); }},
    {"scores of two heads", shape_of(batch, 5, 10),
     [](Builder& b, Tensor x) { return b.batched_matmul(x, with_rows(b, x, "p", 3), false, true, 2); }},
    {"mixtures of two heads", shape_of(batch, 6, 3),
     [](Builder& b, Tensor x) {
       const Tensor y = b.region(with_columns(b, x, "q", 8), {}, shape_of(batch, 3, 8));
       return b.batched_matmul(x, y, false, false, 2);
     }},
    {"transposed mixtures of three heads", shape_of(batch, 6, 5),
     [](Builder& b, Tensor x) {
       const Tensor y = b.region(with_columns(b, x, "q", 51), {}, shape_of(batch, 2, 51));
       return b.batched_matmul(x, y, true, false, 3);
     }},
    {"softmax of each row", shape_of(batch, 4, 18), [](Builder&, Tensor x) { return softmax(x); }},
    {"layer_norm of each row", shape_of(batch, 3, 7),
     [](Builder& b, Tensor x) { return in_scope(b, x, layer_norm("n", 0.1f)); }},
    {"self-attention", shape_of(batch, 3, 8),
     [](Builder& b, Tensor x) { return in_scope(b, x, attention<2>("a")); }},
    {"attention of one head without biases", shape_of(batch, 2, 5),
     [](Builder& b, Tensor x) { return in_scope(b, x, attention<1>("a", no_bias)); }},
    {"causal attention of three heads", shape_of(batch, 5, 6),
     [](Builder& b, Tensor x) { return in_scope(b, x, attention<3>("a", causal)); }},
    {"masked attention to another sequence", shape_of(batch, 4, 6),
     [](Builder& b, Tensor x) {
       return in_scope(b, x, [](Tensor y) {
         Builder& to = *y.builder;
         const Tensor context = with_columns(to, with_rows(to, y, "p", 3), "q", 5);
         const Tensor first = reshape(to.region(context, {}, shape_of(batch, 3, 1)), shape_of(batch, 3));
         // One position may always be read: scores that differ by 1e9 alone leave differences to rounding.
         const Tensor mask = maximum(greater(first, -0.2f), to.one_hot(3, 1));
         return attention<2>(y, context, "a", key_mask(mask));
       });
     }},
    {"positions", shape_of(batch, 3, 5), [](Builder& b, Tensor x) { return in_scope(b, x, positions("p")); }},
    {"sinusoidal positions", shape_of(batch, 3, 16),
     [](Builder& b, Tensor x) { return in_scope(b, x, sinusoidal("p")); }},
    {"patches", shape_of(batch, 4, 6, 3), [](Builder& b, Tensor x) { return in_scope(b, x, patches<2>); }},
    {"patches of one channel", shape_of(batch, 9, 6, 1),
     [](Builder& b, Tensor x) { return in_scope(b, x, patches<3>); }},
    {"an image of patches", shape_of(batch, 6, 8),
     [](Builder& b, Tensor x) { return in_scope(b, x, unpatch<2, 4, 6>); }},
    {"rows that are hidden", shape_of(batch, 3, 17),
     [](Builder& b, Tensor x) {
       return in_scope(b, x, [](Tensor y) {
         Builder& to = *y.builder;
         const Tensor first = reshape(to.region(y, {}, shape_of(batch, 3, 1)), shape_of(batch, 3));
         return hide_rows(y, greater(first, 0.1f), "token");
       });
     }},
};

}  // namespace isthmus::testing
