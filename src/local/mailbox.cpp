#include "local/mailbox.hpp"

#include <unordered_set>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>

namespace gannet::local {

/// Closes the mailboxes of a context when it begins to end. Services end in the reverse order of their
/// making, and the scheduler, whose queue nobody may touch from then on, is made first.
class Mailbox::Closer final : public boost::asio::execution_context::service {
 public:
  static inline boost::asio::execution_context::id id;

  explicit Closer(boost::asio::execution_context& context) : service(context) {}

  static Closer& of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<Closer>(boost::asio::query(executor, boost::asio::execution::context));
  }

  void add(std::shared_ptr<State> state) {
    const std::lock_guard lock(mutex_);
    open_.insert(std::move(state));
  }
  void remove(const std::shared_ptr<State>& state) {
    const std::lock_guard lock(mutex_);
    open_.erase(state);
  }

 private:
  void shutdown() override {
    std::unordered_set<std::shared_ptr<State>> ending;
    {
      const std::lock_guard lock(mutex_);
      ending.swap(open_);
    }
    for (const auto& state : ending) {
      const std::lock_guard lock(state->mutex);
      state->executor.reset();
    }
  }

  std::mutex mutex_;
  std::unordered_set<std::shared_ptr<State>> open_;
};

Mailbox::Mailbox(boost::asio::any_io_executor executor) : state_(std::make_shared<State>()) {
  Closer::of(executor).add(state_);
  state_->executor = std::move(executor);
}

void Mailbox::close() {
  std::optional<boost::asio::any_io_executor> executor;
  {
    const std::lock_guard lock(state_->mutex);
    executor.swap(state_->executor);
  }
  if (executor) Closer::of(*executor).remove(state_);
}

}  // namespace gannet::local
