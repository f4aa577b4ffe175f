// Numbers as files store them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

namespace isthmus::interchange {

/// The types of stored numbers, from the narrowest to the widest, in NetCDF's order.
enum class StoredType : std::uint8_t { i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };

/// The result of `use` for a number of the C++ type that corresponds to the stored type.
template <class Use>
auto with_type(StoredType type, const Use& use) {
  switch (type) {
    case StoredType::i8: return use(std::int8_t{});
    case StoredType::u8: return use(std::uint8_t{});
    case StoredType::i16: return use(std::int16_t{});
    case StoredType::u16: return use(std::uint16_t{});
    case StoredType::i32: return use(std::int32_t{});
    case StoredType::u32: return use(std::uint32_t{});
    case StoredType::i64: return use(std::int64_t{});
    case StoredType::u64: return use(std::uint64_t{});
    case StoredType::f32: return use(float{});
    case StoredType::f64: return use(double{});
  }
  return use(double{});
}

inline std::size_t size_of(StoredType type) {
  return with_type(type, [](auto number) { return sizeof number; });
}

/// A number of any type, exactly.
using Number = std::variant<std::int64_t, std::uint64_t, double>;

inline double as_double(const Number& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

/// The numbers of an attribute.
struct Numbers {
  StoredType type{};
  std::vector<Number> values = {};
};

}  // namespace isthmus::interchange
