#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <gannet/delivery.hpp>
#include <gannet/error.hpp>
#include <gannet/retry.hpp>

/// The arithmetic of retries and the decision itself: functions of what is known, without clock, chance or
/// network.
namespace gannet::core {

/// What a failure costs and how long it is waited for.
enum class FailureClass : std::uint8_t { transient, throttling };

/// The wait before another attempt after `failed_attempts` (1 or more) have failed, with `random` in [0, 1).
/// `transient_base` is the service's own, used where the policy names none.
std::chrono::milliseconds backoff_delay(int failed_attempts, const RetryPolicy& policy,
                                        std::chrono::milliseconds transient_base, FailureClass failure,
                                        double random) noexcept;

/// `delay`, or what the header `x-amz-retry-after` (milliseconds; "" when absent) asks for, which is held
/// within [delay, delay + 5 s]. A value that is no number counts as absent.
std::chrono::milliseconds honour_retry_after(std::chrono::milliseconds delay,
                                             std::string_view retry_after) noexcept;

/// Tokens that keep retries from multiplying an outage: each retry takes some, success pays back. One for
/// each service of a configuration. Thread-safe.
class RetryBucket {
 public:
  static constexpr int capacity = 500;
  static constexpr int cost(FailureClass failure) noexcept {
    return failure == FailureClass::throttling ? 5 : 14;
  }

  /// Takes `tokens`, or nothing and false where there are fewer.
  bool take(int tokens) noexcept;
  /// Puts `tokens` back, up to the capacity: the last retry's cost, or 1 after a success at the first try.
  void give(int tokens) noexcept;
  [[nodiscard]] int tokens() const noexcept { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> tokens_{capacity};
};

/// What became of an answer whose status line was read.
enum class AnswerState : std::uint8_t {
  whole,       ///< Read and understood: kind and code are the service's.
  lost,        ///< Cut or damaged on its way: kind and code are this side's.
  unreadable,  ///< Whole, but nothing this client understands, or too long for it; the next one would be the
               ///< same.
};

/// What is known of an attempt that failed.
struct Failure {
  Delivery delivery = Delivery::not_sent;
  /// False where the answer came before the request's last byte had been handed over.
  bool request_sent = true;
  /// The status line read, 0 for none. An error document inside a 2xx answer counts as 500 unless its code
  /// says more.
  int status = 0;
  ErrorKind kind = ErrorKind::network;
  std::string_view code;
  AnswerState answer = AnswerState::whole;
  /// The service's own word on an error that its code does not decide.
  std::optional<FailureClass> known_class{};
  /// The clock has just been set right after a code that a wrong clock explains.
  bool clock_corrected = false;
};

/// What is known of the call.
struct Attempted {
  int attempt = 1;
  int max_attempts = 1;
  bool reads = false;          ///< Changes nothing.
  bool repeatable = false;     ///< A read, an idempotent write or one with a client token.
  bool at_least_once = false;  ///< Repeated whatever a second time does.
  bool body_rewinds = true;
};

struct Decision {
  bool retry = false;
  FailureClass failure_class = FailureClass::transient;  ///< Of a retry.
  int cost = 0;                                          ///< Taken from the bucket for this retry.
  ErrorKind kind = ErrorKind::network;                   ///< To be returned, if this is the end.
  Applied applied = Applied::no;                         ///< Whether this attempt may have changed something.
  std::string_view reason;                               ///< For observers: "throttled", "not idempotent" ...
};

/// For how long after its first attempt a call may be repeated by a client token that the service knows for
/// `lifetime`: less, for the way to the service and clocks that are not quite the same. Zero stays zero.
constexpr std::chrono::milliseconds token_time(std::chrono::milliseconds lifetime) noexcept {
  constexpr std::chrono::seconds margin{30};
  return lifetime > margin ? lifetime - margin : std::chrono::milliseconds::zero();
}

/// Whether a failed attempt may have changed something.
Applied applied_by(const Failure& failure, bool reads) noexcept;

/// The table of docs: what is known not to have been applied is repeated, what may have been applied only
/// where repeating does no harm, what was applied never. A retry has taken its cost from `bucket`.
Decision decide(const Failure& failure, const Attempted& call, RetryBucket& bucket) noexcept;

}  // namespace gannet::core
