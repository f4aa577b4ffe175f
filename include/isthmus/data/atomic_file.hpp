// Files that are either the old version or the new one, whole, whatever happens in between.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace isthmus::data {

/// Writes `bytes` to a temporary beside `path`, syncs it, renames it over `path`, and syncs the folder. A symbolic
/// link at `path` is replaced, not followed. Throws FileError, with the temporary removed and an earlier `path`
/// untouched. A process that is killed leaves no temporary where the file system knows files without a name
/// (O_TMPFILE), but for the moment between its getting one and the rename, PATH.PID.N; elsewhere PATH.XXXXXX may
/// be left. Nobody reads them, and they may be removed.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same of bytes that come piece by piece: `write` is given what appends them. What `write` throws passes, the
/// temporary removed.
using AppendBytes = std::function<void(std::string_view)>;
void write_atomically_in_pieces(const std::filesystem::path& path,
                                const std::function<void(const AppendBytes& append)>& write);

/// The same for a library that writes files by itself: `write` is given the path of an empty temporary beside `path`
/// and writes to it. What `write` throws passes, the temporary removed.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::string& temporary)>& write);

/// Creates `folder` with its parents if needed and proves that a file can be written there, so that a long
/// run does not find out at its end. Throws FileError.
void require_writable_folder(const std::filesystem::path& folder);

}  // namespace isthmus::data
