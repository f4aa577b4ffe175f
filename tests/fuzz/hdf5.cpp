// HDF5 files, with attributes of the names that the corpus has, and as files of weights.
#include <isthmus/interchange/import_hdf5.hpp>

#include "data_sets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr const char* objects[] = {"/", "/layers", "/made"};
  constexpr const char* attributes[] = {"format", "names", "count", "bound", "_FillValue"};
  const auto path = fuzz::named_file_of(bytes, size);
  fuzz::check(path, size, fuzz::of_data_sets,
              [&](const auto& file) { fuzz::read_data_sets(file, objects, attributes); });
  fuzz::check(path, size, fuzz::of_data_sets,
              [](const auto& file) { isthmus::interchange::read_hdf5_weights(file, fuzz::patience); });
  return 0;
}
