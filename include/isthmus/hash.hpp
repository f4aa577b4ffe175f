// A hash of names and numbers, the same in the compiler and on every machine: random numbers and what ranks tell
// each other depend on it. Source: Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm".
#pragma once

#include <cstdint>

namespace isthmus {

/// FNV-1a, of words of this type that start at `start` and are multiplied by `prime`.
template <class Word, Word start, Word prime>
struct Fnv1a {
  Word value = start;

  /// The algorithm has bytes here. A larger number is taken in one step.
  constexpr void add(Word number) { value = (value ^ number) * prime; }
  constexpr void add_byte(char byte) { add(static_cast<unsigned char>(byte)); }
  constexpr void add_text(const char* text) {
    for (; *text != 0; ++text) add_byte(*text);
  }
};

using Fnv1a32 = Fnv1a<std::uint32_t, 2166136261u, 16777619u>;
using Fnv1a64 = Fnv1a<std::uint64_t, 14695981039346656037u, 1099511628211u>;

}  // namespace isthmus
