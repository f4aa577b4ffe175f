// Snapshots as HDF5 files, and the decoder beside them.
#pragma once

#include "restorer.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace insitu {

/// All that is stored of a moment. The data sets are /FIELD/rank_R/{scales,codes,residual}, strings of bytes;
/// those that are empty are left out.
struct Snapshot {
  std::int64_t step = 0;
  int rows = 0;  ///< of the whole field
  int columns = 0;
  int ranks = 0;      ///< strips of equally many rows
  float epsilon = 0;  ///< 0: codes alone
  /// By field, in the order of `field_names`, and rank.
  std::vector<std::vector<StoredField>> fields;
};

/// `folder`/snapshot_NUMBER.h5.
std::filesystem::path snapshot_path(const std::filesystem::path& folder, int number);

/// `folder`/snapshot_NUMBER_FIELD.npy: the field itself.
std::filesystem::path original_path(const std::filesystem::path& folder, int number, std::string_view field);

/// Written whole or not at all. Throws FileError.
void write_snapshot(const std::filesystem::path& path, const Snapshot& snapshot);

/// Throws FileError if anything is missing or makes no sense.
Snapshot read_snapshot(const std::filesystem::path& path);

/// `folder`/decoder.safetensors: of all parameters only the decoder's. Throws FileError.
void write_decoder(const std::filesystem::path& folder, const std::vector<isthmus::NamedTensor>& parameters);
std::vector<isthmus::NamedTensor> read_decoder(const std::filesystem::path& folder);

}  // namespace insitu
