// The interface of every anchor for lowering: the kernel that computes its tiles, and the data of its call beside
// the operands. The implementations are in src/ops/.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

struct Lowering {
  /// The kernel for runs with samples or without any. Null for the all_reduce, which is not computed here.
  Kernel (*kernel)(const Program& program, bool has_samples);
  void (*bind)(const plan::PlanView& plan, const plan::Group& group, AnchorCall& call);
  /// The call has a stream of random numbers.
  bool draws = false;
};

/// src/ops/lowerings.cpp.
const Lowering& lowering_of(plan::Anchor anchor);

}  // namespace isthmus::lower
