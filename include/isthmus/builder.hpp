// The means to write graphs: symbolic tensors, and the operations that their arithmetic appends to the graph.
#pragma once

#include <isthmus/ops/row_max.hpp>
#include <isthmus/ops/rules.hpp>
#include <isthmus/ops/table.hpp>
#include <isthmus/tensor.hpp>
