#include <isthmus/evaluate.hpp>

#include <cmath>
#include <stdexcept>

namespace isthmus {

double evaluate(Op op, double a, double b, double c, double value) {
  switch (op) {
    case Op::negate: return -a;
    case Op::exp: return std::exp(a);
    case Op::log: return std::log(a);
    case Op::sqrt: return std::sqrt(a);
    case Op::absolute: return std::abs(a);
    case Op::sign: return a > 0 ? 1.0 : a < 0 ? -1.0 : a;
    case Op::sin: return std::sin(a);
    case Op::cos: return std::cos(a);
    case Op::tanh: return std::tanh(a);
    case Op::sigmoid: return 1.0 / (1.0 + std::exp(-a));
    case Op::softplus: return (a < 0 ? 0.0 : a) + std::log1p(std::exp(-std::abs(a)));
    case Op::relu: return a < 0 ? 0.0 : a;
    case Op::leaky_relu: return a > 0 ? a : a * value;
    case Op::elu: return a < 0 ? value * std::expm1(a) : a;
    case Op::swish: return a / (1.0 + std::exp(-a));
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return a / b;
    case Op::maximum: return a < b || std::isnan(b) ? b : a;
    case Op::minimum: return a > b || std::isnan(b) ? b : a;
    case Op::greater: return a > b ? 1.0 : 0.0;
    case Op::select: return a != 0 ? b : c;
    default: throw std::logic_error("evaluate: expected an elementwise operation");
  }
}

}  // namespace isthmus
