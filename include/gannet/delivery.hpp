#pragma once

namespace gannet {

/// How far a request got before it failed: what decides whether it may be repeated.
enum class Delivery {
  not_sent,       ///< The last byte was never handed to the socket: it cannot have been applied.
  wholly_sent,    ///< All of it was handed over and no status line came back.
  head_received,  ///< The head of an answer was read.
};

}  // namespace gannet
