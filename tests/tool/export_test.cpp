// `export --c-header`: the headers of trained models, compiled, give what the commands give.
#include "support.hpp"

#include <isthmus/data/npy.hpp>

#include "support/c_program.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"

namespace {

using isthmus::testing::CProgram;

constexpr std::size_t count = 5;

/// A place with a model in run/, trained for a few steps, and a few samples in `samples`.
struct Exported : Workplace {
  explicit Exported(const std::string& graph) {
    write_quarters("images", 60);
    write_quarters("samples", count);
    const Outcome trained =
        run({"train", graph, "--data", "images", "--batch", "20", "--epochs", "1", "--seed", "3", "--out", "run"});
    if (trained.status != 0) throw std::runtime_error(trained.err);
  }
  /// The header that these arguments make of a file in run/.
  std::string header(const std::string& file, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"export", "run/" + file + ".safetensors", "model.h", "--c-header"});
    const Outcome outcome = run(more);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.out.starts_with("model.h: "));
    return text("model.h");
  }
  std::vector<float> array(const std::string& name) const { return isthmus::data::read_npy(path() / name).values; }
  std::vector<float> samples() const {
    std::vector<float> values(count * 784);
    isthmus::data::read_idx_samples(path() / "samples").values(0, count, values.data());
    return values;
  }
};

double error_of(const std::vector<float>& found, const std::vector<float>& expected) {
  return isthmus::testing::largest_error(found, expected, 1);
}

/// Both halves and the whole of a model, from the files of each and from the whole model's.
void check_parts(const std::string& graph) {
  const Exported place(graph);
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "samples", "codes.npy"}).status == 0);
  REQUIRE(place.run({"decode", "run/decoder.safetensors", "codes.npy", "restored.npy"}).status == 0);
  const std::vector<float> samples = place.samples(), codes = place.array("codes.npy"),
                           restored = place.array("restored.npy");
  const std::string encoder = place.header("encoder"), decoder = place.header("decoder");
  CHECK(error_of(CProgram(encoder, graph + "_encoder").run(samples), codes) < 1e-5);
  CHECK(error_of(CProgram(decoder, graph + "_decoder").run(codes), restored) < 1e-5);
  CHECK(error_of(CProgram(place.header("autoencoder"), graph + "_autoencoder").run(samples), restored) < 1e-5);
  for (const char* file : {"autoencoder", "checkpoint"}) {
    CHECK(place.header(file, {"--part", "encoder"}) == encoder);
    CHECK(place.header(file, {"--part", "decoder"}) == decoder);
  }
}

}  // namespace

TEST_CASE("export: dense, both halves and the whole") { check_parts("dense"); }
TEST_CASE("export: denoising, both halves and the whole") { check_parts("denoising"); }
TEST_CASE("export: tied, both halves and the whole") { check_parts("tied"); }

TEST_CASE("export: a variational encoder gives the variances' logarithms as well") {
  const Exported place("variational");
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "samples", "codes.npy", "--also", "log_var=log_var.npy"})
              .status == 0);
  const std::vector<float> codes = place.array("codes.npy"), log_var = place.array("log_var.npy");
  std::vector<float> expected;
  for (std::size_t i = 0; i < count; ++i)
    for (const std::vector<float>& values : {codes, log_var})
      expected.insert(expected.end(), values.begin() + static_cast<std::ptrdiff_t>(i * 20),
                      values.begin() + static_cast<std::ptrdiff_t>((i + 1) * 20));
  const std::string header = place.header("encoder");
  CHECK(header.find("float* output, float* log_var_output, float* workspace") != std::string::npos);
  CHECK(error_of(CProgram(header, "variational_encoder", {"LOG_VAR_SIZE"}).run(place.samples()), expected) < 1e-5);
  // The whole model gives the reconstruction alone.
  REQUIRE(place.run({"reconstruct", "run/autoencoder.safetensors", "samples", "restored.npy"}).status == 0);
  const CProgram whole(place.header("autoencoder"), "variational_autoencoder");
  CHECK(error_of(whole.run(place.samples()), place.array("restored.npy")) < 1e-5);
}

TEST_CASE("export: the header says what it is, and is called as one likes") {
  const Exported place("shallow");
  const std::string header = place.header("encoder", {"--prefix", "digits"});
  for (const char* text :
       {"The encoder of the graph `shallow`", "epoch 1, seed 3, batch 20", "#ifndef DIGITS_H\n",
        "#define DIGITS_INPUT_SIZE 784\n", "#define DIGITS_OUTPUT_SIZE 32\n", "#define DIGITS_WORKSPACE_FLOATS ",
        "static inline void digits_run(const float* input, float* output, float* workspace) {\n"}) {
    INFO(text);
    CHECK(header.find(text) != std::string::npos);
  }
  CHECK(CProgram(header, "digits").run(place.samples()).size() == count * 32);
}

TEST_CASE("export refuses bad usage and bad files, and leaves an earlier header whole") {
  const Exported place("shallow");
  const std::string before = place.header("encoder");
  const auto refused = [&](int status, const std::string& expected, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "export");
    const Outcome outcome = place.run(arguments);
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.says_one_line());
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(expected) != std::string::npos);
    CHECK(place.text("model.h") == before);
  };
  const std::string encoder = "run/encoder.safetensors";
  refused(2, "--c-header", {encoder, "model.h"});
  for (const char* prefix : {"", "9lives", "a-b", "a b"})
    refused(2, "--prefix", {encoder, "model.h", "--c-header", "--prefix", prefix});
  refused(2, "expected one of encoder, decoder", {encoder, "model.h", "--c-header", "--part", "middle"});
  refused(1, "expected a decoder", {encoder, "model.h", "--c-header", "--part", "decoder"});
  refused(1, "images", {"images", "model.h", "--c-header"});
  refused(1, "cannot", {encoder, "nowhere/model.h", "--c-header"});
}
