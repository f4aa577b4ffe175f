// Random models as ONNX, run by ONNX Runtime, against the reference.
#include <isthmus/interchange/onnx.hpp>

#include "differential/environment.hpp"
#include "onnx/runtime.hpp"

using namespace isthmus;
using namespace isthmus::testing;

TEST_CASE("random models and their encoders give as ONNX what the reference gives") {
  if (!OnnxRuntime::is_there()) {
    WARN("no ONNX Runtime: tests/setup installs it");
    return;
  }
  constexpr int samples = 3;
  std::vector<Subject> subjects;
  std::vector<Graph> graphs;
  std::vector<OnnxJob> jobs;
  for_each_model(
      [&](const Subject& subject) {
        for (const bool whole : {true, false}) {
          subjects.push_back(subject);
          graphs.push_back(whole ? plan::whole_graph(subject.model.graph)
                                 : plan::encoder_graph(subject.model.graph));
          int count = 0;
          const Shape& in =
              graphs.back().nodes[static_cast<std::size_t>(find_only(graphs.back(), Op::input, count))].shape;
          std::vector<std::int64_t> extents(in.dim, in.dim + in.rank);
          extents[0] = samples;
          const std::span<const float> values = subject.first(samples);
          jobs.push_back({interchange::onnx_model(graphs.back(), subject.parameters, {"model", {}}),
                          extents,
                          {values.begin(), values.end()}});
        }
      },
      3, false);
  const std::vector<OnnxResult> results = OnnxRuntime::run(jobs);
  for (std::size_t i = 0; i < results.size(); ++i) {
    INFO("random model " << subjects[i].seed << (i % 2 == 0 ? "" : ", its encoder"));
    CHECK(agrees(subjects[i], graphs[i], samples, results[i].outputs.at(0).values, output_of, 3e-6));
  }
}
