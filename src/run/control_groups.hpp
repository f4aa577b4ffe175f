// The control groups that a process is in, and those around it: whose limits hold for it.
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

/// Of this process: its groups of both versions that may have the controller, such as `cpu`, and those above them,
/// up to what is mounted. `root`: where /proc and /sys are looked for; what cannot be read is not there.
std::vector<ControlGroup> control_groups(const std::string& root, std::string_view controller);

/// A small file of the system; empty if it cannot be read.
std::string file_text(const std::string& path);

/// Takes the part up to `separator`, or all, from the front.
std::string_view take(std::string_view& text, char separator);

}  // namespace isthmus::run
