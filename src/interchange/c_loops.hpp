// The code that computes a node, in C: one plain loop over one sample.
#pragma once

#include <isthmus/graph.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "c_text.hpp"
#include "walk.hpp"

namespace isthmus::interchange {

/// The place of a value in the generated code: an array, or a number.
struct CPlace {
  std::string text;
  bool is_number = false;

  std::string at(const std::string& index) const { return is_number ? text : text + '[' + index + ']'; }
};

/// The data from which the loops of one node are generated.
struct CLoops {
  CCode& code;
  GraphView graph;
  const Node& node;
  std::span<const CPlace> operands;
  const std::string& result;  ///< the array that the node's values go to

  const Shape& shape_of_operand(int k) const { return graph[node.inputs[k]].shape; }
};

/// Opens a loop for each axis of a walk and gives every tensor's index in it.
std::vector<std::string> open_walk(CCode& code, const Walk& walk);

/// A loop even over a single value, which so has a block for what it declares.
void open_loop(CCode& code, const char* name, std::int64_t count);

void fill_with_zeros(const CLoops& to);

/// The operand's values, repeated where the node has more of them.
void write_copy(const CLoops& loops);

}  // namespace isthmus::interchange
