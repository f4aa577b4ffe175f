// The amount of memory that is available.
#pragma once

#include <isthmus/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace isthmus::run {

/// More was asked for than there is: said before any of it is touched. A system that promises memory which it does
/// not have ends a process, or another one, when it is used.
class MemoryError : public Error {
 public:
  using Error::Error;
};

/// Bytes that a process could take by now without pushing others out: what the system has available, swap
/// included, or what the control groups (versions 1 and 2) that it is in leave it, if that is less. The largest
/// number if the system does not say. `root`: where /proc and /sys are.
std::int64_t available_memory(const std::filesystem::path& root = "/");

/// Throws MemoryError, with both numbers, if `bytes` is more than that; `what` says what they are for. Small sizes
/// are not looked at.
void require_memory(std::int64_t bytes, const std::string& what);

}  // namespace isthmus::run
