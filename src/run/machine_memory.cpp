#include "run/machine_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "text.hpp"

namespace isthmus::run {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
/// What any machine has: reading a few files would take longer than such an arena.
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

/// What a group leaves: its limit without what is taken; files in its cache can be dropped.
std::int64_t left_in(const fs::path& group, const char* limit, const char* usage, const char* cached) {
  const auto most = number_in(group / limit), taken = number_in(group / usage);
  if (!most || !taken) return unlimited;
  return std::max<std::int64_t>(0, *most - *taken + number_of(group / "memory.stat", cached).value_or(0));
}

/// The least that a group and those above it leave. In a container the path may be one of the host, outside of
/// what is mounted: then there is the top alone.
std::int64_t left_in_hierarchy(const fs::path& mount, fs::path group, const char* limit, const char* usage,
                               const char* cached) {
  std::int64_t least = left_in(mount, limit, usage, cached);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path())
    least = std::min(least, left_in(mount / group, limit, usage, cached));
  return least;
}

/// Of this process. Source: cgroups(7), /proc/[pid]/cgroup: `number:controllers:path`.
std::int64_t left_in_groups(const fs::path& root) {
  std::int64_t least = unlimited;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const std::string path = line.substr(second + 1);
    if (controllers == ",,")
      least = std::min(
          least, left_in_hierarchy(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file"));
    else if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, left_in_hierarchy(root / "sys/fs/cgroup/memory", path, "memory.limit_in_bytes",
                                                "memory.usage_in_bytes", "total_inactive_file"));
  }
  return least;
}

}  // namespace

std::int64_t available_memory(const fs::path& root) {
  const fs::path machine = root / "proc/meminfo";
  std::int64_t available = unlimited;
  if (const auto kilobytes = number_of(machine, "MemAvailable:"))
    available = 1024 * (*kilobytes + number_of(machine, "SwapFree:").value_or(0));
  return std::min(available, left_in_groups(root));
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
