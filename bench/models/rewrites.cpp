// The gain of each rewrite of the planner on the denoising model: the time of a step with all of them, and without
// each, in turns. Medians.
//
// usage: bench_rewrites [BATCH=512] [THREADS=2] [ROUNDS=7]
#include <isthmus_models/all.hpp>
#include <isthmus_models/without.hpp>
#include <isthmus_models/without_absorb_upsampling.hpp>
#include <isthmus_models/without_fuse_pooling.hpp>
#include <isthmus_models/without_pool_first.hpp>
#include <isthmus_models/without_winograd.hpp>

#include <oneapi/tbb/task_arena.h>

#include <vector>

#include "turns.hpp"

namespace {

using namespace isthmus;

template <Role role>
void compare(const char* mode, int batch_size, int rounds) {
  std::vector<bench::Subject> subjects;
  const auto add = [&](const char* name, const lower::Program& program) {
    subjects.emplace_back(name, program, batch_size);
  };
  add("all rewrites", linked_program<bench::All, role>());
  add("without absorb_upsampling", linked_program<bench::WithoutAbsorbUpsampling, role>());
  add("without pool_first", linked_program<bench::WithoutPoolFirst, role>());
  add("without fuse_pooling", linked_program<bench::WithoutFusePooling, role>());
  add("without winograd", linked_program<bench::WithoutWinograd, role>());
  add("none", linked_program<bench::Without, role>());

  bench::take_turns(subjects, batch_size, rounds);
  double with_all = 0;
  for (bench::Subject& subject : subjects) {
    const double median = subject.median_ms();
    if (with_all == 0) with_all = median;
    std::printf("%-12s %-26s %9.2f ms  %5.2f x  %6.1f MB\n", mode, subject.name, median, median / with_all,
                static_cast<double>(subject.session.arena_bytes()) / 1e6);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* const usage = "bench_rewrites [BATCH=512] [THREADS=2] [ROUNDS=7]";
  const int batch_size = bench::number(argc, argv, 1, 512, usage),
            threads = bench::number(argc, argv, 2, 2, usage), rounds = bench::number(argc, argv, 3, 7, usage);
  tbb::task_arena arena(threads);
  arena.execute([&] {
    compare<Role::train>("train", batch_size, rounds);
    compare<Role::reconstruct>("reconstruct", batch_size, rounds);
  });
}
