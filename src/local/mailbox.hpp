#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

namespace gannet::local {

/// An executor that other threads post to, until it is closed or its context begins to end: Asio lets nobody
/// post to a context that is being destroyed. `post` is thread-safe; make and close it on the executor's
/// side.
class Mailbox {
 public:
  explicit Mailbox(boost::asio::any_io_executor executor);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() = default;

  /// Whether `work` will run, or be destroyed, on the executor. Otherwise it is destroyed here.
  template <class Work>
  bool post(Work work) {
    const std::lock_guard lock(state_->mutex);
    if (!state_->executor) return false;
    boost::asio::post(*state_->executor, std::move(work));
    return true;
  }
  /// Once this returns the executor is not touched any more.
  void close();

 private:
  struct State {
    std::mutex mutex;
    std::optional<boost::asio::any_io_executor> executor;
  };
  class Closer;

  std::shared_ptr<State> state_;
};

}  // namespace gannet::local
