// The meaning of recurrences and of their gradients, in double precision by plain loops, one sample and one unit
// at a time.
#pragma once

#include <isthmus/ops/recurrence.hpp>

#include "support/array.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace isthmus::reference {

/// The sizes of a recurrence, and where its values lie.
struct RecurrenceSizes {
  CellFacts facts;
  bool reversed;
  std::size_t samples, steps, units, columns;

  RecurrenceSizes(const Node& node, const Array& states_or_projections, std::size_t units_, std::size_t columns_)
      : facts(facts_of(node.attribute.as<RecurrentCell>())),
        reversed(node.reversed),
        samples(static_cast<std::size_t>(states_or_projections.dims[0])),
        steps(static_cast<std::size_t>(states_or_projections.dims[1])),
        units(units_),
        columns(columns_) {}
  std::size_t time(std::size_t i) const { return reversed ? steps - 1 - i : i; }
  /// Of block `block` of `blocks`, in step i, column c of `width`.
  std::size_t at(std::size_t sample, std::size_t i, std::size_t block, std::size_t blocks, std::size_t c,
                 std::size_t width) const {
    return ((sample * blocks + block) * steps + time(i)) * width + c;
  }
  /// Of the trace, in step i.
  std::size_t traced(std::size_t sample, std::size_t i, std::size_t block, std::size_t unit) const {
    return at(sample, i, block, static_cast<std::size_t>(facts.traced), unit, units);
  }
};

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

inline void recur(const Node& node, const Array& p, const Array& u, const Array* bias, Array& out) {
  const RecurrenceSizes size(node, p, static_cast<std::size_t>(u.dims[0]), static_cast<std::size_t>(u.dims[1]));
  const bool is_lstm = node.attribute.as<RecurrentCell>() == RecurrentCell::lstm;
  for (std::size_t s = 0; s < size.samples; ++s)
    for (std::size_t i = 0; i < size.steps; ++i) {
      const auto before = [&](std::size_t block, std::size_t unit) {
        return i == 0 ? 0.0 : out.values[size.traced(s, i - 1, block, unit)];
      };
      const auto put = [&](std::size_t block, std::size_t unit, double x) {
        out.values[size.traced(s, i, block, unit)] = x;
      };
      for (std::size_t h = 0; h < size.units; ++h) {
        std::vector<double> x, q;
        for (std::size_t c = h; c < size.columns; c += size.units) {
          x.push_back(p.values[size.at(s, i, 0, 1, c, size.columns)]);
          q.push_back(bias == nullptr ? 0.0 : bias->values[c]);
          for (std::size_t k = 0; k < size.units; ++k) q.back() += before(0, k) * u.values[k * size.columns + c];
        }
        if (is_lstm) {
          const double in = sigmoid(x[0] + q[0]), forget = sigmoid(x[1] + q[1]);
          const double candidate = std::tanh(x[2] + q[2]), output = sigmoid(x[3] + q[3]);
          const double memory = forget * before(1, h) + in * candidate;
          const double all[] = {output * std::tanh(memory), memory, in, forget, candidate, output};
          for (std::size_t k = 0; k < 6; ++k) put(k, h, all[k]);
        } else {
          const double keep = sigmoid(x[0] + q[0]), reset = sigmoid(x[1] + q[1]);
          const double candidate = std::tanh(x[2] + reset * q[2]);
          const double all[] = {keep * before(0, h) + (1 - keep) * candidate, keep, reset, candidate, q[2]};
          for (std::size_t k = 0; k < 5; ++k) put(k, h, all[k]);
        }
      }
    }
}

/// Back through time. `weights` are transposed.
inline void recur_back(const Node& node, const Array& trace, const Array& weights, const Array& gradient,
                       Array& out) {
  const RecurrenceSizes size(node, gradient, static_cast<std::size_t>(weights.dims[1]),
                             static_cast<std::size_t>(weights.dims[0]));
  const bool is_lstm = node.attribute.as<RecurrentCell>() == RecurrentCell::lstm;
  const auto parts = static_cast<std::size_t>(size.facts.gradients), n = size.units;
  for (std::size_t s = 0; s < size.samples; ++s) {
    std::vector<double> state(n, 0.0), memory(n, 0.0);
    for (std::size_t i = size.steps; i-- > 0;) {
      const auto put = [&](std::size_t part, std::size_t gate, std::size_t h, double x) {
        out.values[size.at(s, i, part, parts, gate * n + h, size.columns)] = x;
      };
      for (std::size_t h = 0; h < n; ++h) {
        const auto now = [&](std::size_t k) { return trace.values[size.traced(s, i, k, h)]; };
        const auto before = [&](std::size_t k) {
          return i == 0 ? 0.0 : trace.values[size.traced(s, i - 1, k, h)];
        };
        const double g = gradient.values[size.at(s, i, 0, 1, h, n)] + state[h];
        if (is_lstm) {
          const double in = now(2), forget = now(3), candidate = now(4), output = now(5), seen = std::tanh(now(1));
          const double m = memory[h] + g * output * (1 - seen * seen);
          put(0, 0, h, m * candidate * in * (1 - in));
          put(0, 1, h, m * before(1) * forget * (1 - forget));
          put(0, 2, h, m * in * (1 - candidate * candidate));
          put(0, 3, h, g * seen * output * (1 - output));
          memory[h] = m * forget;
          state[h] = 0;
        } else {
          const double keep = now(1), reset = now(2), candidate = now(3), recalled = now(4);
          const double c = g * (1 - keep) * (1 - candidate * candidate);
          for (std::size_t part = 0; part < 2; ++part) {
            put(part, 0, h, g * (before(0) - candidate) * keep * (1 - keep));
            put(part, 1, h, c * recalled * reset * (1 - reset));
          }
          put(0, 2, h, c);
          put(1, 2, h, c * reset);
          state[h] = g * keep;
        }
      }
      for (std::size_t h = 0; h < n; ++h)
        for (std::size_t c = 0; c < size.columns; ++c)
          state[h] += out.values[size.at(s, i, parts - 1, parts, c, size.columns)] * weights.values[c * n + h];
    }
  }
}

/// Either of both.
inline void apply_recurrence(const Node& node, const Array& a, const Array& b, const Array* c, Array& out) {
  if (node.op == Op::recurrence) recur(node, a, b, c, out);
  else recur_back(node, a, b, *c, out);
}

}  // namespace isthmus::reference
