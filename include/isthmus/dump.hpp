// Graphs, plans and schedules as people and programs read them: a table, a drawing for Graphviz, JSON. The
// three formats say the same, the text most plainly.
#pragma once

#include <isthmus/plan/memory.hpp>
#include <isthmus/plan/stages.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

enum class DumpFormat { text, dot, json };

/// The name as it is written in C++: `matmul`, `leaky_relu`. Every value of each of these has one.
std::string_view name_of(Op op);
/// The name of a node's operation, which may be an elementwise one.
std::string_view name_of(const Node& node);
std::string_view name_of(PortKind kind);
std::string_view name_of(HostScalar scalar);
std::string_view name_of(Distribution distribution);
std::string_view name_of(Mode mode);
std::string_view name_of(Resampling map);
std::string_view name_of(Algorithm algorithm);
std::string_view name_of(Role role);
std::string_view name_of(Precision precision);
std::string_view name_of(plan::Anchor anchor);
std::string_view name_of(plan::Storage storage);

/// `[batch, 784]`; `[]` is a scalar.
std::string to_text(const Shape& shape);

/// The name of a node: `enc1.weight`, `image`, `0.5`, `learning_rate`; computed ones by their layer. Names
/// of computed nodes are not unique.
std::string node_name(const Node& node);

/// The step of a layer that this node is, in few words: `dense`, `conv2d 3 × 3`, `elu`, `corrupted in training`.
std::string step_name(const Node& node);

/// The name of a value of a plan: `enc1.weight`; computed ones by layer, operation and node, `enc1.elu%5`;
/// `sums(…)` are the sums over each panel's row.
std::string value_name(const plan::PlanView& plan, int value);

/// The name of a group: the layer and the operation of the node that names it, `enc1 matmul`.
std::string group_name(const plan::PlanView& plan, const plan::Group& group);

/// The program of a group for each element, one line per result, as in
/// `enc1.elu%5 = elu(accumulator + row(enc1.bias))`; an expression that is used more than once has a line of its
/// own, `t3 = …`. The first line, if the group has an anchor, says what `accumulator` is.
std::vector<std::string> group_program(const plan::PlanView& plan, const plan::Group& group);

/// A graph, its nodes with operation, operands, shape and name. The nodes in `marked` stand out.
std::string dump(GraphView graph, DumpFormat format, const std::string& title, std::span<const int> marked = {});

/// A plan and its memory for up to `max_batch` samples: groups, what each computes, operands, results, bytes,
/// operations; the values' places; the arena's size beside the largest sum of values alive together.
std::string dump(const plan::PlanView& plan, const plan::MemoryPlan& memory, int max_batch, DumpFormat format,
                 const std::string& title);

/// A schedule: tasks with their groups, tiles, costs, upward ranks, and their order.
std::string dump(const plan::PlanView& plan, const schedule::TaskGraph& tasks, DumpFormat format,
                 const std::string& title);

}  // namespace isthmus
