#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace gannet::io {

/// What a step came to. A step never blocks.
enum class Progress {
  done,         ///< `bytes` were moved: at least one, or the handshake is over.
  wants_read,   ///< Nothing more until the socket can be read.
  wants_write,  ///< Nothing more until the socket takes bytes.
  end,          ///< The peer has closed its side.
  failed,       ///< `reason` says why. The stream is of no more use.
};

struct Step {
  Progress progress = Progress::done;
  std::size_t bytes = 0;
  std::string reason{};    ///< For people, without host and port: "connection reset by peer".
  bool untrusted = false;  ///< Failed for who the peer is: by another way it would be no other.
};

/// A connection's bytes both ways, over a socket that is not this object's to close. It does not wait:
/// whoever uses it waits for the socket to be ready and steps again, so that plain and encrypted connections
/// share one loop.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// What is to be agreed on before bytes flow. Repeat until it is `done`.
  virtual Step handshake() = 0;
  /// Fills some of `buffer`, which is not empty.
  virtual Step read_some(std::span<std::byte> buffer) = 0;
  /// Sends from the start of `pieces`, in one call of the system where they fit. `bytes` counts what has been
  /// handed to the socket in full: of a record whose last bytes are still here nothing counts. Repeat with
  /// the same bytes, less those.
  virtual Step write(std::span<const std::span<const std::byte>> pieces) = 0;
  /// Whether a read may give bytes although the socket has none.
  [[nodiscard]] virtual bool holds_input() const noexcept = 0;
  /// Whether the peer has neither closed nor sent anything: what an idle connection must be to be used again.
  [[nodiscard]] virtual bool is_quiet() = 0;
  /// Nothing is under way: gives up the memory that only what is under way needs.
  virtual void rest() noexcept = 0;
  /// Says goodbye where the protocol has a word for it. Waits for nothing.
  virtual void close() noexcept = 0;
};

/// A stream over a connected socket, which must outlive it.
std::unique_ptr<ByteStream> tcp_stream(int socket);

/// Bytes that were handed to `socket` and that the peer has not confirmed to have.
std::size_t unacknowledged(int socket) noexcept;

/// Whether nothing waits to be read on `socket`, its end included.
bool socket_is_quiet(int socket) noexcept;

}  // namespace gannet::io
