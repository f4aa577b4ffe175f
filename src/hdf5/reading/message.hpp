// Messages between two processes of one program: values one after the other, in their format in memory.
#pragma once

#include <isthmus/interchange/hdf5.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace isthmus::interchange {

/// A record whose fields(record, each) calls `each` with every one of its fields.
template <class T>
concept Record = requires(T record) { T::fields(record, [](auto&) {}); };

/// A message in the making.
class Packer {
 public:
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void put(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put(const std::string& text) {
    put(text.size());
    bytes_ += text;
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(std::uint8_t{value.has_value()});
    if (value) put(*value);
  }
  void put(const Hdf5Info& info) {
    put(info.shape);
    for (const bool flag : {info.is_bytes, info.may_be_missing, info.is_dimension, info.is_integer})
      put(std::uint8_t{flag});
  }

  void put(const Record auto& record) {
    std::remove_cvref_t<decltype(record)>::fields(record, [this](const auto& field) { put(field); });
  }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A message that has come: gives what was put into it, in the same order. It throws std::out_of_range where it
/// ends too early, and takes no memory for what is not there.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void take(T& value) {
    std::memcpy(&value, take_bytes(sizeof value).data(), sizeof value);
  }
  void take(std::string& text) {
    std::size_t size = 0;
    take(size);
    text = take_bytes(size);
  }
  template <class T>
  void take(std::vector<T>& values) {
    std::size_t count = 0;
    take(count);
    values.clear();
    for (; count > 0; --count) take(values.emplace_back());
  }
  template <class T>
  void take(std::optional<T>& value) {
    value.reset();
    if (take_flag()) take(value.emplace());
  }
  void take(Hdf5Info& info) {
    take(info.shape);
    for (bool* const flag : {&info.is_bytes, &info.may_be_missing, &info.is_dimension, &info.is_integer})
      *flag = take_flag();
  }

  void take(Record auto& record) {
    std::remove_cvref_t<decltype(record)>::fields(record, [this](auto& field) { take(field); });
  }

 private:
  bool take_flag() {
    std::uint8_t flag = 0;
    take(flag);
    return flag != 0;
  }
  std::string_view take_bytes(std::size_t size) {
    if (size > rest_.size()) throw std::out_of_range("a message that ends too early");
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
};

}  // namespace isthmus::interchange
