// A compiled program as C sees it: isthmus_add_model() defines one for each role of a model,
// `isthmus_dense_encode()`.
#pragma once

#include <isthmus/lower/program.hpp>
#include <isthmus/plan/stages.hpp>

/// isthmus.h declares it and says no more of it.
struct isthmus_program {
  const char* graph;
  isthmus::Role role;
  isthmus::lower::Program (*make)();
};
