#include "io/event.hpp"

#include <functional>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gannet::io {

namespace asio = boost::asio;

/// A suspended coroutine. Whoever comes first resumes it, or gives it up.
class Event::Waiter {
 public:
  template <class Handler>
  void suspend(Handler handler) {
    auto work = asio::make_work_guard(asio::get_associated_executor(handler));
    const std::lock_guard lock(mutex_);
    resume_ = [handler = std::move(handler), work = std::move(work)]() mutable {
      asio::post(work.get_executor(), [handler = std::move(handler)]() mutable {
        asio::get_associated_cancellation_slot(handler).clear();
        std::move(handler)();
      });
    };
  }

  /// Under the lock, so that the context cannot end between the decision and the post: see `give_up`.
  void resume() {
    const std::lock_guard lock(mutex_);
    if (!resume_) return;
    resume_();
    resume_ = nullptr;
  }

  /// Its context may end: nobody touches that any more through here once this has returned.
  void give_up() noexcept {
    std::move_only_function<void()> ended;
    const std::lock_guard lock(mutex_);
    ended.swap(resume_);
  }

 private:
  std::mutex mutex_;
  std::move_only_function<void()> resume_;
};

/// All that wait on one context, so that its end finds them.
class Event::WaitersOfContext final : public asio::execution_context::service {
 public:
  using key_type = WaitersOfContext;
  static asio::execution_context::id id;
  using asio::execution_context::service::service;

  void add(std::shared_ptr<Waiter> waiter) {
    const std::lock_guard lock(mutex_);
    waiters_.insert(std::move(waiter));
  }
  void remove(const std::shared_ptr<Waiter>& waiter) {
    const std::lock_guard lock(mutex_);
    waiters_.erase(waiter);
  }

 private:
  void shutdown() noexcept override {
    std::unordered_set<std::shared_ptr<Waiter>> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiters_);
    }
    for (const auto& waiter : all) waiter->give_up();
  }

  std::mutex mutex_;
  std::unordered_set<std::shared_ptr<Waiter>> waiters_;
};

asio::execution_context::id Event::WaitersOfContext::id;

/// Takes a waiter off the lists, however its wait ended.
struct Event::Leaving {
  Event& event;
  WaitersOfContext& of_context;
  std::shared_ptr<Waiter> waiter;

  Leaving(Event& which, WaitersOfContext& where, std::shared_ptr<Waiter> who)
      : event(which), of_context(where), waiter(std::move(who)) {}
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  ~Leaving() {
    // Who resumed it may still be about to let go of the context, which may end as soon as this has returned.
    waiter->give_up();
    of_context.remove(waiter);
    const std::lock_guard lock(event.mutex_);
    event.waiters_.erase(waiter);
  }
};

bool Event::has_happened() const {
  const std::lock_guard lock(mutex_);
  return happened_;
}

void Event::happen() {
  std::unordered_set<std::shared_ptr<Waiter>> all;
  {
    const std::lock_guard lock(mutex_);
    happened_ = true;
    all.swap(waiters_);
  }
  for (const auto& waiter : all) waiter->resume();
}

Task<bool> Event::wait() {
  if (has_happened()) co_return true;
  // One that came before is not told again.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return false;

  const auto executor = co_await asio::this_coro::executor;
  auto& context = asio::query(executor, asio::execution::context);
  auto& of_context = asio::use_service<WaitersOfContext>(context);
  const auto waiter = std::make_shared<Waiter>();
  const Leaving leaving(*this, of_context, waiter);
  const auto suspend = [this, &of_context, waiter](auto handler) {
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.assign([waiter](asio::cancellation_type) { waiter->resume(); });
    }
    waiter->suspend(std::move(handler));
    of_context.add(waiter);
    std::unique_lock lock(mutex_);
    if (!happened_) {
      waiters_.insert(waiter);
      return;
    }
    lock.unlock();
    waiter->resume();
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(suspend, asio::use_awaitable);
  co_return has_happened();
}

}  // namespace gannet::io
