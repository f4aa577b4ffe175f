// Ports that a program gives to a model, checked by the compiler against those that the model has.
#pragma once

#include <isthmus/plan/inputs.hpp>
#include <isthmus/plan/stages.hpp>
#include <isthmus/run/port_values.hpp>

namespace isthmus::detail {

/// The first mistake in the names that are given for a run of this role.
template <class M, Role role, Text... name>
inline constexpr Diagnostic ports_diagnostic = [] {
  Diagnostic diagnostic;
  const std::vector<plan::InputPort> inputs = plan::inputs_of(plan::planned<M, role>.view());
  const char* const given[] = {name.text...};
  for (const char* const text : given) {
    bool is_known = false;
    int times = 0;
    for (const plan::InputPort& input : inputs) is_known = is_known || same_text(input.name, text);
    for (const char* const other : given) times += same_text(other, text);
    if (!is_known) diagnostic.record(Mistake::unknown_port, text, {}, {}, inputs.front().name);
    if (times > 1) diagnostic.record(Mistake::port_given_twice, text);
  }
  for (const plan::InputPort& input : inputs) {
    bool is_given = false;
    for (const char* const text : given) is_given = is_given || same_text(input.name, text);
    if (!is_given) diagnostic.record(Mistake::port_not_given, input.name, shape_of(batch, input.size));
  }
  return diagnostic;
}();

/// A mistake if a run of this role takes more than one input.
template <class M, Role role>
inline constexpr Diagnostic only_port_diagnostic = [] {
  Diagnostic diagnostic;
  const std::vector<plan::InputPort> inputs = plan::inputs_of(plan::planned<M, role>.view());
  if (inputs.size() > 1) diagnostic.record(Mistake::ports_without_names, inputs[0].name, {}, {}, inputs[1].name);
  return diagnostic;
}();

/// Compiles only if a run of this role takes what is given: samples without a name, or ports of these names.
template <class M, Role role>
constexpr bool takes_one() {
  return require_none<only_port_diagnostic<M, role>>();
}
template <class M, Role role, class Given, Text... name>
constexpr bool takes(const NamedPorts<Given, name...>*) {
  return require_none<ports_diagnostic<M, role, name...>>();
}

/// Ports by name, with values or with samples.
template <class T>
inline constexpr bool has_values = false;
template <Text... name>
inline constexpr bool has_values<NamedPorts<PortValues, name...>> = true;
template <class T>
inline constexpr bool has_samples = false;
template <Text... name>
inline constexpr bool has_samples<NamedPorts<PortSamples, name...>> = true;

}  // namespace isthmus::detail
