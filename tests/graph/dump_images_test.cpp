// The dumps of models of images for readers: each operation by its name, with its distinguishing attributes.
#include <isthmus/declare.hpp>
#include <isthmus/dump.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <string>

#include "support/catch.hpp"

namespace {

using namespace isthmus;

struct Pictures {
  static constexpr auto model = autoencoder(
      encoder(input<8, 8, 2>("image"), gaussian_noise(0.5f) | clip(0, 1),
              conv2d<16, 3>("enc1") | relu | max_pool<2>,
              conv2d<16, 3>("enc2") | max_pool<3, 2>(same) | dropout(0.5f)),
      bottleneck(conv2d<3, 1>("code")),
      decoder(upsample<2>, conv2d<16, 3>("dec1"), conv2d<16, 3>("dec2") | average_pool<2>, upsample<2>(bilinear),
              conv2d_transpose<2, 3>("dec3", stride(2)) | flatten | to_shape<8, 8, 2>));
  static constexpr auto training = train(model, mean_squared_error, sgd{});
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Every group's program, one line after the other.
std::string programs(const plan::PlanBuilder& made) {
  std::string all;
  for (const plan::Group& group : made.groups)
    for (const std::string& line : group_program(view(made), group)) all += line + '\n';
  return all;
}
template <Role role>
plan::PlanBuilder planned() {
  return plan::make_plan(plan::source_graph<Pictures, role>().view());
}

}  // namespace

TEST_CASE("a declared model of images names its operations") {
  const GraphView graph = Pictures::model.graph;
  const std::string text = dump(graph, DumpFormat::text, "pictures");
  for (const Op op :
       {Op::conv2d, Op::conv2d_transpose, Op::max_pool, Op::resample, Op::reshape, Op::random, Op::by_mode})
    CHECK(contains(text, std::string(name_of(op))));
  CHECK(contains(text, "[batch, 8, 8, 2]"));
  CHECK(contains(text, "[3, 3, 16, 16]"));
  CHECK(std::count(text.begin(), text.end(), '\n') == graph.size + 1);
  const auto json = boost::json::parse(dump(graph, DumpFormat::json, "pictures"));
  CHECK(json.at("nodes").as_array().size() == static_cast<std::size_t>(graph.size));
}

TEST_CASE("formulas of images say window, algorithm and what was found where") {
  const std::string all = programs(planned<Role::train>());
  INFO(all);
  CHECK(contains(all, "; 3 × 3, direct, pooled by 2 × 2)\n"));
  CHECK(contains(all, "3 × 3, upsampled by 2, subpixel)\n"));
  CHECK(contains(all, "3 × 3, winograd)\n"));
  CHECK(contains(all, "; 3 × 3 by 2 × 2)\n"));
  CHECK(contains(all, "accumulator = random(normal)\n"));
  CHECK(contains(all, "accumulator = random(uniform)\n"));
  CHECK(contains(all, "accumulator = max_unpool("));
  CHECK(contains(all, "positions(enc1.conv2d%"));
  CHECK(contains(all, " = position\n"));
  CHECK(contains(all, "accumulator = conv2d_weights("));
  CHECK(contains(all, "accumulator = conv2d_restore("));
  CHECK(contains(all, "accumulator = conv2d_pack(dec2.weight; winograd)\n"));
  CHECK(contains(all, "accumulator = conv2d_pack(dec2.weight; winograd, transposed)\n"));
  CHECK(contains(all, "; window_mean, 2 × 2 by 2 × 2)\n"));
  CHECK(contains(all, "; window_mean transposed, 2 × 2 by 2 × 2)\n"));
  CHECK(contains(all, "; bilinear, upsampled by 2)\n") != contains(all, "; bilinear, 1 × 1, upsampled by 2)\n"));
}

TEST_CASE("a gradient of weights names the pool whose gradient it puts back") {
  const std::string all = programs(planned<Role::train>());
  CHECK(contains(all, ", pooled by 2 × 2)\n"));
  bool found = false;
  for (std::size_t at = 0; (at = all.find("conv2d_weights(", at)) != std::string::npos; ++at)
    found = found || contains(all.substr(at, all.find('\n', at) - at), ", positions(enc1.conv2d%");
  CHECK(found);
}

TEST_CASE("a plan within a budget says what is computed again, and over what a value is written") {
  const plan::PlanBuilder whole = planned<Role::train>();
  const plan::PlanBuilder made = plan::keep_within(whole, {0, 4});
  REQUIRE(made.groups.size() > whole.groups.size());
  const plan::MemoryPlan memory = plan::plan_memory(view(made), 4);
  const std::string text = dump(view(made), memory, 4, DumpFormat::text, "pictures");
  CHECK(contains(text, " again 2"));
  CHECK(contains(text, "transient, over "));
  const auto json = boost::json::parse(dump(view(made), memory, 4, DumpFormat::json, "pictures"));
  const auto& values = json.at("values").as_array();
  int reusing = 0;
  for (const auto& value : values) {
    if (!value.as_object().contains("reuses")) continue;
    ++reusing;
    CHECK(value.at("offset") == values.at(value.at("reuses").to_number<std::size_t>()).at("offset"));
  }
  CHECK(reusing > 0);
  const plan::MemoryPlan whole_memory = plan::plan_memory(view(whole), 4);
  CHECK_FALSE(contains(dump(view(whole), whole_memory, 4, DumpFormat::text, "pictures"), " again "));
}

TEST_CASE("a plan of images in every format") {
  const plan::PlanBuilder made = planned<Role::reconstruct>();
  const plan::MemoryPlan memory = plan::plan_memory(view(made), 4);
  const std::string text = dump(view(made), memory, 4, DumpFormat::text, "pictures");
  CHECK(contains(text, "packed"));
  const auto json = boost::json::parse(dump(view(made), memory, 4, DumpFormat::json, "pictures"));
  int packed = 0;
  for (const auto& value : json.at("values").as_array()) packed += value.at("storage").as_string() == "packed";
  CHECK(packed > 0);
  CHECK(json.at("arena_bytes").as_int64() == memory.arena_bytes);
}
