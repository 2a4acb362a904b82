#pragma once

#include <string_view>

#include <gannet/error.hpp>

/// What the error codes of AWS services mean, whichever service says them. Codes are the bare word: no
/// namespace before a `#`, no URL after a `:` (see `bare_code`).
namespace gannet::core {

/// The kind of an error a service answered with: by its code where that is known or speaks for itself
/// ("...NotFoundException"), else by the HTTP status; 0 for none.
ErrorKind kind_of(std::string_view code, int status) noexcept;

/// Refused for its rate before anything was done: repeated whatever the operation, after the longer wait.
bool is_throttling(std::string_view code) noexcept;

/// A failure that may be gone the next time: by its code, or 500, 502, 503, 504. Throttling is not meant.
bool is_transient(std::string_view code, int status) noexcept;

/// Codes that a wrong clock on this side explains.
bool is_clock_skew(std::string_view code) noexcept;

/// "ResourceNotFoundException" of "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://...".
std::string_view bare_code(std::string_view code) noexcept;

/// What stands for the code of an answer that carries none (a HEAD's, a proxy's): "NotFound" for 404.
std::string_view code_of_status(int status) noexcept;

}  // namespace gannet::core
