// NumPy's .npy files, versions 1.0 to 3.0, plain or compressed by gzip, which their first bytes tell, and .npz
// archives of them: codes and reconstructions go out, any array of numbers comes in, and labels. Source: NumPy
// reference, "numpy.lib.format", section "Format Version 1.0" to "Format Version 3.0".
#pragma once

#include <isthmus/data/numbers.hpp>
#include <isthmus/data/samples.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::data {

/// An array of floats, row-major. A scalar has the shape {}.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Reads an array of numbers: floating-point ones of 16, 32 or 64 bits, integers of 8 to 64 bits with and without
/// a sign, booleans; of either byte order, in C or Fortran order. Each becomes the nearest float; NaN passes.
/// Throws FileError with the byte and what was expected there, if the file is anything but one such array, and for
/// a number that is beyond the range of floats.
NpyArray read_npy(const std::filesystem::path& path);

/// Reads samples of any of these types; `bytes` says what unsigned bytes are. The first of at least 2 dimensions
/// counts the samples, of which there may be none. A plain file of more than `held` bytes in C order stays where
/// it is and is read while the samples are used. Throws FileError, and NumberError for a number that is infinite,
/// or NaN without a `fill`.
Samples read_npy_samples(const std::filesystem::path& path, std::uint64_t held = usually_held,
                         BytesAre bytes = BytesAre::pixels, Fill fill = {});

/// Reads labels: integers from 0 to 255 in one dimension, of any type. Throws FileError, with the position if a
/// number is no label.
std::vector<std::uint8_t> read_npy_labels(const std::filesystem::path& path);

/// The names of the arrays in a .npz archive, without `.npy`, in the archive's order. Throws FileError.
std::vector<std::string> npz_names(const std::filesystem::path& path);

/// Reads an array, samples or labels from a .npz archive as the functions above do from a .npy file, stored or
/// compressed by deflate. `name` may be empty if there is only one. An array stays in the archive under the same
/// conditions if it is not compressed; of one that is held the sum (CRC-32) is verified. Messages name it
/// `FILE:NAME`, and count bytes within it. Throws FileError, with the names that there are if `name` is none of
/// them.
NpyArray read_npz(const std::filesystem::path& path, const std::string& name);
Samples read_npz_samples(const std::filesystem::path& path, const std::string& name,
                         std::uint64_t held = usually_held, BytesAre bytes = BytesAre::pixels, Fill fill = {});
std::vector<std::uint8_t> read_npz_labels(const std::filesystem::path& path, const std::string& name);

/// Writes an array of dtype '<f4', version 1.0, atomically. Throws ShapeError if `shape` does not have as
/// many values, or more than NumPy's 32 dimensions; FileError if the file cannot be written.
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values);

/// Writes such an array from values that come piece by piece: `write` is given a function that appends them.
/// Throws ShapeError as well if they are more or fewer than `shape` has; exceptions of `write` propagate. An
/// earlier file at `path` is then untouched.
using AppendFloats = std::function<void(std::span<const float>)>;
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               const std::function<void(const AppendFloats& append)>& write);

}  // namespace isthmus::data
