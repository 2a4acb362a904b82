#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gannet/retry_operation.hpp>
#include <gtest/gtest.h>

#include "fakes/virtual_time.hpp"

namespace gannet {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;
namespace asio = boost::asio;

const Error throttled{.kind = ErrorKind::throttled, .code = "ProvisionedThroughputExceededException"};
const Error refused{.kind = ErrorKind::validation, .code = "ValidationException"};
const Error reset{.kind = ErrorKind::network, .code = "ConnectionReset"};

/// The policy of the original pattern.
const RetryPolicy original{.max_attempts = 3, .base_delay = 500ms, .jitter = Jitter::none};

class Retry : public testing::Test {
 protected:
  Retry() {
    options.log = [this](LogLevel level, std::string_view line) {
      log.push_back((level == LogLevel::warning ? "warning "
                     : level == LogLevel::error ? "error "
                                                : "? ") +
                    std::string(line));
    };
    options.time = time.source();
  }

  /// An operation that fails with `errors` in turn, then gives how often it was called.
  auto failing(std::vector<Error> errors) {
    return [this, errors]() -> Task<Result<int>> { return attempt(errors); };
  }
  Result<int> run(const RetryPolicy& policy, std::vector<Error> errors) {
    const auto operation = failing(std::move(errors));
    return blocking(retry(policy, operation, options));
  }

  Task<Result<int>> attempt(std::vector<Error> errors) {
    const auto index = static_cast<std::size_t>(calls++);
    if (index < errors.size()) co_return std::unexpected(errors[index]);
    co_return calls;
  }

  int calls = 0;
  std::vector<std::string> log;
  fakes::VirtualTime time;
  RetryOptions options;
};

TEST_F(Retry, gives_the_first_success) {
  EXPECT_EQ(run(original, {}).value(), 1);
  EXPECT_TRUE(log.empty());
}

TEST_F(Retry, repeats_throttled_operations_with_the_originals_waits_and_lines) {
  EXPECT_EQ(run(original, {throttled, throttled}).value(), 3);
  EXPECT_EQ(time.slept(), (std::vector<milliseconds>{500ms, 1'000ms}));
  EXPECT_EQ(log, (std::vector<std::string>{"warning Throttled, retrying in 0.5s (attempt 1/3)",
                                           "warning Throttled, retrying in 1.0s (attempt 2/3)"}));
}

TEST_F(Retry, gives_up_after_the_last_attempt) {
  const auto result = run(original, {throttled, throttled, throttled});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::throttled);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(log.back(), "error DynamoDB error: ProvisionedThroughputExceededException");
  EXPECT_EQ(log.size(), 3U);
}

TEST_F(Retry, does_not_repeat_any_other_error) {
  EXPECT_EQ(run(original, {refused}).error().code, "ValidationException");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(log, std::vector<std::string>{"error DynamoDB error: ValidationException"});
}

TEST_F(Retry, asks_the_callers_own_predicate) {
  options.retry_if = [](const Error& error) { return error.kind == ErrorKind::network; };
  options.service_name = "Upstream";
  EXPECT_EQ(run(original, {reset}).value(), 2);
  EXPECT_EQ(log.front(), "warning ConnectionReset, retrying in 0.5s (attempt 1/3)");
  calls = 0;
  EXPECT_FALSE(run(original, {throttled}).has_value());
  EXPECT_EQ(log.back(), "error Upstream error: ProvisionedThroughputExceededException");
}

TEST_F(Retry, has_defaults_for_what_the_policy_leaves_open) {
  EXPECT_FALSE(run(RetryPolicy{}, {throttled, throttled, throttled, throttled}).has_value());
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(time.slept(), (std::vector<milliseconds>{500ms, 1'000ms}));  // Half of 1 s, of 2 s.
}

TEST_F(Retry, stops_when_the_next_wait_would_pass_the_limit) {
  options.timeout = 1'200ms;
  EXPECT_FALSE(run(original, {throttled, throttled}).has_value());
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(time.slept(), std::vector<milliseconds>{500ms});
}

TEST_F(Retry, takes_any_result_and_no_options) {
  const auto nothing = []() -> Task<Result<void>> { co_return Result<void>(); };
  EXPECT_TRUE(blocking(retry(original, nothing)).has_value());
}

TEST_F(Retry, lets_exceptions_through) {
  const auto throwing = []() -> Task<Result<int>> {
    throw std::logic_error("broken promise");
    co_return 1;
  };
  EXPECT_THROW(blocking(retry(original, throwing, options)), std::logic_error);
  options.log = [](LogLevel, std::string_view) { throw std::runtime_error("full disk"); };
  EXPECT_THROW(run(original, {throttled}), std::runtime_error);
}

TEST_F(Retry, is_cancelled_while_it_waits) {
  options.time = {};  // A real timer, that nobody waits for.
  const RetryPolicy patient{
      .base_delay = std::chrono::hours(1), .max_delay = std::chrono::hours(1), .jitter = Jitter::none};
  asio::io_context context;
  asio::cancellation_signal signal;
  std::optional<Result<int>> result;
  bool throws_if_cancelled = false;
  const auto watch = [&]() -> Task<void> {
    const auto operation = failing({throttled});
    result = co_await retry(patient, operation, options);
    throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  };
  asio::co_spawn(context, watch(), asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr thrown) {
                   EXPECT_FALSE(thrown);
                 }));
  context.poll();
  ASSERT_FALSE(result.has_value());
  signal.emit(asio::cancellation_type::terminal);
  context.restart();
  context.poll();
  ASSERT_TRUE(result.has_value() && !result->has_value());
  EXPECT_EQ(result->error().kind, ErrorKind::cancelled);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(throws_if_cancelled);
}

TEST_F(Retry, does_not_repeat_what_the_caller_cancelled) {
  options.retry_if = [](const Error&) { return true; };
  EXPECT_FALSE(run(original, {Error{.kind = ErrorKind::cancelled}}).has_value());
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(log.empty());
}

}  // namespace
}  // namespace gannet
