// .npy files in memory, spelled out, so that the reader is not tested against the writer's idea of the format.
#pragma once

#include <string>

/// A file of version 1.0 with `dictionary` as its header.
inline std::string npy_of(const std::string& dictionary, const std::string& values) {
  const std::string header = dictionary + "\n";
  std::string bytes = "\x93NUMPY\1";
  bytes += {'\0', static_cast<char>(header.size()), static_cast<char>(header.size() >> 8)};
  return bytes + header + values;
}

inline std::string npy_dictionary(const std::string& dtype, const std::string& order, const std::string& shape) {
  return "{'descr': '" + dtype + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

/// A file of such an array in C order; `shape` is a tuple of Python.
inline std::string npy(const std::string& dtype, const std::string& shape, const std::string& values) {
  return npy_of(npy_dictionary(dtype, "False", shape), values);
}
