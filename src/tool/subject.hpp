// A model's program with something to do: for commands that measure how long that takes.
#pragma once

#include <isthmus/run/session.hpp>

#include <vector>

namespace isthmus::tool {

/// A session with random parameters and random data, the same ones each time.
class Subject {
 public:
  Subject(const lower::Program& program, int samples);

  /// Back to the parameters of the beginning.
  void restart();
  void step();
  /// A step on this thread alone, whose tasks leave their times in `trace`.
  void trace_sequential_step(run::TaskTrace& trace);
  /// A step whose tasks leave their times in `trace`.
  void trace_step(run::TaskTrace& trace);

  run::Session& session() { return session_; }
  const run::Session& session() const { return session_; }

 private:
  run::Session session_;
  std::vector<std::vector<float>> values_;  ///< of each input
  std::vector<Samples> inputs_;
  std::vector<float> output_;
  run::RunArguments arguments_;
};

}  // namespace isthmus::tool
