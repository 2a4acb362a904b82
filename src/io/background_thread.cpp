#include "io/background_thread.hpp"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace gannet::io {

BackgroundThread::BackgroundThread()
    : BackgroundThread([](std::function<void()> work) { return std::thread(std::move(work)); }) {}

BackgroundThread::~BackgroundThread() {
  if (!context_) return;
  context_->stop();
  if (!thread_.joinable()) return;
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

boost::asio::any_io_executor BackgroundThread::executor() {
  const std::lock_guard lock(mutex_);
  if (!context_) {
    // Kept only once the thread runs: a context that nobody runs would take work and never do it.
    auto context = std::make_shared<boost::asio::io_context>(1);
    thread_ = start_([context] {
      const auto work = boost::asio::make_work_guard(*context);
      context->run();
    });
    context_ = std::move(context);
  }
  return context_->get_executor();
}

}  // namespace gannet::io
