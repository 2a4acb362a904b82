#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/log.hpp>

namespace gannet::fakes {

/// Keeps the lines of a log that another thread writes, and waits for them. Thread-safe.
class AwaitedLog {
 public:
  [[nodiscard]] LogSink sink() {
    return [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
      added_.notify_all();
    };
  }
  /// Whether so many lines with that text have come, or come soon.
  bool wait_for(std::string_view text, std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    return added_.wait_for(lock, std::chrono::seconds(30), [&] { return lines_with(text) >= times; });
  }
  [[nodiscard]] std::size_t count(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    return lines_with(text);
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

 private:
  [[nodiscard]] std::size_t lines_with(std::string_view text) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }

  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::vector<std::string> lines_;
};

}  // namespace gannet::fakes
