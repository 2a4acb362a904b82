#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

namespace boost::asio {
class io_context;
}

namespace gannet::io {

/// Starts a thread that runs `work`, or throws what std::thread does where there are no more.
using StartThread = std::function<std::thread(std::function<void()> work)>;

/// One thread for work that must outlive whoever started it. Thread-safe. Ends with the thread joined and
/// what was still under way destroyed; ended by that very thread, it leaves the thread to end by itself.
class BackgroundThread {
 public:
  BackgroundThread();
  explicit BackgroundThread(StartThread start) : start_(std::move(start)) {}
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;
  ~BackgroundThread();

  /// Starts the thread at the first call, or, where that throws, at the next.
  boost::asio::any_io_executor executor();

 private:
  const StartThread start_;
  std::mutex mutex_;
  std::shared_ptr<boost::asio::io_context> context_;
  std::thread thread_;
};

}  // namespace gannet::io
