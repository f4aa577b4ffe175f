// A step's tasks on a time line, for Chrome's trace viewer and Perfetto.
#pragma once

#include <isthmus/run/session.hpp>

#include <string>

namespace isthmus::tool {

/// The records of one run of `session` in the Trace Event Format: one complete event per task, named by group and
/// tile, microseconds since the first task, a lane per thread. Joins, which do nothing, are left out.
std::string chrome_trace(const run::Session& session, const run::TaskTrace& trace);

}  // namespace isthmus::tool
