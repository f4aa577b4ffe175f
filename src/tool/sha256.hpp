// SHA-256, by which runs are compared: equal weights, equal sum.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace isthmus::tool {

/// The sum of bytes that come in pieces. Throws Error where OpenSSL has no SHA-256 or no memory.
class Sha256 {
 public:
  Sha256();

  /// Takes in `size` bytes.
  void update(const void* bytes, std::size_t size);

  /// The sum of all bytes taken in so far, 64 hexadecimal digits in lower case. More bytes may follow.
  std::string hex() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The sum of `bytes`, 64 hexadecimal digits in lower case.
std::string sha256(std::string_view bytes);

}  // namespace isthmus::tool
