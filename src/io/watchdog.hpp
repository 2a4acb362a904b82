#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gannet::io {

using Clock = std::chrono::steady_clock;

class Watchdog;

/// The executor itself where `executor` is a strand over it: what sockets and timers that many strands use
/// belong to.
boost::asio::any_io_executor without_strand(const boost::asio::any_io_executor& executor);

/// Something that waits and must not wait for ever.
class Watched : public std::enable_shared_from_this<Watched> {
 public:
  explicit Watched(Watchdog& watchdog) : watchdog_(&watchdog) {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  virtual ~Watched();

  /// Where it waits; `stop_waiting` is called there.
  void runs_on(const boost::asio::any_io_executor& executor) { executor_ = executor; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

 protected:
  /// From here on, until `forget`, it waits until `limit` at the longest.
  void watch(Clock::time_point limit);
  /// The wait is over. Gives whether the limit ended it.
  bool forget() noexcept;
  /// Ends the wait that is under way.
  virtual void stop_waiting() = 0;
  /// Its context has ended: there is no watchdog any more.
  void abandon() noexcept { watchdog_ = nullptr; }

  /// Calls `stop_waiting` soon, not from within this call, unless the wait has ended by then.
  void stop_waiting_soon();

 private:
  friend class Watchdog;

  Watchdog* watchdog_;
  boost::asio::any_io_executor executor_;
  Clock::time_point limit_{};
  std::uint64_t round_ = 0;  ///< Tells one wait from the next.
  Watched* previous_ = nullptr;
  Watched* next_ = nullptr;
  bool waits_ = false;
  bool expired_ = false;
};

/// One timer for all that waits in an execution context. It is armed only while something waits, so that it
/// never keeps a context running. Thread-safe; each watched object belongs to its own executor.
class Watchdog final : public boost::asio::execution_context::service {
 public:
  using key_type = Watchdog;
  static boost::asio::execution_context::id id;

  explicit Watchdog(boost::asio::execution_context& context);

  void watch(Watched& item, Clock::time_point limit);
  bool forget(Watched& item) noexcept;

 private:
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
