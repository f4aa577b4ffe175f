// The header of a .npy file: a dictionary written as a Python literal.
#pragma once

#include <isthmus/data/numbers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::data {

/// A value of the dictionary and the byte of the file that it begins at.
struct NpyHeader {
  std::string dtype;
  std::uint64_t dtype_at = 0;
  bool fortran_order = false;
  std::uint64_t fortran_order_at = 0;
  std::vector<std::int64_t> shape;
  std::uint64_t shape_at = 0;
};

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, the keys in any order, each once.
/// `offset` is the text's place in the file `name`, for messages. Throws FileError.
NpyHeader parse_npy_header(std::string_view text, std::uint64_t offset, const std::string& name);

/// The type that `dtype` stands for, such as '<f4', '|b1' or '>i8'; nothing if it is none that becomes floats.
/// Source: NumPy reference, "The array interface protocol", `typestr`.
std::optional<NumberType> number_type(std::string_view dtype);

/// The name, for messages, of a dtype that is not numeric: `complex numbers`; empty if it has none.
std::string_view other_type(std::string_view dtype);

}  // namespace isthmus::data
