#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "local/s3/operations.hpp"

namespace gannet::local::s3 {

inline constexpr std::uint64_t smallest_part = 5ULL << 20;  ///< Of all parts but the last.
inline constexpr std::int64_t largest_part_number = 10'000;

/// The entity tag of an object uploaded in parts: MD5 of their MD5s, and how many they are.
std::string etag_of_parts(std::span<const Part> parts);
/// The checksum of the whole: taken over the parts' checksums (composite), or joined from them. Nothing if a
/// part has none of that kind.
std::optional<ObjectChecksum> checksum_of_parts(std::span<const Part> parts,
                                                core::ChecksumAlgorithm algorithm, bool composite);
/// Writes the row of a part, if its upload is still there.
Outcome<void> store_part(Service& service, Request& request, const Bucket& bucket, const Part& part);

}  // namespace gannet::local::s3
