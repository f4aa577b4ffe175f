#include "c/handles.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace isthmus::c {
namespace {

/// No allocation may fail while a failure is told.
thread_local char last_text[512] = "";

}  // namespace

isthmus_status succeed() noexcept {
  last_text[0] = '\0';
  return ISTHMUS_OK;
}

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
  switch (fault) {
    case Fault::none: return succeed();
    case Fault::no_memory: return fail(ISTHMUS_ARGUMENT, text_of(fault));
    case Fault::not_finite: return fail(ISTHMUS_NUMBER, text_of(fault));
    case Fault::in_use: return fail(ISTHMUS_IN_USE, text_of(fault));
    default: return fail(ISTHMUS_SHAPE, text_of(fault));
  }
}

}  // namespace isthmus::c

extern "C" {

const char* isthmus_error_text(void) { return isthmus::c::last_text; }
const char* isthmus_version(void) { return ISTHMUS_VERSION_STRING; }
int isthmus_version_number(void) { return ISTHMUS_VERSION; }
const char* isthmus_target(void) { return isthmus::lower::matrix_kernels().target; }

}  // extern "C"
