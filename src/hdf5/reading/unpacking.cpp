#include "unpacking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace isthmus::interchange {
namespace {

/// NetCDF's fill value of this type, for values that were never written (netcdf.h, NC_FILL_…); bytes have no such
/// value.
std::optional<Number> default_fill(StoredType type) {
  constexpr double of_floats = 9.9692099683868690e+36;
  switch (type) {
    case StoredType::i8:
    case StoredType::u8: return std::nullopt;
    case StoredType::i16: return std::int64_t{-32767};
    case StoredType::u16: return std::uint64_t{65535};
    case StoredType::i32: return std::int64_t{-2147483647};
    case StoredType::u32: return std::uint64_t{4294967295};
    case StoredType::i64: return std::int64_t{-9223372036854775806};
    case StoredType::u64: return std::uint64_t{18446744073709551614u};
    case StoredType::f32:
    case StoredType::f64: return of_floats;
  }
  return std::nullopt;
}

StoredType other_sign(StoredType type, bool to_unsigned) {
  using enum StoredType;
  for (const auto& [with_sign, without] : {std::pair(i8, u8), {i16, u16}, {i32, u32}, {i64, u64}}) {
    if (to_unsigned && type == with_sign) return without;
    if (!to_unsigned && type == without) return with_sign;
  }
  return type;
}

/// The number as a T: a float rounded to it; nothing if it is no T, so that no T equals it.
template <class T>
std::optional<T> exactly(const Number& number) {
  return std::visit(
      [](auto value) -> std::optional<T> {
        if constexpr (std::is_floating_point_v<T>) {
          return static_cast<T>(value);
        } else if constexpr (std::is_floating_point_v<decltype(value)>) {
          // Both powers of two: the largest T itself is often no double.
          const double end = std::ldexp(1.0, std::numeric_limits<T>::digits),
                       begin = std::is_signed_v<T> ? -end : 0;
          if (!(value >= begin && value < end) || value != std::trunc(value)) return std::nullopt;
          return static_cast<T>(value);
        } else {
          return std::in_range<T>(value) ? std::optional(static_cast<T>(value)) : std::nullopt;
        }
      },
      number);
}

/// Whether `value` lies below the bound.
template <class T>
bool below(T value, const Number& bound) {
  return std::visit(
      [&](auto limit) {
        if constexpr (std::is_floating_point_v<T>) return value < static_cast<T>(limit);
        else if constexpr (std::is_floating_point_v<decltype(limit)>) return static_cast<double>(value) < limit;
        else return std::cmp_less(value, limit);
      },
      bound);
}

template <class T>
bool above(T value, const Number& bound) {
  return std::visit(
      [&](auto limit) {
        if constexpr (std::is_floating_point_v<T>) return value > static_cast<T>(limit);
        else if constexpr (std::is_floating_point_v<decltype(limit)>) return static_cast<double>(value) > limit;
        else return std::cmp_greater(value, limit);
      },
      bound);
}

std::optional<Numbers> some_numbers(const AttributeReader& attributes, const char* name, std::size_t count) {
  auto found = attributes.numbers(name);
  if (found && found->values.size() != count)
    throw BadAttribute{name, count == 1 ? "one number" : fmt::format("{} numbers", count),
                       fmt::format("{}", found->values.size())};
  return found;
}

}  // namespace

Unpacking::Unpacking(StoredType type, bool by_netcdf, const AttributeReader& attributes) : type_(type) {
  if (const auto text = attributes.text("_Unsigned")) {
    std::string word = *text;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (word == "true" || word == "false") type_ = other_sign(type, word == "true");
    other_sign_ = type_ != type;
  }
  take_scale(attributes);
  take_missing(by_netcdf, attributes);
  take_range(attributes);
}

void Unpacking::take_scale(const AttributeReader& attributes) {
  for (const auto& [name, value] : {std::pair("scale_factor", &scale_), {"add_offset", &offset_}}) {
    const auto found = some_numbers(attributes, name, 1);
    if (!found) continue;
    *value = as_double(found->values[0]);
    if (!std::isfinite(*value)) throw BadAttribute{name, "a finite number", fmt::format("{}", *value)};
    scaled_ = true;
    scale_type_ = std::max(scale_type_, found->type);
  }
}

void Unpacking::take_missing(bool by_netcdf, const AttributeReader& attributes) {
  const auto fill = some_numbers(attributes, "_FillValue", 1);
  const auto others = attributes.numbers("missing_value");
  for (const auto* numbers : {&fill, &others})
    if (*numbers)
      for (const Number& number : (*numbers)->values) missing_.push_back(as_taken(number, (*numbers)->type));
  if (fill || !by_netcdf) return;
  if (const auto usual = default_fill(type_)) missing_.push_back(*usual);
}

void Unpacking::take_range(const AttributeReader& attributes) {
  if (const auto both = some_numbers(attributes, "valid_range", 2)) {
    take_bound(both->values[0], both->type, false);
    take_bound(both->values[1], both->type, true);
  }
  if (const auto least = some_numbers(attributes, "valid_min", 1))
    take_bound(least->values[0], least->type, false);
  if (const auto most = some_numbers(attributes, "valid_max", 1)) take_bound(most->values[0], most->type, true);
}

void Unpacking::take_bound(const Number& bound, StoredType type, bool upper) {
  bounded_ = true;
  if (scaled_ && type == scale_type_ && type > type_)
    (upper ? most_unpacked_ : least_unpacked_) = as_double(bound);
  else (upper ? most_ : least_) = as_taken(bound, type);
}

/// An attribute has the file's type, whose sign may not be the one meant.
Number Unpacking::as_taken(const Number& number, StoredType type) const {
  if (type == type_ || size_of(type) != size_of(type_) || other_sign(type, type < type_) != type_) return number;
  return with_type(type, [&](auto stored) -> Number {
    using Stored = decltype(stored);
    if constexpr (std::is_floating_point_v<Stored>) {
      return number;
    } else {
      const auto bits = std::visit([](auto value) { return static_cast<Stored>(value); }, number);
      if constexpr (std::is_signed_v<Stored>)
        return std::uint64_t{static_cast<std::make_unsigned_t<Stored>>(bits)};
      else return std::int64_t{static_cast<std::make_signed_t<Stored>>(bits)};
    }
  });
}

bool Unpacking::may_be_missing() const {
  return bounded_ || !missing_.empty() || type_ == StoredType::f32 || type_ == StoredType::f64;
}

void Unpacking::unpack(const void* stored, std::size_t n, float* out) const {
  with_type(type_, [&](auto number) {
    using T = decltype(number);
    std::vector<T> missing;
    for (const Number& one : missing_)
      if (const auto value = exactly<T>(one)) missing.push_back(*value);
    const T* const values = static_cast<const T*>(stored);
    for (std::size_t i = 0; i < n; ++i) {
      const T value = values[i];
      bool absent = std::find(missing.begin(), missing.end(), value) != missing.end();
      const double meant = scaled_ ? static_cast<double>(value) * scale_ + offset_ : static_cast<double>(value);
      if (bounded_)
        absent = absent || (least_ && below(value, *least_)) || (most_ && above(value, *most_)) ||
                 meant < least_unpacked_ || meant > most_unpacked_;
      out[i] = absent    ? std::numeric_limits<float>::quiet_NaN()
               : scaled_ ? static_cast<float>(meant)
                         : static_cast<float>(value);
    }
  });
}

}  // namespace isthmus::interchange
