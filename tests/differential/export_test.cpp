// Random models as C headers, many in one program of C, against the reference.
#include <isthmus/interchange/c_header.hpp>

#include <dlfcn.h>

#include <string>

#include "data/temporary_folder.hpp"
#include "differential/environment.hpp"
#include "differential/subject.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Headers as one shared library.
class CLibrary {
 public:
  explicit CLibrary(const std::vector<std::string>& headers) {
    std::string code;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const std::string name = "m" + std::to_string(i), file = name + ".h";
      folder_.write(file, headers[i]);
      code += "#include \"" + file + "\"\nvoid call_" + name + "(const float* in, float* out, float* work) { " +
              name + "_run(in, out, work); }\nlong work_" + name + " = M" + std::to_string(i) +
              "_WORKSPACE_FLOATS;\n";
    }
    const auto source = folder_.write("all.c", code), library = folder_ / "all.so";
    const std::string command = ISTHMUS_C_COMPILER " -std=c99 -O0 -w -shared -fPIC '" + source.string() +
                                "' -o '" + library.string() + "' -lm";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot compile: " + command);
    handle_ = dlopen(library.c_str(), RTLD_NOW);
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
  }
  ~CLibrary() { dlclose(handle_); }
  CLibrary(const CLibrary&) = delete;
  CLibrary& operator=(const CLibrary&) = delete;

  std::vector<float> run(std::size_t model, std::span<const float> samples, int in, int out) const {
    const std::string name = std::to_string(model);
    const auto call =
        reinterpret_cast<void (*)(const float*, float*, float*)>(dlsym(handle_, ("call_m" + name).c_str()));
    const long* const floats = static_cast<const long*>(dlsym(handle_, ("work_m" + name).c_str()));
    // Filled with NaN, so that values that are not computed are noticed.
    std::vector<float> result, work(static_cast<std::size_t>(*floats + 1), NAN),
        one(static_cast<std::size_t>(out));
    for (std::size_t at = 0; at < samples.size(); at += static_cast<std::size_t>(in)) {
      call(samples.data() + at, one.data(), work.data());
      result.insert(result.end(), one.begin(), one.end());
    }
    return result;
  }

 private:
  TemporaryFolder folder_;
  void* handle_ = nullptr;
};

}  // namespace

TEST_CASE("random models and their encoders give as C headers what the reference gives") {
  std::vector<Subject> subjects;
  std::vector<Graph> graphs;
  std::vector<std::string> headers;
  for_each_model(
      [&](const Subject& subject) {
        for (const bool whole : {true, false}) {
          subjects.push_back(subject);
          graphs.push_back(whole ? plan::whole_graph(subject.model.graph)
                                 : plan::encoder_graph(subject.model.graph));
          headers.push_back(interchange::c_header(graphs.back(), subject.parameters,
                                                  {"m" + std::to_string(headers.size()), {}}));
        }
      },
      3);
  const CLibrary library(headers);
  constexpr int samples = 3;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Subject& subject = subjects[i];
    INFO("random model " << subject.seed << (i % 2 == 0 ? "" : ", its encoder"));
    CHECK(agrees(subject, graphs[i], samples,
                 library.run(i, subject.first(samples), subject.input, i % 2 == 0 ? subject.input : subject.code),
                 output_of));
  }
}
