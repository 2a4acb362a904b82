#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/http.hpp>
#include <gannet/result.hpp>

namespace gannet::io {

/// How the end of a body is told.
struct Framing {
  enum class Kind {
    none,     ///< No body, and not a word about it.
    length,   ///< Content-Length.
    chunked,  ///< Transfer-Encoding: chunked.
  };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
};

/// Whether a request may go on the wire: no byte in it can end a line or a field early. Errors are of kind
/// `validation` and name the part that is wrong.
Result<void> check_request(const HttpRequest& request);
/// The same for the header fields of an answer.
Result<void> check_fields(const Headers& headers);

/// How a body of `length` bytes, if that is known, goes with `request`; what its headers say about it must
/// agree.
Result<Framing> request_framing(const HttpRequest& request, std::optional<std::uint64_t> length);

/// Appends the head, empty line included. The request has been checked.
void append_request_head(std::string& out, const HttpRequest& request, const Framing& framing);

/// Appends a chunk's size line.
void append_chunk_header(std::string& out, std::uint64_t size);

/// Appends `number` in decimal.
void append_number(std::string& out, std::uint64_t number);

/// The words of a status line: "Not Found"; "" for a status without.
std::string_view reason_phrase(int status) noexcept;

}  // namespace gannet::io
