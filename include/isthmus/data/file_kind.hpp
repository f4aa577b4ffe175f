// The kind of a file, found by its first bytes and not by its name: for readers that take several formats, and for
// the message that tells a user how to convert a file of another format.
#pragma once

#include <isthmus/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace isthmus::data {

// clang-format off
enum class FileKind : std::uint8_t {
  unknown, empty, folder,
  // Formats that samples or weights are read from, here or in libraries of their own.
  idx, npy, npz, hdf5, netcdf_classic, safetensors,
  // Models.
  torch, torch_script, torch_legacy, keras, saved_model, onnx, tensorflow_checkpoint, tflite, gguf,
  // Arrays and tables.
  pickle, text, json, matlab, parquet, arrow, excel, sqlite, zarr, hdf4, fits, grib, nifti, dicom,
  // Images and sound.
  png, jpeg, gif, webp, tiff, wave,
  // Archives and compressed files.
  zip, zstd, xz, bzip2, tar, seven_zip
};
// clang-format on

/// A kind, and whether the file is compressed by gzip, within which the kind was found.
struct RecognisedFile {
  FileKind kind = FileKind::unknown;
  bool gzip = false;
  std::string start;  ///< the first bytes, at most eight, decompressed
};

/// Looks at the first bytes of `path`, at the directory of a ZIP archive, and into a folder. What is `text`,
/// `torch_script` or `onnx` is a guess, though a good one. Throws FileError if it is not there or cannot be read,
/// or if its gzip data are damaged.
RecognisedFile recognise(const std::filesystem::path& path);

/// The kind in a message: `a PNG image`.
std::string_view name_of(FileKind kind);

/// The data for which the user gave the file.
enum class Wanted : std::uint8_t { samples, weights };

/// One line of Python or of the shell that converts such a file, where FILE is its path, to a format that is read:
/// an array, or safetensors. Empty where there is none.
std::string_view advice(FileKind kind, Wanted wanted);

/// The text that an error gives as what was found: `a PNG image; convert it: …`, and how a file of an unknown
/// format begins.
std::string found_text(const RecognisedFile& file, Wanted wanted);

}  // namespace isthmus::data
