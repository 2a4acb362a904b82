#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/checksums.hpp"

/// The checksums that S3 keeps beside an object ("Checking object integrity in Amazon S3").
namespace gannet::local::s3 {

/// "CRC32", as `x-amz-checksum-algorithm` and the XML documents have it.
std::string_view name_of(core::ChecksumAlgorithm algorithm) noexcept;
/// "x-amz-checksum-crc32"
std::string_view header_of(core::ChecksumAlgorithm algorithm) noexcept;
/// "ChecksumCRC32"
std::string_view element_of(core::ChecksumAlgorithm algorithm) noexcept;
/// Bytes of a value.
std::size_t size_of(core::ChecksumAlgorithm algorithm) noexcept;
/// All that may stand in a request; Content-MD5 beside them is no object's checksum.
std::span<const core::ChecksumAlgorithm> object_checksums() noexcept;
/// By name, without regard to case.
std::optional<core::ChecksumAlgorithm> checksum_named(std::string_view name) noexcept;
/// By header name, without regard to case.
std::optional<core::ChecksumAlgorithm> checksum_of_header(std::string_view header) noexcept;

struct ObjectChecksum {
  core::ChecksumAlgorithm algorithm = core::ChecksumAlgorithm::crc32;
  bool composite = false;  ///< Taken over the parts' checksums; `value` then ends in "-N".
  std::string value{};     ///< Base64.

  [[nodiscard]] std::string_view type() const noexcept { return composite ? "COMPOSITE" : "FULL_OBJECT"; }
};

/// One line of text for the store, and back; "" is none.
std::string to_stored(const std::optional<ObjectChecksum>& checksum);
std::optional<ObjectChecksum> checksum_from_stored(std::string_view text);

/// Whether the CRC of two joined pieces follows from the pieces' own.
bool combines(core::ChecksumAlgorithm algorithm) noexcept;
/// The CRC of `first` followed by `second`, which is `second_size` bytes long. Values are big-endian bytes.
std::string combined(core::ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                     std::uint64_t second_size);

}  // namespace gannet::local::s3
