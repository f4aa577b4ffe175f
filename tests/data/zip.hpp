// ZIP archives in memory, for files that tests make by hand.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

struct ZipFile {
  std::string name, bytes;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflate
  bool wide = false;         ///< sizes and the place of the header in 64 bits, as NumPy writes large arrays
};

/// Without zlib's header and its sum.
inline std::string deflated(const std::string& bytes) {
  z_stream stream{};
  ::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

/// The `size` lowest bytes of a number, the lowest first.
inline std::string low_bytes(std::uint64_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i, number >>= 8) bytes.push_back(static_cast<char>(number));
  return bytes;
}

inline std::string zip(const std::vector<ZipFile>& files, const std::string& comment = "") {
  std::string archive, directory;
  for (const ZipFile& file : files) {
    const std::string data = file.method == 8 ? deflated(file.bytes) : file.bytes;
    const std::size_t at = archive.size();
    const auto sum = ::crc32_z(0, reinterpret_cast<const Bytef*>(file.bytes.data()), file.bytes.size());
    const auto narrow = [&](std::uint64_t number) { return low_bytes(file.wide ? 0xffffffff : number, 4); };
    // The version that is needed, flags, the method, a time and a date; then what both headers have alike.
    const std::string start = low_bytes(45, 2) + low_bytes(0, 2) + low_bytes(file.method, 2) + low_bytes(0, 4);
    const std::string sizes =
        low_bytes(sum, 4) + narrow(data.size()) + narrow(file.bytes.size()) + low_bytes(file.name.size(), 2);
    const std::string wide_sizes = low_bytes(file.bytes.size(), 8) + low_bytes(data.size(), 8);
    const std::string local_extra = file.wide ? low_bytes(1, 2) + low_bytes(16, 2) + wide_sizes : "";
    const std::string extra = file.wide ? low_bytes(1, 2) + low_bytes(24, 2) + wide_sizes + low_bytes(at, 8) : "";
    archive += "PK\3\4" + start + sizes + low_bytes(local_extra.size(), 2) + file.name + local_extra + data;
    directory += "PK\1\2" + low_bytes(45, 2) + start + sizes + low_bytes(extra.size(), 2) +
                 low_bytes(0, 2 + 2 + 2 + 4) + narrow(at) + file.name + extra;
  }
  const std::string count = low_bytes(files.size(), 2);
  const std::string end = "PK\5\6" + low_bytes(0, 4) + count + count + low_bytes(directory.size(), 4) +
                          low_bytes(archive.size(), 4) + low_bytes(comment.size(), 2) + comment;
  return archive + directory + end;
}
