// Programs of one model that differ in how they were planned, measured in turns.
#pragma once

#include <isthmus/random.hpp>
#include <isthmus/run/session.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

namespace bench {

struct Subject {
  const char* name;
  isthmus::run::Session session;
  std::vector<double> times = {};

  Subject(const char* its_name, const isthmus::lower::Program& program, int batch_size)
      : name(its_name), session(program, batch_size) {}

  double median_ms() {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle * 1e3;
  }
};

/// Times a step of each of them, one after the other, so many times, all on the same random digits.
inline void take_turns(std::span<Subject> subjects, int batch_size, int rounds) {
  std::vector<float> input(static_cast<std::size_t>(batch_size) * 784), output(input.size());
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] = isthmus::random_uniform(1, isthmus::Purpose::example, 0, i);
  const isthmus::Samples samples{input.data(), batch_size};
  isthmus::run::RunArguments arguments;
  arguments.samples = batch_size;
  arguments.inputs = {&samples, 1};
  arguments.output = output.data();
  // Nothing is learned, so that no subject runs away.
  arguments.learning_rate = 0;
  for (Subject& subject : subjects) {
    subject.session.initialize(1);
    subject.session.run(arguments);
  }
  for (int round = 0; round < rounds; ++round)
    for (Subject& subject : subjects) {
      arguments.step = round + 1;
      const auto start = std::chrono::steady_clock::now();
      subject.session.run(arguments);
      subject.times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
}

/// Argument `i`, a number from 1; `otherwise` if there is none. Ends the program with `usage` if it is something
/// else.
inline int number(int argc, char** argv, int i, int otherwise, const char* usage) {
  const int found = argc > i ? std::atoi(argv[i]) : otherwise;
  if (found > 0) return found;
  std::fprintf(stderr, "usage: %s, numbers from 1\n", usage);
  std::exit(2);
}

}  // namespace bench
