// ONNX Runtime, which tests/setup installs beside the digits, as a program that runs exported models.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/temporary_folder.hpp"

namespace isthmus::testing {

struct OnnxInput {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// A model's bytes and one batch for it: of its first input, then of the others, in their order.
struct OnnxJob {
  std::string model;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  std::vector<OnnxInput> others = {};
};

struct OnnxOutput {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

struct OnnxResult {
  std::vector<std::string> inputs;
  std::vector<OnnxOutput> outputs;
};

class OnnxRuntime {
 public:
  /// Where tests/setup puts the package.
  static std::filesystem::path folder() {
    const char* const data = std::getenv("XDG_DATA_HOME");
    const char* const home = std::getenv("HOME");
    const std::filesystem::path base = data != nullptr && *data != 0
                                           ? std::filesystem::path(data)
                                           : std::filesystem::path(home != nullptr ? home : "") / ".local/share";
    return base / "isthmus/onnxruntime/node_modules/onnxruntime-node";
  }

  /// Whether the tests can run. In continuous integration the runtime has to be there.
  static bool is_there() {
    if (std::filesystem::exists(folder() / "package.json")) return true;
    if (std::getenv("CI") != nullptr)
      throw std::runtime_error(folder().string() + ": no ONNX Runtime (tests/setup installs it)");
    return false;
  }

  /// The runtime's results for each of the jobs. Throws with the runtime's message if it does not accept a model.
  static std::vector<OnnxResult> run(const std::vector<OnnxJob>& jobs) {
    const TemporaryFolder work;
    std::string lines;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const std::string number = std::to_string(i);
      boost::json::array inputs;
      const auto add = [&](const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
        std::string bytes(values.size() * sizeof(float), '\0');
        std::memcpy(bytes.data(), values.data(), bytes.size());
        const std::string name = "input" + number + "_" + std::to_string(inputs.size());
        inputs.push_back(boost::json::object{{"file", work.write(name, bytes).string()},
                                             {"shape", boost::json::value_from(shape)}});
      };
      add(jobs[i].shape, jobs[i].values);
      for (const OnnxInput& other : jobs[i].others) add(other.shape, other.values);
      lines += boost::json::serialize(
          boost::json::object{{"model", work.write("model" + number, jobs[i].model).string()},
                              {"inputs", inputs},
                              {"out", (work / ("output" + number + "_")).string()}});
      lines += '\n';
    }
    const auto quoted = [](const std::filesystem::path& path) { return " '" + path.string() + "'"; };
    const auto err = work / "err", out = work / "out";
    const std::string command = "node" + quoted(ISTHMUS_ONNX_SCRIPT) + quoted(folder()) + " <" +
                                quoted(work.write("jobs", lines)) + " >" + quoted(out) + " 2>" + quoted(err);
    if (std::system(command.c_str()) != 0) throw std::runtime_error("ONNX Runtime: " + read_bytes(err));

    std::vector<OnnxResult> results;
    std::istringstream text(read_bytes(out));
    for (std::string line; std::getline(text, line);) {
      const boost::json::value said = boost::json::parse(line);
      OnnxResult result{boost::json::value_to<std::vector<std::string>>(said.at("inputs")), {}};
      for (const boost::json::value& output : said.at("outputs").as_array()) {
        const std::string file =
            "output" + std::to_string(results.size()) + "_" + std::to_string(result.outputs.size());
        const std::string bytes = read_bytes(work / file);
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        result.outputs.push_back({std::string(output.at("name").as_string()),
                                  boost::json::value_to<std::vector<std::int64_t>>(output.at("shape")),
                                  std::move(values)});
      }
      results.push_back(std::move(result));
    }
    if (results.size() != jobs.size()) throw std::runtime_error("ONNX Runtime: too few results");
    return results;
  }
};

}  // namespace isthmus::testing
