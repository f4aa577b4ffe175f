#include "c/handles.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace isthmus::c {
namespace {

/// No allocation may fail while a failure is told.
thread_local char last_text[512] = "no call has failed";

}  // namespace

isthmus_status fail(isthmus_status status, const char* text) noexcept {
  const std::size_t length = std::min(std::strlen(text), sizeof last_text - 1);
  std::memcpy(last_text, text, length);
  last_text[length] = '\0';
  return status;
}

isthmus_status fail_argument(const char* what) noexcept { return fail(ISTHMUS_ARGUMENT, what); }

isthmus_status fail_workspace(std::size_t needed, std::size_t found) noexcept {
  char text[128];
  std::snprintf(text, sizeof text, "workspace: expected %zu bytes, found %zu", needed, found);
  return fail(ISTHMUS_WORKSPACE, text);
}

isthmus_status status_of(Fault fault) noexcept {
  if (fault == Fault::none) return ISTHMUS_OK;
  if (fault == Fault::not_finite) return fail(ISTHMUS_NUMBER, text_of(fault));
  return fail(fault == Fault::no_memory ? ISTHMUS_ARGUMENT : ISTHMUS_SHAPE, text_of(fault));
}

Threads threads_of(int workers, isthmus_parallel parallel, void* host) noexcept {
  return parallel == nullptr ? Threads::none() : Threads::of_host(workers, parallel, host);
}

}  // namespace isthmus::c

extern "C" {

const char* isthmus_error_text(void) { return isthmus::c::last_text; }
const char* isthmus_version(void) { return ISTHMUS_VERSION; }
const char* isthmus_target(void) { return isthmus::lower::matrix_kernels().target; }

}  // extern "C"
