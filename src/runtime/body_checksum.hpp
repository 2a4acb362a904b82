#pragma once

#include <optional>
#include <string_view>

#include <gannet/result.hpp>

#include "core/checksums.hpp"
#include "runtime/call.hpp"

/// The checksum of a request's body in its headers.
namespace gannet::runtime {

/// Whether the headers bear a checksum: any `x-amz-checksum-*`, or Content-MD5 where no algorithm was asked
/// for by name.
bool has_checksum(const Headers& headers);

/// The algorithm that was asked for by name (x-amz-sdk-checksum-algorithm) and whose checksum is still to be
/// taken, if any; an error of kind `validation` where it cannot be.
Result<std::optional<core::ChecksumAlgorithm>> wanted_checksum(const Call& call);

/// Adds the header of a checksum of these bytes.
Result<void> add_checksum(Call& call, core::ChecksumAlgorithm algorithm, std::string_view bytes);

}  // namespace gannet::runtime
