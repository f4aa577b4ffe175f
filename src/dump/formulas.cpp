#include <isthmus/dump.hpp>

#include "dump/format.hpp"
#include "dump/operation_text.hpp"

namespace isthmus {
namespace {

using plan::Code;
using plan::Group;
using plan::Instruction;
using plan::PlanView;

/// The elementwise program of a group as formulas.
class Formulas {
 public:
  Formulas(const PlanView& plan, const Group& group) : plan_(plan), group_(group) {
    uses_.assign(static_cast<std::size_t>(group.instructions), 0);
    for (int i = 0; i < group.instructions; ++i) {
      const Instruction& step = at(i);
      if (step.code != Code::compute) continue;
      for (const int operand : {step.a, step.b, step.c})
        if (operand >= 0) ++uses_[static_cast<std::size_t>(operand)];
    }
    for (int r = 0; r < group.results; ++r) {
      const int instruction = plan.results[group.first_result + r].instruction;
      if (instruction >= 0) ++uses_[static_cast<std::size_t>(instruction)];
    }
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> list;
    const AnchorText& anchor = text_of(group_.anchor);
    if (anchor.accumulator != nullptr) list.push_back("accumulator = " + anchor.accumulator(plan_, group_));
    for (int i = 0; i < group_.instructions; ++i)
      if (is_shared(i)) list.push_back(fmt::format("t{} = {}", i, formula(i, 0)));
    for (int r = 0; r < group_.results; ++r) {
      const plan::Result& result = plan_.results[group_.first_result + r];
      const std::string text =
          anchor.result != nullptr ? anchor.result(plan_, group_, r) : reference(result.instruction, 0);
      list.push_back(fmt::format("{} = {}", value_name(plan_, result.value), text));
    }
    return list;
  }

 private:
  const Instruction& at(int i) const { return plan_.instructions[group_.first_instruction + i]; }
  bool is_shared(int i) const { return at(i).code == Code::compute && uses_[static_cast<std::size_t>(i)] > 1; }
  std::string operand(int slot) const { return value_name(plan_, plan_.operands[group_.first_operand + slot]); }

  std::string reference(int i, int around) const {
    return is_shared(i) ? fmt::format("t{}", i) : formula(i, around);
  }

  std::string formula(int i, int around) const {
    const Instruction& step = at(i);
    switch (step.code) {
      case Code::accumulator: return "accumulator";
      case Code::position: return "position";
      case Code::load:
      case Code::load_scalar: return operand(step.a);
      case Code::load_row: return fmt::format("row({})", operand(step.a));
      case Code::load_column: return fmt::format("column({})", operand(step.a));
      case Code::constant: return fmt::format("{}", step.value);
      case Code::one_hot: return fmt::format("one_hot({})", step.value);
      case Code::compute: break;
    }
    const ElementwiseRow& row = step.function->row;
    if (row.infix != nullptr) {
      // Writes as few parentheses as the operators' precedence allows.
      const std::string text = fmt::format("{} {} {}", reference(step.a, row.precedence), row.infix,
                                           reference(step.b, row.precedence + 1));
      return row.precedence < around ? "(" + text + ")" : text;
    }
    std::string text = fmt::format("{}({}", row.name, reference(step.a, 0));
    for (const int operand : {step.b, step.c})
      if (operand >= 0) text += ", " + reference(operand, 0);
    if (row.has_value && step.value != row.default_value) text += fmt::format(", {}", step.value);
    return text + ")";
  }

  const PlanView& plan_;
  const Group& group_;
  std::vector<int> uses_;
};

}  // namespace

std::vector<std::string> group_program(const PlanView& plan, const Group& group) {
  return Formulas(plan, group).lines();
}

}  // namespace isthmus
