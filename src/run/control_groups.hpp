// The control groups of a process and their ancestors, whose limits hold for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::run {

/// A control group as it is mounted.
struct ControlGroup {
  std::string folder;
  int version = 2;
};

/// The control groups of this process, of both versions, that may have the controller, such as `cpu`, and their
/// ancestors up to the mount point. `root`: the folder of /proc and /sys; groups that cannot be read are left out.
std::vector<ControlGroup> control_groups(const std::string& root, std::string_view controller);

/// A small file of the system; empty if it cannot be read.
std::string file_text(const std::string& path);

/// Takes the part up to `separator`, or all, from the front.
std::string_view take(std::string_view& text, char separator);

}  // namespace isthmus::run
