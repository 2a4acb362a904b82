#pragma once

#include <cstddef>

#include "io/byte_stream.hpp"

namespace gannet::io {

/// Tells a peer that takes bytes slowly from one that takes none: the kernel holds what has been written for
/// longer than most limits are, and says nothing before a good part of it is gone.
class Drain {
 public:
  /// Begins to watch. The socket must outlive it.
  explicit Drain(int socket) noexcept : socket_(socket), held_(unacknowledged(socket)) {}

  /// Whether the peer has taken something since the last look. Nothing was written meanwhile.
  bool goes_on() noexcept {
    const std::size_t before = held_;
    held_ = unacknowledged(socket_);
    return held_ < before;
  }

 private:
  int socket_;
  std::size_t held_;
};

}  // namespace gannet::io
