// What computes a node, in C: one plain loop over one sample.
#pragma once

#include <isthmus/graph.hpp>

#include <span>
#include <string>

#include "c_text.hpp"

namespace isthmus::interchange {

/// Where the generated code finds a value: in an array, or as a number.
struct CPlace {
  std::string text;
  bool is_number = false;

  std::string at(const std::string& index) const { return is_number ? text : text + '[' + index + ']'; }
};

/// Whether write_loops knows the operation.
bool has_loops(const Node& node);

/// Writes the loops that compute a node from its operands into the array `result`. An output's are a copy's.
void write_loops(CCode& code, GraphView graph, const Node& node, std::span<const CPlace> operands,
                 const std::string& result);

}  // namespace isthmus::interchange
