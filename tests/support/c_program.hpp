// Compiles a header of a model in C, alone and with every warning an error, and runs it.
#pragma once

#include "data/temporary_folder.hpp"

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::testing {

/// An exported header, compiled.
class CProgram {
 public:
  /// `side_outputs`, and the `inputs` if there are several, are their sizes' names without the prefix:
  /// `LOG_VAR_SIZE`.
  CProgram(const std::string& header, const std::string& prefix, const std::vector<std::string>& side_outputs = {},
           const std::vector<std::string>& inputs = {"INPUT_SIZE"}) {
    folder_.write("model.h", header);
    folder_.write("main.c", main_of(prefix, side_outputs, inputs));
    // Twice, for the guard.
    folder_.write("alone.cpp", "#include \"model.h\"\n#include \"model.h\"\n");
    const std::string warnings = " -Wall -Wextra -Werror -pedantic ";
    shell(ISTHMUS_C_COMPILER " -std=c99 -O1" + warnings + in("main.c") + " -o " + in("main") + " -lm");
    shell(ISTHMUS_CXX_COMPILER " -std=c++17 -O0 -fsyntax-only" + warnings + in("alone.cpp"));
  }

  /// The program's results for some samples, one after the other, each all of its inputs: of each the output, then
  /// the side outputs.
  std::vector<float> run(const std::vector<float>& samples) const {
    std::string bytes(samples.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), samples.data(), bytes.size());
    folder_.write("in", bytes);
    shell(in("main") + " < " + in("in") + " > " + in("out"));
    bytes = read_bytes(folder_ / "out");
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }

 private:
  /// A program that runs the model on every sample of standard input. What a run leaves in the workspace must not
  /// matter to the next one.
  static std::string main_of(const std::string& prefix, const std::vector<std::string>& side_outputs,
                             const std::vector<std::string>& inputs) {
    std::string macros = prefix;
    for (char& c : macros) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    std::string text = "#include \"model.h\"\n#include <stdio.h>\n";
    const auto define = [&](const char* name, const std::string& what) {
      text.append("#define ").append(name).append(" ").append(what).append("\n");
    };
    define("OUTPUT", macros + "_OUTPUT_SIZE");
    define("WORKSPACE", macros + "_WORKSPACE_FLOATS");
    std::string run = prefix + "_run(", reads = "1", writes;
    for (const std::string& name : inputs) {
      const std::string size = macros + "_" + name, array = "in_" + name;
      text.append("static float ").append(array).append("[").append(size).append("];\n");
      run.append(array).append(", ");
      reads.append(" && fread(").append(array).append(", sizeof(float), ").append(size).append(", stdin) == ");
      reads.append(size);
    }
    run.append("output, ");
    define("READ_INPUTS", reads);
    for (const std::string& name : side_outputs) {
      const std::string size = macros + "_" + name;
      text.append("static float ").append(name).append("[").append(size).append("];\n");
      run.append(name).append(", ");
      writes.append("fwrite(").append(name).append(", sizeof(float), ").append(size).append(", stdout); ");
    }
    define("RUN", run + "workspace)");
    define("WRITE_SIDE_OUTPUTS", writes);
    return text + R"(
int main(void) {
  static float output[OUTPUT], workspace[WORKSPACE];
  while (READ_INPUTS) {
    for (long i = 0; i < WORKSPACE; ++i) workspace[i] = NAN;
    RUN;
    fwrite(output, sizeof(float), OUTPUT, stdout);
    WRITE_SIDE_OUTPUTS
  }
  return 0;
}
)";
  }

  std::string in(const char* name) const { return std::string("'").append(folder_ / name).append("'"); }
  void shell(const std::string& command) const {
    if (std::system((command + " 2> " + in("err")).c_str()) != 0)
      throw std::runtime_error(command + ": " + read_bytes(folder_ / "err"));
  }

  TemporaryFolder folder_;
};

}  // namespace isthmus::testing
