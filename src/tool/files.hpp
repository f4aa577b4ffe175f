// The files that a command is given: looked at before any is read.
#pragma once

#include <string>
#include <vector>

namespace isthmus::tool {

/// A path and the argument that names it, for messages: OUT, --trace, --data.
struct NamedFile {
  std::string argument, path;
};

/// Throws Error if one of `written` is also read or written under another name, be that another spelling, a
/// symbolic link or a hard link, or if it is certain that it cannot be written. A source `FILE:DATASET` is its
/// file. Devices may be named more than once, such as /dev/null.
///
/// Standard output is one of the files written if it is a regular one. Where it is a pipe that `written` names as
/// well (/dev/stdout), it is left to the file, and what the command prints goes to standard error.
void check_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written);

}  // namespace isthmus::tool
