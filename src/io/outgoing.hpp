#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "io/byte_stream.hpp"

namespace gannet::io {

/// Bytes on their way out: up to three pieces that go in one call of the system where they fit.
class Outgoing {
 public:
  void add(std::span<const std::byte> piece) {
    if (!piece.empty()) pieces_[end_++] = piece;
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  /// Bytes that have gone out.
  [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

  /// Writes until all is out or the stream takes no more.
  Step write(ByteStream& stream) {
    while (!empty()) {
      Step step = stream.write(std::span(pieces_).subspan(begin_, end_ - begin_));
      if (step.progress != Progress::done) return step;
      advance(step.bytes);
    }
    return {};
  }

 private:
  void advance(std::size_t count) noexcept {
    sent_ += count;
    while (begin_ != end_ && count >= pieces_[begin_].size()) count -= pieces_[begin_++].size();
    if (count != 0) pieces_[begin_] = pieces_[begin_].subspan(count);
  }

  std::array<std::span<const std::byte>, 3> pieces_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t sent_ = 0;
};

}  // namespace gannet::io
