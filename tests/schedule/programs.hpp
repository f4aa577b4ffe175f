// The plans that the schedule's tests look at: every role of the two models of the zoo, and batches.
#pragma once

#include <isthmus/plan/stages.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include "../../graphs/dense.hpp"
#include "../../graphs/shallow.hpp"
#include "support/task_graphs.hpp"

namespace isthmus::testing {

inline constexpr int batches[] = {1, 7, 128, 1024};

template <class M, class Body>
void for_each_role(Body body) {
  body(plan::planned<M, Role::train>.view());
  body(plan::planned<M, Role::evaluate>.view());
  body(plan::planned<M, Role::reconstruct>.view());
  body(plan::planned<M, Role::encode>.view());
  body(plan::planned<M, Role::decode>.view());
}
template <class Body>
void for_each_plan(Body body) {
  for_each_role<graphs::Dense>(body);
  for_each_role<graphs::Shallow>(body);
  // Products of rounded operands are cut in another way.
  body(plan::with_precision(plan::planned<graphs::Dense, Role::train>.view(), Precision::bf16));
}

}  // namespace isthmus::testing
