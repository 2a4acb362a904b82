#include "io/background_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace gannet::io {

BackgroundThread::~BackgroundThread() {
  if (!context_) return;
  context_->stop();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

boost::asio::any_io_executor BackgroundThread::executor() {
  const std::lock_guard lock(mutex_);
  if (!context_) {
    context_ = std::make_shared<boost::asio::io_context>(1);
    thread_ = std::thread([context = context_] {
      const auto work = boost::asio::make_work_guard(*context);
      context->run();
    });
  }
  return context_->get_executor();
}

}  // namespace gannet::io
