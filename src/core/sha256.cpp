// The low-level calls are deprecated in OpenSSL 3 in favour of EVP, whose contexts are allocated and
// dispatched through providers: that costs several times the hashing itself of the few hundred bytes a
// signature takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/sha256.hpp"

#include <openssl/crypto.h>

namespace gannet::core {
namespace {

constexpr std::size_t block_size = 64;

unsigned char* raw(Sha256Digest& digest) noexcept {
  return reinterpret_cast<unsigned char*>(digest.data());
}

std::string_view text_of(const Sha256Digest& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

Sha256::Sha256() noexcept {
  SHA256_Init(&context_);
}

Sha256::~Sha256() {
  OPENSSL_cleanse(&context_, sizeof context_);
}

void Sha256::update(std::string_view bytes) noexcept {
  SHA256_Update(&context_, bytes.data(), bytes.size());
}

Sha256Digest Sha256::finish() noexcept {
  Sha256Digest digest;
  SHA256_Final(raw(digest), &context_);
  return digest;
}

HmacSha256::HmacSha256(std::string_view key) noexcept {
  std::array<char, block_size> block{};
  if (key.size() > block_size) {
    auto digest = sha256(key);
    text_of(digest).copy(block.data(), digest.size());
    OPENSSL_cleanse(digest.data(), digest.size());
  } else {
    key.copy(block.data(), key.size());
  }
  for (char& c : block) c = static_cast<char>(c ^ 0x36);
  inner_.update({block.data(), block.size()});
  for (char& c : block) c = static_cast<char>(c ^ 0x36 ^ 0x5c);
  outer_.update({block.data(), block.size()});
  OPENSSL_cleanse(block.data(), block.size());
}

Sha256Digest HmacSha256::sign(std::string_view text) const noexcept {
  Sha256 inner = inner_;
  inner.update(text);
  const auto digest = inner.finish();
  Sha256 outer = outer_;
  outer.update(text_of(digest));
  return outer.finish();
}

Sha256Digest sha256(std::string_view bytes) noexcept {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes) noexcept {
  return HmacSha256(key).sign(bytes);
}

}  // namespace gannet::core
