#pragma once

#include <chrono>
#include <optional>

#include <gannet/time_source.hpp>

namespace gannet::io {

/// The moment, and a number in [0, 1), as `time` has them.
Timestamp now_of(const TimeSource& time);
double random_of(const TimeSource& time);

/// How much of a limit on time has gone by, on the clock of a TimeSource, which must outlive it, or else on
/// one that goes on while the machine sleeps.
class Stopwatch {
 public:
  /// Starts. Zero or less means no limit.
  Stopwatch(const TimeSource& time, std::chrono::milliseconds limit);
  /// Whether there is time left after another `delay`.
  [[nodiscard]] bool allows(std::chrono::milliseconds delay) const;
  /// What is left of the limit; nothing where there is none.
  [[nodiscard]] std::optional<std::chrono::milliseconds> left() const;
  /// When the limit ends, on the steady clock, if it were the one that counts from now on.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> deadline() const;

 private:
  [[nodiscard]] std::chrono::milliseconds read() const;
  const TimeSource& time_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds started_{0};
};

}  // namespace gannet::io
