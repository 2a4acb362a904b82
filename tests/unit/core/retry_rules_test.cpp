#include "core/retry_rules.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// ---- arithmetic ----

TEST(BackoffDelay, doubles_from_the_base_up_to_the_most) {
  struct Case {
    int failed;
    FailureClass failure;
    double random;
    milliseconds delay;
  };
  const Case cases[] = {
      {1, FailureClass::transient, 1.0, 50ms},      {2, FailureClass::transient, 1.0, 100ms},
      {3, FailureClass::transient, 1.0, 200ms},     {1, FailureClass::transient, 0.5, 25ms},
      {1, FailureClass::transient, 0.0, 0ms},       {1, FailureClass::throttling, 1.0, 1'000ms},
      {3, FailureClass::throttling, 0.25, 1'000ms}, {5, FailureClass::throttling, 1.0, 16'000ms},
      {6, FailureClass::throttling, 1.0, 20'000ms}, {10'000, FailureClass::transient, 1.0, 20'000ms},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(backoff_delay(c.failed, RetryPolicy{}, 50ms, c.failure, c.random), c.delay)
        << c.failed << " failed, random " << c.random;
  }
}

TEST(BackoffDelay, uses_the_services_own_base_where_the_policy_names_none) {
  EXPECT_EQ(backoff_delay(1, RetryPolicy{}, 25ms, FailureClass::transient, 1.0), 25ms);
  EXPECT_EQ(backoff_delay(1, RetryPolicy{}, 25ms, FailureClass::throttling, 1.0), 1'000ms);
}

TEST(BackoffDelay, is_exact_without_jitter_and_keeps_the_users_base_for_every_class) {
  const RetryPolicy original{.max_attempts = 3, .base_delay = 500ms, .jitter = Jitter::none};
  for (const auto failure : {FailureClass::transient, FailureClass::throttling}) {
    EXPECT_EQ(backoff_delay(1, original, 25ms, failure, 0.123), 500ms);
    EXPECT_EQ(backoff_delay(2, original, 25ms, failure, 0.123), 1'000ms);
  }
}

TEST(BackoffDelay, survives_senseless_policies) {
  EXPECT_EQ(backoff_delay(1, RetryPolicy{.base_delay = -5ms}, 50ms, FailureClass::transient, 1.0), 0ms);
  EXPECT_EQ(backoff_delay(1, RetryPolicy{.max_delay = -5ms}, 50ms, FailureClass::transient, 1.0), 0ms);
  EXPECT_EQ(backoff_delay(0, RetryPolicy{}, 50ms, FailureClass::transient, 1.0), 50ms);
  EXPECT_EQ(backoff_delay(1, RetryPolicy{}, 50ms, FailureClass::transient, 7.0), 50ms);
}

TEST(RetryAfter, is_held_between_our_own_delay_and_five_seconds_more) {
  const std::pair<std::string_view, milliseconds> cases[] = {
      {"", 100ms},       {"1500", 1'500ms},
      {"100", 100ms},    {"5", 100ms},
      {"5100", 5'100ms}, {"9000", 5'100ms},
      {"-1", 100ms},     {"soon", 100ms},
      {"1500ms", 100ms}, {"99999999999999999999", 100ms},
  };
  for (const auto& [header, delay] : cases) EXPECT_EQ(honour_retry_after(100ms, header), delay) << header;
}

TEST(RetryBucket, pays_for_retries_and_is_filled_by_success) {
  RetryBucket bucket;
  EXPECT_EQ(bucket.tokens(), 500);
  EXPECT_TRUE(bucket.take(RetryBucket::cost(FailureClass::transient)));
  EXPECT_EQ(bucket.tokens(), 486);
  EXPECT_TRUE(bucket.take(RetryBucket::cost(FailureClass::throttling)));
  EXPECT_EQ(bucket.tokens(), 481);
  bucket.give(5);
  EXPECT_EQ(bucket.tokens(), 486);
  bucket.give(1'000);
  EXPECT_EQ(bucket.tokens(), 500);
}

TEST(RetryBucket, gives_nothing_when_it_holds_too_little) {
  RetryBucket bucket;
  int taken = 0;
  while (bucket.take(14)) ++taken;
  EXPECT_EQ(taken, 35);
  EXPECT_EQ(bucket.tokens(), 10);
  EXPECT_TRUE(bucket.take(5));
  EXPECT_TRUE(bucket.take(5));
  EXPECT_FALSE(bucket.take(5));
  EXPECT_EQ(bucket.tokens(), 0);
}

TEST(RetryBucket, loses_nothing_between_threads) {
  RetryBucket bucket;
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) {
      if (bucket.take(14)) bucket.give(14);
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(bucket.tokens(), 500);
}

// ---- the decision ----

Failure unanswered(Delivery delivery, ErrorKind kind = ErrorKind::network) {
  return {.delivery = delivery, .status = 0, .kind = kind, .code = "ConnectionReset"};
}
Failure answered(int status, ErrorKind kind, std::string_view code) {
  return {.delivery = Delivery::head_received, .status = status, .kind = kind, .code = code};
}
Failure lost(int status) {
  return {.delivery = Delivery::head_received,
          .status = status,
          .kind = ErrorKind::network,
          .code = "ConnectionReset",
          .answer = AnswerState::lost};
}

constexpr Attempted a_read{.attempt = 1, .max_attempts = 3, .reads = true, .repeatable = true};
constexpr Attempted an_idempotent_write{.attempt = 1, .max_attempts = 3, .reads = false, .repeatable = true};
constexpr Attempted any_other_write{.attempt = 1, .max_attempts = 3, .reads = false, .repeatable = false};

TEST(Decision, follows_the_table_of_safe_retries) {
  struct Case {
    std::string_view what;
    Failure failure;
    Attempted call;
    bool retry;
    ErrorKind kind;
    Applied applied;
  };
  const auto throttled = answered(400, ErrorKind::throttled, "ThrottlingException");
  const auto slow_down = answered(503, ErrorKind::throttled, "SlowDown");
  const auto failed = answered(500, ErrorKind::service, "InternalServerError");
  const auto refused = answered(400, ErrorKind::validation, "ValidationException");
  const auto timed_out = answered(400, ErrorKind::timeout, "RequestTimeout");
  const auto not_sent = unanswered(Delivery::not_sent);
  const auto unknown = unanswered(Delivery::wholly_sent);
  const auto unknown_timeout = unanswered(Delivery::wholly_sent, ErrorKind::timeout);
  const Case cases[] = {
      // Not sent, or rejected: any kind of operation.
      {"not sent, read", not_sent, a_read, true, ErrorKind::network, Applied::no},
      {"not sent, idempotent", not_sent, an_idempotent_write, true, ErrorKind::network, Applied::no},
      {"not sent, other", not_sent, any_other_write, true, ErrorKind::network, Applied::no},
      {"throttled, read", throttled, a_read, true, ErrorKind::throttled, Applied::no},
      {"throttled, idempotent", throttled, an_idempotent_write, true, ErrorKind::throttled, Applied::no},
      {"throttled, other", throttled, any_other_write, true, ErrorKind::throttled, Applied::no},
      {"throttled with 503, other", slow_down, any_other_write, true, ErrorKind::throttled, Applied::no},
      {"transient 400, other", timed_out, any_other_write, true, ErrorKind::timeout, Applied::no},
      // Unknown: only what does no harm a second time.
      {"sent, read", unknown, a_read, true, ErrorKind::network, Applied::no},
      {"sent, idempotent", unknown, an_idempotent_write, true, ErrorKind::network, Applied::unknown},
      {"sent, other", unknown, any_other_write, false, ErrorKind::outcome_unknown, Applied::unknown},
      {"timed out, idempotent", unknown_timeout, an_idempotent_write, true, ErrorKind::timeout,
       Applied::unknown},
      {"timed out, other", unknown_timeout, any_other_write, false, ErrorKind::outcome_unknown,
       Applied::unknown},
      {"500, read", failed, a_read, true, ErrorKind::service, Applied::no},
      {"500, idempotent", failed, an_idempotent_write, true, ErrorKind::service, Applied::unknown},
      {"500, other", failed, any_other_write, false, ErrorKind::outcome_unknown, Applied::unknown},
      {"500 cut, other", lost(500), any_other_write, false, ErrorKind::outcome_unknown, Applied::unknown},
      {"400 cut, other", lost(400), any_other_write, true, ErrorKind::network, Applied::no},
      // A 2xx whose body was cut or damaged.
      {"200 cut, read", lost(200), a_read, true, ErrorKind::network, Applied::no},
      {"200 cut, idempotent", lost(200), an_idempotent_write, false, ErrorKind::network, Applied::yes},
      {"200 cut, other", lost(200), any_other_write, false, ErrorKind::network, Applied::yes},
      // Refused for good.
      {"refused, read", refused, a_read, false, ErrorKind::validation, Applied::no},
      {"refused, other", refused, any_other_write, false, ErrorKind::validation, Applied::no},
      {"501, other", answered(501, ErrorKind::validation, "NotImplemented"), any_other_write, false,
       ErrorKind::validation, Applied::no},
      {"505, idempotent", answered(505, ErrorKind::service, "X"), an_idempotent_write, false,
       ErrorKind::service, Applied::unknown},
      // The caller went away.
      {"cancelled unsent", unanswered(Delivery::not_sent, ErrorKind::cancelled), any_other_write, false,
       ErrorKind::cancelled, Applied::no},
      {"cancelled sent", unanswered(Delivery::wholly_sent, ErrorKind::cancelled), an_idempotent_write, false,
       ErrorKind::cancelled, Applied::unknown},
      // Trouble of this side that waiting does not mend.
      {"no authorities to trust", unanswered(Delivery::not_sent, ErrorKind::configuration), a_read, false,
       ErrorKind::configuration, Applied::no},
  };
  for (const Case& c : cases) {
    RetryBucket bucket;
    const Decision decision = decide(c.failure, c.call, bucket);
    EXPECT_EQ(decision.retry, c.retry) << c.what;
    EXPECT_EQ(decision.applied, c.applied) << c.what;
    EXPECT_EQ(decision.kind, c.kind) << c.what;
    EXPECT_FALSE(decision.reason.empty()) << c.what;
    EXPECT_EQ(bucket.tokens(), 500 - decision.cost) << c.what;
    EXPECT_EQ(decision.cost > 0, c.retry) << c.what;
  }
}

TEST(Decision, does_not_repeat_an_answer_it_cannot_read) {
  RetryBucket bucket;
  Failure unreadable = lost(200);
  unreadable.kind = ErrorKind::protocol;
  unreadable.answer = AnswerState::unreadable;
  EXPECT_FALSE(decide(unreadable, a_read, bucket).retry);
  EXPECT_EQ(decide(unreadable, any_other_write, bucket).applied, Applied::yes);
}

TEST(Decision, stops_at_the_last_attempt) {
  RetryBucket bucket;
  Attempted last = a_read;
  last.attempt = 3;
  const auto decision = decide(unanswered(Delivery::not_sent), last, bucket);
  EXPECT_FALSE(decision.retry);
  EXPECT_EQ(decision.reason, "no attempts left");
  EXPECT_EQ(bucket.tokens(), 500);
}

TEST(Decision, stops_when_the_bucket_is_empty) {
  RetryBucket bucket;
  ASSERT_TRUE(bucket.take(490));
  EXPECT_EQ(decide(unanswered(Delivery::not_sent), a_read, bucket).reason, "the retry bucket is empty");
  EXPECT_TRUE(decide(answered(400, ErrorKind::throttled, "SlowDown"), a_read, bucket).retry);
}

TEST(Decision, never_sends_a_body_twice_that_does_not_rewind) {
  RetryBucket bucket;
  Attempted once = a_read;
  once.body_rewinds = false;
  EXPECT_EQ(decide(unanswered(Delivery::not_sent), once, bucket).reason, "the body does not rewind");
}

TEST(Decision, repeats_at_no_cost_when_the_clock_was_set_right) {
  RetryBucket bucket;
  auto skewed = answered(403, ErrorKind::unauthenticated, "RequestTimeTooSkewed");
  EXPECT_FALSE(decide(skewed, any_other_write, bucket).retry);
  skewed.clock_corrected = true;
  const auto decision = decide(skewed, any_other_write, bucket);
  EXPECT_TRUE(decision.retry);
  EXPECT_EQ(decision.cost, 0);
}

}  // namespace
}  // namespace gannet::core
