// The words for sequences: a tensor [batch, T, C] has a row of C values for each of T positions.
//
//     positions("place") | attention<4>("mix")        // each position reads all others
//     attention<4>(x, context, "read", causal)        // and those of another sequence, up to its own place
//
// Sources: Vaswani et al. 2017, "Attention Is All You Need", section 3.2; Bahdanau et al. 2015.
#pragma once

#include <isthmus/declare/sequences.hpp>
#include <isthmus/ops/hardmax.hpp>

namespace isthmus {
namespace declare {

/// Says which positions may be read: [batch, S], 1 where one may, 0 where not.
struct KeyMask {
  Tensor mask;
};

struct AttentionOptions {
  bool is_causal = false;
  bool bias = true;
  Tensor mask = {};
};
constexpr void apply_option(AttentionOptions& options, Causal) { options.is_causal = true; }
constexpr void apply_option(AttentionOptions& options, KeyMask of) { options.mask = of.mask; }
constexpr void apply_option(AttentionOptions& options, WithoutBias) { options.bias = false; }

/// x + y with one matrix y, [T, C], for all samples.
constexpr Tensor add_to_each(Tensor x, Tensor y) {
  const auto values = static_cast<int>(x.shape().elements_per_sample());
  return reshape(reshape(x, shape_of(batch, values)) + reshape(y, shape_of(values)), x.shape());
}

/// softmax(Q Kᵀ / √d) V of each head, d columns each, then a linear map: the queries Q are made of x, [batch, T,
/// C], the keys K and values V of a context [batch, S, D]; in self-attention that is x. Gives [batch, T, C].
template <int HeadCount>
struct Attention : Layer {
  const char* name;
  AttentionOptions options;
  static constexpr int max_nodes = 64;

  constexpr Attention(const char* layer_name, AttentionOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const { return (*this)(x, x); }
  constexpr Tensor operator()(Tensor x, Tensor context) const {
    Scope& b = scope_of(x);
    b.begin_layer(name, "attention", x.shape());
    require_positive(b, HeadCount);
    x = as_sequence(x);
    context = as_sequence(context);
    const int width = x.shape().dim[2];
    const bool divides = HeadCount > 0 && width % (HeadCount > 0 ? HeadCount : 1) == 0;
    if (!divides) b.mistake(Mistake::heads_do_not_divide, x.shape(), shape_of(batch, HeadCount));
    const int heads = divides ? HeadCount : 1;
    const Tensor query = projected(b, x, width, "query_weight", "query_bias"),
                 key = projected(b, context, width, "key_weight", "key_bias"),
                 value = projected(b, context, width, "value_weight", "value_bias");
    const float scale = inverse_root(width / heads);
    Tensor scores = b.batched_matmul(query, key, false, true, heads) * scale;
    if (options.mask.builder != nullptr) scores = scores + bias_of_mask(b, scores.shape());
    if (options.is_causal) scores = without_later_ones(b, scores, heads);
    const Tensor mixed = b.batched_matmul(softmax(scores), value, false, false, heads);
    return projected(b, mixed, width, "output_weight", "output_bias");
  }

 private:
  /// What is added to the score of a position that is not to be read: its share becomes zero, unless no other can
  /// be read, and a score of any usual size stays finite.
  static constexpr float unreadable = -1e9f;

  constexpr Tensor projected(Builder& b, Tensor x, int width, const char* weight, const char* bias) const {
    const Tensor y =
        matmul(x, b.parameter(weight, shape_of(x.shape().dim[2], width), Initializer::glorot_uniform));
    return options.bias ? y + b.parameter(bias, shape_of(width)) : y;
  }

  /// [batch, S] → the same row for each row of the scores, [batch, rows, S].
  constexpr Tensor bias_of_mask(Builder& b, const Shape& scores) const {
    const Shape row = shape_of(batch, scores.dim[2]), found = options.mask.shape();
    if (!(found == row)) {
      b.mistake(Mistake::shapes_differ, row, found);
      return b.broadcast(b.constant(0.0f), scores);
    }
    const Tensor bias = (1.0f - options.mask) * unreadable;
    const Tensor ones = b.broadcast(b.constant(1.0f), shape_of(batch, scores.dim[1], 1));
    return b.batched_matmul(ones, reshape(bias, shape_of(batch, 1, scores.dim[2])));
  }

  /// Of row h · T + t the columns behind t become unreadable: one matrix [T, S] for all heads of all samples.
  static constexpr Tensor without_later_ones(Builder& b, Tensor scores, int heads) {
    const Shape shape = scores.shape();
    const int rows = shape.dim[1] / heads, columns = shape.dim[2];
    const Tensor from = reshape(whole_numbers(b, rows), shape_of(rows, 1)),
                 to = reshape(whole_numbers(b, columns), shape_of(1, columns));
    const Tensor bias = greater(to, from) * unreadable;
    const Tensor by_head = reshape(scores, shape_of(batch, heads, rows * columns));
    return reshape(by_head + reshape(bias, shape_of(rows * columns)), shape);
  }

  /// 1 / √n by Newton's method: the standard library's square root is no constant expression.
  static constexpr float inverse_root(int n) {
    double root = n;
    for (int i = 0; i < 40; ++i) root = 0.5 * (root + n / root);
    return static_cast<float>(1.0 / root);
  }
};

template <int HeadCount>
struct AttentionWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    AttentionOptions options;
    (apply_option(options, option), ...);
    return Attention<HeadCount>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name, Option... option) const {
    return (*this)(name, option...)(x);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, Tensor context, const char* name, Option... option) const {
    return (*this)(name, option...)(x, context);
  }
};

/// Adds a row of its own to each position: a parameter that is trained, or a statistic that is not.
template <bool is_trained>
struct Positions : Layer {
  const char* name;
  static constexpr int max_nodes = 6;

  constexpr explicit Positions(const char* layer_name) : name(layer_name) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    b.begin_layer(name, "positions", x.shape());
    x = as_sequence(x);
    const Shape matrix = shape_of(x.shape().dim[1], x.shape().dim[2]);
    if constexpr (is_trained) return add_to_each(x, b.parameter("weight", matrix, Initializer::glorot_uniform));
    else
      return add_to_each(
          x, b.statistic("weight", matrix, Initializer::sinusoidal, static_cast<float>(matrix.dim[1])));
  }
};
template <bool is_trained>
struct PositionsWord {
  constexpr auto operator()(const char* name) const { return Positions<is_trained>(name); }
  constexpr Tensor operator()(Tensor x, const char* name = "") const { return (*this)(name)(x); }
};

}  // namespace declare

/// `attention<4>("mix")`: multi-head self-attention of a sequence [T, C], 4 heads of C / 4 columns each, with the
/// projections and biases of torch.nn.MultiheadAttention: parameters `mix.query_weight`, `mix.query_bias`, and so
/// `key`, `value`, `output`. Of another sequence: `attention<4>(x, context, "read")`. Options: `causal`,
/// `key_mask(mask)`, `no_bias`.
template <int Heads>
inline constexpr declare::AttentionWord<Heads> attention{};

/// An option of attention, in the expression notation: a tensor [batch, S] that is 1 where a position of what is
/// read may be read, and 0 where not. Where none may, all are read alike.
constexpr declare::KeyMask key_mask(Tensor mask) { return {mask}; }

/// `positions("place")`: adds a row of parameters to each position, `place.weight`, [T, C].
inline constexpr declare::PositionsWord<true> positions{};
/// `sinusoidal("place")`: adds sines and cosines of the position that no training changes: column 2 i of position
/// t is sin(t / 10000^(2 i / C)), column 2 i + 1 the cosine of the same. Vaswani et al. 2017, section 3.5.
inline constexpr declare::PositionsWord<false> sinusoidal{};

}  // namespace isthmus
