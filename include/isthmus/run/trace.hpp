// When each task of a run was worked on, and by whom.
#pragma once

#include <cstdint>
#include <vector>

namespace isthmus::run {

/// One record per task of the executor's graph, in the order of its numbers. Made as large as the graph before
/// the run, so that recording allocates nothing (Session::make_trace).
struct TaskTrace {
  struct Record {
    std::int64_t begin_ns = 0, end_ns = 0;  ///< since an arbitrary moment, the same for all records
    int worker = 0;                         ///< the thread's index in its arena
  };
  std::vector<Record> records;
  /// For a distributed step, by bucket: from the start of the message to its arrival.
  std::vector<Record> messages;
};

}  // namespace isthmus::run
