// The values that stored numbers represent, according to their attributes. Sources: "NetCDF Climate and Forecast
// (CF) Metadata Conventions" 1.11, sections 2.5.1 and 8.1; "NetCDF Users Guide", appendix A, "Attribute
// Conventions".
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "number.hpp"

namespace isthmus::interchange {

/// An attribute that says nothing: `expected` and `found` are for the reader's message.
struct BadAttribute {
  const char* name;
  std::string expected, found;
};

/// Access to the attributes of one data set.
struct AttributeReader {
  /// The numbers of an attribute; nothing if there is none. Throws what its file's reader throws if it holds
  /// others.
  std::function<std::optional<Numbers>(const char* name)> numbers;
  /// The text of an attribute; nothing if there is none, or if it is no text.
  std::function<std::optional<std::string>(const char* name)> text;
};

/// scale_factor and add_offset; _FillValue, missing_value, valid_range, valid_min and valid_max; _Unsigned; and
/// NetCDF's fill value of values that were never written.
///
/// A missing value is known by its stored number, before it is scaled; a valid range as well, unless it is of the
/// type that scaled numbers have and that is a wider one.
class Unpacking {
 public:
  /// Unpacking of numbers that represent themselves.
  Unpacking() = default;
  /// `by_netcdf`: whether NetCDF has written the file, so that a data set without a _FillValue has the one of its
  /// type. Bytes have none: all of their values are in use. Throws BadAttribute.
  Unpacking(StoredType type, bool by_netcdf, const AttributeReader& attributes);

  /// The type as which the stored numbers are interpreted: _Unsigned may change the sign of the file's type.
  StoredType type() const { return type_; }
  /// Whether the stored numbers are scaled or shifted.
  bool scaled() const { return scaled_; }
  /// Whether some values may be missing, by these attributes or because they can be NaN.
  bool may_be_missing() const;
  /// Whether unpacking is nothing but conversion to floats.
  bool trivial() const { return !scaled_ && !bounded_ && !other_sign_ && missing_.empty(); }

  /// The floats that `n` numbers stand for; NaN for a missing one. `stored` may be `out`, if it holds floats.
  void unpack(const void* stored, std::size_t n, float* out) const;

 private:
  void take_scale(const AttributeReader& attributes);
  void take_missing(bool by_netcdf, const AttributeReader& attributes);
  void take_range(const AttributeReader& attributes);
  void take_bound(const Number& bound, StoredType type, bool upper);
  Number as_taken(const Number& number, StoredType type) const;

  StoredType type_ = StoredType::f32;
  bool scaled_ = false, bounded_ = false, other_sign_ = false;
  double scale_ = 1, offset_ = 0;
  StoredType scale_type_ = StoredType::i8;  ///< the wider one of the two's
  std::vector<Number> missing_;
  std::optional<Number> least_, most_;  ///< of stored numbers
  double least_unpacked_ = -std::numeric_limits<double>::infinity();
  double most_unpacked_ = std::numeric_limits<double>::infinity();
};

}  // namespace isthmus::interchange
