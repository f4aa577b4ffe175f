// A model without its library: a graph and its weights as one C99 header that includes nothing but <math.h>. It
// runs one sample at a time, by one plain loop for each operation.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// The names and remarks of a header.
struct CHeaderText {
  std::string prefix;                ///< of every name in it: `dense_encoder` → `dense_encoder_run`
  std::vector<std::string> remarks;  ///< lines of the comment at its top
};

/// Whether C takes this as a name: letters, digits and underscores, no digit first.
bool is_c_identifier(std::string_view name);

/// The header of a graph with one input, one output and any number of side outputs, with its parameters' values by
/// their names. Throws Error naming the node for an operation that no model in use has, and for one that mixes the
/// samples of a batch, or if the prefix is no identifier; ShapeError for a parameter without values, or with
/// another number of them.
std::string c_header(GraphView graph, std::span<const NamedTensor> weights, const CHeaderText& text);

}  // namespace isthmus::interchange
