#include "run/machine_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "run/control_groups.hpp"
#include "text.hpp"

namespace isthmus::run {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
/// Memory that every machine has: reading a few files would take longer than allocating such an arena.
constexpr std::int64_t always_there = std::int64_t{64} << 20;

/// A file's one number; nothing if it is not there or holds something else, such as `max`.
std::optional<std::int64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

/// The number of a line `key number …`.
std::optional<std::int64_t> number_of(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string word; file >> word; file.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    std::int64_t number = 0;
    if (word == key) return file >> number ? std::optional(number) : std::nullopt;
  }
  return std::nullopt;
}

/// The memory that a group has left: its limit minus its usage; its inactive file cache can be dropped.
std::int64_t left_in(const ControlGroup& group) {
  struct Names {
    const char *limit, *usage, *cached;
  };
  const Names names = group.version == 2
                          ? Names{"memory.max", "memory.current", "inactive_file"}
                          : Names{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
  const fs::path folder = group.folder;
  const auto most = number_in(folder / names.limit), taken = number_in(folder / names.usage);
  if (!most || !taken) return unlimited;
  return std::max<std::int64_t>(0, *most - *taken + number_of(folder / "memory.stat", names.cached).value_or(0));
}

}  // namespace

std::int64_t available_memory(const fs::path& root) {
  const fs::path machine = root / "proc/meminfo";
  std::int64_t available = unlimited;
  if (const auto kilobytes = number_of(machine, "MemAvailable:"))
    available = 1024 * (*kilobytes + number_of(machine, "SwapFree:").value_or(0));
  for (const ControlGroup& group : control_groups(root.string(), "memory"))
    available = std::min(available, left_in(group));
  return available;
}

void require_memory(std::int64_t bytes, const std::string& what) {
  if (bytes <= always_there) return;
  const std::int64_t available = available_memory();
  if (bytes > available)
    throw MemoryError(
        fmt::format("{}: expected a need of at most {} bytes, which are available here, found one of {}", what,
                    grouped(available), grouped(bytes)));
}

}  // namespace isthmus::run
