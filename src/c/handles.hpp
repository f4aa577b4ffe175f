// What C's handles are, and how an exception becomes a status and a text.
#pragma once

#include <isthmus.h>

#include <isthmus/error.hpp>
#include <isthmus/run/c_program.hpp>
#include <isthmus/run/trainer.hpp>

#include <cstddef>
#include <new>

#include "run/machine_memory.hpp"

struct isthmus_model {
  const isthmus_program* program;
  isthmus::InferenceCore core;
};

struct isthmus_trainer {
  const isthmus_program* program;
  isthmus::TrainerCore core;
};

namespace isthmus::c {

/// Keeps the text for isthmus_error_text and returns the status.
isthmus_status fail(isthmus_status status, const char* text) noexcept;
isthmus_status fail_argument(const char* what) noexcept;
isthmus_status fail_workspace(std::size_t needed, std::size_t found) noexcept;
/// ISTHMUS_OK, or what a fault is called in C.
isthmus_status status_of(Fault fault) noexcept;

/// Runs `work`; whatever it throws becomes a status.
template <class Work>
isthmus_status guarded(const Work& work) noexcept {
  try {
    work();
    return ISTHMUS_OK;
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

/// Bytes of a workspace; 0 if there is no memory to find out.
template <class Bytes>
std::size_t bytes_or_none(const Bytes& bytes) noexcept {
  std::size_t found = 0;
  if (guarded([&] { found = static_cast<std::size_t>(bytes()); }) != ISTHMUS_OK) return 0;
  return found;
}

/// A null `parallel` is the caller's thread alone.
Threads threads_of(int workers, isthmus_parallel parallel, void* host) noexcept;

}  // namespace isthmus::c
