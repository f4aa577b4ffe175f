#include "threads.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>

namespace isthmus::tool {

int threads_or_all(int threads) { return threads > 0 ? threads : tbb::info::default_concurrency(); }

void run_with_threads(int threads, const std::function<void()>& work) {
  // oneTBB makes no more threads than the machine has, unless it is told to.
  const auto most = static_cast<std::size_t>(std::max(threads, tbb::info::default_concurrency()));
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, most);
  tbb::task_arena arena(threads);
  arena.execute(work);
}

}  // namespace isthmus::tool
