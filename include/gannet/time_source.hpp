#pragma once

#include <chrono>
#include <functional>

#include <gannet/task.hpp>
#include <gannet/temporaries.hpp>
#include <gannet/timestamp.hpp>

namespace gannet {

/// Time and chance, as arguments. The defaults are the real ones. Its functions are called by every thread that
/// makes calls.
struct TimeSource {
  std::function<Timestamp()> now{};  ///< Empty: the system clock.
  std::function<Task<void>(std::chrono::milliseconds delay)>
      sleep{};                       ///< Empty: a timer on the call's executor.
  std::function<double()> random{};  ///< In [0, 1). Empty: a generator per thread.
};

/// Waits as `time` has it, which must live until then.
Task<void> sleep_for(const TimeSource& time, std::chrono::milliseconds delay);
GANNET_NAME_IT_FIRST(Task<void> sleep_for(TimeSource&&, std::chrono::milliseconds));

}  // namespace gannet
