// A program bound to its memory: steps that can be run, and their inputs before each run.
#pragma once

#include <isthmus/plan/ports.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "lower/steps.hpp"
#include "run/arena.hpp"
#include "run/program_memory.hpp"

namespace isthmus::run {

class BoundProgram {
 public:
  /// For the arguments see ProgramMemory. `owner`: the same program, whose parameters are read, rounded and packed
  /// ones included.
  BoundProgram(const lower::Program& its_program, int most_samples, std::span<std::byte> workspace,
               const BoundProgram* owner);
  BoundProgram(const BoundProgram&) = delete;
  BoundProgram& operator=(const BoundProgram&) = delete;

  const plan::PlanView& plan() const noexcept { return program.plan; }

  /// Computes with weights of this kind from now on; null is fp32, as it always is in a program that trains. Other
  /// programs that share these parameters keep their weights. Allocates.
  void set_weights(const lower::WeightKernels* kernels);
  /// Before a run: recomputes values that depend on parameters alone, if these have changed.
  void pack() noexcept;
  /// To be called when parameters have been written.
  void forget_packed() noexcept { is_packed_ = false; }

  const lower::Program program;
  const int max_batch;
  const plan::Ports ports;
  const bool trains;
  const ProgramMemory memory;
  std::vector<std::vector<float>> side_memory;  ///< of ports.side_outputs, row-major
  lower::Scalars scalars;
  lower::Steps steps;

 private:
  std::vector<lower::View> place_values();

  bool is_packed_ = false;
  const lower::WeightKernels* weights_ = nullptr;
  std::shared_ptr<Arena> packed_weights_;  ///< by these kernels
};

}  // namespace isthmus::run
