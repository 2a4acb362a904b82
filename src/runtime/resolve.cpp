#include "runtime/resolve.hpp"

#include <utility>
#include <variant>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "io/shared_fetch.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;
using Resolved = Result<std::shared_ptr<const Credentials>>;
using Fetch = io::SharedFetch<Resolved>;

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

Task<Resolved> resolve_in_time(std::shared_ptr<CredentialsProvider> provider,
                               std::chrono::steady_clock::time_point deadline) {
  using asio::experimental::awaitable_operators::operator||;
  std::exception_ptr thrown;
  auto first = co_await (caught(std::move(provider), thrown) || until(deadline));
  if (first.index() == 0) {
    if (thrown) std::rethrow_exception(thrown);
    co_return std::get<0>(std::move(first));
  }
  co_return fail(ErrorKind::timeout, "DeadlineExceeded",
                 "the call's deadline passed while waiting for credentials");
}

Error cancelled() {
  return {.kind = ErrorKind::cancelled,
          .code = "Cancelled",
          .message = "cancelled while waiting for credentials"};
}

}  // namespace

Task<Resolved> resolve(std::shared_ptr<CredentialsProvider> provider,
                       std::optional<std::chrono::steady_clock::time_point> deadline) {
  if (!deadline) {
    auto resolved = co_await provider->resolve();
    co_return resolved;
  }
  // On a strand of its own, for the caller's executor may be run by several threads, and apart from this
  // coroutine: nothing of Asio's that one of the two does then touches the other.
  const asio::any_io_executor strand = asio::make_strand(co_await asio::this_coro::executor);
  const auto fetch = std::make_shared<Fetch>(std::unexpected(cancelled()));
  Fetch::start(fetch, strand, [provider = std::move(provider), until = *deadline] {
    return resolve_in_time(provider, until);
  });
  auto outcome = co_await Fetch::outcome(fetch);
  if (!outcome) co_return std::unexpected(cancelled());
  co_return std::move(*outcome);
}

}  // namespace gannet::runtime
