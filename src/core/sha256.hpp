#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <openssl/sha.h>

#include "core/checksums.hpp"

/// SHA-256 without allocation or look-up of an algorithm: seen only by the sources that hash small texts
/// often.
namespace gannet::core {

/// Copying it forks the computation. Its state is wiped at its end.
class Sha256 {
 public:
  Sha256() noexcept;
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;
  ~Sha256();
  void update(std::string_view bytes) noexcept;
  /// The digest; ends it.
  [[nodiscard]] Sha256Digest finish() noexcept;

 private:
  SHA256_CTX context_;
};

/// RFC 2104 with the key's two blocks hashed once: each text then costs its own blocks and two more.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key) noexcept;
  [[nodiscard]] Sha256Digest sign(std::string_view text) const noexcept;

 private:
  Sha256 inner_;
  Sha256 outer_;
};

}  // namespace gannet::core
