// The selection of the tensors of a file in which the parameters of a model are searched.
#pragma once

#include <isthmus/interchange/import.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace isthmus::interchange {

struct ForeignSelection {
  std::vector<int> tensors;  ///< their numbers in the file
  /// The number of parts at the beginning of each name that are not of the model.
  std::size_t skipped = 0;
  std::vector<std::string> passed_over;  ///< the names of all others
};

/// Leaves out what is not below the prefix, what is ignored, and what no model has use for. Of what is left,
/// `module` before every name is skipped as the prefix is. Throws FileError if nothing is below the prefix, or
/// called as something that is to be ignored.
ForeignSelection select_tensors(const ForeignWeights& weights, const ImportOptions& options);

}  // namespace isthmus::interchange
