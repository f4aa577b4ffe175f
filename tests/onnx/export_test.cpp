// `export FILE OUT.onnx`: exported models, run by ONNX Runtime, give what the commands give.
#include <isthmus/data/npy.hpp>

#include "onnx/runtime.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "tool/support.hpp"

namespace {

using namespace isthmus;
using testing::OnnxRuntime;

constexpr double tolerance = 1e-5;

/// A model, trained for a few steps, in run/, and what its commands make of a batch.
struct Exported : Workplace {
  explicit Exported(const std::string& graph) {
    write_quarters("images", 60);
    const Outcome trained =
        run({"train", graph, "--data", "images", "--batch", "20", "--epochs", "1", "--seed", "3", "--out", "run"});
    if (trained.status != 0) throw std::runtime_error(trained.err);
  }

  std::string model(const std::string& file, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"export", "run/" + file + ".safetensors", "model.onnx"});
    const Outcome outcome = run(more);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.out.starts_with("model.onnx: "));
    return text("model.onnx");
  }
  data::NpyArray command(const std::vector<std::string>& arguments, const std::string& result) const {
    const Outcome outcome = run(arguments);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return data::read_npy(path() / result);
  }
};

std::vector<float> pixels(const Workplace& place, const std::string& name, std::size_t count) {
  std::vector<float> values(count * 784);
  data::read_idx_samples(place / name).values(0, count, values.data());
  return values;
}

void check_output(const testing::OnnxOutput& output, const std::string& name, const data::NpyArray& expected) {
  INFO(output.name);
  CHECK(output.name == name);
  CHECK(output.shape == expected.shape);
  CHECK(testing::largest_error(output.values, expected.values, 1) < tolerance);
}

/// The whole and both halves, each at three sizes of the batch; `side` is what the encoder gives beside the code.
void check_parts(const std::string& graph, std::vector<std::int64_t> sample, const std::string& side = "") {
  const Exported place(graph);
  const std::string whole = place.model("autoencoder"), encoder = place.model("encoder"),
                    decoder = place.model("decoder");
  for (const char* file : {"autoencoder", "checkpoint"}) {
    CHECK(place.model(file, {"--part", "encoder"}) == encoder);
    CHECK(place.model(file, {"--part", "decoder"}) == decoder);
  }
  if (!OnnxRuntime::is_there()) {
    WARN("no ONNX Runtime: tests/setup installs it");
    return;
  }
  for (const std::int64_t batch : {1, 7, 64}) {
    INFO(graph << ", batch " << batch);
    place.write_quarters("batch", batch);
    std::vector<std::string> encode{"encode", "run/encoder.safetensors", "batch", "codes.npy"};
    if (!side.empty()) encode.insert(encode.end(), {"--also", side + "=side.npy"});
    const data::NpyArray codes = place.command(encode, "codes.npy");
    const data::NpyArray restored =
        place.command({"reconstruct", "run/autoencoder.safetensors", "batch", "restored.npy"}, "restored.npy");
    std::vector<std::int64_t> shape{batch};
    shape.insert(shape.end(), sample.begin(), sample.end());
    const std::vector<float> in = pixels(place, "batch", static_cast<std::size_t>(batch));
    const std::vector<testing::OnnxResult> results =
        OnnxRuntime::run({{whole, shape, in}, {encoder, shape, in}, {decoder, codes.shape, codes.values}});

    CHECK(results[0].inputs == std::vector<std::string>{"image"});
    REQUIRE(results[0].outputs.size() == 1);
    check_output(results[0].outputs[0], "reconstruction", restored);
    CHECK(results[1].inputs == std::vector<std::string>{"image"});
    REQUIRE(results[1].outputs.size() == (side.empty() ? 1 : 2));
    check_output(results[1].outputs[0], "code", codes);
    if (!side.empty()) check_output(results[1].outputs[1], side, data::read_npy(place / "side.npy"));
    CHECK(results[2].inputs == std::vector<std::string>{"code"});
    REQUIRE(results[2].outputs.size() == 1);
    check_output(results[2].outputs[0], "reconstruction", restored);
  }
}

}  // namespace

TEST_CASE("dense, whole and in halves, at three sizes of the batch") { check_parts("dense", {784}); }
TEST_CASE("denoising, whole and in halves, at three sizes of the batch") { check_parts("denoising", {28, 28, 1}); }
TEST_CASE("variational, whole and in halves, at three sizes of the batch") {
  check_parts("variational", {784}, "log_var");
}
TEST_CASE("tied, whole and in halves, at three sizes of the batch") { check_parts("tied", {784}); }

TEST_CASE("every registered model can be exported, whole and in halves") {
  const Workplace place;
  const Outcome listed = place.run({"graphs", "--json"});
  REQUIRE(listed.status == 0);
  const boost::json::value all = listed.json();
  for (const boost::json::value& graph : all.at("graphs").as_array()) {
    const std::string name(graph.at("graph").as_string());
    INFO(name);
    const std::int64_t size = graph.at("input").as_int64();
    // Steps and differences enough for a codebook that gives more than one vector.
    constexpr std::int64_t samples = 100;
    std::vector<float> values = testing::floats(static_cast<std::size_t>(samples * size), 1, 0, 1);
    for (std::int64_t i = 0; i < samples; ++i) std::fill_n(values.begin() + i * size, size * (i % 20) / 20, 0.0f);
    data::write_npy(place / "samples.npy", std::vector<std::int64_t>{samples, size}, values);
    std::vector<std::string> train{"train", name,       "--data", "samples.npy", "--batch",
                                   "4",     "--epochs", "1",      "--out",       name};
    const auto& inputs = graph.at("inputs").as_array();
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      const std::string port(inputs[i].at("name").as_string());
      const std::int64_t port_size = inputs[i].at("size").as_int64();
      data::write_npy(place / (port + ".npy"), std::vector<std::int64_t>{samples, port_size},
                      testing::floats(static_cast<std::size_t>(samples * port_size), 2, 0, 1));
      train.insert(train.end(), {"--data", port + "=" + port + ".npy"});
    }
    const Outcome trained = place.run(train);
    INFO(trained.err);
    REQUIRE(trained.status == 0);
    for (const char* part : {"autoencoder", "encoder", "decoder"})
      CHECK(place.run({"export", name + "/" + part + ".safetensors", "model.onnx"}).status == 0);
  }
}

TEST_CASE("the export refuses bad usage and bad files, and leaves an earlier file whole") {
  const Exported place("shallow");
  const std::string before = place.model("encoder", {"--prefix", "digits"});
  CHECK(before.find("digits") != std::string::npos);
  const char* const remarks = "The encoder of the graph `shallow`, trained.\nepoch 1, seed 3, batch 20";
  CHECK(before.find(remarks) != std::string::npos);
  const auto refused = [&](int status, const std::string& expected, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "export");
    const Outcome outcome = place.run(arguments);
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.says_one_line());
    CHECK(outcome.err.find(expected) != std::string::npos);
    CHECK(place.text("model.onnx") == before);
  };
  const std::string encoder = "run/encoder.safetensors";
  refused(2, "found neither", {encoder, "model.bin"});
  refused(2, "found both", {encoder, "model.onnx", "--c-header"});
  refused(1, "expected a decoder", {encoder, "model.onnx", "--part", "decoder"});
  refused(1, "images", {"images", "model.onnx"});
  refused(1, "cannot", {encoder, "nowhere/model.onnx"});
}
