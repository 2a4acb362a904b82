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

/// What a request that goes to a proxy instead of its origin says.
struct ThroughProxy {
  std::string_view authorization{};  ///< The value of Proxy-Authorization; empty: none.
};

/// Appends the head, empty line included. The request has been checked. With `proxy` its target is the whole
/// URL; path and query are the same characters in either form, and so a signature of them holds.
void append_request_head(std::string& out, const HttpRequest& request, const Framing& framing,
                         const ThroughProxy* proxy = nullptr);

/// Appends the request for a tunnel to `origin`.
void append_connect_head(std::string& out, const Origin& origin, const ThroughProxy& proxy);

/// "host:port", an IPv6 address in brackets.
std::string host_and_port(const Origin& origin);

/// Appends a chunk's size line.
void append_chunk_header(std::string& out, std::uint64_t size);

/// Appends `number` in decimal.
void append_number(std::string& out, std::uint64_t number);

/// The words of a status line: "Not Found"; "" for a status without.
std::string_view reason_phrase(int status) noexcept;

}  // namespace gannet::io
