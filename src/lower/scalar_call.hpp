// Groups of scalars, which are computed in double.
#pragma once

#include <isthmus/lower/program.hpp>

#include <cstddef>
#include <vector>

namespace isthmus::lower {

/// A program's scalars, by value: doubles, and the floats that kernels read.
struct Scalars {
  explicit Scalars(int values) : numbers(static_cast<std::size_t>(values)), floats(numbers.size()) {}

  void set(int value, double number) noexcept {
    numbers[static_cast<std::size_t>(value)] = number;
    floats[static_cast<std::size_t>(value)] = static_cast<float>(number);
  }

  std::vector<double> numbers;
  std::vector<float> floats;
};

/// A group of scalars: its instructions, what they read and what receives their results.
struct ScalarCall {
  const plan::PlanView* plan = nullptr;
  const plan::Group* group = nullptr;
  Scalars* scalars = nullptr;
  double* operands = nullptr;      ///< room for these
  double* instructions = nullptr;  ///< room for their results
};

/// Runs the group's instructions on the current values of its operands; `accumulator` is its anchor's result, if
/// it has one.
void run_scalar_group(const ScalarCall& call, double accumulator);

}  // namespace isthmus::lower
