// Working memory of the passes, which run in the compiler.
#pragma once

#include <type_traits>

namespace isthmus {

/// An array of `size` elements, all of one value, for numbers: in constant evaluation a std::vector of n costs
/// several function calls for each element, and this none.
template <class T>
  requires std::is_trivially_default_constructible_v<T>
class Array {
 public:
  constexpr Array() = default;
  constexpr explicit Array(int size, T value = {}) : elements_(new T[static_cast<unsigned>(size)]) {
    // Elements are assigned one by one, also zeros: the compiler would store equal ones as a range, which it has
    // to split at every later assignment.
    for (int i = 0; i < size; ++i) elements_[i] = value;
  }
  constexpr Array(Array&& other) noexcept : elements_(other.elements_) { other.elements_ = nullptr; }
  constexpr Array& operator=(Array&& other) noexcept {
    T* const mine = elements_;
    elements_ = other.elements_;
    other.elements_ = mine;
    return *this;
  }
  constexpr ~Array() { delete[] elements_; }

  /// Loops over them read by this pointer, which is cheaper than a call for each.
  constexpr T* data() const { return elements_; }
  constexpr T& operator[](int i) const { return elements_[i]; }

 private:
  T* elements_ = nullptr;
};

}  // namespace isthmus
