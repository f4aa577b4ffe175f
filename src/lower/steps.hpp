// A program bound to memory: for each group of its plan a function and the call that it gets. Whoever runs them
// needs to know no operation.
#pragma once

#include <isthmus/lower/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lower/scalar_call.hpp"

namespace isthmus::lower {

/// The steps of a program, one for each group. One thread changes their bindings, between runs; in a run any
/// number of threads work on tiles. Nothing but the constructor and `set_weights` allocates.
class Steps {
 public:
  /// `views`: where each value lies. Their memory and `scalars` must outlive this; values in the caller's memory
  /// may have none yet.
  Steps(const Program& program, std::vector<View> views, Scalars& scalars);
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  const View& view(int value) const noexcept { return views_[static_cast<std::size_t>(value)]; }

  /// Moves a value that lies in the caller's memory, for every step that reads or writes it.
  void point(int value, float* data, std::int64_t row_stride) noexcept;
  /// Sets the number of samples of the next runs: from 0 up to as many as there is memory for.
  void set_samples(int samples) noexcept;
  /// Sets the keys of random numbers from now on: `anew` for those that are new in every step, `fixed` for those
  /// that are the same in every epoch. The streams are the steps' own.
  void set_random(const RandomKey& anew, const RandomKey& fixed) noexcept;

  /// A group's part of a run: the rows of `tile` that there are.
  void run(int group, const Tile& tile) const noexcept {
    const Step& step = steps_[static_cast<std::size_t>(group)];
    const int row_end = tile.row_end < step.rows ? tile.row_end : step.rows;
    if (tile.row_begin < row_end) step.run(step.call, {tile.row_begin, row_end, tile.panel_begin, tile.panel_end});
  }
  /// The groups that read parameters alone, whole: to be run when parameters have changed, and not in every run.
  void run_packing() const noexcept;

  /// Bytes of the weights when these kernels have packed them: of products whose right operand no run changes.
  std::int64_t packed_bytes(const WeightKernels& kernels) const;
  /// From now on these products read packed weights in `memory`, which begins on a cache line; null: the weights
  /// as they are.
  void set_weights(const WeightKernels* kernels, float* memory);
  /// Packs the weights as they are now.
  void pack_products() const noexcept;

 private:
  struct Step {
    Kernel run = nullptr;
    int rows = 0;  ///< in this run
    AnchorCall call;
  };
  /// A view that follows the caller's memory.
  struct Follower {
    int value;
    View* view;
  };
  struct RandomStep {
    RandomKey* key;
    bool is_fixed;
  };
  struct PackedProduct {
    int group;
    void* weights;
  };

  void bind_arguments();
  void bind_calls();
  void bind_scalars();
  void find_followers();
  void choose_kernels(bool has_samples) noexcept;
  AnchorCall& call_of(int group) noexcept { return steps_[static_cast<std::size_t>(group)].call; }

  Program program_;
  Scalars& scalars_;
  std::vector<View> views_;               ///< by value
  std::vector<Step> steps_;               ///< by group
  std::vector<View> arguments_;           ///< operands and results of all groups, one after the other
  std::vector<float> one_hots_;           ///< columns, of all groups
  std::vector<ScalarCall> scalar_calls_;  ///< by group
  std::vector<double> scratch_;           ///< of these
  std::vector<Follower> followers_;
  std::vector<RandomStep> random_steps_;
  std::vector<int> fixed_products_;  ///< groups whose right operand no run changes
  const WeightKernels* weights_ = nullptr;
  std::vector<PackedProduct> packed_;
  int samples_ = -1;
};

}  // namespace isthmus::lower
