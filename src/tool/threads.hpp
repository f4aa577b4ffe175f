// The tool is the host: it owns the threads that the library computes with.
#pragma once

#include <functional>

namespace isthmus::tool {

/// `threads`, or as many as the machine has if it is 0.
int threads_or_all(int threads);

/// Calls `work` in an arena of that many threads.
void run_with_threads(int threads, const std::function<void()>& work);

}  // namespace isthmus::tool
