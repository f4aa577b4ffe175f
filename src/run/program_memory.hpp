// The memory of a program's values: its memory plan, and the arenas in which it is placed.
#pragma once

#include <isthmus/plan/memory.hpp>
#include <isthmus/plan/ports.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "run/arena.hpp"

namespace isthmus::run {

class ProgramMemory {
 public:
  /// See Session's constructors. `owner`: the memory of a program of the same plan, whose parameters are used, or
  /// null. Throws MemoryError, or ShapeError if the workspace is too small.
  ProgramMemory(const plan::PlanView& plan, const plan::Ports& ports, int max_batch,
                std::span<std::byte> workspace, const ProgramMemory* owner);

  const plan::MemoryPlan& plan() const noexcept { return plan_; }
  /// The address of a value; null if the memory plan has no place for it.
  float* address_of(int value) const noexcept;
  /// The address of the parameters, states and reduced values.
  float* kept() const noexcept { return kept_->get(); }
  /// Whether another program has its parameters here.
  bool is_shared() const noexcept { return kept_.use_count() > (kept_ == own_ ? 2 : 1); }
  /// The buffers that strided samples of several rows are copied to: of each of the program's inputs, and of its
  /// output.
  float* staged_input(std::size_t port) const noexcept { return staged_inputs_[port]; }
  float* staged_output() const noexcept { return staged_output_; }

 private:
  plan::MemoryPlan plan_;
  std::shared_ptr<Arena> own_;
  std::shared_ptr<Arena> kept_;  ///< holds, at its start, what outlives a run: the own one, or the owner's
  float* passing_;               ///< where all else begins
  std::vector<float*> staged_inputs_;
  float* staged_output_;
};

}  // namespace isthmus::run
