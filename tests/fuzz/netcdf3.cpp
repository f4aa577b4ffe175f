// Files in NetCDF's classic formats.
#include "data_sets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr const char* objects[] = {"/"};
  constexpr const char* attributes[] = {"title", "_FillValue", "valid_range"};
  const auto path = fuzz::named_file_of(bytes, size);
  fuzz::check(path, size, fuzz::of_data_sets,
              [&](const auto& file) { fuzz::read_data_sets(file, objects, attributes); });
  return 0;
}
