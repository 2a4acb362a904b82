#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace gannet {

/// An asynchronous operation: starts when awaited, runs on the awaiting coroutine's executor, is cancelled as Asio
/// operations are.
template <class T>
using Task = boost::asio::awaitable<T>;

namespace detail {
/// The calling thread's own context, for `blocking`; its connections are kept from call to call.
boost::asio::io_context& thread_context();
}  // namespace detail

/// Runs `task` to its end on the calling thread and gives what it gives. Not to be called from inside a coroutine
/// or a handler: it blocks. Rethrows what the task throws.
template <class T>
T blocking(Task<T> task) {
  boost::asio::io_context& context = detail::thread_context();
  std::exception_ptr thrown;
  if constexpr (std::is_void_v<T>) {
    bool done = false;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure) {
      thrown = failure;
      done = true;
    });
    context.restart();
    while (!done && context.run_one() != 0) {
    }
    if (thrown) std::rethrow_exception(thrown);
  } else {
    std::optional<T> value;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure, T result) {
      thrown = failure;
      value.emplace(std::move(result));
    });
    context.restart();
    while (!value && context.run_one() != 0) {
    }
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
  }
}

}  // namespace gannet
