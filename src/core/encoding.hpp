#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/bytes.hpp>

namespace gannet::core {

std::string hex(std::span<const std::byte> bytes);  ///< Lower case.
std::optional<Bytes> from_hex(std::string_view text);

std::string base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);
/// Strict: standard alphabet, padded, no white space, no stray bits.
std::optional<std::string> from_base64(std::string_view text);

/// Percent-encodes everything but RFC 3986's unreserved characters, as SigV4 has it (upper-case hex).
void append_uri_encoded(std::string& out, std::string_view text, bool keep_slash = false);
std::string uri_encode(std::string_view text, bool keep_slash = false);
/// Nothing for a `%` that is not followed by two hex digits. `+` stands for itself.
std::optional<std::string> uri_decode(std::string_view text);
/// The pairs of `a=1&b&c=`, in order, percent-decoded; `plus_is_space` for form bodies.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query,
                                                                            bool plus_is_space = false);
/// Whether `text` is well-formed UTF-8.
bool is_utf8(std::string_view text) noexcept;

}  // namespace gannet::core
