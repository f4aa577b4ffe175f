// The meaning of a plan: every group executed in double precision, one after the other, each value a whole
// matrix.
#pragma once

#include <isthmus/plan/plan.hpp>

#include "support/reference.hpp"

namespace isthmus::reference {

class PlanInterpreter {
 public:
  /// The values of random nodes.
  Draw draw = draw_uniform;

  PlanInterpreter(const plan::PlanView& plan, int samples) : plan_(plan), samples_(samples) {
    for (int v = 0; v < plan.value_count; ++v) {
      const plan::Value& value = plan.values[v];
      const int columns = value.panel_sums ? plan::panels_of(value.columns) : value.columns;
      // Filled with NaN, so that reading a value that nothing has written is noticed.
      matrices_.emplace_back(static_cast<std::size_t>(rows_of(value)) * static_cast<std::size_t>(columns), NAN);
    }
  }

  /// The leaf or output with this full name, row-major.
  std::vector<double>& named(const std::string& name) {
    for (int v = 0; v < plan_.value_count; ++v) {
      const Node& node = plan_.graph[plan_.values[v].node];
      const bool has_name =
          node.op == Op::input || node.op == Op::parameter || node.op == Op::state || node.op == Op::output;
      if (has_name && full_name(node.label) == name) return at(v);
    }
    throw std::logic_error("no value \"" + name + "\"");
  }

  void run(double step = 1, double learning_rate = 0) {
    for (int v = 0; v < plan_.value_count; ++v) {
      const Node& node = plan_.graph[plan_.values[v].node];
      if (node.op != Op::host_scalar) continue;
      const auto which = node.attribute.as<HostScalar>();
      at(v)[0] = which == HostScalar::batch_size ? samples_ : which == HostScalar::step ? step : learning_rate;
    }
    // Values that depend only on parameters come first: they must not read anything else.
    for (const bool packs : {true, false})
      for (int g = 0; g < plan_.group_count; ++g)
        if (plan_.groups[g].packs == packs) run_group(plan_.groups[g]);
  }

 private:
  std::vector<double>& at(int value) { return matrices_[static_cast<std::size_t>(value)]; }
  int rows_of(const plan::Value& value) const { return value.rows * (value.has_batch ? samples_ : 1); }

  double element(int value, int row, int column) {
    const auto columns = static_cast<std::size_t>(plan_.values[value].columns);
    return at(value).at(static_cast<std::size_t>(row) * columns + static_cast<std::size_t>(column));
  }

  static bool is_whole(plan::Anchor anchor) {
    return anchor >= plan::Anchor::rows && anchor <= plan::Anchor::resample;
  }

  /// Computes the anchor's result as a whole: operations on images, random numbers.
  void run_anchor(const plan::Group& group) {
    const Node& node = plan_.graph[group.node];
    Array out{dims_of(node.shape, samples_), {}};
    positions_.clear();
    if (group.anchor == plan::Anchor::rows) {
      std::vector<const Row*> operands;
      std::vector<Shape> shapes;
      const int values[] = {group.a, group.b, group.c};
      for (int k = 0; k < node.row_operation->operands; ++k) {
        operands.push_back(&at(values[k]));
        shapes.push_back(plan_.graph[node.inputs[k]].shape);
      }
      out.values.resize(count_of(out.dims));
      over_rows(node, operands, shapes, out.values);
    } else if (group.anchor == plan::Anchor::gather || group.anchor == plan::Anchor::scatter) {
      const auto operand = [&](int k, int value) {
        return Array{dims_of(plan_.graph[node.inputs[k]].shape, samples_), at(value)};
      };
      out.values.resize(count_of(out.dims));
      const Array index = operand(0, group.a), other = group.b < 0 ? Array{} : operand(1, group.b);
      if (group.anchor == plan::Anchor::scatter) scatter(index, other, out);
      else gather(index, group.b < 0 ? nullptr : &other, out);
    } else if (group.anchor == plan::Anchor::move) {
      std::vector<Array> operands;
      const int values[] = {group.a, group.b, group.c};
      for (int k = 0; k < 3 && values[k] >= 0; ++k)
        operands.push_back({dims_of(plan_.graph[node.inputs[k]].shape, samples_), at(values[k])});
      out.values.resize(count_of(out.dims));
      move(node, operands, out);
    } else if (is_recurrence(node.op)) {
      const auto operand = [&](int k, int value) {
        return Array{dims_of(plan_.graph[node.inputs[k]].shape, samples_), at(value)};
      };
      out.values.resize(count_of(out.dims));
      const Array third = group.c < 0 ? Array{} : operand(2, group.c);
      apply_recurrence(node, operand(0, group.a), operand(1, group.b), group.c < 0 ? nullptr : &third, out);
    } else if (group.anchor == plan::Anchor::random) {
      for (std::size_t e = 0; e < count_of(out.dims); ++e) out.values.push_back(draw(node, e));
    } else {
      const auto operand = [&](int k, int value) {
        return value < 0 ? Array{} : Array{dims_of(plan_.graph[node.inputs[k]].shape, samples_), at(value)};
      };
      out.values.resize(count_of(out.dims));
      if (is_of_sparse_rows(node.op)) {
        apply_sparse_operation(node, operand(0, group.a), operand(1, group.b), operand(2, group.c), out);
        anchored_ = out.values;
        return;
      }
      if (node.op == Op::max_unpool || node.op == Op::max_gather) {
        if (!plan_.values[group.b].positions) throw std::logic_error("expected the positions of a pool");
        positions_ = at(group.b);
      }
      if (group.c >= 0) {
        if (!plan_.values[group.c].positions) throw std::logic_error("expected the positions of a pool");
        positions_ = at(group.c);
      }
      apply_image_operation(node, operand(0, group.a), operand(1, group.b), positions_, out);
    }
    anchored_ = out.values;
  }

  double anchor(const plan::Group& group, int row, int column) {
    if (is_whole(group.anchor))
      return anchored_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(group.columns) +
                          static_cast<std::size_t>(column));
    if (group.a < 0) return NAN;
    const plan::Value& a = plan_.values[group.a];
    double sum = 0;
    switch (group.anchor) {
      case plan::Anchor::matmul: {
        const int inner = group.transpose_a ? rows_of(a) : a.columns;
        for (int k = 0; k < inner; ++k)
          sum += (group.transpose_a ? element(group.a, k, row) : element(group.a, row, k)) *
                 element(group.b, k, column);
        return sum;
      }
      case plan::Anchor::transpose: return element(group.a, column, row);
      case plan::Anchor::column_sum:
        for (int r = 0; r < rows_of(a); ++r) sum += element(group.a, r, column);
        return sum;
      case plan::Anchor::row_sum: {
        const auto panels = static_cast<std::size_t>(plan::panels_of(a.columns));
        for (std::size_t p = 0; p < panels; ++p) sum += at(group.a).at(static_cast<std::size_t>(row) * panels + p);
        return sum;
      }
      case plan::Anchor::total_sum:
        for (const double x : at(group.a)) sum += x;
        return sum;
      default: return NAN;
    }
  }

  double instruction(const plan::Group& group, const plan::Instruction& self, const std::vector<double>& known,
                     int row, int column) {
    const auto operand = [&] { return plan_.operands[group.first_operand + self.a]; };
    const auto value = [&](int i) { return i < 0 ? NAN : known.at(static_cast<std::size_t>(i)); };
    switch (self.code) {
      case plan::Code::accumulator: return anchor(group, row, column);
      case plan::Code::position:
        return positions_.at(static_cast<std::size_t>(row) * static_cast<std::size_t>(group.columns) +
                             static_cast<std::size_t>(column));
      case plan::Code::load: return element(operand(), row, column);
      case plan::Code::load_row: return element(operand(), 0, column);
      case plan::Code::load_column:
        return element(operand(),
                       plan_.values[operand()].rows == 1 && !plan_.values[operand()].has_batch ? 0 : row, 0);
      case plan::Code::load_scalar: return at(operand()).at(0);
      case plan::Code::constant: return double{self.value};
      case plan::Code::one_hot: return column == static_cast<int>(self.value) ? 1 : 0;
      default:
        return reference::evaluate(*self.function, value(self.a), value(self.b), value(self.c),
                                   double{self.value});
    }
  }

  void run_group(const plan::Group& group) {
    if (group.anchor == plan::Anchor::all_reduce) {  // Of one process.
      for (int r = 0; r < group.results; ++r)
        at(plan_.results[group.first_result + r].value) = at(plan_.operands[group.first_operand + r]);
      return;
    }
    const int rows = group.rows * (group.has_batch ? samples_ : 1);
    if (is_whole(group.anchor)) run_anchor(group);
    std::vector<std::vector<double>> written;
    for (int r = 0; r < group.results; ++r) {
      const int v = plan_.results[group.first_result + r].value;
      written.emplace_back(at(v).size(), plan_.values[v].panel_sums ? 0.0 : NAN);
    }
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < group.columns; ++column) {
        std::vector<double> known;
        for (int i = 0; i < group.instructions; ++i)
          known.push_back(instruction(group, plan_.instructions[group.first_instruction + i], known, row, column));
        for (int r = 0; r < group.results; ++r) {
          const plan::Result& result = plan_.results[group.first_result + r];
          const double value = known.at(static_cast<std::size_t>(result.instruction));
          std::vector<double>& to = written[static_cast<std::size_t>(r)];
          if (plan_.values[result.value].panel_sums)
            to.at(static_cast<std::size_t>(row * plan::panels_of(group.columns) + column / plan::panel_width)) +=
                value;
          else to.at(static_cast<std::size_t>(row * group.columns + column)) = value;
        }
      }
    for (int r = 0; r < group.results; ++r)
      at(plan_.results[group.first_result + r].value) = written[static_cast<std::size_t>(r)];
  }

  plan::PlanView plan_;
  int samples_;
  std::vector<std::vector<double>> matrices_;
  std::vector<double> anchored_, positions_;  ///< of the group that runs
};

}  // namespace isthmus::reference
