// Values that move, in every form: what exports, kernels and gradients are tested with.
#pragma once

#include <isthmus/declare/movement.hpp>

namespace isthmus::testing {

struct Movement {
  const char* name;
  Shape shape;
  Tensor (*write)(Builder&, Tensor);
};

inline const Movement movements[] = {
    {"a slice", shape_of(batch, 37), [](Builder&, Tensor x) { return slice<5, 24>(x); }},
    {"a slice on a panel's border", shape_of(batch, 64), [](Builder&, Tensor x) { return slice<16, 48>(x); }},
    {"rows of a matrix", shape_of(batch, 7, 5), [](Builder&, Tensor x) { return slice<0, 2, 6>(x); }},
    {"a row with zeros around it", shape_of(batch, 13), [](Builder&, Tensor x) { return pad(3)(x); }},
    {"a row cut and padded", shape_of(batch, 19), [](Builder&, Tensor x) { return pad(0, 0, -4, 7)(x); }},
    {"a border", shape_of(batch, 3, 5, 2), [](Builder&, Tensor x) { return pad(1, 2)(x); }},
    {"a border of one channel", shape_of(batch, 4, 6, 1), [](Builder&, Tensor x) { return pad(1, 0, 2, 3)(x); }},
    {"the inside", shape_of(batch, 6, 5, 17), [](Builder&, Tensor x) { return crop(2, 1, 0, 1)(x); }},
    {"the inside of one channel", shape_of(batch, 7, 9, 1), [](Builder&, Tensor x) { return crop(1, 2)(x); }},
    {"some channels", shape_of(batch, 3, 4, 20), [](Builder&, Tensor x) { return slice<3, 19>(x); }},
    {"one channel", shape_of(batch, 3, 4, 5), [](Builder&, Tensor x) { return slice<2, 3>(x); }},
    {"a series with zeros around it", shape_of(batch, 5, 3),
     [](Builder&, Tensor x) { return pad(0, 0, 2, 1)(x); }},
    {"a border of a volume", shape_of(batch, 2, 3, 4, 5),
     [](Builder&, Tensor x) { return pad(1, 0, 2, 0, 0, 1)(x); }},
    {"the inside of a volume", shape_of(batch, 4, 5, 3, 18), [](Builder&, Tensor x) { return crop(1)(x); }},
    {"the inside of a volume of one channel", shape_of(batch, 5, 4, 7, 1),
     [](Builder&, Tensor x) { return crop(1, 2, 0, 1, 3, 1)(x); }},
    {"planes of a volume", shape_of(batch, 4, 2, 3, 2), [](Builder&, Tensor x) { return slice<0, 1, 3>(x); }},
    {"a slice of five dimensions", shape_of(batch, 2, 3, 2, 4, 3),
     [](Builder&, Tensor x) { return slice<3, 1, 3>(x); }},
    {"two rows in one", shape_of(batch, 21), [](Builder&, Tensor x) { return concat(tanh(x), x); }},
    {"five rows in one", shape_of(batch, 7),
     [](Builder&, Tensor x) { return concat(x, tanh(x), slice<1, 4>(x), x * 0.5f, slice<0, 1>(x)); }},
    {"matrices above each other", shape_of(batch, 3, 18),
     [](Builder&, Tensor x) { return concat<0>(x, slice<0, 0, 1>(x), x); }},
    {"channels behind each other", shape_of(batch, 4, 3, 5),
     [](Builder&, Tensor x) { return concat(x, tanh(x)); }},
    {"channels behind a single one", shape_of(batch, 4, 3, 1),
     [](Builder&, Tensor x) { return concat(x, tanh(x), x * 2.0f); }},
    {"images beside each other", shape_of(batch, 4, 3, 1),
     [](Builder&, Tensor x) { return concat<1>(x, tanh(x)); }},
    {"volumes above each other", shape_of(batch, 2, 3, 2, 4),
     [](Builder&, Tensor x) { return concat<1>(x, tanh(x)); }},
    {"a matrix turned", shape_of(batch, 5, 18), [](Builder&, Tensor x) { return permute<1, 0>(x); }},
    {"channels first", shape_of(batch, 4, 5, 3), [](Builder&, Tensor x) { return permute<2, 0, 1>(x); }},
    {"an image turned", shape_of(batch, 4, 5, 17), [](Builder&, Tensor x) { return permute<1, 0, 2>(x); }},
    {"one channel turned", shape_of(batch, 4, 7, 1), [](Builder&, Tensor x) { return permute<1, 0, 2>(x); }},
    {"one channel to many", shape_of(batch, 2, 19, 1), [](Builder&, Tensor x) { return permute<2, 0, 1>(x); }},
    {"many channels to one", shape_of(batch, 1, 5, 18), [](Builder&, Tensor x) { return permute<1, 2, 0>(x); }},
    {"a volume with channels first", shape_of(batch, 2, 3, 4, 5),
     [](Builder&, Tensor x) { return permute<3, 0, 1, 2>(x); }},
    {"a volume of one channel turned", shape_of(batch, 3, 2, 17, 1),
     [](Builder&, Tensor x) { return permute<2, 1, 0, 3>(x); }},
    {"five dimensions turned", shape_of(batch, 2, 3, 2, 4, 3),
     [](Builder&, Tensor x) { return permute<4, 2, 0, 3, 1>(x); }},
    {"a parameter beside another", shape_of(batch, 3),
     [](Builder& b, Tensor x) {
       return x * b.region(b.concat({b.parameter("p", shape_of(2)), b.parameter("q", shape_of(3)), {}}, 0), {1},
                           shape_of(3));
     }},
    {"rows of a table by their numbers", shape_of(batch, 3),
     [](Builder& b, Tensor x) { return b.gather(greater(x, 0.1f), b.parameter("table", shape_of(2, 37))); }},
    {"a row of a table by its number", shape_of(batch, 1),
     [](Builder& b, Tensor x) { return b.gather(greater(x, 0.1f), b.parameter("table", shape_of(3, 5))) * x; }},
    {"rows with a one", shape_of(batch, 4),
     [](Builder& b, Tensor x) { return b.one_hot_rows(greater(x, 0.1f) + greater(x, 0.4f), 19); }},
    {"nothing of a row", shape_of(batch, 5),
     [](Builder& b, Tensor x) { return b.region(x, {9}, shape_of(batch, 3)) + slice<0, 3>(x); }},
};

}  // namespace isthmus::testing
