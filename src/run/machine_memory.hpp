// The amount of memory that is available.
#pragma once

#include <isthmus/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace isthmus::run {

/// The error that more memory was requested than is available, thrown before any of it is used. A system that
/// overcommits memory kills this process, or another one, when the memory is used.
class MemoryError : public Error {
 public:
  using Error::Error;
};

/// Bytes that a process could take by now without displacing others: the memory that the system has available,
/// swap included, or that the process's control groups (versions 1 and 2) leave it, if that is less. The largest
/// number if it is unknown. `root`: where /proc and /sys are.
std::int64_t available_memory(const std::filesystem::path& root = "/");

/// Throws MemoryError, with both numbers, if `bytes` is more than that; `what` says what they are for. Small sizes
/// are not checked.
void require_memory(std::int64_t bytes, const std::string& what);

}  // namespace isthmus::run
