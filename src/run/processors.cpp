#include <isthmus/run/processors.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

namespace isthmus::run {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

/// A small file of the system; empty if it cannot be read.
std::string text_of(const std::string& path) {
  std::string text;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return text;
  char block[4096];
  while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) text.append(block, count);
  return text;
}

/// Takes the part up to `separator`, or all, from the front.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// Whether a list such as `rw,cpu,cpuacct` has the word.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (take(list, ',') == word) return true;
  return false;
}

double number_in(std::string_view text, double otherwise) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : otherwise;
}

/// Blanks and the like are written as `\040` in mountinfo.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    const bool escaped = text[i] == '\\' && i + 3 < text.size() &&
                         std::from_chars(&text[i + 1], &text[i + 1] + 3, code, 8).ptr == &text[i + 1] + 3;
    plain += escaped ? static_cast<char>(code) : text[i];
    if (escaped) i += 3;
  }
  return plain;
}

/// A file system of cgroups: where it is, and which of its groups is at that place.
struct Mount {
  std::string root, point;
  bool second = false;  ///< version
};

/// Those that may limit processors. Source: proc(5), /proc/[pid]/mountinfo.
std::vector<Mount> mounts_of(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    std::string_view line = take(mountinfo, '\n');
    for (int field = 0; field < 3; ++field) take(line, ' ');
    const std::string_view root = take(line, ' '), point = take(line, ' ');
    while (!line.empty() && take(line, ' ') != "-") continue;
    const std::string_view type = take(line, ' ');
    take(line, ' ');
    if (type == "cgroup2") mounts.push_back({unescaped(root), unescaped(point), true});
    else if (type == "cgroup" && has_word(line, "cpu")) mounts.push_back({unescaped(root), unescaped(point), false});
  }
  return mounts;
}

/// The process's group in the hierarchy of that version; empty if it is in none. Source: cgroups(7),
/// /proc/[pid]/cgroup, `hierarchy:controllers:path`.
std::string group_of(std::string_view cgroup, bool second) {
  while (!cgroup.empty()) {
    std::string_view line = take(cgroup, '\n');
    const std::string_view number = take(line, ':'), controllers = take(line, ':');
    if (second ? number == "0" && controllers.empty() : has_word(controllers, "cpu")) return std::string(line);
  }
  return "";
}

/// What one group allows.
double quota_of(const std::string& folder, bool second) {
  if (second) {
    const std::string text = text_of(folder + "/cpu.max");  // `50000 100000`, `max 100000`
    std::string_view rest = text;
    const double quota = number_in(take(rest, ' '), unlimited), period = number_in(rest, 0);
    return quota > 0 && period > 0 ? quota / period : unlimited;
  }
  const double quota = number_in(text_of(folder + "/cpu.cfs_quota_us"), -1);  // -1: no limit
  const double period = number_in(text_of(folder + "/cpu.cfs_period_us"), 0);
  return quota > 0 && period > 0 ? quota / period : unlimited;
}

double smallest_quota(const std::string& root) {
  const std::string cgroup = text_of(root + "/proc/self/cgroup"), mountinfo = text_of(root + "/proc/self/mountinfo");
  double smallest = unlimited;
  for (const Mount& mount : mounts_of(mountinfo)) {
    std::string group = group_of(cgroup, mount.second);
    if (group.empty()) continue;
    // A container sees a part of the hierarchy, and the path of its group may begin above it.
    const std::string above = mount.root == "/" ? "" : mount.root;
    if (group == above || group.starts_with(above + "/")) group.erase(0, above.size());
    else group.clear();
    while (group.ends_with('/')) group.pop_back();
    for (;;) {
      smallest = std::min(smallest, quota_of(root + mount.point + group, mount.second));
      if (group.empty()) break;
      group.erase(group.rfind('/'));
    }
  }
  return smallest;
}

int size_of_affinity_mask(int otherwise) {
  for (std::size_t most = CPU_SETSIZE; most <= (std::size_t{1} << 20); most *= 2) {
    std::vector<cpu_set_t> masks(most / CPU_SETSIZE);
    if (sched_getaffinity(0, masks.size() * sizeof(cpu_set_t), masks.data()) == 0)
      return std::max(CPU_COUNT_S(masks.size() * sizeof(cpu_set_t), masks.data()), 1);
    if (errno != EINVAL) break;  // The kernel's mask is larger.
  }
  return otherwise;
}

}  // namespace

int Processors::threads_of_each(int processes) const noexcept {
  const double all = std::min(quota, static_cast<double>(of_machine));
  return std::clamp(static_cast<int>(all / std::max(processes, 1)), 1, bound_to);
}

Processors find_processors(const std::string& root) {
  Processors found;
  found.of_machine = static_cast<int>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
  found.bound_to = size_of_affinity_mask(found.of_machine);
  found.quota = smallest_quota(root);
  return found;
}

int threads_of_process() {
  static const int threads = find_processors().threads_of_each();
  return threads;
}

}  // namespace isthmus::run
