#include "subject.hpp"

#include <isthmus/random.hpp>

namespace isthmus::tool {

Subject::Subject(const lower::Program& program, int samples) : session_(program, samples) {
  const auto n = static_cast<std::size_t>(samples);
  for (const plan::InputPort& port : session_.inputs()) {
    std::vector<float>& values = values_.emplace_back(n * static_cast<std::size_t>(port.size));
    const auto stream = static_cast<std::uint32_t>(inputs_.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = random_uniform(1, Purpose::example, stream, i);
    inputs_.emplace_back(values.data(), samples);
  }
  output_.resize(n * static_cast<std::size_t>(session_.output_size()));
  arguments_.samples = samples;
  arguments_.inputs = inputs_;
  arguments_.output = output_.data();
  arguments_.learning_rate = session_.declared_learning_rate();
  restart();
}

void Subject::restart() {
  session_.initialize(1);
  arguments_.step = 0;
}

void Subject::step() {
  arguments_.step += 1;
  session_.run(arguments_);
}

void Subject::trace_step(run::TaskTrace& trace) {
  arguments_.trace = &trace;
  step();
  arguments_.trace = nullptr;
}

void Subject::trace_sequential_step(run::TaskTrace& trace) {
  arguments_.threads = Threads::none();
  trace_step(trace);
  arguments_.threads = {};
}

}  // namespace isthmus::tool
