#include "tool/sha256.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace isthmus::tool {
namespace {

void require(bool done) {
  if (!done) throw Error("SHA-256: OpenSSL failed");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(const void* bytes, std::size_t size) {
  require(EVP_DigestUpdate(context_.get(), bytes, size) == 1);
}

std::string Sha256::hex() const {
  // A copy is ended.
  const Sha256 ended;
  std::array<unsigned char, 32> sum{};
  require(EVP_MD_CTX_copy_ex(ended.context_.get(), context_.get()) == 1 &&
          EVP_DigestFinal_ex(ended.context_.get(), sum.data(), nullptr) == 1);
  std::string digits;
  for (const unsigned char byte : sum) digits += fmt::format("{:02x}", byte);
  return digits;
}

std::string sha256(std::string_view bytes) {
  Sha256 sum;
  sum.update(bytes.data(), bytes.size());
  return sum.hex();
}

}  // namespace isthmus::tool
