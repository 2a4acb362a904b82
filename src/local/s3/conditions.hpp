#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "local/s3/catalog.hpp"
#include "local/s3/failure.hpp"
#include "local/s3/request.hpp"

namespace gannet::local::s3 {

/// An entity tag as HTTP has it: in quotes.
std::string in_quotes(std::string_view etag);
/// Whether one of the tags in a header's list (or `*`) is `etag`. Quotes may be missing.
bool names_etag(std::string_view list, std::string_view etag) noexcept;

/// If-Match and its like before a read (RFC 9110, 13.2.2): nothing to say, a 304 or a 412. A 304 carries
/// `headers`.
Outcome<void> check_read_conditions(const Request& request, const Object& object, const Headers& headers);
/// The same of a copy's source: `x-amz-copy-source-if-*`.
Outcome<void> check_copy_conditions(const Request& request, const Object& source);
/// If-None-Match: * and If-Match before a write. `existing` is what the write replaces.
Outcome<void> check_write_conditions(const Request& request, const std::optional<Object>& existing);

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};
/// What a Range header asks for of `total` bytes; nothing where it is to be passed over: another unit,
/// several ranges, not well-formed. A failure where there is no such byte.
Outcome<std::optional<ByteRange>> parse_range(std::string_view text, std::uint64_t total);
/// The range to answer with, If-Range observed.
Outcome<std::optional<ByteRange>> requested_range(const Request& request, const Object& object);

}  // namespace gannet::local::s3
