#include "run/control_groups.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

namespace isthmus::run {
namespace {

/// Whether a list such as `rw,cpu,cpuacct` has the word.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (take(list, ',') == word) return true;
  return false;
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

/// A mounted file system of control groups: its mount point, and the group at the mount point.
struct Mount {
  std::string root, point;
  int version = 2;
};

/// The mounts that may have the controller; the usual ones if the system does not tell. Source: proc(5),
/// /proc/[pid]/mountinfo.
std::vector<Mount> mounts_of(std::string_view mountinfo, std::string_view controller) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    std::string_view line = take(mountinfo, '\n');
    for (int field = 0; field < 3; ++field) take(line, ' ');
    const std::string_view root = take(line, ' '), point = take(line, ' ');
    while (!line.empty() && take(line, ' ') != "-") continue;
    const std::string_view type = take(line, ' ');
    take(line, ' ');
    const int version = type == "cgroup2" ? 2 : type == "cgroup" && has_word(line, controller) ? 1 : 0;
    if (version > 0) mounts.push_back({unescaped(root), unescaped(point), version});
  }
  if (mounts.empty()) mounts = {{"/", "/sys/fs/cgroup", 2}, {"/", "/sys/fs/cgroup/" + std::string(controller), 1}};
  return mounts;
}

/// The process's group in the hierarchy of that version; empty if it is in none. Source: cgroups(7),
/// /proc/[pid]/cgroup, `hierarchy:controllers:path`.
std::string group_of(std::string_view cgroup, int version, std::string_view controller) {
  while (!cgroup.empty()) {
    std::string_view line = take(cgroup, '\n');
    const std::string_view number = take(line, ':'), controllers = take(line, ':');
    if (version == 2 ? number == "0" && controllers.empty() : has_word(controllers, controller))
      return std::string(line);
  }
  return "";
}

}  // namespace

std::string file_text(const std::string& path) {
  std::string text;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return text;
  char block[4096];
  while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) text.append(block, count);
  return text;
}

std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::vector<ControlGroup> control_groups(const std::string& root, std::string_view controller) {
  const std::string cgroup = file_text(root + "/proc/self/cgroup");
  const std::string mountinfo = file_text(root + "/proc/self/mountinfo");
  std::vector<ControlGroup> groups;
  for (const Mount& mount : mounts_of(mountinfo, controller)) {
    std::string group = group_of(cgroup, mount.version, controller);
    if (group.empty()) continue;
    // A container sees a part of the hierarchy, and the path of its group may begin above it.
    const std::string above = mount.root == "/" ? "" : mount.root;
    if (group == above || group.starts_with(above + "/")) group.erase(0, above.size());
    else group.clear();
    while (group.ends_with('/')) group.pop_back();
    for (;;) {
      groups.push_back({root + mount.point + group, mount.version});
      if (group.empty()) break;
      group.erase(group.rfind('/'));
    }
  }
  return groups;
}

}  // namespace isthmus::run
