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

Inputs::Inputs(const std::vector<plan::InputPort>& ports) : ports_(ports) {
  for (const plan::InputPort& port : ports) samples_.push_back({port.name, {}});
}

std::size_t Inputs::place_of(const char* name) const noexcept {
  std::size_t i = 0;
  while (i < ports_.size() && samples_[i].port != name) ++i;
  if (i == ports_.size()) {
    char text[256];
    std::snprintf(text, sizeof text, "input \"%.60s\": the program has none of this name; its first is \"%.60s\"",
                  name, ports_.front().name);
    fail_argument(text);
  }
  return i;
}

isthmus_status Inputs::set(const char* name, const float* samples, std::int64_t stride) noexcept {
  if (name == nullptr || samples == nullptr) return fail_argument("name, samples: a null pointer");
  const std::size_t i = place_of(name);
  if (i == samples_.size()) return ISTHMUS_ARGUMENT;
  samples_[i].samples = {samples, 0, stride};
  return succeed();
}

std::optional<std::span<const PortSamples>> Inputs::with(const float* first, std::int64_t stride,
                                                         int count) noexcept {
  samples_.front().samples = {first, count, stride};
  for (std::size_t i = 1; i < samples_.size(); ++i) {
    if (samples_[i].samples.data == nullptr) {
      char text[256];
      std::snprintf(text, sizeof text, "input \"%.60s\": expected its samples to be set before the run",
                    ports_[i].name);
      fail_argument(text);
      return std::nullopt;
    }
    samples_[i].samples.count = count;
  }
  return samples_;
}

int Inputs::size_of(const char* name) const noexcept {
  if (name == nullptr) {
    fail_argument("name: a null pointer");
    return 0;
  }
  const std::size_t i = place_of(name);
  if (i == ports_.size()) return 0;
  succeed();
  return ports_[i].size;
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
