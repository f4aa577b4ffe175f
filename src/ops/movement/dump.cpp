#include <isthmus/builder.hpp>
#include <isthmus/dump.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

/// One number for each dimension of a sample.
AttributeText list_attribute(std::string_view key, std::string_view word, std::span<const int> numbers) {
  boost::json::array list(numbers.begin(), numbers.end());
  return {key, std::move(list), fmt::format("{} {}", word, fmt::join(numbers, ", "))};
}

AttributeTexts region_attributes(const Node& node) {
  std::vector<int> starts;
  for (int d = 0; d < SampleExtents(node.shape).rank; ++d) starts.push_back(node.offset[d]);
  return {list_attribute("offset", "from", starts)};
}

AttributeTexts concat_attributes(const Node& node) {
  const int axis = static_cast<int>(node.attribute.as<Axis>());
  return {{"axis", axis, fmt::format("axis {}", axis)}};
}

AttributeTexts permute_attributes(const Node& node) {
  const int ones = SampleExtents(node.shape).ones();
  std::vector<int> order;
  for (int d = ones; d < SampleExtents::most; ++d)
    order.push_back(dimension_of(node.attribute.as<Permutation>(), d) - ones);
  return {list_attribute("order", "order", order)};
}

}  // namespace

constexpr OperationText region_text{.name = "region", .attributes = region_attributes, .drawn = ""};
constexpr OperationText concat_text{.name = "concat", .attributes = concat_attributes, .drawn = ""};
constexpr OperationText permute_text{.name = "permute", .attributes = permute_attributes, .drawn = ""};

constexpr AnchorText move_anchor{
    .name = "move", .names_group = false, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
