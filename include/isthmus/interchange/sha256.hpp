// SHA-256, by which runs are compared: equal weights, equal sum.
// Source: NIST FIPS 180-4, "Secure Hash Standard", sections 4.1.2, 4.2.2, 5.3.3 and 6.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace isthmus::interchange {

/// The sum of bytes that come in pieces.
class Sha256 {
 public:
  /// Takes in `size` bytes.
  void update(const void* bytes, std::size_t size);

  /// The sum of all bytes taken in so far, 64 hexadecimal digits in lower case. More bytes may follow.
  std::string hex() const;

 private:
  static constexpr std::size_t block_size = 64;

  void compress(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, block_size> rest_{};
  std::uint64_t size_ = 0;
};

/// The sum of `bytes`, 64 hexadecimal digits in lower case.
std::string sha256(std::string_view bytes);

}  // namespace isthmus::interchange
