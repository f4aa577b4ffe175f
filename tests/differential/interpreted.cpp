// The elementwise kernels of lower/fused-inl.h, reading their program when they run. Loads, stores and operations
// are those of the compiled kernels. This unit is compiled once per target.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "differential/interpreted.cpp"
#include <hwy/foreach_target.h>

#include <isthmus/lower/fused-inl.h>

#ifndef ISTHMUS_TESTS_INTERPRETED_SLOTS
#define ISTHMUS_TESTS_INTERPRETED_SLOTS
#include "differential/interpreted.hpp"

namespace isthmus::testing {

/// The plan and the group that one of the kernels interprets.
struct Slot {
  const plan::PlanView* plan = nullptr;
  const plan::Group* group = nullptr;
};
inline Slot slots[most_interpreted_groups];

/// The members that FusedKernel asks of a program, of which only its loads are used.
struct NoProgram {
  static constexpr plan::Instruction instructions[1] = {};
  static constexpr int count = 0, operand_count = 0, result_count = 0;
  static constexpr plan::Result results[1] = {};
  static constexpr bool tail = false;
  static constexpr bool is_sum(int) { return false; }
};

}  // namespace isthmus::testing
#endif

HWY_BEFORE_NAMESPACE();
namespace isthmus::testing::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using lower::HWY_NAMESPACE::FloatMask;
using lower::HWY_NAMESPACE::FloatTag;
using lower::HWY_NAMESPACE::FloatVector;
using Loads = lower::HWY_NAMESPACE::FusedKernel<NoProgram>;

constexpr int width = plan::panel_width;
constexpr int most_instructions = 256;

/// One operation on the sixteen values of a panel's row.
using Operation = void (*)(const float* a, const float* b, const float* c, float value, float* to);

template <const Elementwise* function>
void operate(const float* a, const float* b, const float* c, float value, float* to) {
  const FloatTag d;
  for (std::size_t lane = 0; lane < width; lane += hn::Lanes(d))
    hn::Store(lower::HWY_NAMESPACE::function_of<function>(hn::Load(d, a + lane), hn::Load(d, b + lane),
                                                          hn::Load(d, c + lane), value),
              d, to + lane);
}

template <std::size_t... row>
Operation find_operation(const Elementwise* wanted, std::index_sequence<row...>) {
  Operation found = nullptr;
  ((wanted == ops::table[row] ? void(found = &operate<ops::table[row]>) : void()), ...);
  return found;
}
Operation operation_of(const Elementwise* function) {
  return find_operation(function, std::make_index_sequence<std::size(ops::table)>());
}

/// A panel's row of everything that a group computes.
struct Row {
  const Slot& slot;
  const lower::FusedCall& call;
  const lower::Tile& tile;
  int row, panel;
  float (&known)[most_instructions][width];

  const float* at(const lower::View& view) const {
    return view.data + row * view.row_stride + panel * view.panel_stride;
  }
  std::int64_t piece() const {
    return (panel - tile.panel_begin) * call.accumulator_panel_stride +
           (row - tile.row_begin) * std::int64_t{width};
  }
  int columns_left() const { return call.columns - panel * width; }

  HWY_INLINE void step(int i) const {
    const FloatTag d;
    const plan::Instruction& self = slot.plan->instructions[slot.group->first_instruction + i];
    if (self.code == plan::Code::compute) {
      const auto operand = [&](int k) { return known[k < 0 ? 0 : k]; };
      return operation_of(self.function)(operand(self.a), operand(self.b), operand(self.c), self.value, known[i]);
    }
    const bool masked = columns_left() < width;
    for (std::size_t lane = 0; lane < width; lane += hn::Lanes(d)) {
      const int left = columns_left() - static_cast<int>(lane);
      const FloatMask mask = hn::FirstN(d, masked && left > 0 ? static_cast<std::size_t>(left) : 0);
      FloatVector x = hn::Zero(d);
      switch (self.code) {
        case plan::Code::accumulator: x = hn::LoadU(d, call.accumulator + piece() + lane); break;
        case plan::Code::position: x = hn::LoadU(d, call.positions + piece() + lane); break;
        case plan::Code::load:
        case plan::Code::load_row:
          x = masked ? Loads::load<true>(at(call.operands[self.a]), lane, mask)
                     : Loads::load<false>(at(call.operands[self.a]), lane, mask);
          break;
        case plan::Code::load_column:
        case plan::Code::load_scalar: x = hn::Set(d, *at(call.operands[self.a])); break;
        case plan::Code::constant: x = hn::Set(d, self.value); break;
        case plan::Code::one_hot: {
          const FloatVector columns = hn::Iota(d, static_cast<float>(panel * width) + static_cast<float>(lane));
          x = hn::IfThenElseZero(hn::Eq(columns, hn::Set(d, call.one_hots[self.a])), hn::Set(d, 1.0f));
          break;
        }
        case plan::Code::compute: break;
      }
      hn::Store(x, d, known[i] + lane);
    }
  }

  HWY_INLINE void finish(int r) const {
    const FloatTag d;
    const plan::Result& self = slot.plan->results[slot.group->first_result + r];
    const bool is_sum = slot.plan->values[self.value].panel_sums, masked = columns_left() < width;
    float* const to = const_cast<float*>(at(call.results[r]));
    for (std::size_t lane = 0; lane < width; lane += hn::Lanes(d)) {
      const int left = columns_left() - static_cast<int>(lane);
      const FloatMask mask = hn::FirstN(d, masked && left > 0 ? static_cast<std::size_t>(left) : 0);
      FloatVector value = hn::Load(d, known[self.instruction] + lane);
      if (masked) value = hn::IfThenElseZero(mask, value);
      if (is_sum) {
        const float part = hn::GetLane(hn::SumOfLanes(d, value));
        *to = lane == 0 ? part : *to + part;
      } else if (masked && call.results[r].row_major) {
        hn::BlendedStore(value, mask, d, to + lane);
      } else {
        hn::StoreU(value, d, to + lane);
      }
    }
  }
};

void interpret(const Slot& slot, const lower::FusedCall& call, const lower::Tile& tile) {
  HWY_ALIGN float known[most_instructions][width];
  for (int r = tile.row_begin; r < tile.row_end; ++r)
    for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
      const Row row{slot, call, tile, r, p, known};
      for (int i = 0; i < slot.group->instructions; ++i) row.step(i);
      for (int i = 0; i < slot.group->results; ++i) row.finish(i);
    }
}

template <int slot>
void run_slot(const lower::FusedCall& call, const lower::Tile& tile) {
  interpret(slots[slot], call, tile);
}

template <int... slot>
lower::Fused find_slot(int wanted, std::integer_sequence<int, slot...>) {
  static constexpr lower::Fused table[] = {&run_slot<slot>...};
  return table[wanted];
}
lower::Fused kernel_of_slot(int slot) {
  return find_slot(slot, std::make_integer_sequence<int, most_interpreted_groups>());
}

}  // namespace isthmus::testing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <isthmus/lower/products.hpp>

#include <stdexcept>

namespace isthmus::testing {

HWY_EXPORT(kernel_of_slot);

InterpretedProgram::InterpretedProgram(plan::PlanBuilder plan, Precision precision)
    : plan_(std::move(plan)), view_(plan::view(plan_)) {
  int slot = 0;
  for (const plan::Group& group : plan_.groups) {
    const bool by_itself = group.anchor == plan::Anchor::scalar || group.anchor == plan::Anchor::total_sum ||
                           group.anchor == plan::Anchor::all_reduce;
    if (by_itself) {
      fused_.push_back(nullptr);
      continue;
    }
    while (slot < most_interpreted_groups && slots[slot].plan != nullptr) ++slot;
    if (slot == most_interpreted_groups || group.instructions > 256)
      throw std::logic_error("a plan with fewer groups and instructions was expected");
    slots[slot] = {&view_, &group};
    slots_.push_back(slot);
    fused_.push_back(HWY_DYNAMIC_DISPATCH(kernel_of_slot)(slot));
  }
  program_ = lower::with_precision({view_, fused_.data(), &lower::kernels()}, precision);
}

InterpretedProgram::~InterpretedProgram() {
  for (const int slot : slots_) slots[slot] = {};
}

}  // namespace isthmus::testing
#endif
