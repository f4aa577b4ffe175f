// The words for images as sequences of square patches: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words",
// section 3.1; and for hiding some of them: He et al. 2021, "Masked Autoencoders Are Scalable Vision Learners".
#pragma once

#include <isthmus/declare/attention.hpp>
#include <isthmus/declare/movement.hpp>
#include <isthmus/declare/sparse.hpp>
#include <isthmus/declare/training_only.hpp>

namespace isthmus {
namespace declare {

/// [batch, a, b, c, rest] → [batch, a, c, b, rest], each dimension given.
constexpr Tensor exchange_inner(Tensor x, int a, int b, int c, int rest) {
  return x.builder->permute(reshape(x, shape_of(batch, a, b, c, rest)), {0, 2, 1, 3});
}

/// [H, W, C] → [H/P · W/P, P · P · C].
template <int Size>
struct Patches : Layer {
  static_assert(Size > 0, "isthmus: a patch has at least one pixel");
  static constexpr int max_nodes = 4;
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    x = as_spatial(x, 2);
    const Shape s = x.shape();
    if (s.height() % Size != 0 || s.width() % Size != 0) {
      b.mistake(Mistake::patches_do_not_cover, s, shape_of(batch, Size, Size));
      return b.reshape(x, shape_of(batch, s.height() * s.width(), s.channels()));
    }
    const int down = s.height() / Size, across = s.width() / Size;
    const Tensor tiles = exchange_inner(x, down, Size, across, Size * s.channels());
    return b.reshape(tiles, shape_of(batch, down * across, Size * Size * s.channels()));
  }
};

/// [H/P · W/P, P · P · C] → [H, W, C].
template <int Size, int Height, int Width>
struct Unpatch : Layer {
  static_assert(Size > 0 && Height > 0 && Width > 0, "isthmus: an image has at least one pixel");
  static constexpr int max_nodes = 4;
  constexpr Tensor operator()(Tensor x) const {
    constexpr int down = Height / Size, across = Width / Size;
    Builder& b = *x.builder;
    x = as_sequence(x);
    const Shape s = x.shape();
    if (Height % Size != 0 || Width % Size != 0 || s.dim[1] != down * across || s.dim[2] % (Size * Size) != 0) {
      b.mistake(Mistake::patches_do_not_cover, shape_of(batch, Height, Width), s);
      return x;
    }
    const int channels = s.dim[2] / (Size * Size);
    const Tensor rows = exchange_inner(x, down, across, Size, Size * channels);
    return b.reshape(rows, shape_of(batch, Height, Width, channels));
  }
};

/// Which rows of a sequence may be seen, [batch, rows] of ones and zeros: with a loss `Seen` of them at random,
/// anew for each sample in every step; elsewhere all.
template <int Seen>
struct SomeRows : Layer {
  const char* name;
  static constexpr int max_nodes = 12;
  constexpr explicit SomeRows(const char* layer_name) : name(layer_name) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    const Shape rows = shape_of(batch, as_sequence(x).shape().dim[1]);
    b.begin_layer(name, "some_rows", rows);
    const Tensor numbers = b.random(Distribution::uniform, rows, "noise", false) + 1.0f;  // None is zero.
    const Tensor some = greater(TopK<Seen>{}(numbers), 0.0f);
    return b.by_mode(Mode::corruption, some, b.broadcast(b.constant(1.0f), rows));
  }
};
template <int Seen>
struct SomeRowsWord {
  constexpr Tensor operator()(Tensor x, const char* name) const { return SomeRows<Seen>(name)(x); }
};

/// x where a row is seen, elsewhere a row of parameters.
struct HideRows {
  constexpr Tensor operator()(Tensor x, Tensor seen, const char* name) const {
    Scope& b = scope_of(x);
    b.begin_layer(name, "hide_rows", x.shape());
    x = as_sequence(x);
    const int rows = x.shape().dim[1];
    if (!(seen.shape() == shape_of(batch, rows))) {
      b.mistake(Mistake::shapes_differ, shape_of(batch, rows), seen.shape());
      return x;
    }
    const Tensor token = b.parameter("weight", shape_of(x.shape().dim[2]), Initializer::zeros);
    const Tensor column = reshape(seen, shape_of(batch, rows, 1));
    return x * column + token * (1.0f - column);
  }
};

}  // namespace declare

/// `patches<4>`: [28, 28, 1] → [49, 16], a row of an image's sequence for each patch of 4 × 4 pixels, row by row;
/// in it the pixels row by row, their channels innermost.
template <int Size>
inline constexpr declare::Patches<Size> patches{};
/// `unpatch<4, 28, 28>`: what patches<4> has made of an image of 28 × 28 pixels becomes that image again.
template <int Size, int Height, int Width>
inline constexpr declare::Unpatch<Size, Height, Width> unpatch{};

/// `some_rows<16>(x, "mask")`, of a sequence x, [49, C]: 1 for 16 rows that are drawn at random, else 0: [49]. In
/// use, without a loss, all are 1. As `key_mask` an attention reads these rows alone.
template <int Seen>
inline constexpr declare::SomeRowsWord<Seen> some_rows{};
/// `hide_rows(x, seen, "token")`: the rows of x where `seen` is 1; the others are a row that is learnt,
/// `token.weight`.
inline constexpr declare::HideRows hide_rows{};

}  // namespace isthmus
