#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/http.hpp>

namespace gannet::io {

/// What a peer may send at the most.
struct MessageBounds {
  std::size_t head_bytes = 64 * 1024;
  std::size_t fields = 256;                 ///< Header fields, trailers counted apart.
  std::size_t chunk_line_bytes = 8 * 1024;  ///< A chunk's size with its extensions; the trailers.
  std::uint64_t body_bytes = std::numeric_limits<std::uint64_t>::max();
};

/// Answers before the answer (1xx): more of them than any server has a reason for.
inline constexpr int most_interim_answers = 100;

enum class MessageFault {
  malformed,
  head_too_large,
  body_too_large,
  unsupported_version,
  unsupported_coding,
  cut,  ///< The peer closed before the end.
};

struct MessageError {
  MessageFault fault = MessageFault::malformed;
  std::string reason{};
};

/// What one step over the fed bytes came to.
struct Fed {
  std::size_t consumed = 0;  ///< 0: more bytes are needed.
  std::string_view body{};   ///< A piece of the body, part of what was fed.
};

/// HTTP/1.1 messages from bytes, as they come, in pieces of any size. Does no I/O. Strict: no folded lines,
/// no second opinion about where a message ends. After an error it must be started again.
class ResponseParser {
 public:
  explicit ResponseParser(MessageBounds bounds = {});
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;
  ~ResponseParser();

  /// Begins a message; an answer to HEAD has no body whatever its head says.
  void start(bool answers_head);
  /// Takes some of `bytes` from their front: what is not consumed must be fed again, with more behind it.
  /// Call it until it consumes nothing or the message is done.
  std::expected<Fed, MessageError> feed(std::string_view bytes);
  /// The peer has closed.
  std::expected<void, MessageError> end_of_stream();

  [[nodiscard]] bool started() const noexcept;  ///< Something of the message has been consumed.
  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] bool keep_alive() const noexcept;  ///< Once the head is done.
  [[nodiscard]] bool ends_with_stream() const noexcept;
  [[nodiscard]] int status() const noexcept;
  /// Bytes of the body still to come, where a Content-Length says so.
  [[nodiscard]] std::optional<std::uint64_t> body_left() const noexcept;
  [[nodiscard]] Headers take_headers() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same for requests.
class RequestParser {
 public:
  explicit RequestParser(MessageBounds bounds = {});
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  void start();
  std::expected<Fed, MessageError> feed(std::string_view bytes);

  [[nodiscard]] bool started() const noexcept;
  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] bool keep_alive() const noexcept;
  [[nodiscard]] bool is_http_1_0() const noexcept;
  [[nodiscard]] bool expects_continue() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> body_left() const noexcept;
  /// The head with its origin from the Host header, or from an absolute target. Once, when the head is done.
  [[nodiscard]] HttpRequest take_head() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::io
