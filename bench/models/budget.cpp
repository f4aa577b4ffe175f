// The cost of training within half of the memory: arena and time of a step of the denoising model with a budget
// and without, in turns. Medians.
//
// usage: bench_budget [BATCH=512] [THREADS=2] [ROUNDS=15]
#include <isthmus_models/halved.hpp>
#include <isthmus_models/unbounded.hpp>

#include <oneapi/tbb/task_arena.h>

#include "turns.hpp"

namespace {

using namespace isthmus;

void compare(int batch_size, int rounds) {
  bench::Subject subjects[] = {{"unbounded", linked_program<bench::Unbounded, Role::train>(), batch_size},
                               {"memory_budget", linked_program<bench::Halved, Role::train>(), batch_size}};
  bench::take_turns(subjects, batch_size, rounds);
  const double time = subjects[0].median_ms(), bytes = static_cast<double>(subjects[0].session.arena_bytes());
  for (bench::Subject& subject : subjects) {
    const double arena = static_cast<double>(subject.session.arena_bytes());
    std::printf("%-14s %9.2f ms  %5.2f x  %7.1f MB  %5.2f x\n", subject.name, subject.median_ms(),
                subject.median_ms() / time, arena / 1e6, arena / bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* const usage = "bench_budget [BATCH=512] [THREADS=2] [ROUNDS=15]";
  const int batch_size = bench::number(argc, argv, 1, 512, usage),
            threads = bench::number(argc, argv, 2, 2, usage), rounds = bench::number(argc, argv, 3, 15, usage);
  tbb::task_arena arena(threads);
  arena.execute([&] { compare(batch_size, rounds); });
}
