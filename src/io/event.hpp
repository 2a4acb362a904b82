#pragma once

#include <memory>
#include <mutex>
#include <unordered_set>

#include <gannet/task.hpp>

namespace gannet::io {

/// Something that happens once and that coroutines on whatever executors wait for. Thread-safe. It knows
/// nothing of its waiters' lifetimes: an execution context that ends takes those that wait on it along, in
/// whichever thread it ends.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// It happens, unless it has already; all who wait go on, each on its own executor.
  void happen();
  [[nodiscard]] bool has_happened() const;
  /// Waits for it; false if the coroutine was cancelled before. Expects a caller that has switched throwing
  /// on cancellation off. The event must outlive the wait.
  Task<bool> wait();

 private:
  class Waiter;
  class WaitersOfContext;
  struct Leaving;

  mutable std::mutex mutex_;
  bool happened_ = false;
  std::unordered_set<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace gannet::io
