// The meaning of every elementwise operation, in double precision by the plainest code: everything else is
// compared with it. One line each.
#pragma once

#include <isthmus/builder.hpp>
#include <isthmus/evaluate.hpp>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::reference {

struct ElementwiseReference {
  const Elementwise* function;
  double (*meaning)(double a, double b, double c, double value);
  /// Operands between which it has no pole and no kink.
  double low = -3, high = 3;
};

inline const std::vector<ElementwiseReference> elementwise_references = {
    {&ops::negate, [](double a, double, double, double) { return -a; }},
    {&ops::add, [](double a, double b, double, double) { return a + b; }},
    {&ops::subtract, [](double a, double b, double, double) { return a - b; }},
    {&ops::multiply, [](double a, double b, double, double) { return a * b; }},
    {&ops::divide, [](double a, double b, double, double) { return a / b; }, 0.1},
    {&ops::maximum,
     [](double a, double b, double, double) { return std::isnan(a) || (a >= b && !std::isnan(b)) ? a : b; }},
    {&ops::minimum,
     [](double a, double b, double, double) { return std::isnan(a) || (a <= b && !std::isnan(b)) ? a : b; }},
    {&ops::greater, [](double a, double b, double, double) { return a > b ? 1.0 : 0.0; }},
    {&ops::select, [](double a, double b, double c, double) { return a != 0 ? b : c; }},
    {&ops::exp, [](double a, double, double, double) { return std::exp(a); }},
    {&ops::log, [](double a, double, double, double) { return std::log(a); }, 0.1},
    {&ops::log1p, [](double a, double, double, double) { return std::log1p(a); }, -0.5},
    {&ops::sqrt, [](double a, double, double, double) { return std::sqrt(a); }, 0.1},
    {&ops::absolute, [](double a, double, double, double) { return std::fabs(a); }},
    {&ops::sin, [](double a, double, double, double) { return std::sin(a); }},
    {&ops::cos, [](double a, double, double, double) { return std::cos(a); }},
    {&ops::tanh, [](double a, double, double, double) { return std::tanh(a); }},
    {&ops::sign, [](double a, double, double, double) { return a > 0   ? 1
                                                               : a < 0 ? -1
                                                                       : a; }},
    {&ops::sigmoid, [](double a, double, double, double) { return 1 / (1 + std::exp(-a)); }},
    {&ops::softplus, [](double a, double, double,
                        double) { return a > 0 ? a + std::log1p(std::exp(-a)) : std::log1p(std::exp(a)); }},
    {&ops::relu, [](double a, double, double, double) { return std::isnan(a) ? a
                                                               : a >= 0      ? a
                                                                             : 0; }},
    {&ops::leaky_relu, [](double a, double, double, double value) { return a > 0 ? a : value * a; }},
    {&ops::elu,
     [](double a, double, double, double value) { return std::isnan(a) || a >= 0 ? a : value * std::expm1(a); }},
    {&ops::selu,
     [](double a, double, double, double) { return 1.05070099 * (a < 0 ? 1.67326324 * std::expm1(a) : a); }},
    {&ops::swish, [](double a, double, double, double) { return a / (1 + std::exp(-a)); }},
    {&ops::erf, [](double a, double, double, double) { return std::erf(a); }},
    {&ops::pow, [](double a, double b, double, double) { return std::pow(a, b); }, 0.1},
    // Further down 1 + erf is a difference of two numbers near one.
    {&ops::gelu, [](double a, double, double, double) { return a * 0.5 * std::erfc(-a / std::sqrt(2.0)); }, -2},
    {&ops::gelu_tanh,
     [](double a, double, double, double) {
       return 0.5 * a * (1 + std::tanh(0.79788456080286536 * (a + 0.044715 * a * a * a)));
     }},
    {&ops::hard_tanh, [](double a, double, double, double) { return a < -1  ? -1
                                                                    : a > 1 ? 1
                                                                            : a; }},
    {&ops::stop_gradient, [](double a, double, double, double) { return a; }},
    {&ops::straight_through, [](double, double b, double, double) { return b; }},
};

/// Throws where a row of the table has none.
inline const ElementwiseReference& reference_of(const Elementwise& function) {
  for (const ElementwiseReference& one : elementwise_references)
    if (one.function == &function) return one;
  throw std::logic_error(std::string("no reference for ") + function.row.name);
}

/// One elementwise operation in double; of a test's own operations, by their formulas.
inline double evaluate(const Elementwise& function, double a, double b, double c, double value) {
  for (const Elementwise* const one : ops::table)
    if (one == &function) return reference_of(function).meaning(a, b, c, value);
  return isthmus::evaluate(function, a, b, c, value);
}

}  // namespace isthmus::reference
