#include "local/s3/object_checksum.hpp"

#include <array>

#include <fmt/format.h>
#include <gannet/http.hpp>

namespace gannet::local::s3 {
namespace {

using core::ChecksumAlgorithm;

struct Kind {
  ChecksumAlgorithm algorithm;
  std::string_view name;
  std::string_view header;
  std::string_view element;
  std::size_t size;
  std::uint64_t polynomial;  ///< Of a CRC, bit-reversed; 0 of anything else.
};

constexpr std::array kinds{
    Kind{ChecksumAlgorithm::crc32, "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", 4, 0xEDB88320},
    Kind{ChecksumAlgorithm::crc32c, "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", 4, 0x82F63B78},
    Kind{ChecksumAlgorithm::crc64nvme, "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", 8,
         0x9A6C9329AC4BC9B5},
    Kind{ChecksumAlgorithm::sha1, "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", 20, 0},
    Kind{ChecksumAlgorithm::sha256, "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", 32, 0},
    Kind{ChecksumAlgorithm::sha512, "SHA512", "x-amz-checksum-sha512", "ChecksumSHA512", 64, 0},
    Kind{ChecksumAlgorithm::md5, "MD5", "x-amz-checksum-md5", "ChecksumMD5", 16, 0},
};

const Kind& kind_of(ChecksumAlgorithm algorithm) noexcept {
  for (const Kind& kind : kinds) {
    if (kind.algorithm == algorithm) return kind;
  }
  return kinds.front();
}

std::uint64_t from_big_endian(std::string_view bytes) noexcept {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string to_big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xFF);
  return bytes;
}

/// A linear map on the CRC's register: column i is where bit i goes.
using Matrix = std::array<std::uint64_t, 64>;

std::uint64_t mapped(const Matrix& matrix, std::uint64_t bits) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; bits != 0; ++i, bits >>= 1) {
    if ((bits & 1) != 0) sum ^= matrix[i];
  }
  return sum;
}

Matrix squared(const Matrix& matrix, std::size_t width) noexcept {
  Matrix square{};
  for (std::size_t i = 0; i < width; ++i) square[i] = mapped(matrix, matrix[i]);
  return square;
}

}  // namespace

std::string_view name_of(ChecksumAlgorithm algorithm) noexcept {
  return kind_of(algorithm).name;
}
std::string_view header_of(ChecksumAlgorithm algorithm) noexcept {
  return kind_of(algorithm).header;
}
std::string_view element_of(ChecksumAlgorithm algorithm) noexcept {
  return kind_of(algorithm).element;
}
std::size_t size_of(ChecksumAlgorithm algorithm) noexcept {
  return kind_of(algorithm).size;
}

std::span<const ChecksumAlgorithm> object_checksums() noexcept {
  static constexpr std::array all{ChecksumAlgorithm::crc32,     ChecksumAlgorithm::crc32c,
                                  ChecksumAlgorithm::crc64nvme, ChecksumAlgorithm::sha1,
                                  ChecksumAlgorithm::sha256,    ChecksumAlgorithm::sha512,
                                  ChecksumAlgorithm::md5};
  return all;
}

std::optional<ChecksumAlgorithm> checksum_named(std::string_view name) noexcept {
  for (const Kind& kind : kinds) {
    if (iequals(kind.name, name)) return kind.algorithm;
  }
  return std::nullopt;
}

std::optional<ChecksumAlgorithm> checksum_of_header(std::string_view header) noexcept {
  for (const Kind& kind : kinds) {
    if (iequals(kind.header, header)) return kind.algorithm;
  }
  return std::nullopt;
}

std::string to_stored(const std::optional<ObjectChecksum>& checksum) {
  if (!checksum) return {};
  return fmt::format("{} {} {}", name_of(checksum->algorithm), checksum->type(), checksum->value);
}

std::optional<ObjectChecksum> checksum_from_stored(std::string_view text) {
  const std::size_t first = text.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find(' ', first + 1);
  const auto algorithm = checksum_named(text.substr(0, first));
  if (second == std::string_view::npos || !algorithm) return std::nullopt;
  return ObjectChecksum{.algorithm = *algorithm,
                        .composite = text.substr(first + 1, second - first - 1) == "COMPOSITE",
                        .value = std::string(text.substr(second + 1))};
}

bool combines(ChecksumAlgorithm algorithm) noexcept {
  return kind_of(algorithm).polynomial != 0;
}

std::string combined(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                     std::uint64_t second_size) {
  const Kind& kind = kind_of(algorithm);
  const std::size_t width = kind.size * 8;
  // Feeding a zero bit shifts the register and folds in the polynomial: a linear map. Feeding `second_size`
  // zero bytes is that map to the power of 8 * second_size, and the second piece's CRC is then added.
  Matrix power{};
  power[0] = kind.polynomial;
  for (std::size_t i = 1; i < width; ++i) power[i] = std::uint64_t{1} << (i - 1);
  for (int doubling = 0; doubling < 3; ++doubling) power = squared(power, width);
  std::uint64_t crc = from_big_endian(first);
  for (; second_size != 0; second_size >>= 1) {
    if ((second_size & 1) != 0) crc = mapped(power, crc);
    power = squared(power, width);
  }
  return to_big_endian(crc ^ from_big_endian(second), kind.size);
}

}  // namespace gannet::local::s3
