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
  const auto rank = static_cast<std::size_t>(SampleExtents(node.shape).rank);
  return {list_attribute("offset", "from", std::span(node.offset.dim).first(rank))};
}

AttributeTexts concat_attributes(const Node& node) {
  const int axis = static_cast<int>(node.attribute.as<Axis>());
  return {{"axis", axis, fmt::format("axis {}", axis)}};
}

AttributeTexts permute_attributes(const Node& node) {
  const int rank = SampleExtents(node.shape).rank, ones = 3 - rank;
  std::vector<int> order;
  for (int d = ones; d < 3; ++d) order.push_back(dimension_of(node.attribute.as<Permutation>(), d) - ones);
  return {list_attribute("order", "order", order)};
}

}  // namespace

constexpr OperationText region_text{.name = "region", .attributes = region_attributes, .drawn = ""};
constexpr OperationText concat_text{.name = "concat", .attributes = concat_attributes, .drawn = ""};
constexpr OperationText permute_text{.name = "permute", .attributes = permute_attributes, .drawn = ""};

constexpr AnchorText move_anchor{
    .name = "move", .names_group = false, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
