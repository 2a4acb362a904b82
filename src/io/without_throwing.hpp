#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <gannet/task.hpp>

namespace gannet::io {

/// Awaits `task` with throwing on cancellation switched off, so that it tells a cancellation in its own way;
/// the mode is as it was on every exit.
template <class T>
Task<T> without_throwing(Task<T> task) {
  const bool throws_if_cancelled = co_await boost::asio::this_coro::throw_if_cancelled();
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  std::optional<T> result;
  std::exception_ptr thrown;
  try {
    result.emplace(co_await std::move(task));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await boost::asio::this_coro::throw_if_cancelled(throws_if_cancelled);
  if (thrown) std::rethrow_exception(thrown);
  co_return std::move(*result);
}

}  // namespace gannet::io
