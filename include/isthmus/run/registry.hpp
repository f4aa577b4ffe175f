// Models by name, for programs that choose one at run time. isthmus_add_registry() (CMake) makes the list from a
// folder of headers.
#pragma once

#include <isthmus/lower/program.hpp>
#include <isthmus/plan/stages.hpp>

#include <span>
#include <string_view>

namespace isthmus {

/// A model that was compiled into this program.
struct ModelEntry {
  const char* name;     ///< the header's name: `dense`
  const char* summary;  ///< one line, from the model's `summary`, or empty
  GraphView declared;
  plan::Rewrites rewrites;  ///< those that the programs are planned with
  lower::Program (*program)(Role role);
  /// The graph of a role with these rewrites before differentiation, made at run time.
  Graph (*source)(Role role, const plan::Rewrites& rewrites);
};

/// Every registered model, in alphabetical order.
std::span<const ModelEntry> registered_models();

/// The model of that name, or null.
const ModelEntry* find_model(std::string_view name);

}  // namespace isthmus
