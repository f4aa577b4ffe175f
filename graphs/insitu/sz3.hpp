// SZ3 as a filter of HDF5, where its plug-in is found: the compressor that others would use.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace insitu {

/// Whether HDF5 finds the filter: in the folders that HDF5_PLUGIN_PATH names.
bool has_sz3();

/// A field of rows × columns within an absolute bound: an HDF5 file of one chunk, as bytes. Source: Liang et al.
/// 2022, "SZ3: A Modular Framework for Composing Prediction-Based Error-Bounded Lossy Compressors". Throws
/// isthmus::Error.
std::string compress_sz3(std::span<const float> field, int rows, int columns, double epsilon);
/// Bytes of the chunk in such a file: what is compared, without HDF5's own tables.
std::size_t sz3_bytes(const std::string& file);
std::vector<float> decompress_sz3(const std::string& file, int rows, int columns);

}  // namespace insitu
