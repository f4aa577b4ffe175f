#include <isthmus/builder.hpp>

#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// The sums that go into each gate, and the cell's functions of them: `u` is the unit, `now` and `old` the rows of
/// this step and of the one before, `s` the number of steps before this one.
constexpr const char* lstm_text[] = {
    "const float in = 1.0f / (1.0f + expf(-(p[u] + q[u])));",
    "const float forget = 1.0f / (1.0f + expf(-(p[{0} + u] + q[{0} + u])));",
    "const float candidate = tanhf(p[2 * {0} + u] + q[2 * {0} + u]);",
    "const float out = 1.0f / (1.0f + expf(-(p[3 * {0} + u] + q[3 * {0} + u])));",
    "const float memory = (s > 0 ? forget * trace[({1} + old) * {0} + u] : 0.0f) + in * candidate;",
    "trace[({1} + now) * {0} + u] = memory;",
    "trace[now * {0} + u] = out * tanhf(memory);",
};
constexpr const char* gru_text[] = {
    "const float keep = 1.0f / (1.0f + expf(-(p[u] + q[u])));",
    "const float reset = 1.0f / (1.0f + expf(-(p[{0} + u] + q[{0} + u])));",
    "const float candidate = tanhf(p[2 * {0} + u] + reset * q[2 * {0} + u]);",
    "const float before = s > 0 ? trace[old * {0} + u] : 0.0f;",
    "trace[now * {0} + u] = keep * (before - candidate) + candidate;",
};

/// Step after step. Of the trace it writes what the next step reads.
void write_recurrence(const CLoops& loops) {
  const Shape& projections = loops.shape_of_operand(0);
  const int steps = projections.dim[1], columns = projections.columns(), units = loops.node.shape.columns();
  CCode& code = loops.code;
  const std::size_t outside = code.depth();
  code.open("");
  code.line(fmt::format("float* const trace = {};", loops.result));
  open_loop(code, "s", steps);
  code.line(loops.node.reversed ? fmt::format("const long now = {} - s, old = now + 1;", steps - 1)
                                : std::string("const long now = s, old = s - 1;"));
  code.line(fmt::format("const float* const p = {} + now * {};", loops.operands[0].text, columns));
  code.line(fmt::format("float q[{}];", columns));
  const std::size_t depth = code.depth();
  open_loop(code, "g", columns);
  code.line("q[g] = 0.0f;");
  code.close_to(depth);
  open_loop(code, "k", units);
  code.line("if (s == 0) break;");
  code.line(fmt::format("const float a = trace[old * {} + k];", units));
  open_loop(code, "g", columns);
  code.line(fmt::format("q[g] += a * {}[k * {} + g];", loops.operands[1].text, columns));
  code.close_to(depth);
  if (loops.operands.size() > 2) {
    open_loop(code, "g", columns);
    code.line(fmt::format("q[g] += {};", loops.operands[2].at("g")));
    code.close_to(depth);
  }
  open_loop(code, "u", units);
  const auto write = [&](const auto& lines) {
    for (const char* const line : lines) code.line(fmt::format(fmt::runtime(line), units, steps));
  };
  if (loops.node.attribute.as<RecurrentCell>() == RecurrentCell::lstm) write(lstm_text);
  else write(gru_text);
  code.close_to(outside);
}

}  // namespace

const COperation c_text::recurrence{.has = in_every_form, .write = write_recurrence};

}  // namespace isthmus::interchange
