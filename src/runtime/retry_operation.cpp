#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <fmt/format.h>
#include <gannet/retry_operation.hpp>

#include "core/retry_rules.hpp"
#include "io/time_source.hpp"
#include "runtime/seconds.hpp"

namespace gannet::detail {
namespace {

constexpr int default_attempts = 3;
constexpr std::chrono::milliseconds default_base{50};

}  // namespace

struct RetryLoop::State {
  State(const RetryPolicy& with, RetryOptions given)
      : policy(with), options(std::move(given)), stopwatch(options.time, options.timeout) {}

  [[nodiscard]] bool is_worth_repeating(const Error& error) const {
    if (error.kind == ErrorKind::cancelled) return false;
    return options.retry_if ? options.retry_if(error) : error.kind == ErrorKind::throttled;
  }
  void say(LogLevel level, const std::string& line) const {
    if (options.log) options.log(level, line);
  }

  RetryPolicy policy;
  RetryOptions options;
  io::Stopwatch stopwatch;
  int failed = 0;
};

RetryLoop::RetryLoop(const RetryPolicy& policy, RetryOptions options)
    : state_(std::make_unique<State>(policy, std::move(options))) {}
RetryLoop::~RetryLoop() = default;

Task<bool> RetryLoop::again(Error& error) {
  State& state = *state_;
  ++state.failed;
  const int attempts = state.policy.max_attempts.value_or(default_attempts);
  const auto is_cancelled = [](const boost::asio::cancellation_state& cancellation) {
    return cancellation.cancelled() != boost::asio::cancellation_type::none;
  };
  const auto failure =
      error.kind == ErrorKind::throttled ? core::FailureClass::throttling : core::FailureClass::transient;
  const auto delay = core::backoff_delay(state.failed, state.policy, default_base, failure,
                                         io::random_of(state.options.time));
  const bool cancelled = is_cancelled(co_await boost::asio::this_coro::cancellation_state);
  if (cancelled || state.failed >= attempts || !state.is_worth_repeating(error) ||
      !state.stopwatch.allows(delay)) {
    if (error.kind != ErrorKind::cancelled) {
      state.say(LogLevel::error, fmt::format("{} error: {}", state.options.service_name, error.code));
    }
    co_return false;
  }
  const std::string_view what =
      error.kind == ErrorKind::throttled ? std::string_view("Throttled") : error.code;
  state.say(LogLevel::warning, fmt::format("{}, retrying in {}s (attempt {}/{})", what,
                                           runtime::in_seconds(delay), state.failed, attempts));
  co_await sleep_for(state.options.time, delay);
  if (is_cancelled(co_await boost::asio::this_coro::cancellation_state)) {
    error.kind = ErrorKind::cancelled;
    co_return false;
  }
  co_return true;
}

}  // namespace gannet::detail
