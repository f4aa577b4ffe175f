// IDX, the format of MNIST: a magic number, the dimensions, the values, all big-endian.
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".
#pragma once

#include <isthmus/data/numbers.hpp>
#include <isthmus/data/samples.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace isthmus::data {

/// The contents of an IDX file, of 1 to 4 dimensions: unsigned bytes (type 0x08), or floats (type 0x0d; signed
/// bytes, 0x09, integers of 16 or 32 bits, 0x0b and 0x0c, and doubles, 0x0e, are converted to floats).
struct IdxArray {
  std::vector<std::int64_t> shape;
  Samples::Values values;
};

/// Reads any IDX file, plain or compressed by gzip, which its first bytes tell. Throws FileError with the
/// byte and what was expected there, if the file is anything but one whole array.
IdxArray read_idx(const std::filesystem::path& path);

/// Reads samples: the first of 2 to 4 dimensions counts them, and may be 0. `bytes` says what unsigned bytes are.
/// A plain file of more than `held` bytes stays where it is and is read while the samples are used. Throws
/// FileError, also for a file of labels, and NumberError for a float that is infinite, or NaN without a `fill`.
Samples read_idx_samples(const std::filesystem::path& path, std::uint64_t held = usually_held,
                         BytesAre bytes = BytesAre::pixels, Fill fill = {});

/// Reads labels: integers from 0 to 255 in one dimension. Throws FileError, also for a file of samples.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path);

/// Writes an IDX file, plain and atomically. Throws ShapeError if `shape` is not 1 to 4 dimensions, each from
/// 1 to 2^32 - 1, with as many values in all as given; FileError if the file cannot be written.
void write_idx(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const std::uint8_t> values);
void write_idx(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values);

}  // namespace isthmus::data
