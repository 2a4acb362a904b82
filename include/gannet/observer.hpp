#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include <gannet/error.hpp>

namespace gannet {

/// One attempt of one call, told when it has ended. Views are valid during the call of the observer.
struct AttemptEvent {
  std::string_view service{};    ///< "dynamodb"
  std::string_view operation{};  ///< "GetItem"
  int attempt = 1;
  int max_attempts = 1;
  int http_status = 0;  ///< 0 when no status line was read.
  std::string_view request_id{};
  std::chrono::nanoseconds duration{0};
  const Error* error = nullptr;  ///< nullptr: the attempt succeeded.
  bool will_retry = false;       ///< Another attempt follows after `delay`.
  std::chrono::milliseconds delay{0};
  std::string_view reason{};  ///< Why it is repeated, or why not ("throttled", "not sent", "not idempotent").
};

/// Sees every attempt of the clients it is given to, and of the calls that get their credentials. Called on
/// the call's executor, which for credentials is `Config::background`: it must not block, and several threads
/// may call it at once.
using Observer = std::function<void(const AttemptEvent&)>;

}  // namespace gannet
