// Programs of plans that are made at run time: many models in one unit, in constant time of the compiler. All is
// as in a compiled program, but that the elementwise kernels read their instructions from the plan.
#pragma once

#include <isthmus/lower/program.hpp>

#include <vector>

namespace isthmus::testing {

/// Kernels are plain functions, so each group that is interpreted takes one of so many.
inline constexpr int most_interpreted_groups = 1024;

/// A plan and its program, for the best SIMD target. The program ends with this object.
class InterpretedProgram {
 public:
  explicit InterpretedProgram(plan::PlanBuilder plan, Precision precision = Precision::fp32);
  ~InterpretedProgram();
  InterpretedProgram(const InterpretedProgram&) = delete;
  InterpretedProgram& operator=(const InterpretedProgram&) = delete;

  const lower::Program& program() const { return program_; }

 private:
  plan::PlanBuilder plan_;
  plan::PlanView view_;
  std::vector<int> slots_;
  std::vector<lower::Fused> fused_;
  lower::Program program_;
};

}  // namespace isthmus::testing
