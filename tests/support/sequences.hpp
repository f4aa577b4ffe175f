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
};

}  // namespace isthmus::testing
