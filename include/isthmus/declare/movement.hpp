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
    if (dimension < 0 || dimension >= rank || rank > 3) {
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
    offset.dim[dimension] = Begin;
    return b.region(x, offset, shape);
  }
};

/// Values around an image or a row: so many more, which are zero, or so many less.
struct Border {
  int top = 0, bottom = 0, left = 0, right = 0;
};

/// `sign` is 1 for a border of zeros, -1 for one that is cut off. Of a row `left` and `right` count.
template <int sign>
struct Bordered : Layer {
  Border border;
  static constexpr int max_nodes = 2;

  constexpr explicit Bordered(Border b) : border(b) {}
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    const Shape from = x.shape();
    const bool is_row = from.rank == 2 && from.has_batch();
    if (!is_row) x = as_spatial(x, 2);
    Shape shape = x.shape();
    const int width = is_row ? 1 : 2;
    shape.dim[width] += sign * (border.left + border.right);
    if (!is_row) shape.dim[1] += sign * (border.top + border.bottom);
    if (shape.dim[1] < 1 || shape.dim[width] < 1) {
      b.mistake(Mistake::size_not_positive, shape, x.shape());
      return x;
    }
    Offset offset;
    offset.dim[width - 1] = -sign * border.left;
    if (!is_row) offset.dim[0] = -sign * border.top;
    return b.region(x, offset, shape);
  }
};

template <int... Dimensions>
struct Permute : Layer {
  static_assert(sizeof...(Dimensions) == 2 || sizeof...(Dimensions) == 3, "two or three dimensions change places");
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

/// `pad(2)`: zeros around an image, two pixels wide, or two on either side of a row. `pad(1, 3)`: one above and
/// below, three to the left and to the right. `pad(top, bottom, left, right)`. What is negative is cut off.
constexpr auto pad(int all) { return declare::Bordered<1>({all, all, all, all}); }
constexpr auto pad(int above_and_below, int left_and_right) {
  return declare::Bordered<1>({above_and_below, above_and_below, left_and_right, left_and_right});
}
constexpr auto pad(int top, int bottom, int left, int right) {
  return declare::Bordered<1>({top, bottom, left, right});
}

/// The inside of an image or of a row; the numbers are what is cut off, as for pad.
constexpr auto crop(int all) { return declare::Bordered<-1>({all, all, all, all}); }
constexpr auto crop(int above_and_below, int left_and_right) {
  return declare::Bordered<-1>({above_and_below, above_and_below, left_and_right, left_and_right});
}
constexpr auto crop(int top, int bottom, int left, int right) {
  return declare::Bordered<-1>({top, bottom, left, right});
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
