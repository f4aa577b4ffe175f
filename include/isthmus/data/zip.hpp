// The directory of a ZIP archive; .npz and .keras files and those of torch.save are such archives. InputFile reads
// an entry. Source: PKWARE, ".ZIP File Format Specification", 6.3.10, sections 4.3 (structure) and 4.5.3 (Zip64).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace isthmus::data {

/// A file within an archive, as the archive's central directory has it.
struct ZipEntry {
  std::string name;               ///< bytes as they are there, `/` between folders
  std::uint64_t header_at = 0;    ///< the byte of the archive that its local header begins at
  std::uint64_t stored_size = 0;  ///< bytes in the archive
  std::uint64_t size = 0;         ///< bytes once it is decompressed
  std::uint32_t crc32 = 0;        ///< of the decompressed bytes
  std::uint16_t method = 0;       ///< how it is compressed: 0 not at all, 8 by deflate
  bool encrypted = false;
};

/// The entries in the order of the directory, none of which is opened. Throws FileError if `path` is no readable
/// file, or no whole archive in one file.
std::vector<ZipEntry> read_zip_directory(const std::filesystem::path& path);

}  // namespace isthmus::data
