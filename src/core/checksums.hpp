#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gannet::core {

using Sha256Digest = std::array<std::byte, 32>;

Sha256Digest sha256(std::string_view bytes) noexcept;
std::string sha256_hex(std::string_view bytes);
/// SHA-256 of no bytes, in hex.
inline constexpr std::string_view empty_sha256_hex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes) noexcept;

std::uint32_t crc32(std::string_view bytes, std::uint32_t so_far = 0) noexcept;   ///< IEEE 802.3, as zlib.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far = 0) noexcept;  ///< Castagnoli.
/// The one of NVMe, which S3 takes by default from newer clients.
std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t so_far = 0) noexcept;

/// Compares without stopping at the first difference.
bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept;

enum class ChecksumAlgorithm : std::uint8_t { crc32, crc32c, crc64nvme, sha1, sha256, sha512, md5 };

/// A checksum taken piece by piece. Not copyable.
class Checksum {
 public:
  /// Throws if this machine's OpenSSL forbids SHA-1 or MD5 and one of them is asked for.
  explicit Checksum(ChecksumAlgorithm algorithm);
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;
  ~Checksum();
  void update(std::string_view bytes) noexcept;
  /// The checksum's bytes, big-endian for CRCs; ends it.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::core
