#include "ops/imports.hpp"

namespace isthmus::interchange {
namespace {

void carry_matmul(RowOrders& orders, int i) {
  const Node& node = orders.graph()[i];
  if (node.transpose_a) return;
  const int weights = node.inputs[1];
  orders.same(node.inputs[0], 1, weights, node.transpose_b ? 1 : 0);
  orders.same(i, 1, weights, node.transpose_b ? 0 : 1);
}

void carry_transpose(RowOrders& orders, int i) {
  const int operand = orders.graph()[i].inputs[0];
  orders.same(i, 0, operand, 1);
  orders.same(i, 1, operand, 0);
}

}  // namespace

const ImportOperation imports::transpose{.carry = carry_transpose};
const ImportOperation imports::matmul{.carry = carry_matmul, .weights = 1};

}  // namespace isthmus::interchange
