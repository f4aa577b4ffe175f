// NumPy's .npy files, versions 1.0 and 2.0: codes and reconstructions go out, any array of floats comes in, and
// labels.
// Source: NumPy reference, "numpy.lib.format", section "Format Version 1.0" and "Format Version 2.0".
#pragma once

#include <isthmus/data/samples.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace isthmus::data {

/// An array of floats, row-major. A scalar has the shape {}.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Reads an array of dtype '<f4' (float32, little-endian) in C order; NaN passes. Throws FileError with the
/// byte and what was expected there, if the file is anything but one such array.
NpyArray read_npy(const std::filesystem::path& path);

/// Reads samples of dtype '<f4', or '|u1' (uint8), which is read as byte / 255. The first of at least 2 dimensions
/// counts the samples. A file of more than `held` bytes stays where it is and is read while the samples are used.
/// Throws FileError, and NumberError for a float that is NaN or infinite.
Samples read_npy_samples(const std::filesystem::path& path, std::uint64_t held = usually_held);

/// Reads labels: integers from 0 to 255 in one dimension, of any of NumPy's little-endian types. Throws FileError,
/// with the position if a number is no label.
std::vector<std::uint8_t> read_npy_labels(const std::filesystem::path& path);

/// Writes an array of dtype '<f4', version 1.0, atomically. Throws ShapeError if `shape` does not have as
/// many values, or more than NumPy's 32 dimensions; FileError if the file cannot be written.
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values);

/// The same of values that come piece by piece: `write` is given what appends them. Throws ShapeError as well if
/// they are more or fewer than `shape` has; what `write` throws passes. An earlier `path` is then untouched.
using AppendFloats = std::function<void(std::span<const float>)>;
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               const std::function<void(const AppendFloats& append)>& write);

}  // namespace isthmus::data
