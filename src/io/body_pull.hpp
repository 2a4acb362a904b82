#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "io/channel.hpp"
#include "io/http_parser.hpp"

namespace gannet::io {

/// What an attempt to get bytes of a body came to, without waiting.
struct Pulled {
  enum class Outcome {
    bytes,        ///< `count` of them, at least one.
    end,          ///< The body has ended.
    wants_read,   ///< Pull again when the socket can be read ...
    wants_write,  ///< ... or written (TLS).
    closed,       ///< The peer closed in mid-body.
    broken,       ///< The connection failed: `reason`.
    malformed,    ///< The body's framing is wrong: `fault` and `reason`.
  };
  Outcome outcome = Outcome::bytes;
  std::size_t count = 0;
  MessageFault fault = MessageFault::malformed;
  std::string reason{};
};

/// Moves a message's body from a channel through its parser into the buffers of whoever reads it.
template <class Parser>
class BodyPull {
 public:
  BodyPull(Channel& channel, Parser& parser) : channel_(channel), parser_(parser) {}

  /// `buffer` is not empty.
  Pulled pull(std::span<std::byte> buffer) {
    for (;;) {
      if (!piece_.empty()) {
        const std::size_t count = std::min(piece_.size(), buffer.size());
        std::memcpy(buffer.data(), piece_.data(), count);
        piece_.remove_prefix(count);
        return {Pulled::Outcome::bytes, count};
      }
      if (parser_.done()) return {Pulled::Outcome::end};
      if (!channel_.input().empty()) {
        auto fed = parser_.feed(channel_.input());
        if (!fed) return malformed(std::move(fed.error()));
        channel_.consume(fed->consumed);
        // The piece stays where it is until the channel is filled again, and by then it has been read.
        piece_ = fed->body;
        if (fed->consumed != 0) continue;
      }
      const bool past_the_channel = channel_.input().empty() && buffer.size() >= worth_it && is_plain();
      const std::span<std::byte> room = past_the_channel ? buffer.first(plain_room(buffer.size())) : buffer;
      Step step = past_the_channel ? channel_.stream().read_some(room) : channel_.fill(input_bound);
      switch (step.progress) {
        case Progress::done:
          break;
        case Progress::wants_read:
          return {Pulled::Outcome::wants_read};
        case Progress::wants_write:
          return {Pulled::Outcome::wants_write};
        case Progress::end:
          return ended();
        case Progress::failed:
          return {Pulled::Outcome::broken, 0, {}, std::move(step.reason)};
      }
      if (past_the_channel) {
        auto fed = parser_.feed({reinterpret_cast<const char*>(room.data()), step.bytes});
        if (!fed) return malformed(std::move(fed.error()));
        return {Pulled::Outcome::bytes, step.bytes};
      }
    }
  }

 private:
  static constexpr std::size_t worth_it = 4096;
  static constexpr std::size_t input_bound = 64 * 1024;

  /// Whether every byte until the body's end is one of the body.
  [[nodiscard]] bool is_plain() const {
    if (parser_.body_left()) return true;
    if constexpr (requires { parser_.ends_with_stream(); })
      return parser_.ends_with_stream();
    else
      return false;
  }

  [[nodiscard]] std::size_t plain_room(std::size_t size) const {
    const auto left = parser_.body_left();
    return left ? static_cast<std::size_t>(std::min<std::uint64_t>(size, *left)) : size;
  }

  Pulled ended() {
    if constexpr (requires { parser_.end_of_stream(); }) {
      if (parser_.end_of_stream()) return {Pulled::Outcome::end};
    }
    return {Pulled::Outcome::closed};
  }

  static Pulled malformed(MessageError error) {
    return {Pulled::Outcome::malformed, 0, error.fault, std::move(error.reason)};
  }

  Channel& channel_;
  Parser& parser_;
  std::string_view piece_;
};

}  // namespace gannet::io
