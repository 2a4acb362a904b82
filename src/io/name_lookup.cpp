#include "io/name_lookup.hpp"

#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace gannet::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// Shared with the resolver, which may answer when nobody waits any more.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}

  tcp::resolver resolver;
  asio::steady_timer done;
  bool finished = false;
  boost::system::error_code error{};
  std::vector<asio::ip::address> addresses{};
};

void start(const std::shared_ptr<LookUp>& look_up, const std::string& host) {
  const auto flags = tcp::resolver::numeric_service | tcp::resolver::address_configured;
  look_up->resolver.async_resolve(host, "0", flags, [look_up](const auto& error, const auto& found) {
    look_up->finished = true;
    look_up->error = error;
    for (const auto& entry : found) look_up->addresses.push_back(entry.endpoint().address());
    look_up->done.cancel();
  });
}

}  // namespace

Task<Result<std::vector<asio::ip::address>>> addresses_of(std::string host, std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  const auto look_up = std::make_shared<LookUp>(executor);
  if (limit.count() > 0) {
    look_up->done.expires_after(limit);
  } else {
    look_up->done.expires_at(asio::steady_timer::time_point::max());
  }
  const auto before = co_await asio::this_coro::cancellation_state;
  if (before.cancelled() == asio::cancellation_type::none) {
    start(look_up, host);
    co_await look_up->done.async_wait(asio::as_tuple(asio::deferred));
  }
  if (look_up->finished) {
    if (!look_up->error && !look_up->addresses.empty()) co_return std::move(look_up->addresses);
    co_return fail(ErrorKind::network, "NameNotResolved",
                   host + ": its name was not resolved" +
                       (look_up->error ? ": " + look_up->error.message() : std::string()));
  }
  const auto after = co_await asio::this_coro::cancellation_state;
  if (after.cancelled() != asio::cancellation_type::none) {
    co_return fail(ErrorKind::cancelled, "Cancelled", "cancelled while looking up " + host);
  }
  co_return fail(ErrorKind::timeout, "NameLookUpTimeout", host + ": its name was not resolved in time");
}

}  // namespace gannet::io
