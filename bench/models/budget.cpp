// What it costs to train within half of the memory: arena and time of a step of the denoising model with a budget
// and without, in turns. Medians.
//
// usage: bench_budget [BATCH=512] [THREADS=2] [ROUNDS=15]
#include <isthmus/random.hpp>
#include <isthmus_models/halved.hpp>
#include <isthmus_models/unbounded.hpp>

#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace isthmus;

struct Subject {
  const char* name;
  run::Session session;
  std::vector<double> times;

  double median() {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle * 1e3;
  }
};

void compare(int batch_size, int rounds) {
  Subject subjects[] = {
      {"unbounded", run::Session(linked_program<bench::Unbounded, Role::train>(), batch_size), {}},
      {"memory_budget", run::Session(linked_program<bench::Halved, Role::train>(), batch_size), {}}};
  std::vector<float> input(static_cast<std::size_t>(batch_size) * 784);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = random_uniform(1, Purpose::example, 0, i);
  run::RunArguments arguments;
  arguments.samples = batch_size;
  arguments.input = input.data();
  // Nothing is learned, so that neither runs away.
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
  const double time = subjects[0].median(), bytes = static_cast<double>(subjects[0].session.arena_bytes());
  for (Subject& subject : subjects) {
    const double arena = static_cast<double>(subject.session.arena_bytes());
    std::printf("%-14s %9.2f ms  %5.2f x  %7.1f MB  %5.2f x\n", subject.name, subject.median(),
                subject.median() / time, arena / 1e6, arena / bytes);
  }
}

int number(int argc, char** argv, int i, int otherwise) {
  const int found = argc > i ? std::atoi(argv[i]) : otherwise;
  if (found > 0) return found;
  std::fprintf(stderr, "usage: bench_budget [BATCH=512] [THREADS=2] [ROUNDS=15], numbers from 1\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  const int batch_size = number(argc, argv, 1, 512), threads = number(argc, argv, 2, 2),
            rounds = number(argc, argv, 3, 15);
  tbb::task_arena arena(threads);
  arena.execute([&] { compare(batch_size, rounds); });
}
