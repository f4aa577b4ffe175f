// What a graph of losses in turns gives to the caller or keeps, and which turn computes it.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::differentiate {

/// An output, or the assignment of a statistic of the batch.
struct TurnOutput {
  int node;      ///< in the graph of the losses
  int value;     ///< what it gives: a node of that graph
  int turn = 0;  ///< the one that computes it
};

/// Finds the turn of each output of a graph of losses. A turn's outputs follow those of the turn before it, and
/// the last one has its name. A statistic is taken in the first turn that computes what it is made of.
class TurnOutputs {
 public:
  constexpr explicit TurnOutputs(GraphView losses)
      : losses_(losses), first_turn_(static_cast<std::size_t>(losses.size), -1) {
    for (int i = 0; i < losses.size; ++i) {
      const Op op = losses[i].op;
      if (op == Op::output || op == Op::assign) found_.push_back({i, losses[i].inputs[op == Op::output ? 0 : 1]});
    }
  }

  /// The outputs of the next turn, which is called so.
  constexpr void expect(const char* turn) {
    std::vector<int> roots;
    while (next_ < found_.size()) {
      TurnOutput& output = found_.data()[next_++];
      if (losses_[output.node].op != Op::output) continue;
      output.turn = turns_;
      roots.push_back(output.value);
      if (same_text(losses_[output.node].label.layer, turn)) break;
    }
    const std::vector<char> needed = needed_for(losses_, roots);
    for (std::size_t i = 0; i < needed.size(); ++i)
      if (needed.data()[i] != 0 && first_turn_.data()[i] < 0) first_turn_.data()[i] = turns_;
    ++turns_;
  }

  /// All of them, when all turns have been expected. What follows the last turn is of the first: the model's loss.
  constexpr std::vector<TurnOutput> take() {
    for (TurnOutput& output : found_)
      if (losses_[output.node].op == Op::assign) output.turn = turn_of_statistic(output.value);
    return static_cast<std::vector<TurnOutput>&&>(found_);
  }

 private:
  /// The nodes between a statistic and what a loss computes as well are the statistic's alone.
  constexpr int turn_of_statistic(int value) const {
    std::vector<char> above(static_cast<std::size_t>(value) + 1, char{0});
    above.data()[value] = 1;
    int turn = 0;
    for (int i = value; i >= 0; --i) {
      if (above.data()[i] == 0 || is_leaf(losses_[i].op)) continue;
      if (first_turn_.data()[i] > turn) turn = first_turn_.data()[i];
      for (int k = 0; k < 3 && first_turn_.data()[i] < 0; ++k)
        if (losses_[i].inputs[k] >= 0) above.data()[losses_[i].inputs[k]] = 1;
    }
    return turn;
  }

  GraphView losses_;
  std::vector<int> first_turn_;  ///< of each node: the first turn that needs it, or -1
  std::vector<TurnOutput> found_;
  std::size_t next_ = 0;
  int turns_ = 0;
};

}  // namespace isthmus::differentiate
