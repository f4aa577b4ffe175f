#include <array>
#include <fstream>
#include <string_view>

#ifdef ISTHMUS_HAS_NETCDF
#include "classic_file.hpp"
#endif
#include "open_file.hpp"

namespace isthmus::interchange {
namespace {

/// NetCDF Users Guide, "File Format Specifications": the magic number of CDF-1, CDF-2 and CDF-5.
bool is_classic(const std::string& name) {
  std::array<char, 4> start{};
  return std::ifstream(name, std::ios::binary).read(start.data(), start.size()) &&
         std::string_view(start.data(), 3) == "CDF" && (start[3] == 1 || start[3] == 2 || start[3] == 5);
}

}  // namespace

std::unique_ptr<FileReader> open_file(const FileToOpen& file) {
  if (!is_classic(file.name)) return std::make_unique<OpenFile>(file);
#ifdef ISTHMUS_HAS_NETCDF
  return std::make_unique<ClassicFile>(file);
#else
  throw FileError(file.name, "", "an HDF5 file", "NetCDF's classic format, which Isthmus was built without");
#endif
}

}  // namespace isthmus::interchange
