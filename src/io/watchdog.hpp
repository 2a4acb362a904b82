#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gannet::io {

using Clock = std::chrono::steady_clock;

/// More than any limit on time has to be, and no more than the clock can count.
inline constexpr std::chrono::hours longest_limit{24 * 365 * 10};

/// A limit on time as the clock counts it, where zero means that there is none.
constexpr Clock::duration limit_of(std::chrono::milliseconds limit) noexcept {
  return limit == std::chrono::milliseconds::zero() || limit > longest_limit ? Clock::duration(longest_limit)
                                                                             : Clock::duration(limit);
}

/// When a limit ends that begins now; never where there is none.
inline Clock::time_point end_of(std::chrono::milliseconds limit) noexcept {
  const bool none = limit <= std::chrono::milliseconds::zero() || limit > longest_limit;
  return none ? Clock::time_point::max() : Clock::now() + limit;
}

class Watchdog;

/// The executor itself where `executor` is a strand, or strands, over it, of a kind that is known here: what
/// sockets and timers that many strands use belong to.
boost::asio::any_io_executor without_strand(const boost::asio::any_io_executor& executor);

/// Something that waits and must not wait for ever.
///
/// What waits and whoever ends the wait may be on different threads: a call's coroutine may run on an
/// executor that several threads serve, and no strand of its own makes it pay for that. A mutex of the
/// waiting object does it, for a call's state is touched from outside the call in one way alone, the end of a
/// wait:
/// - A wait begins under the mutex, its asynchronous operation included (`begin`), so that whoever wants to
/// end
///   it finds it either begun, or not at all.
/// - It is ended from outside under the mutex (`stop_waiting`), and only while it lasts.
/// - The coroutine goes on by `forget`, under the mutex: from there until the next `begin` nobody but the
///   coroutine touches what it owns, and what others have left for it is visible.
/// A coroutine's own steps follow one another anyway: each completion happens after what began it.
class Watched : public std::enable_shared_from_this<Watched> {
 public:
  explicit Watched(Watchdog& watchdog) : watchdog_(&watchdog) {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  virtual ~Watched();

  /// Where the timer that watches over it runs. Not while it waits.
  void runs_on(const boost::asio::any_io_executor& executor) { executor_ = executor; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

 protected:
  /// Begins a wait, until `limit` at the longest: `start` begins the asynchronous operation, whose completion
  /// calls `forget`. If `is_over` then says, still under the mutex, that there is nothing to wait for any
  /// more, the operation ends as if stopped.
  template <class Start, class IsOver>
  void begin(Clock::time_point limit, Start&& start, IsOver&& is_over) {
    const std::lock_guard lock(mutex_);
    watch(limit);
    std::forward<Start>(start)();
    if (std::forward<IsOver>(is_over)()) stop_waiting();
  }
  /// The wait is over. Gives whether the limit ended it.
  bool forget() noexcept;
  /// Runs `change` and ends the wait that is under way, if there is one.
  template <class Change>
  void end_wait_after(Change&& change) {
    const std::lock_guard lock(mutex_);
    std::forward<Change>(change)();
    if (waits_) stop_waiting();
  }
  /// Ends the wait that is under way. Called under the mutex: it must not complete the operation in place,
  /// which no cancellation of Asio's does.
  virtual void stop_waiting() = 0;
  /// Its context ends: there is no watchdog any more, nor an executor. A strand that were let go of later
  /// would take itself off a list that has gone with the context.
  void abandon() noexcept {
    watchdog_ = nullptr;
    executor_ = {};
  }

 private:
  friend class Watchdog;

  void watch(Clock::time_point limit);
  /// The limit of wait number `round` has passed.
  void stop(std::uint64_t round);

  std::mutex mutex_;  ///< Before the watchdog's own, where both are held.
  Watchdog* watchdog_;
  boost::asio::any_io_executor executor_;
  // Written under both mutexes.
  std::uint64_t round_ = 0;  ///< Tells one wait from the next.
  bool waits_ = false;
  // The watchdog's.
  Clock::time_point limit_{};
  Watched* previous_ = nullptr;
  Watched* next_ = nullptr;
  bool expired_ = false;
};

/// Something that one coroutine waits for, within limits, until another thread, or another turn of this one,
/// says that it has happened.
class WatchedEvent : public Watched {
 public:
  WatchedEvent(Watchdog& watchdog, const boost::asio::any_io_executor& executor)
      : Watched(watchdog), timer_(executor, Clock::time_point::max()) {
    runs_on(executor);
  }

  /// `co_await event.wait(limit); event.end_wait();`: until it has happened, `limit`, or a cancellation.
  auto wait(Clock::time_point limit) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [this, limit](auto handler) {
          begin(limit, [&] { timer_.async_wait(std::move(handler)); }, [&] { return happened_; });
        },
        token_);
  }
  /// Gives whether the limit ended the wait.
  bool end_wait() noexcept { return forget(); }

 protected:
  /// Says that it has happened; `change` is what there is to tell, for the time after `end_wait`.
  template <class Change>
  void happen(Change&& change) {
    end_wait_after([&] {
      std::forward<Change>(change)();
      happened_ = true;
    });
  }

 private:
  using Token = const boost::asio::as_tuple_t<boost::asio::deferred_t>;
  static constexpr Token token_{boost::asio::deferred};

  void stop_waiting() override { timer_.cancel(); }

  boost::asio::steady_timer timer_;
  bool happened_ = false;
};

/// One timer for all that waits in an execution context. It is armed only while something waits, so that it
/// never keeps a context running. Thread-safe.
class Watchdog final : public boost::asio::execution_context::service {
 public:
  using key_type = Watchdog;
  static boost::asio::execution_context::id id;

  explicit Watchdog(boost::asio::execution_context& context);

  void watch(Watched& item, Clock::time_point limit);
  bool forget(Watched& item) noexcept;

 private:
  struct Late {
    std::shared_ptr<Watched> item;
    std::uint64_t round;
  };

  void shutdown() noexcept override;
  void arm(Clock::time_point at, const boost::asio::any_io_executor& executor);
  void on_timer();
  void link(Watched& item) noexcept;
  void unlink(Watched& item) noexcept;

  std::mutex mutex_;
  std::optional<boost::asio::steady_timer> timer_;
  std::optional<Clock::time_point> armed_;
  bool counts_as_work_ = true;  ///< While armed, the timer keeps its context running.
  Watched* first_ = nullptr;
  bool closed_ = false;
};

}  // namespace gannet::io
