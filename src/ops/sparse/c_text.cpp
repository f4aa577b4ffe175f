#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// First the smallest of the k largest values, by a sorted list of these; then what is above it, and of its equals
/// as many of the first as are missing. A NaN is larger than anything.
void write_top_k(const CLoops& loops) {
  const std::int64_t n = loops.shape_of_operand(0).columns(), k = loops.node.shape.columns() / 2;
  CCode& code = loops.code;
  const std::size_t outside = code.depth();
  code.open("");
  code.line(fmt::format("float best[{}];", k));
  code.line("long above = 0, kept = 0;");
  const std::size_t depth = code.depth();
  open_loop(code, "i", n);
  code.line(fmt::format("const float a = {};", loops.operands[0].at("i")));
  code.line(fmt::format("long at = i < {0} ? i : {0};", k));
  code.open("while (at > 0 && (best[at - 1] < a || (a != a && best[at - 1] == best[at - 1])))");
  code.line(fmt::format("if (at < {}) best[at] = best[at - 1];", k));
  code.line("--at;");
  code.close_to(depth + 1);
  code.line(fmt::format("if (at < {}) best[at] = a;", k));
  code.close_to(depth);
  code.line(fmt::format("const float least = best[{}];", k - 1));
  code.line(
      fmt::format("while (above < {0} && (best[above] > least || (best[above] != best[above] && "
                  "least == least))) ++above;",
                  k));
  open_loop(code, "i", n);
  code.line(fmt::format("const float a = {};", loops.operands[0].at("i")));
  code.line("const int larger = a > least || (a != a && least == least);");
  code.line("const int equal = a == least || (a != a && least != least);");
  code.line(fmt::format("if (!larger && !(equal && above < {})) continue;", k));
  code.line("if (!larger) ++above;");
  code.line(fmt::format("{}[kept] = a;", loops.result));
  code.line(fmt::format("{}[{} + kept] = (float)i;", loops.result, k));
  code.line("++kept;");
  code.close_to(outside);
}

void write_sparse_scatter(const CLoops& loops) {
  const std::int64_t n = loops.node.shape.columns(), k = loops.shape_of_operand(0).columns() / 2;
  fill_with_zeros(loops);
  CCode& code = loops.code;
  open_loop(code, "j", k);
  code.line(fmt::format("const float column = {};", loops.operands[1].at(fmt::format("{} + j", k))));
  code.line(fmt::format("if (column >= 0.0f && column < {}.0f) {}[(long)column] += {};", n, loops.result,
                        loops.operands[0].at("j")));
}

}  // namespace

const COperation c_text::top_k{.has = in_every_form, .write = write_top_k};
const COperation c_text::sparse_scatter{.has = in_every_form, .write = write_sparse_scatter};

}  // namespace isthmus::interchange
