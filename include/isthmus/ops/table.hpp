// The elementwise operations of the library, one row each. A program adds its own in the same way, in its own
// header.
#pragma once

#include <isthmus/ops/formula.hpp>

#include <cmath>

namespace isthmus::ops {

/// The cost of a transcendental function, in multiplications and additions.
inline constexpr double function_flops = 16;

// Operations that kernels compute by an instruction or by a function of Highway.

inline constexpr Elementwise negate{{.name = "negate",
                                     .number = [](double a, double, double) { return -a; },
                                     .c = "-a",
                                     .onnx = "Neg",
                                     .gradient = [](const Derivative& d, int) { return -d.g; },
                                     .is_additive = true}};

inline constexpr Elementwise add{{.name = "add",
                                  .operands = 2,
                                  .number = [](double a, double b, double) { return a + b; },
                                  .c = "a + b",
                                  .onnx = "Add",
                                  .gradient = [](const Derivative& d, int) { return d.g; },
                                  .is_additive = true,
                                  .commutes = true,
                                  .infix = "+",
                                  .precedence = 1}};

inline constexpr Elementwise subtract{
    {.name = "subtract",
     .operands = 2,
     .number = [](double a, double b, double) { return a - b; },
     .c = "a - b",
     .onnx = "Sub",
     .gradient = [](const Derivative& d, int operand) { return operand == 0 ? d.g : -d.g; },
     .is_additive = true,
     .infix = "-",
     .precedence = 1}};

inline constexpr Elementwise multiply{
    {.name = "multiply",
     .operands = 2,
     .number = [](double a, double b, double) { return a * b; },
     .c = "a * b",
     .onnx = "Mul",
     .gradient = [](const Derivative& d, int operand) { return d.g * d.operand(1 - operand); },
     .commutes = true,
     .infix = "*",
     .precedence = 2}};

inline constexpr Elementwise divide{
    {.name = "divide",
     .operands = 2,
     .number = [](double a, double b, double) { return a / b; },
     .c = "a / b",
     .onnx = "Div",
     .gradient = [](const Derivative& d, int operand) { return operand == 0 ? d.g / d.b : -(d.g * d.y) / d.b; },
     .infix = "/",
     .precedence = 2}};

/// If both are equal, the first operand gets the whole gradient.
inline constexpr Elementwise maximum{{
    .name = "maximum",
    .operands = 2,
    .number = [](double a, double b, double) { return a < b || std::isnan(b) ? b : a; },
    .c = "a < b || b != b ? b : a",
    .onnx = "Max",
    .gradient =
        [](const Derivative& d, int operand) {
          return operand == 0 ? d.g * (1.0f - isthmus::greater(d.b, d.a)) : d.g * isthmus::greater(d.b, d.a);
        },
}};

inline constexpr Elementwise minimum{{
    .name = "minimum",
    .operands = 2,
    .number = [](double a, double b, double) { return a > b || std::isnan(b) ? b : a; },
    .c = "a > b || b != b ? b : a",
    .onnx = "Min",
    .gradient =
        [](const Derivative& d, int operand) {
          return operand == 0 ? d.g * (1.0f - isthmus::greater(d.a, d.b)) : d.g * isthmus::greater(d.a, d.b);
        },
}};

/// 1 where the first is larger, else 0.
inline constexpr Elementwise greater{{.name = "greater",
                                      .operands = 2,
                                      .number = [](double a, double b, double) { return a > b ? 1.0 : 0.0; },
                                      .c = "a > b ? 1.0f : 0.0f",
                                      .onnx = "Greater",
                                      .onnx_logical = Logical::result,
                                      .flat = {true, true, false},
                                      .least = 0,
                                      .most = 1}};

/// The second where the first is not zero, else the third.
inline constexpr Elementwise select{{
    .name = "select",
    .operands = 3,
    .number = [](double a, double b, double c) { return a != 0 ? b : c; },
    .c = "a != 0.0f ? b : c",
    .onnx = "Where",
    .onnx_logical = Logical::first_operand,
    .gradient =
        [](const Derivative& d, int operand) {
          const Tensor zero = d.g.builder->constant(0.0f);
          return operand == 1 ? isthmus::select(d.a, d.g, zero) : isthmus::select(d.a, zero, d.g);
        },
    .flat = {true, false, false},
}};

inline constexpr Elementwise exp{{.name = "exp",
                                  .number = [](double a, double, double) { return std::exp(a); },
                                  .c = "expf(a)",
                                  .onnx = "Exp",
                                  .gradient = [](const Derivative& d, int) { return d.g * d.y; },
                                  .flops = function_flops,
                                  .increasing = Increasing::yes}};

inline constexpr Elementwise log{{.name = "log",
                                  .number = [](double a, double, double) { return std::log(a); },
                                  .c = "logf(a)",
                                  .onnx = "Log",
                                  .gradient = [](const Derivative& d, int) { return d.g / d.a; },
                                  .flops = function_flops}};

/// log(1 + a), exact for small a.
inline constexpr Elementwise log1p{{.name = "log1p",
                                    .number = [](double a, double, double) { return std::log1p(a); },
                                    .c = "log1pf(a)",
                                    .onnx_formula = [](const Operands& o) { return isthmus::log(1.0f + o.a); },
                                    .gradient = [](const Derivative& d, int) { return d.g / (1.0f + d.a); },
                                    .flops = function_flops}};

inline constexpr Elementwise sqrt{{.name = "sqrt",
                                   .number = [](double a, double, double) { return std::sqrt(a); },
                                   .c = "sqrtf(a)",
                                   .onnx = "Sqrt",
                                   .gradient = [](const Derivative& d, int) { return d.g * 0.5f / d.y; },
                                   .least = 0}};

inline constexpr Elementwise absolute{
    {.name = "absolute",
     .number = [](double a, double, double) { return std::abs(a); },
     .c = "fabsf(a)",
     .onnx = "Abs",
     .gradient = [](const Derivative& d, int) { return d.g * isthmus::sign(d.a); },
     .least = 0}};

inline constexpr Elementwise sin{{.name = "sin",
                                  .number = [](double a, double, double) { return std::sin(a); },
                                  .c = "sinf(a)",
                                  .onnx = "Sin",
                                  .gradient = [](const Derivative& d, int) { return d.g * isthmus::cos(d.a); },
                                  .flops = function_flops,
                                  .least = -1,
                                  .most = 1}};

inline constexpr Elementwise cos{{.name = "cos",
                                  .number = [](double a, double, double) { return std::cos(a); },
                                  .c = "cosf(a)",
                                  .onnx = "Cos",
                                  .gradient = [](const Derivative& d, int) { return -(d.g * isthmus::sin(d.a)); },
                                  .flops = function_flops,
                                  .least = -1,
                                  .most = 1}};

inline constexpr Elementwise tanh{{.name = "tanh",
                                   .number = [](double a, double, double) { return std::tanh(a); },
                                   .c = "tanhf(a)",
                                   .onnx = "Tanh",
                                   .gradient = [](const Derivative& d, int) { return d.g * (1.0f - d.y * d.y); },
                                   .flops = function_flops,
                                   .increasing = Increasing::yes}};

/// The error function: 2/√π times the integral of exp(-t²) from 0 to a.
inline constexpr Elementwise erf{{
    .name = "erf",
    .number = [](double a, double, double) { return std::erf(a); },
    .c = "erff(a)",
    .onnx = "Erf",
    .gradient =
        [](const Derivative& d, int) {
          const float two_over_root_pi = 1.1283791671f;
          return d.g * (two_over_root_pi * isthmus::exp(-(d.a * d.a)));
        },
    .flops = function_flops,
    .increasing = Increasing::yes,
}};

/// a to the power of b, as in IEEE 754: 1 where b is 0 or a is 1, whatever the other is; NaN where a is negative
/// and b is no whole number. The exponent's gradient is that of positive a.
inline constexpr Elementwise pow{{
    .name = "pow",
    .operands = 2,
    .number = [](double a, double b, double) { return std::pow(a, b); },
    .c = "powf(a, b)",
    .onnx = "Pow",
    .gradient =
        [](const Derivative& d, int operand) {
          return operand == 0 ? d.g * (d.b * isthmus::pow(d.a, d.b - 1.0f)) : d.g * (d.y * isthmus::log(d.a));
        },
    .flops = 2 * function_flops,
}};

// Operations that are defined by formulas of those above.

/// 1, -1, or zero as it is.
inline constexpr Elementwise sign{{
    .name = "sign",
    .formula =
        [](const Operands& o) {
          const Tensor one = o.a.builder->constant(1.0f);
          const Tensor minus_one = o.a.builder->constant(-1.0f);
          const Tensor zero = o.a.builder->constant(0.0f);
          const Tensor rest = isthmus::select(isthmus::greater(zero, o.a), minus_one, o.a);
          return isthmus::select(isthmus::greater(o.a, zero), one, rest);
        },
    .onnx = "Sign",
    .flat = {true, false, false},
    .least = -1,
    .most = 1,
}};

/// 1 / (1 + exp(-a)). exp is infinity for very negative a, and 1 / infinity is the right 0.
inline constexpr Elementwise sigmoid{
    {.name = "sigmoid",
     .formula = [](const Operands& o) { return 1.0f / (1.0f + isthmus::exp(-o.a)); },
     .onnx = "Sigmoid",
     .gradient = [](const Derivative& d, int) { return d.g * (d.y * (1.0f - d.y)); },
     .flops = function_flops,
     .increasing = Increasing::yes}};

/// log(1 + exp(a)), without a power of e that is too large.
inline constexpr Elementwise softplus{{
    .name = "softplus",
    .formula =
        [](const Operands& o) {
          Builder& b = *o.a.builder;
          const Tensor zero = b.constant(0.0f);
          const Tensor positive = isthmus::select(isthmus::greater(zero, o.a), zero, o.a);
          return positive + b.unary(log1p, isthmus::exp(-isthmus::abs(o.a)));
        },
    .onnx = "Softplus",
    .gradient = [](const Derivative& d, int) { return d.g * d.a.builder->unary(sigmoid, d.a); },
    .flops = function_flops,
    .increasing = Increasing::yes,
}};

/// max(a, 0).
inline constexpr Elementwise relu{{
    .name = "relu",
    .formula =
        [](const Operands& o) {
          const Tensor zero = o.a.builder->constant(0.0f);
          return isthmus::select(isthmus::greater(zero, o.a), zero, o.a);
        },
    .onnx = "Relu",
    .gradient = [](const Derivative& d, int) { return d.g * isthmus::greater(d.y, 0.0f); },
    .increasing = Increasing::yes,
}};

/// `value` · a below zero.
inline constexpr Elementwise leaky_relu{
    {.name = "leaky_relu",
     .formula = [](const Operands& o) { return isthmus::select(isthmus::greater(o.a, 0.0f), o.a, o.a * o.value); },
     .onnx = "LeakyRelu",
     .onnx_attribute = "alpha",
     .gradient = [](const Derivative& d,
                    int) { return isthmus::select(isthmus::greater(d.a, 0.0f), d.g, d.g * d.value); },
     .has_value = true,
     .default_value = 0.01f,
     .increasing = Increasing::unless_value_is_negative}};

/// `value` · (exp(a) - 1) below zero. Clevert et al. 2015.
inline constexpr Elementwise elu{{
    .name = "elu",
    .formula =
        [](const Operands& o) {
          const Tensor zero = o.a.builder->constant(0.0f);
          return isthmus::select(isthmus::greater(zero, o.a), o.value * (isthmus::exp(o.a) - 1.0f), o.a);
        },
    .onnx = "Elu",
    .onnx_attribute = "alpha",
    .gradient = [](const Derivative& d,
                   int) { return isthmus::select(isthmus::greater(d.y, 0.0f), d.g, d.g * (d.y + d.value)); },
    .has_value = true,
    .default_value = 1,
    .flops = function_flops,
    .increasing = Increasing::unless_value_is_negative,
}};

/// λ a above zero, λ α (exp(a) - 1) below, so that mean 0 and variance 1 are kept. Klambauer et al. 2017,
/// equation 2.
inline constexpr Elementwise selu{{
    .name = "selu",
    .formula =
        [](const Operands& o) {
          const Tensor zero = o.a.builder->constant(0.0f);
          const Tensor below = 1.6732632f * (isthmus::exp(o.a) - 1.0f);
          return 1.0507010f * isthmus::select(isthmus::greater(zero, o.a), below, o.a);
        },
    .onnx = "Selu",
    .flops = function_flops,
    .increasing = Increasing::yes,
}};

/// a / (1 + exp(-a)). exp is infinity for very negative a, and a / infinity is the right 0.
/// Ramachandran et al. 2017, section 3.
inline constexpr Elementwise swish{{
    .name = "swish",
    .formula = [](const Operands& o) { return o.a / (1.0f + isthmus::exp(-o.a)); },
    .onnx_formula = [](const Operands& o) { return o.a * o.a.builder->unary(sigmoid, o.a); },
    // y = a s with s = sigmoid(a): y' = s + a s (1 - s) = y + s (1 - y).
    .gradient =
        [](const Derivative& d, int) {
          const Tensor s = d.a.builder->unary(sigmoid, d.a);
          return d.g * (d.y + s * (1.0f - d.y));
        },
    .flops = function_flops,
}};

/// a Φ(a), Φ being the normal distribution's: Hendrycks and Gimpel 2016.
inline constexpr Elementwise gelu{{
    .name = "gelu",
    .formula = [](const Operands& o) { return 0.5f * o.a * (1.0f + isthmus::erf(o.a * 0.70710678f)); },
    .flops = function_flops,
}};

/// GELU with a tanh in place of Φ: ibid., section 2.
inline constexpr Elementwise gelu_tanh{{
    .name = "gelu_tanh",
    .formula =
        [](const Operands& o) {
          const Tensor inner = 0.79788456f * (o.a + 0.044715f * (o.a * o.a * o.a));
          return 0.5f * o.a * (1.0f + isthmus::tanh(inner));
        },
    .flops = function_flops,
}};

/// a between -1 and 1, and those beyond.
inline constexpr Elementwise hard_tanh{{
    .name = "hard_tanh",
    .formula =
        [](const Operands& o) {
          const Tensor low = o.a.builder->constant(-1.0f), high = o.a.builder->constant(1.0f);
          return isthmus::minimum(isthmus::maximum(o.a, low), high);
        },
    .increasing = Increasing::yes,
}};

/// a, and no gradient.
inline constexpr Elementwise stop_gradient{
    {.name = "stop_gradient", .formula = [](const Operands& o) { return o.a; }, .flat = {true, false, false}}};

/// b, and to a the gradient as if it were the result: the gradient goes straight through what b is made by. Bengio
/// et al. 2013, section 4.
inline constexpr Elementwise straight_through{{
    .name = "straight_through",
    .operands = 2,
    .formula = [](const Operands& o) { return o.b; },
    .gradient = [](const Derivative& d, int) { return d.g; },
    .flat = {false, true, false},
}};

/// All of them: what tests go through.
inline constexpr const Elementwise* table[] = {
    &negate, &add,  &subtract, &multiply, &divide,    &maximum,   &minimum,       &greater,
    &select, &exp,  &log,      &log1p,    &sqrt,      &sin,       &cos,           &tanh,
    &erf,    &pow,  &sign,     &sigmoid,  &relu,      &absolute,  &softplus,      &leaky_relu,
    &elu,    &selu, &swish,    &gelu,     &gelu_tanh, &hard_tanh, &stop_gradient, &straight_through,
};

}  // namespace isthmus::ops
