// The samples of a model that has several inputs: each under the name of its port.
#pragma once

#include <isthmus/diagnose.hpp>
#include <isthmus/run/samples.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace isthmus {

/// Values of one port, whole samples one behind the other. Of a port of indices they may be integers.
struct PortValues {
  std::string_view port;
  std::span<const float> values;
  std::span<const std::int32_t> indices = {};

  constexpr std::size_t size() const { return indices.empty() ? values.size() : indices.size(); }
};

/// Samples of one port where they lie.
struct PortSamples {
  std::string_view port;
  Samples samples;
};

/// Values (PortValues) or samples (PortSamples) of the ports of these names, which the compiler checks.
template <class Given, Text... name>
struct NamedPorts {
  std::array<Given, sizeof...(name)> given;
  constexpr operator std::span<const Given>() const { return given; }
};

template <class T>
inline constexpr bool has_checked_names = false;
template <class Given, Text... name>
inline constexpr bool has_checked_names<NamedPorts<Given, name...>> = true;

/// A list of PortValues, or of PortSamples, that is made when a program runs.
template <class List, class Given>
concept named_ports = std::convertible_to<const List&, std::span<const Given>> && !has_checked_names<List>;

/// The values of a port: floats, or integers.
template <class Values>
constexpr PortValues values_of_port(std::string_view port, const Values& values) {
  if constexpr (std::is_convertible_v<const Values&, std::span<const std::int32_t>>)
    return {port, {}, std::span<const std::int32_t>(values)};
  else return {port, std::span<const float>(values)};
}

/// `trainer.step(ports<"noisy", "clean">(noisy, clean))`: the values, or the Samples, of each port, in any order.
/// A name that the model lacks, or a port that is not given, does not compile. Indices may be std::int32_t.
template <Text... name, class... Values>
constexpr auto ports(const Values&... values) {
  static_assert(sizeof...(name) == sizeof...(Values), "isthmus: ports takes as many values as names");
  if constexpr ((std::is_same_v<Values, Samples> && ...))
    return NamedPorts<PortSamples, name...>{{PortSamples{name.text, values}...}};
  else return NamedPorts<PortValues, name...>{{values_of_port(name.text, values)...}};
}

}  // namespace isthmus
