#include "elementwise.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "c_text.hpp"

namespace isthmus::interchange {

std::string c_expression(Op op, float value) {
  switch (op) {
    case Op::negate: return "-a";
    case Op::exp: return "expf(a)";
    case Op::log: return "logf(a)";
    case Op::sqrt: return "sqrtf(a)";
    case Op::absolute: return "fabsf(a)";
    case Op::sign: return "a > 0.0f ? 1.0f : a < 0.0f ? -1.0f : a";
    case Op::sin: return "sinf(a)";
    case Op::cos: return "cosf(a)";
    case Op::tanh: return "tanhf(a)";
    case Op::sigmoid: return "1.0f / (1.0f + expf(-a))";
    case Op::softplus: return "(a < 0.0f ? 0.0f : a) + log1pf(expf(-fabsf(a)))";
    case Op::relu: return "a < 0.0f ? 0.0f : a";
    case Op::leaky_relu: return fmt::format("a > 0.0f ? a : {} * a", c_literal(value));
    case Op::elu: return fmt::format("a < 0.0f ? {} * expm1f(a) : a", c_literal(value));
    case Op::swish: return "a / (1.0f + expf(-a))";
    case Op::add: return "a + b";
    case Op::subtract: return "a - b";
    case Op::multiply: return "a * b";
    case Op::divide: return "a / b";
    case Op::maximum: return "a < b || b != b ? b : a";
    case Op::minimum: return "a > b || b != b ? b : a";
    case Op::greater: return "a > b ? 1.0f : 0.0f";
    case Op::select: return "a != 0.0f ? b : c";
    default: throw Error("expected an elementwise operation");
  }
}

std::size_t Walk::place(std::size_t tensor, std::size_t at) const {
  std::size_t place = 0;
  for (std::size_t axis = extents.size(); axis-- > 0;) {
    const auto extent = static_cast<std::size_t>(extents[axis]);
    place += at % extent * static_cast<std::size_t>(strides[tensor][axis]);
    at /= extent;
  }
  return place;
}

Walk walk(const Shape& over, std::span<const Shape> tensors) {
  const auto extent = [](const Shape& shape, int from_the_end) -> std::int64_t {
    const int dim = from_the_end > shape.rank ? 1 : shape.dim[shape.rank - from_the_end];
    return dim == batch ? 1 : dim;
  };
  // From the last axis to the first, so that an axis is joined with the one inside of it.
  Walk walk;
  walk.strides.resize(tensors.size());
  std::vector<std::int64_t> next(tensors.size(), 1);
  for (int d = 1; d <= over.rank; ++d) {
    const std::int64_t count = extent(over, d);
    if (count == 1) continue;
    bool joins = !walk.extents.empty();
    std::vector<std::int64_t> strides(tensors.size());
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::int64_t own = extent(tensors[t], d);
      strides[t] = own == 1 ? 0 : next[t];
      next[t] *= own;
      joins = joins && strides[t] == walk.strides[t].back() * walk.extents.back();
    }
    if (joins) {
      walk.extents.back() *= count;
      continue;
    }
    walk.extents.push_back(count);
    for (std::size_t t = 0; t < tensors.size(); ++t) walk.strides[t].push_back(strides[t]);
  }
  std::reverse(walk.extents.begin(), walk.extents.end());
  for (std::vector<std::int64_t>& strides : walk.strides) std::reverse(strides.begin(), strides.end());
  return walk;
}

}  // namespace isthmus::interchange
