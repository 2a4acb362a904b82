#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "io/event.hpp"

namespace gannet::io {

/// One operation whose outcome any number of coroutines wait for, on whatever executors. It is nobody's: that
/// a waiter is cancelled or ends does not touch it. Thread-safe.
template <class T>
class SharedFetch {
 public:
  using Operation = std::function<Task<T>()>;

  /// `abandoned`: the outcome if the operation's executor ends before the operation has.
  explicit SharedFetch(T abandoned) : abandoned_(std::move(abandoned)) {}

  /// Runs `operation`, which it keeps until the end, on `executor`. To be called once. It may begin, and end,
  /// before this returns.
  static void start(const std::shared_ptr<SharedFetch>& fetch, const boost::asio::any_io_executor& executor,
                    Operation operation) {
    boost::asio::co_spawn(executor, run(Settling(fetch), std::move(operation)), boost::asio::detached);
  }

  [[nodiscard]] bool is_settled() const { return settled_.has_happened(); }

  /// The outcome, once it is there; nothing if the waiter was cancelled before. Throws what the operation
  /// threw. Expects a caller that has switched throwing on cancellation off.
  static Task<std::optional<T>> outcome(std::shared_ptr<SharedFetch> fetch) {
    const bool there = co_await fetch->settled_.wait();
    if (!there) co_return std::nullopt;
    if (fetch->thrown_) std::rethrow_exception(fetch->thrown_);
    co_return fetch->outcome_ ? *fetch->outcome_ : fetch->abandoned_;
  }

 private:
  /// Ends with the operation, be it done or destroyed, begun or not.
  class Settling {
   public:
    explicit Settling(std::shared_ptr<SharedFetch> fetch) : fetch_(std::move(fetch)) {}
    Settling(Settling&&) noexcept = default;
    Settling& operator=(Settling&&) noexcept = delete;
    ~Settling() {
      if (fetch_) fetch_->settled_.happen();
    }
    SharedFetch& operator*() const noexcept { return *fetch_; }

   private:
    std::shared_ptr<SharedFetch> fetch_;
  };

  static Task<void> run(Settling given, Operation operation) {
    const Settling settling(std::move(given));  // Ends with the body, not with the frame.
    try {
      T outcome = co_await operation();
      (*settling).outcome_.emplace(std::move(outcome));
    } catch (...) {
      (*settling).thrown_ = std::current_exception();
    }
  }

  const T abandoned_;
  // Written before it has settled, only read afterwards.
  std::optional<T> outcome_;
  std::exception_ptr thrown_;
  Event settled_;
};

}  // namespace gannet::io
