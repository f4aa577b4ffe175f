// Files that are either the old version or the new one, whole, whatever happens in between.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace isthmus::data {

/// Writes `bytes` to a temporary beside the file, syncs it, renames it over the file, and syncs the folder. Throws
/// FileError, with the temporary removed and an earlier file untouched.
///
/// - Symbolic links are followed, and what they lead to is replaced, or made if it is not there. Another hard link
///   to the file goes on naming the earlier one.
/// - The new file has the earlier one's permissions, and its owner where the system lets us; one that was not
/// there
///   before has those of any new file (0666 without the umask).
/// - A file that may not be written is refused, as opening it for writing would be, though its folder would allow
///   to replace it.
/// - A character device and a pipe are written to, as the bytes come, and are never replaced; opening a pipe waits
///   for its reader. Whatever else is no regular file is refused.
///
/// A process that is killed leaves no temporary where the file system knows files without a name (O_TMPFILE), but
/// for the moment between its getting one and the rename; elsewhere FILE.PID.N may be left. Nobody reads them, and
/// they may be removed.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Writes a file from bytes that come piece by piece: `write` is given a function that appends them. Exceptions of
/// `write` propagate after the temporary was removed; bytes that a device or a pipe has received by then cannot be
/// taken back.
using AppendBytes = std::function<void(std::string_view)>;
void write_atomically_in_pieces(const std::filesystem::path& path,
                                const std::function<void(const AppendBytes& append)>& write);

/// Writes a file by a library that writes files itself: `write` is given the path of an empty temporary beside the
/// file and writes to it. Exceptions of `write` propagate after the temporary was removed. Devices and pipes are
/// refused.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::string& temporary)>& write);

/// Throws the FileError that writing there would throw at its beginning: for those who have much to do before.
void require_writable_file(const std::filesystem::path& path);

/// The path that `path` leads to, whose last part is no symbolic link; it need not exist. Throws FileError if
/// links lead in a circle.
std::filesystem::path follow_links(const std::filesystem::path& path);

/// Creates `folder` with its parents if needed and proves that a file can be written there, so that a long
/// run does not find out at its end. Throws FileError.
void require_writable_folder(const std::filesystem::path& folder);

}  // namespace isthmus::data
