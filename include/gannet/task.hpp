#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>

namespace boost::asio {
class io_context;
}

namespace gannet {

/// An asynchronous operation: starts when awaited, runs on the awaiting coroutine's executor, is cancelled as
/// Asio operations are.
template <class T>
using Task = boost::asio::awaitable<T>;

namespace detail {
/// The calling thread's own context, for `blocking`; its connections are kept from call to call.
boost::asio::io_context& thread_context();

/// Runs `task` to its end on the calling thread's own context; rethrows what it throws.
void run_blocking(Task<void> task);

template <class T>
Task<void> keep_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
}  // namespace detail

/// Runs `task` to its end on the calling thread and gives what it gives. Not to be called from inside a
/// coroutine or a handler: it blocks. Rethrows what the task throws.
template <class T>
T blocking(Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    detail::run_blocking(std::move(task));
  } else {
    std::optional<T> result;
    detail::run_blocking(detail::keep_result(std::move(task), result));
    return std::move(*result);
  }
}

}  // namespace gannet
