#pragma once

#include <memory>
#include <mutex>
#include <thread>

#include <boost/asio/any_io_executor.hpp>

namespace boost::asio {
class io_context;
}

namespace gannet::io {

/// One thread for work that must outlive whoever started it. Thread-safe. Ends with the thread joined and
/// what was still under way destroyed; ended by that very thread, it leaves the thread to end by itself.
class BackgroundThread {
 public:
  BackgroundThread() = default;
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;
  ~BackgroundThread();

  /// Starts the thread at the first call.
  boost::asio::any_io_executor executor();

 private:
  std::mutex mutex_;
  std::shared_ptr<boost::asio::io_context> context_;
  std::thread thread_;
};

}  // namespace gannet::io
