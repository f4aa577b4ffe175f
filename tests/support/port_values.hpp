// Values for each input of a program: the same in every run, and others for each name.
#pragma once

#include <isthmus/run/session.hpp>

#include "support/numbers.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace isthmus::testing {

struct GivenPorts {
  std::vector<std::vector<float>> values;
  std::vector<PortValues> ports;

  /// `round` makes other values of the same inputs.
  GivenPorts(const std::vector<plan::InputPort>& inputs, int samples, std::uint32_t round = 0) {
    for (const plan::InputPort& port : inputs) {
      std::uint32_t stream = 31 + round;
      for (const char c : std::string(port.name)) stream = stream * 7 + static_cast<std::uint32_t>(c);
      values.push_back(floats(static_cast<std::size_t>(samples * port.size), stream, 0, 1));
      if (port.classes > 0)
        for (float& value : values.back()) value = std::floor(value * static_cast<float>(port.classes) * 0.999f);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) ports.push_back({inputs[i].name, values[i]});
  }
};

}  // namespace isthmus::testing
