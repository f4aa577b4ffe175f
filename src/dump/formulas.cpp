#include <isthmus/dump.hpp>

#include "dump/format.hpp"

namespace isthmus {
namespace {

using plan::Anchor;
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
    if (group_.a >= 0 || group_.anchor == Anchor::random) list.push_back("accumulator = " + anchor());
    for (int i = 0; i < group_.instructions; ++i)
      if (is_shared(i)) list.push_back(fmt::format("t{} = {}", i, formula(i, 0)));
    for (int r = 0; r < group_.results; ++r) {
      const plan::Result& result = plan_.results[group_.first_result + r];
      if (group_.anchor == Anchor::all_reduce) {
        list.push_back(fmt::format("{} = all_reduce({}; bucket {})", value_name(plan_, result.value), operand(r),
                                   plan_.graph[group_.node].attribute));
        continue;
      }
      list.push_back(
          fmt::format("{} = {}", value_name(plan_, result.value), reference(result.instruction, 0)));
    }
    return list;
  }

 private:
  const Instruction& at(int i) const { return plan_.instructions[group_.first_instruction + i]; }
  bool is_shared(int i) const {
    return at(i).code == Code::compute && uses_[static_cast<std::size_t>(i)] > 1;
  }
  std::string operand(int slot) const {
    return value_name(plan_, plan_.operands[group_.first_operand + slot]);
  }

  std::string anchor() const {
    const Node& node = plan_.graph[group_.node];
    if (group_.anchor == Anchor::random)
      return fmt::format("random({}{})", name_of(static_cast<Distribution>(node.attribute)),
                         node.fixed ? ", fixed" : "");
    const std::string a = value_name(plan_, group_.a);
    switch (group_.anchor) {
      case Anchor::conv2d_weights:
        if (group_.c >= 0)
          return fmt::format("{}({}, {}, {}; {})", name_of(node.op), a, value_name(plan_, group_.b),
                             value_name(plan_, group_.c), window_text(node));
        [[fallthrough]];
      case Anchor::conv2d:
        return fmt::format("{}({}, {}; {})", name_of(node.op), a, value_name(plan_, group_.b), window_text(node));
      case Anchor::conv2d_pack:
      case Anchor::conv2d_restore:
        return fmt::format("{}({}; {}{})", name_of(node.op), a, name_of(node.algorithm),
                           node.transpose_b ? ", transposed" : "");
      case Anchor::max_pool:
        return fmt::format("max_pool({}; {})", a, window_text(node));
      case Anchor::max_unpool:
      case Anchor::max_gather:
        return fmt::format("{}({}, {})", name_of(node.op), a, value_name(plan_, group_.b));
      case Anchor::resample:
        return fmt::format("resample({}; {}{}, {})", a, name_of(static_cast<Resampling>(node.attribute)),
                           node.transpose_a ? " transposed" : "", window_text(node));
      case Anchor::matmul: {
        const std::string b = value_name(plan_, group_.b);
        return group_.transpose_a ? fmt::format("transpose({}) · {}", a, b) : fmt::format("{} · {}", a, b);
      }
      case Anchor::total_sum:
        return fmt::format("total({})", a);
      case Anchor::rows: {
        std::string operands = a;
        for (const int other : {group_.b, group_.c})
          if (other >= 0) operands += ", " + value_name(plan_, other);
        return fmt::format("{}({})", name_of(node), operands);
      }
      default:
        return fmt::format("{}({})", name_of(group_.anchor), a);
    }
  }

  std::string reference(int i, int around) const {
    return is_shared(i) ? fmt::format("t{}", i) : formula(i, around);
  }

  std::string formula(int i, int around) const {
    const Instruction& step = at(i);
    switch (step.code) {
      case Code::accumulator:
        return "accumulator";
      case Code::position:
        return "position";
      case Code::load:
      case Code::load_scalar:
        return operand(step.a);
      case Code::load_row:
        return fmt::format("row({})", operand(step.a));
      case Code::load_column:
        return fmt::format("column({})", operand(step.a));
      case Code::constant:
        return fmt::format("{}", step.value);
      case Code::one_hot:
        return fmt::format("one_hot({})", step.value);
      case Code::compute:
        break;
    }
    const ElementwiseRow& row = step.function->row;
    if (row.infix != nullptr) {
      // As few parentheses as the order of evaluation allows.
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
