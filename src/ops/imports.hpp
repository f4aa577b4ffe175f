// The parts in the import of weights that are an operation's own: each is in its family's import.cpp.
#pragma once

#include "interchange/import_operation.hpp"

namespace isthmus::interchange::imports {

extern const ImportOperation transpose, matmul, reshape, conv2d, conv2d_transpose;

}  // namespace isthmus::interchange::imports
