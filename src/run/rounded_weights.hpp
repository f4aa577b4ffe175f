// The weights of a program in fewer bits, beside its parameters.
#pragma once

#include <isthmus/lower/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "run/arena.hpp"

namespace isthmus::run {

/// Of the products whose right operand no run changes, in a program that does not train.
class RoundedWeights {
 public:
  /// None: every product is of fp32.
  RoundedWeights() = default;
  /// Room for all of them; none if `kernels` is null.
  RoundedWeights(const plan::PlanView& plan, const lower::WeightKernels* kernels);

  bool has(int group) const noexcept { return kernels_ != nullptr && offset_[static_cast<std::size_t>(group)] >= 0; }
  /// Where a group's weights are.
  float* packed(int group) const noexcept { return memory_.get() + offset_[static_cast<std::size_t>(group)] / 4; }
  /// Rounds `from`, which lies as `value` says.
  void pack(int group, const plan::Value& value, const lower::View& from) const noexcept {
    kernels_->pack(from, value.rows, value.columns, packed(group));
  }
  /// A tile of a product whose right operand is packed.
  void matmul(const lower::AnchorCall& call, const lower::Tile& tile) const noexcept { kernels_->matmul(call, tile); }

 private:
  const lower::WeightKernels* kernels_ = nullptr;
  Arena memory_;
  std::vector<std::int64_t> offset_;  ///< by group, bytes; -1 for others
};

}  // namespace isthmus::run
