#pragma once

#include <chrono>
#include <optional>

#include <gannet/config.hpp>

namespace gannet {

/// How long a `wait_until_...` goes on. What is not set is as the service's model has it.
///
/// A wait ends well when an answer shows the state that is waited for. It ends with an error
///  - of kind `conflict`, code "WaiterFailed", when an answer shows that the state will not come; where the
///    operation's own error shows it, that error;
///  - of kind `timeout`, code "WaiterTimeout", when the attempts or the time are used up; the message says what
///    was seen last;
///  - of kind `cancelled` when the caller cancels;
///  - as the operation gives it, when that fails in a way that tells nothing of the state.
/// `Error::attempts` is how often was asked.
struct WaiterOptions {
  std::optional<int> max_attempts{};                 ///< How often is asked; at least 1.
  std::optional<std::chrono::milliseconds> delay{};  ///< Between one answer and the next question; 0 or more.
  /// No question is asked this long after the first, or later. Where it is set and `max_attempts` is not, it
  /// alone is the limit.
  std::optional<std::chrono::milliseconds> max_wait{};
  CallOptions call{};  ///< For each question.
};

/// See `default_call_options`.
inline const WaiterOptions default_waiter_options{};

}  // namespace gannet
