#include <isthmus/builder.hpp>
#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/schedule/cut_report.hpp>

#include "support/catch.hpp"

namespace {

using namespace isthmus;
using schedule::CutReport;
using schedule::report_cut;

struct Chain {
  static constexpr auto model = autoencoder(encoder(input<20>("image"), dense<12>("enc") | elu),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("dec") | sigmoid));
};

/// A node of its layer that makes `width` values of x.
Tensor layer(Builder& b, Tensor x, int width) {
  const Tensor weight = b.parameter("weight", shape_of(x.shape().dim[1], width));
  return matmul(x, weight);
}

}  // namespace

TEST_CASE("in a chain the bottleneck is the narrowest cut, and every node of the chain dominates the output") {
  const GraphView graph = Chain::model.graph;
  const CutReport report = report_cut(graph);
  CHECK(report.bytes == 12);
  CHECK(report.bottleneck_bytes == 12);
  CHECK(report.bottleneck_is_narrowest);
  REQUIRE(report.cut.size() == 1);
  CHECK(graph[report.cut[0]].op == Op::bottleneck);
  CHECK(graph[report.dominators.front()].op == Op::input);
  CHECK(graph[report.dominators.back()].op == Op::output);
  // All but the parameters.
  int on_the_way = 0;
  for (const Node& node : graph) on_the_way += node.op != Op::parameter ? 1 : 0;
  CHECK(static_cast<int>(report.dominators.size()) == on_the_way);
}

TEST_CASE("a layer narrower than the bottleneck is found") {
  Builder b;
  const Tensor code = b.bottleneck(layer(b, b.input("x", shape_of(batch, 16)), 4));
  const Tensor narrow = layer(b, code, 2);
  b.output(layer(b, narrow, 16), "y");
  const CutReport report = report_cut(b.view());
  CHECK(report.bytes == 8);
  CHECK(report.cut == std::vector<int>{narrow.id});
  CHECK_FALSE(report.bottleneck_is_narrowest);
  CHECK(report.bottleneck_bytes == 16);
}

TEST_CASE("a cut may go through two branches") {
  // Each branch is narrower than what they are made of and what is made of them.
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 64));
  const Tensor left = layer(b, x, 3), right = layer(b, x, 5);
  const Tensor sum = layer(b, left, 40) + layer(b, right, 40);
  b.output(b.bottleneck(sum), "y");
  const CutReport report = report_cut(b.view());
  CHECK(report.bytes == 4 * (3 + 5));
  CHECK(report.cut == std::vector<int>{left.id, right.id});
  CHECK_FALSE(report.bottleneck_is_narrowest);
  // No branch is on every way.
  CHECK(std::find(report.dominators.begin(), report.dominators.end(), left.id) == report.dominators.end());
  CHECK(report.dominators == std::vector<int>{x.id, sum.id, sum.id + 1, sum.id + 2});
}

TEST_CASE("a value that is used twice is cut once") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 8));
  const Tensor code = b.bottleneck(layer(b, x, 2));
  b.output(layer(b, code * code, 8) + layer(b, code, 8), "y");
  const CutReport report = report_cut(b.view());
  CHECK(report.bytes == 8);
  CHECK(report.cut == std::vector<int>{code.id});
  CHECK(report.bottleneck_is_narrowest);
}

TEST_CASE("a way around the bottleneck is part of the cut, and the bottleneck dominates nothing") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 32));
  const Tensor code = b.bottleneck(layer(b, x, 2));
  const Tensor around = layer(b, x, 3);
  b.output(layer(b, code, 32) + layer(b, around, 32), "y");
  const CutReport report = report_cut(b.view());
  CHECK(report.bytes == 4 * (2 + 3));
  CHECK(report.cut == std::vector<int>{code.id, around.id});
  CHECK_FALSE(report.bottleneck_is_narrowest);
  CHECK(std::find(report.dominators.begin(), report.dominators.end(), code.id) == report.dominators.end());
}

TEST_CASE("a cut is crossed once: ways do not lead out and in again") {
  // x → a (1 value) → b (8 values) → y and x → c (8) → d (1) → y, with an edge b → c. Cutting only a and d
  // would look cheap, but data from x reach c, and b reaches c: the sides must be consistent.
  Builder builder;
  const Tensor x = builder.input("x", shape_of(batch, 32));
  const Tensor a = layer(builder, x, 1);
  const Tensor wide = layer(builder, a, 8);
  const Tensor c = layer(builder, x, 8) + wide;
  const Tensor d = layer(builder, c, 1);
  builder.output(builder.bottleneck(layer(builder, wide, 32) + layer(builder, d, 32)), "y");
  const CutReport report = report_cut(builder.view());
  // a and d together: x | a … and c before, so b after it means the edge b → c runs backwards.
  CHECK(report.bytes == 4 * (1 + 8));
}

TEST_CASE("several bottlenecks separate together, one made from another and from data") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 32));
  const Tensor coarse = b.bottleneck(layer(b, x, 2));
  const Tensor fine = b.bottleneck(layer(b, layer(b, x, 8) + layer(b, coarse, 8), 3));
  b.output(layer(b, coarse, 32) + layer(b, fine, 32), "y");
  const CutReport report = report_cut(b.view());
  CHECK(report.bottlenecks == std::vector<int>{coarse.id, fine.id});
  CHECK(report.cut == report.bottlenecks);
  CHECK(report.bottleneck_bytes == 4 * (2 + 3));
  CHECK(report.bottleneck_is_narrowest);
}

TEST_CASE("a graph without its three marks is refused") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 4));
  CHECK_THROWS_AS(report_cut(b.view()), ShapeError);
  b.output(b.bottleneck(layer(b, x, 2)), "y");
  CHECK_NOTHROW(report_cut(b.view()));

  Builder apart;
  apart.bottleneck(apart.input("x", shape_of(batch, 4)));
  apart.output(apart.parameter("weight", shape_of(3)), "y");
  CHECK_THROWS_AS(report_cut(apart.view()), ShapeError);
}
