#include "runtime/resolve.hpp"

#include <utility>
#include <variant>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;
using Resolved = Result<std::shared_ptr<const Credentials>>;

/// What went wrong is an outcome like another: it must not end the race.
Task<Resolved> caught(std::shared_ptr<CredentialsProvider> provider, std::exception_ptr& thrown) {
  Resolved resolved;
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    resolved = co_await provider->resolve();
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return resolved;
}

Task<void> until(std::chrono::steady_clock::time_point deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

Task<Resolved> resolve(std::shared_ptr<CredentialsProvider> provider,
                       std::optional<std::chrono::steady_clock::time_point> deadline) {
  if (!deadline) {
    auto resolved = co_await provider->resolve();
    co_return resolved;
  }
  using asio::experimental::awaitable_operators::operator||;
  std::exception_ptr thrown;
  auto first = co_await (caught(std::move(provider), thrown) || until(*deadline));
  if (first.index() == 0) {
    if (thrown) std::rethrow_exception(thrown);
    co_return std::get<0>(std::move(first));
  }
  co_return fail(ErrorKind::timeout, "DeadlineExceeded",
                 "the call's deadline passed while waiting for credentials");
}

}  // namespace gannet::runtime
