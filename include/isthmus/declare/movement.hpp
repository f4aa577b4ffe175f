// The words for values that move within a sample: parts of a tensor, several tensors in one, borders of zeros, and
// dimensions in another order. Dimensions are those of a sample, counted from 0, the batch left out.
//
//     concat(x, label)                     // [784], [10] → [794]
//     dense<40>(h, "both") | slice<0, 20>  // the first twenty values
#pragma once

#include <isthmus/declare/images.hpp>

namespace isthmus {
namespace declare {

constexpr int rank_of_sample(const Shape& shape) { return shape.rank - (shape.has_batch() ? 1 : 0); }

/// The values from `Begin` up to `End` of one dimension; `Dimension` -1 is the last one.
template <int Dimension, int Begin, int End>
struct Slice : Layer {
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    Shape shape = x.shape();
    const int rank = rank_of_sample(shape), dimension = Dimension < 0 ? rank - 1 : Dimension;
    if (dimension < 0 || dimension >= rank || rank > Shape::most_of_sample) {
      b.mistake(Mistake::no_such_dimension, shape, shape_of(batch, Dimension));
      return x;
    }
    int& size = shape.dim[shape.rank - rank + dimension];
    if (Begin < 0 || End <= Begin || End > size) {
      b.mistake(Mistake::slice_outside, shape, shape_of(batch, Begin, End));
      return x;
    }
    size = End - Begin;
    Offset offset;
    offset.set(dimension, Begin);
    return b.region(x, offset, shape);
  }
};

/// Values before and behind what windows move over, or a row: so many more, which are zero, or so many less.
struct Border {
  EachWay before, behind;
  bool is_all = false;  ///< the same in each dimension that there is
};

/// `sign` is 1 for a border of zeros, -1 for one that is cut off. Of a row or a series the numbers for rows are
/// zero.
template <int sign>
struct Bordered : Layer {
  Border border;
  static constexpr int max_nodes = 2;

  constexpr explicit Bordered(Border b) : border(b) {}
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    const bool is_row = x.shape().rank == 2 && x.shape().has_batch();
    if (!is_row) x = as_spatial(x);
    Shape shape = x.shape();
    Offset offset;
    bool is_empty = false;
    const int dimensions = is_row ? 1 : dimensions_of(shape);
    for (int way = 0; way < 3 - dimensions && !border.is_all; ++way)
      if (border.before[way] != 0 || border.behind[way] != 0) {
        b.mistake(not_of_dimensions(3 - way), shape, spatial_shape(shape, 3 - way));
        return x;
      }
    for (int d = 0; d < dimensions; ++d) {
      const int way = 3 - dimensions + d;
      offset.set(d, -sign * border.before[way]);
      shape.dim[1 + d] += sign * (border.before[way] + border.behind[way]);
      is_empty = is_empty || shape.dim[1 + d] < 1;
    }
    if (!is_empty) return b.region(x, offset, shape);
    b.mistake(Mistake::size_not_positive, shape, x.shape());
    return x;
  }
};

template <int... Dimensions>
struct Permute : Layer {
  static_assert(sizeof...(Dimensions) >= 2 && sizeof...(Dimensions) <= Shape::most_of_sample,
                "two to five dimensions change places");
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor x) const {
    const int rank = rank_of_sample(x.shape());
    if (rank != static_cast<int>(sizeof...(Dimensions))) {
      x.builder->mistake(Mistake::not_a_permutation, x.shape(), shape_of(batch, Dimensions...));
      return x;
    }
    return x.builder->permute(x, {Dimensions...});
  }
};

}  // namespace declare

/// `slice<0, 20>`: of the last dimension the values 0 to 19; `slice<0, 4, 8>`: of dimension 0 those from 4 up
/// to 8.
template <int First, int Second, int... Third>
inline constexpr auto slice = [] {
  static_assert(sizeof...(Third) <= 1, "slice<begin, end> or slice<dimension, begin, end>");
  if constexpr (sizeof...(Third) == 0) return declare::Slice<-1, First, Second>{};
  else return declare::Slice<First, Second, Third...>{};
}();

/// `pad(2)`: zeros around an image or a volume, two places wide, or two on either side of a row or a series.
/// `pad(1, 3)`: one above and below, three to the left and to the right. `pad(top, bottom, left, right)`, and of a
/// volume `pad(front, back, top, bottom, left, right)`. What is negative is cut off.
constexpr auto pad(int all) { return declare::Bordered<1>({{all, all, all}, {all, all, all}, true}); }
constexpr auto pad(int above_and_below, int left_and_right) {
  return declare::Bordered<1>({{0, above_and_below, left_and_right}, {0, above_and_below, left_and_right}});
}
constexpr auto pad(int top, int bottom, int left, int right) {
  return declare::Bordered<1>({{0, top, left}, {0, bottom, right}});
}
constexpr auto pad(int front, int back, int top, int bottom, int left, int right) {
  return declare::Bordered<1>({{front, top, left}, {back, bottom, right}});
}

/// The inside of an image, a volume, a row or a series; the numbers are what is cut off, as for pad.
constexpr auto crop(int all) { return declare::Bordered<-1>({{all, all, all}, {all, all, all}, true}); }
constexpr auto crop(int above_and_below, int left_and_right) {
  return declare::Bordered<-1>({{0, above_and_below, left_and_right}, {0, above_and_below, left_and_right}});
}
constexpr auto crop(int top, int bottom, int left, int right) {
  return declare::Bordered<-1>({{0, top, left}, {0, bottom, right}});
}
constexpr auto crop(int front, int back, int top, int bottom, int left, int right) {
  return declare::Bordered<-1>({{front, top, left}, {back, bottom, right}});
}

/// `permute<2, 0, 1>`: the sample's last dimension becomes its first one: [H, W, C] → [C, H, W].
template <int... Dimensions>
inline constexpr declare::Permute<Dimensions...> permute{};

/// The tensors one behind the other along their last dimension, or along `Dimension`: `concat(x, label)`,
/// `concat<0>(above, below)`. All other dimensions are equal.
template <int Dimension = -1, std::same_as<Tensor>... More>
constexpr Tensor concat(Tensor first, Tensor second, More... more) {
  const int last = declare::rank_of_sample(first.shape()) - 1;
  const int dimension = Dimension < 0 ? last : Dimension;
  Builder& b = *first.builder;
  if constexpr (sizeof...(More) == 0) {
    return b.concat({first, second, {}}, dimension);
  } else {
    return [&](Tensor third, auto... others) {
      const Tensor joined = b.concat({first, second, third}, dimension);
      if constexpr (sizeof...(others) == 0) return joined;
      else return concat<Dimension>(joined, others...);
    }(more...);
  }
}

}  // namespace isthmus
