// What lowering asks of every anchor: the function that computes its tiles, and what its call has beside its operands.
// The anchors' own answers are in src/ops/.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

struct Lowering {
  /// In runs with samples or without any. Null for the sums of all processes, which are not computed here.
  Kernel (*kernel)(const Program& program, bool has_samples);
  void (*bind)(const plan::PlanView& plan, const plan::Group& group, AnchorCall& call);
  /// The call has a stream of random numbers.
  bool draws = false;
};

/// src/ops/lowerings.cpp.
const Lowering& lowering_of(plan::Anchor anchor);

}  // namespace isthmus::lower
