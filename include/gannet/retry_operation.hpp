#pragma once

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <gannet/config.hpp>
#include <gannet/log.hpp>
#include <gannet/result.hpp>
#include <gannet/retry.hpp>
#include <gannet/task.hpp>

namespace gannet {

/// What `retry` may be told beside its policy.
struct RetryOptions {
  /// Whether an error is worth another attempt. Empty: throttled ones (ProvisionedThroughputExceededException
  /// and its like). That the operation may be repeated at all is the caller's promise.
  std::function<bool(const Error&)> retry_if{};
  /// Gets a warning before each wait, `Throttled, retrying in 0.5s (attempt 1/3)`, and an error at the end of
  /// a failure, `DynamoDB error: CODE`.
  LogSink log{};
  std::string service_name = "DynamoDB";  ///< For the line at the end.
  /// No attempt begins later than this after the first. Zero means no limit.
  std::chrono::milliseconds timeout{0};
  TimeSource time{};
};

namespace detail {

/// What `retry` does between two attempts, whatever their result's type.
class RetryLoop {
 public:
  RetryLoop(const RetryPolicy& policy, RetryOptions options);
  ~RetryLoop();
  /// Tells the log, and waits where another attempt is due: true. A wait that the caller cancels makes
  /// `error` say so.
  Task<bool> again(Error& error);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class Operation>
std::invoke_result_t<Operation&> retry(RetryPolicy policy, Operation operation, RetryOptions options) {
  namespace this_coro = boost::asio::this_coro;
  RetryLoop loop(policy, std::move(options));
  while (true) {
    auto result = co_await operation();
    if (result) co_return result;
    const bool throws_if_cancelled = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    bool again = false;
    std::exception_ptr thrown;
    try {
      again = co_await loop.again(result.error());
    } catch (...) {
      thrown = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(throws_if_cancelled);
    if (thrown) std::rethrow_exception(thrown);
    if (!again) co_return result;
  }
}

template <class T>
inline constexpr bool is_task_of_result = false;
template <class T>
inline constexpr bool is_task_of_result<Task<Result<T>>> = true;

}  // namespace detail

/// A callable without arguments that gives a Task<Result<T>>; called once an attempt.
template <class Operation>
concept RetryableOperation =
    std::copy_constructible<Operation> && detail::is_task_of_result<std::invoke_result_t<Operation&>>;

/// Awaits `operation()`, again and again while it fails with an error worth repeating and attempts are left,
/// and gives the last result. Waits as the policy says; where it names nothing, 3 attempts from 1 s after
/// throttling, from 50 ms after anything else. Policy, operation and options are copied: they need not
/// outlive the call.
///
///     const RetryPolicy policy{.max_attempts = 3, .base_delay = 500ms, .jitter = Jitter::none};
///     const auto read = [&] { return client_without_retries.get_item(request); };
///     auto found = co_await gannet::retry(policy, read);  // Waits 0.5 s, then 1 s.
///
/// Clients retry by themselves: give theirs `max_attempts = 1` before wrapping their calls, so that retries
/// do not multiply.
template <RetryableOperation Operation>
std::invoke_result_t<Operation&> retry(const RetryPolicy& policy, const Operation& operation,
                                       const RetryOptions& options) {
  return detail::retry<Operation>(policy, operation, options);
}
template <RetryableOperation Operation>
std::invoke_result_t<Operation&> retry(const RetryPolicy& policy, const Operation& operation) {
  return detail::retry<Operation>(policy, operation, RetryOptions());
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ <= 12
// GCC 12 destroys temporaries inside a co_await expression twice: name policy, operation and options first.
template <class Operation>
void retry(RetryPolicy&& policy, Operation&& operation) = delete;
template <class Operation, class Options>
void retry(RetryPolicy&& policy, Operation&& operation, Options&& options) = delete;
template <class Operation>
void retry(const RetryPolicy& policy, Operation&& operation, RetryOptions&& options) = delete;
template <class Operation>
  requires(!std::is_lvalue_reference_v<Operation>)
void retry(const RetryPolicy& policy, Operation&& operation) = delete;
template <class Operation>
  requires(!std::is_lvalue_reference_v<Operation>)
void retry(const RetryPolicy& policy, Operation&& operation, const RetryOptions& options) = delete;
#endif

}  // namespace gannet
