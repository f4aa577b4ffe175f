// The definitions of C's handles, and the conversion of an exception to a status and a text.
#pragma once

#include <isthmus.h>

#include <isthmus/error.hpp>
#include <isthmus/run/c_program.hpp>
#include <isthmus/run/trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include "run/machine_memory.hpp"

namespace isthmus::c {

/// The samples for a program's inputs: the first one's are given with each run, the others' stay until they are
/// set again.
class Inputs {
 public:
  explicit Inputs(const std::vector<plan::InputPort>& ports);

  isthmus_status set(const char* name, const float* samples, std::int64_t stride) noexcept;
  /// All of them, for a run of `count` samples; nothing, with a text, if one has not been set.
  std::optional<std::span<const PortSamples>> with(const float* first, std::int64_t stride, int count) noexcept;
  /// Values of a sample of an input; 0, with a text, for a name that there is not.
  int size_of(const char* name) const noexcept;

 private:
  std::size_t place_of(const char* name) const noexcept;

  std::vector<plan::InputPort> ports_;
  std::vector<PortSamples> samples_;
};

}  // namespace isthmus::c

struct isthmus_model {
  const isthmus_program* program;
  isthmus::InferenceCore core;
  isthmus::c::Inputs inputs{core.inputs()};
};

struct isthmus_trainer {
  const isthmus_program* program;
  isthmus::TrainerCore core;
  isthmus::c::Inputs inputs{core.inputs()};
};

namespace isthmus::c {

/// Empties the text of isthmus_error_text: nothing has failed.
isthmus_status succeed() noexcept;
/// Keeps the text for isthmus_error_text and returns the status.
isthmus_status fail(isthmus_status status, const char* text) noexcept;
isthmus_status fail_argument(const char* what) noexcept;
/// ISTHMUS_OK, or what a fault is called in C.
isthmus_status status_of(Fault fault) noexcept;

/// Runs `work`; whatever it throws becomes a status.
template <class Work>
isthmus_status guarded(const Work& work) noexcept {
  try {
    work();
    return succeed();
  } catch (const ShapeError& error) {
    return fail(ISTHMUS_SHAPE, error.what());
  } catch (const FileError& error) {
    return fail(ISTHMUS_FILE, error.what());
  } catch (const NumberError& error) {
    return fail(ISTHMUS_NUMBER, error.what());
  } catch (const run::MemoryError& error) {
    return fail(ISTHMUS_MEMORY, error.what());
  } catch (const std::bad_alloc&) {
    return fail(ISTHMUS_MEMORY, "no memory was left");
  } catch (const std::exception& error) {
    return fail(ISTHMUS_OTHER, error.what());
  } catch (...) {
    return fail(ISTHMUS_OTHER, "an unknown error");
  }
}

/// Bytes of a workspace; 0, with a text, if they cannot be told.
template <class Bytes>
std::size_t bytes_or_none(const Bytes& bytes) noexcept {
  std::size_t found = 0;
  guarded([&] { found = static_cast<std::size_t>(bytes()); });
  return found;
}

/// A size that a handle has; 0, with a text, for a null pointer.
template <class Handle, class Size>
int size_of(const Handle* handle, const char* null, const Size& size) noexcept {
  if (handle == nullptr) {
    fail_argument(null);
    return 0;
  }
  succeed();
  return size(handle->core);
}

/// Has `core` compute with a host's team, or with the caller's thread alone if `parallel` is null.
template <class Core>
isthmus_status set_threads(Core& core, int workers, isthmus_parallel parallel, void* host) noexcept {
  if (parallel != nullptr && workers < 1) return fail_argument("workers: expected at least 1");
  core.set_threads(parallel == nullptr ? Threads::none() : Threads::of_host(workers, parallel, host));
  return succeed();
}

isthmus_status fail_workspace(std::size_t needed, std::size_t found) noexcept;

/// Makes a handle and gives it to `result`, which is left alone if that fails. `bytes` tells how large a workspace
/// has to be; it is asked if there is one.
template <class Handle, class Bytes, class Make>
isthmus_status create(Handle** result, std::span<std::byte> workspace, const Bytes& bytes,
                      const Make& make) noexcept {
  if (workspace.data() != nullptr) {
    std::size_t needed = 0;
    const isthmus_status status = guarded([&] { needed = static_cast<std::size_t>(bytes()); });
    if (status != ISTHMUS_OK) return status;
    if (workspace.size() < needed) return fail_workspace(needed, workspace.size());
  }
  return guarded([&] { *result = new Handle(make()); });
}

}  // namespace isthmus::c
