#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/timestamp.hpp>

namespace gannet::core {

std::string iso8601(Timestamp time);  ///< 2026-01-31T09:08:07Z, with .123 only where there are milliseconds.
std::string iso8601_basic(Timestamp time);  ///< 20260131T090807Z, as SigV4 dates.
std::string rfc822(Timestamp time);  ///< Sat, 31 Jan 2026 09:08:07 GMT, as HTTP dates (RFC 9110 5.6.7).
std::string epoch_seconds(Timestamp time);  ///< 1769850487 or 1769850487.123

/// `iso8601_basic` without an allocation, for the signer.
std::array<char, 16> iso8601_basic_digits(Timestamp time) noexcept;

/// Each reads its own form and is strict about it; offsets other than Z are understood in ISO 8601.
std::optional<Timestamp> parse_iso8601(std::string_view text);
std::optional<Timestamp> parse_iso8601_basic(std::string_view text);
std::optional<Timestamp> parse_rfc822(std::string_view text);
std::optional<Timestamp> from_epoch_seconds(double seconds);
/// Whichever of the forms it is, as the SDKs read answers.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace gannet::core
