#include "core/retry_rules.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error_codes.hpp"

namespace gannet::core {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds throttling_base{1'000};
constexpr milliseconds most_over_own_delay{5'000};

std::optional<FailureClass> class_of(const Failure& failure) noexcept {
  if (failure.clock_corrected) return FailureClass::transient;
  if (failure.answer == AnswerState::lost) return FailureClass::transient;
  if (failure.answer == AnswerState::unreadable) return std::nullopt;
  if (failure.known_class) return failure.known_class;
  if (is_throttling(failure.code) || failure.kind == ErrorKind::throttled) return FailureClass::throttling;
  if (is_transient(failure.code, failure.status)) return FailureClass::transient;
  const bool no_answer = failure.delivery != Delivery::head_received;
  if (no_answer && (failure.kind == ErrorKind::network || failure.kind == ErrorKind::timeout ||
                    failure.kind == ErrorKind::protocol)) {
    return FailureClass::transient;
  }
  return std::nullopt;
}

std::string_view reason_of(const Failure& failure, FailureClass failure_class, Applied applied) noexcept {
  if (failure.clock_corrected) return "clock corrected";
  if (failure_class == FailureClass::throttling) return "throttled";
  if (failure.answer == AnswerState::lost) return "answer lost";
  if (failure.delivery == Delivery::not_sent) return "not sent";
  return applied == Applied::unknown || failure.status >= 500 ? "transient, safe to repeat" : "transient";
}

}  // namespace

milliseconds backoff_delay(int failed_attempts, const RetryPolicy& policy, milliseconds transient_base,
                           FailureClass failure, double random) noexcept {
  const milliseconds own_base = failure == FailureClass::throttling ? throttling_base : transient_base;
  const milliseconds base = std::max(policy.base_delay.value_or(own_base), milliseconds::zero());
  const double ceiling = static_cast<double>(std::max(policy.max_delay, milliseconds::zero()).count());
  const double doubled =
      std::ldexp(static_cast<double>(base.count()), std::clamp(failed_attempts - 1, 0, 62));
  const double share = policy.jitter == Jitter::none ? 1.0 : std::clamp(random, 0.0, 1.0);
  return milliseconds(std::llround(share * std::min(doubled, ceiling)));
}

milliseconds honour_retry_after(milliseconds delay, std::string_view retry_after) noexcept {
  std::int64_t asked = 0;
  const auto [end, problem] =
      std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), asked);
  if (problem != std::errc() || end != retry_after.data() + retry_after.size()) return delay;
  return std::clamp(milliseconds(asked), delay, delay + most_over_own_delay);
}

bool RetryBucket::take(int tokens) noexcept {
  int now = tokens_.load(std::memory_order_relaxed);
  while (now >= tokens) {
    if (tokens_.compare_exchange_weak(now, now - tokens, std::memory_order_relaxed)) return true;
  }
  return false;
}

void RetryBucket::give(int tokens) noexcept {
  // A full bucket, the usual case, is only read: threads do not contend for its cache line.
  int now = tokens_.load(std::memory_order_relaxed);
  while (now < capacity) {
    if (tokens_.compare_exchange_weak(now, std::min(capacity, now + tokens), std::memory_order_relaxed))
      return;
  }
}

Applied applied_by(const Failure& failure, bool reads) noexcept {
  if (reads || failure.delivery == Delivery::not_sent) return Applied::no;
  if (failure.delivery == Delivery::wholly_sent) return Applied::unknown;
  // The same is under way: what becomes of it nobody knows yet.
  if (failure.code == "TransactionInProgressException") return Applied::unknown;
  const bool whole = failure.answer == AnswerState::whole;
  if (!whole && failure.status >= 200 && failure.status < 300) return Applied::yes;
  if (!failure.request_sent) return Applied::no;
  if ((failure.status < 500 && failure.status >= 300) || failure.status == 501) return Applied::no;
  return whole && (is_throttling(failure.code) || failure.kind == ErrorKind::throttled) ? Applied::no
                                                                                        : Applied::unknown;
}

Decision decide(const Failure& failure, const Attempted& call, RetryBucket& bucket) noexcept {
  Decision decision;
  decision.kind = failure.kind;
  decision.applied = applied_by(failure, call.reads);
  const auto stop = [&](std::string_view reason) {
    decision.reason = reason;
    return decision;
  };
  if (failure.kind == ErrorKind::cancelled) return stop("cancelled");
  if (decision.applied == Applied::yes) return stop("applied, answer lost");
  const bool twice = decision.applied == Applied::unknown && !call.repeatable && !call.reads;
  if (twice && !call.at_least_once) {
    decision.kind = ErrorKind::outcome_unknown;
    return stop("not idempotent");
  }
  const auto failure_class = class_of(failure);
  if (!failure_class) return stop("not transient");
  if (call.attempt >= call.max_attempts) return stop("no attempts left");
  if (!call.body_rewinds) return stop("the body does not rewind");
  const int cost = failure.clock_corrected ? 0 : RetryBucket::cost(*failure_class);
  if (!bucket.take(cost)) return stop("the retry bucket is empty");
  decision.retry = true;
  decision.failure_class = *failure_class;
  decision.cost = cost;
  return stop(twice ? "may be applied twice" : reason_of(failure, *failure_class, decision.applied));
}

}  // namespace gannet::core
