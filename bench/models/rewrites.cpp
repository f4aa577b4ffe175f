// What each rewrite of the planner gains on the denoising model: the time of a step with all of them, and without each,
// in turns. Medians.
//
// usage: bench_rewrites [BATCH=512] [THREADS=2] [ROUNDS=7]
#include <isthmus/random.hpp>
#include <isthmus_models/all.hpp>
#include <isthmus_models/without.hpp>
#include <isthmus_models/without_absorb_upsampling.hpp>
#include <isthmus_models/without_fuse_pooling.hpp>
#include <isthmus_models/without_pool_first.hpp>
#include <isthmus_models/without_winograd.hpp>

#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace isthmus;

struct Subject {
  const char* name;
  run::Session session;
  std::vector<double> times;
};

template <Role role>
void compare(const char* mode, int batch_size, int rounds) {
  std::vector<Subject> subjects;
  const auto add = [&](const char* name, const lower::Program& program) {
    subjects.push_back({name, run::Session(program, batch_size), {}});
  };
  add("all rewrites", linked_program<bench::All, role>());
  add("without absorb_upsampling", linked_program<bench::WithoutAbsorbUpsampling, role>());
  add("without pool_first", linked_program<bench::WithoutPoolFirst, role>());
  add("without fuse_pooling", linked_program<bench::WithoutFusePooling, role>());
  add("without winograd", linked_program<bench::WithoutWinograd, role>());
  add("none", linked_program<bench::Without, role>());

  std::vector<float> input(static_cast<std::size_t>(batch_size) * 784), output(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = random_uniform(1, Purpose::example, 0, i);
  run::RunArguments arguments;
  arguments.samples = batch_size;
  arguments.input = input.data();
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
  double with_all = 0;
  for (Subject& subject : subjects) {
    std::nth_element(subject.times.begin(), subject.times.begin() + rounds / 2, subject.times.end());
    const double median = subject.times[static_cast<std::size_t>(rounds / 2)] * 1e3;
    if (with_all == 0) with_all = median;
    std::printf("%-12s %-26s %9.2f ms  %5.2f x  %6.1f MB\n", mode, subject.name, median, median / with_all,
                static_cast<double>(subject.session.arena_bytes()) / 1e6);
  }
}

int number(int argc, char** argv, int i, int otherwise) {
  const int found = argc > i ? std::atoi(argv[i]) : otherwise;
  if (found > 0) return found;
  std::fprintf(stderr, "usage: bench_rewrites [BATCH=512] [THREADS=2] [ROUNDS=7], numbers from 1\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  const int batch_size = number(argc, argv, 1, 512), threads = number(argc, argv, 2, 2),
            rounds = number(argc, argv, 3, 7);
  tbb::task_arena arena(threads);
  arena.execute([&] {
    compare<Role::train>("train", batch_size, rounds);
    compare<Role::reconstruct>("reconstruct", batch_size, rounds);
  });
}
