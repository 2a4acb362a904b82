#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gannet/task.hpp>

#include "local/mailbox.hpp"

/// How two executors hand things to each other although either may go away at any time. Several threads may
/// run an executor: a wait begins, and is ended, under the mutex of what is handed over.
namespace gannet::local {

namespace detail {

template <class T>
struct HandoverState {
  explicit HandoverState(boost::asio::any_io_executor executor) : receiver(std::move(executor)) {}

  std::mutex mutex;
  std::optional<T> value;
  bool abandoned = false;
  boost::asio::steady_timer* signal = nullptr;
  Mailbox receiver;
};

}  // namespace detail

/// The giving end: gives once, from any thread. One that ends without having given wakes the receiver all the
/// same.
template <class T>
class HandoverSender {
 public:
  explicit HandoverSender(std::shared_ptr<detail::HandoverState<T>> state) : state_(std::move(state)) {}
  HandoverSender(HandoverSender&&) noexcept = default;
  HandoverSender& operator=(HandoverSender&&) = delete;
  ~HandoverSender() {
    if (state_) finish(std::nullopt);
  }

  void give(T value) { finish(std::optional<T>(std::move(value))); }

 private:
  void finish(std::optional<T> value) {
    const auto state = std::exchange(state_, nullptr);
    {
      const std::lock_guard lock(state->mutex);
      state->abandoned = !value;
      if (value) state->value.emplace(*std::move(value));
    }
    state->receiver.post([state] {
      const std::lock_guard lock(state->mutex);
      if (state->signal != nullptr) state->signal->cancel();
    });
  }

  std::shared_ptr<detail::HandoverState<T>> state_;
};

/// The waiting end, on its executor.
template <class T>
class HandoverReceiver {
 public:
  HandoverReceiver(const boost::asio::any_io_executor& executor,
                   std::chrono::steady_clock::time_point deadline)
      : signal_(executor, deadline), state_(std::make_shared<detail::HandoverState<T>>(executor)) {
    state_->signal = &signal_;
  }
  HandoverReceiver(const HandoverReceiver&) = delete;
  HandoverReceiver& operator=(const HandoverReceiver&) = delete;
  ~HandoverReceiver() {
    state_->receiver.close();
    const std::lock_guard lock(state_->mutex);
    state_->signal = nullptr;
  }

  /// To be called once.
  HandoverSender<T> sender() { return HandoverSender<T>(state_); }
  /// Waits until something has been given; nothing if the sender ended without giving, the deadline passed or
  /// the wait was cancelled.
  Task<std::optional<T>> wait() {
    co_await boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [this](auto handler) {
          const std::lock_guard lock(state_->mutex);
          signal_.async_wait(std::move(handler));
          if (is_over()) signal_.cancel();
        },
        token_);
    const std::lock_guard lock(state_->mutex);
    std::optional<T> value = std::move(state_->value);
    co_return value;
  }
  /// Whether the sender has given or ended.
  [[nodiscard]] bool ended() const {
    const std::lock_guard lock(state_->mutex);
    return is_over();
  }
  [[nodiscard]] bool deadline_passed() const { return signal_.expiry() <= std::chrono::steady_clock::now(); }

 private:
  using Token = const boost::asio::as_tuple_t<boost::asio::deferred_t>;
  static constexpr Token token_{boost::asio::deferred};

  [[nodiscard]] bool is_over() const { return state_->value.has_value() || state_->abandoned; }

  boost::asio::steady_timer signal_;
  std::shared_ptr<detail::HandoverState<T>> state_;
};

}  // namespace gannet::local
