// Grey pictures as probabilities: what is learned are pictures of zeros and ones.
#pragma once

#include <isthmus/declare/training_only.hpp>

namespace isthmus {
namespace declare {

inline constexpr const char* binarization = "binarization";  ///< the part of the label of its random numbers

/// Each value becomes 1 with itself as the probability, else 0, wherever there is a loss.
struct Binarize : Layer {
  bool fixed;
  static constexpr int max_nodes = 3;

  constexpr explicit Binarize(bool f = false) : fixed(f) {}
  constexpr Binarize operator()(Fixed) const { return Binarize(true); }
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    if (!is_port(x.node(), PortKind::data)) b.mistake(Mistake::binarizes_no_input, x.shape());
    return b.by_mode(Mode::corruption, greater(x, draw(Distribution::uniform, x, binarization, fixed)), x);
  }
};

}  // namespace declare

/// Whether these random numbers are what an input is binarized by.
constexpr bool is_binarization(const Node& node) {
  return node.op == Op::random && same_text(node.label.part, declare::binarization);
}

/// The part of the label of what a loss takes for an input, where that is a node of its own: several draws.
inline constexpr const char* observed_name = "observed";

/// What a loss takes for an input of the model: the input, or what was drawn from it, if it is binarized; if the
/// code is drawn several times, that for each draw.
constexpr Tensor observed(Builder& b, int port) {
  int result = port;
  for (int i = port + 1; i < b.size(); ++i) {
    const Node& node = b[i];
    const bool is_drawn = node.function == &ops::greater && node.inputs[0] == port && result == port &&
                          is_binarization(b[node.inputs[1]]);
    if (is_drawn || (node.inputs[0] == result && same_text(node.label.part, observed_name))) result = i;
  }
  return b.tensor(result);
}
/// What a reconstruction is compared with.
constexpr Tensor target_of(Builder& b) { return observed(b, target_port(b.view())); }

/// `input<784>("image"), binarize`, or `binarize(x)`: the data are probabilities of ones, and what the model
/// learns are pictures of zeros and ones that are drawn by them, anew in each step. The encoder reads what was
/// drawn, and losses compare with it; in use the grey picture goes in as it is. In an evaluation a sample is drawn
/// by its number alone. `binarize(fixed)`: a sample is the same in every epoch. Source: Salakhutdinov and Murray
/// 2008, section 4; Burda, Grosse and Salakhutdinov 2015, section 5.
inline constexpr declare::Binarize binarize{};

}  // namespace isthmus
