#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <gannet/config.hpp>

namespace gannet::fakes {

/// A clock of the test's own: sleeping returns at once, moves it on and is written down; chance gives one
/// number. Copies of its TimeSource share it. Thread-safe.
class VirtualTime {
 public:
  explicit VirtualTime(Timestamp start = Timestamp(std::chrono::milliseconds(1'769'850'487'000)),
                       double random = 0.5)
      : state_(std::make_shared<State>()) {
    state_->now = start;
    state_->random = random;
  }

  [[nodiscard]] TimeSource source() const {
    return {.now = [state = state_] { return state->read(); },
            .sleep = [state = state_](std::chrono::milliseconds delay) { return sleep(state, delay); },
            .random = [state = state_] { return state->random; }};
  }
  [[nodiscard]] Timestamp now() const { return state_->read(); }
  void advance(std::chrono::milliseconds by) {
    const std::lock_guard lock(state_->mutex);
    state_->now += by;
  }
  /// Every wait so far, in order.
  [[nodiscard]] std::vector<std::chrono::milliseconds> slept() const {
    const std::lock_guard lock(state_->mutex);
    return state_->slept;
  }

 private:
  struct State {
    std::mutex mutex;
    Timestamp now;
    double random = 0.5;
    std::vector<std::chrono::milliseconds> slept;

    Timestamp read() {
      const std::lock_guard lock(mutex);
      return now;
    }
  };
  static Task<void> sleep(std::shared_ptr<State> state, std::chrono::milliseconds delay) {
    const std::lock_guard lock(state->mutex);
    state->now += delay;
    state->slept.push_back(delay);
    co_return;
  }

  std::shared_ptr<State> state_;
};

}  // namespace gannet::fakes
