// What graphs are written with: symbolic tensors, and the operations that their arithmetic writes.
#pragma once

#include <isthmus/ops/row_max.hpp>
#include <isthmus/ops/rules.hpp>
#include <isthmus/ops/table.hpp>
#include <isthmus/tensor.hpp>
