// A step's tasks on a time line, for Chrome's trace viewer and Perfetto.
#pragma once

#include <isthmus/run/session.hpp>
#include <isthmus/schedule/costs.hpp>

#include <string>
#include <vector>

namespace isthmus::tool {

/// The records of one run of `session` in the Trace Event Format: one complete event per task, named by group and
/// tile, microseconds since the first task, a lane per thread, one per bucket of a distributed step, and how many
/// bytes of `buffers` (schedule::add_memory) are taken as a counter. Joins, which do nothing, are left out.
std::string chrome_trace(const run::Session& session, const run::TaskTrace& trace,
                         const std::vector<schedule::Buffer>& buffers);

/// The times of messages to other ranks.
struct MessageTimes {
  double seconds = 0;     ///< during which at least one was
  double overlapped = 0;  ///< of these, while this rank was computing as well
  int steps = 0;

  double fraction() const { return seconds > 0 ? overlapped / seconds : 0; }
};

/// Adds those of one step's records.
void add_messages(MessageTimes& times, const run::Session& session, const run::TaskTrace& trace);

/// Draws the records as PNG, a lane for each worker and a colour for each layer. Throws as report::write_gantt
/// does.
void draw_gantt(const std::string& path, const run::Session& session, const run::TaskTrace& trace,
                const std::string& title);

}  // namespace isthmus::tool
