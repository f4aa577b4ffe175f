// An elementwise operation: a row of the table in ops/table.hpp, or one of a program's own. All that the library
// knows about it is here; kernels, scalars, exported C and ONNX, dumps and passes read it.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/hash.hpp>

#include <cstdint>
#include <limits>

namespace isthmus {

class Builder;
struct Operands;
struct Derivative;
struct Tensor;

/// The definition of an operation by other operations: from the operands to the result.
using Formula = Tensor (*)(const Operands&);
/// The contribution of the result's gradient to that of one operand, before it is summed to the operand's shape.
using GradientRule = Tensor (*)(const Derivative&, int operand);

/// One step of a formula: an operation on the results of other steps, or a number.
struct FormulaStep {
  const Elementwise* function = nullptr;  ///< null: the number `value`
  std::int8_t inputs[3] = {};             ///< -1: has no such operand
  float value = 0;
};

/// A formula or a gradient as steps. They are numbered behind the leaves: the operands a, b and c, the parameter
/// `value`, and of a gradient the result y and its gradient g.
struct FormulaSteps {
  static constexpr int leaves = 6;
  static constexpr int most = leaves + 28;
  const FormulaStep* first = nullptr;
  int count = 0;   ///< with the leaves; 0: there is no formula
  int result = 0;  ///< the step that is the formula's result

  constexpr const FormulaStep& operator[](int i) const { return first[i - leaves]; }
};

/// x ≤ y implies f(x) ≤ f(y).
enum class Increasing : std::uint8_t { no, yes, unless_value_is_negative };

/// The place where ONNX has truth values instead of 0 and 1.
enum class Logical : std::uint8_t { none, result, first_operand };

/// One row, as it is written down. Every operation has a name, and either a formula, or (those that formulas are
/// made of) `number`, `c`, `onnx` and a kernel in lower/functions-inl.h.
///
/// A NaN goes through every operation; a comparison with one is false. Of two equal operands, such as zeros of
/// either sign, the first one is the larger and the smaller one.
struct ElementwiseRow {
  const char* name;
  int operands = 1;
  /// The meaning in other operations. Kernels compute it step by step in float.
  Formula formula = nullptr;
  /// The meaning in double.
  double (*number)(double a, double b, double c) = nullptr;
  /// The meaning in C, of float variables a, b and c.
  const char* c = nullptr;
  /// ONNX's operator of the same operands.
  const char* onnx = nullptr;
  Logical onnx_logical = Logical::none;
  /// ONNX's name for `value`.
  const char* onnx_attribute = nullptr;
  /// The meaning in operators of ONNX, where that is not the formula.
  Formula onnx_formula = nullptr;
  /// Without one the formula's steps are differentiated.
  GradientRule gradient = nullptr;
  /// Operands in which it is constant almost everywhere: they get no gradient.
  bool flat[3] = {false, false, false};
  /// Whether it has a parameter, the node's `value`; its default is `default_value`.
  bool has_value = false;
  float default_value = 0;
  /// Multiplications and additions that take as long.
  double flops = 1;
  Increasing increasing = Increasing::no;
  /// All results lie between these, for all operands; of increasing ones it is known from the ends.
  float least = -std::numeric_limits<float>::infinity();
  float most = std::numeric_limits<float>::infinity();
  /// f(x + x', y + y') = f(x, y) + f(x', y').
  bool is_additive = false;
  /// f(a, b) = f(b, a), to the bit.
  bool commutes = false;
  /// The infix operator that dumps write between its operands, and its precedence.
  const char* infix = nullptr;
  int precedence = 3;
};

/// A row with its formulas and its gradient traced, which are kept as data alone: a model's objects so hold no
/// code of what only the compiler asks for. `inline constexpr Elementwise` objects are operations; a node refers
/// to its own.
///
/// Does not compile if a formula is longer than FormulaSteps has room for, all together longer than `most_steps`,
/// or if anything is in them but elementwise operations and numbers.
struct Elementwise {
  static constexpr int most_steps = 64;

  ElementwiseRow row;
  Fnv1a32 hash;  ///< of the name

  // NOLINTNEXTLINE: a row is meant to become an operation.
  constexpr Elementwise(const ElementwiseRow& r);
  Elementwise(const Elementwise&) = delete;
  Elementwise& operator=(const Elementwise&) = delete;

  /// The steps of its definition, and of that in operators of ONNX.
  constexpr FormulaSteps formula() const { return steps_of(formula_); }
  constexpr FormulaSteps onnx_formula() const { return steps_of(onnx_formula_); }
  /// The steps of the gradient of one operand, if there is a rule and the operation is not flat in the operand.
  constexpr FormulaSteps gradient(int operand) const { return steps_of(gradient_[operand]); }

 private:
  /// Some of the steps.
  struct Part {
    std::int8_t first = 0, count = 0, result = 0;
  };
  constexpr FormulaSteps steps_of(const Part& part) const {
    return {steps_ + part.first, part.count, part.result};
  }
  constexpr Part keep(const Builder& traced, int result, int& used);

  FormulaStep steps_[most_steps] = {};
  Part formula_, onnx_formula_, gradient_[3];
};

}  // namespace isthmus
