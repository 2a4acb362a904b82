#include "io/name_lookup.hpp"

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

namespace gannet::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// Shared with the resolver, which may answer when nobody waits any more.
class LookUp final : public WatchedEvent {
 public:
  LookUp(Watchdog& watchdog, const asio::any_io_executor& executor)
      : WatchedEvent(watchdog, executor), resolver_(executor) {}

  void start(const std::string& host) {
    auto self = std::static_pointer_cast<LookUp>(shared_from_this());
    resolver_.async_resolve(
        host, "0", tcp::resolver::numeric_service | tcp::resolver::address_configured,
        [self](const boost::system::error_code& failure, const tcp::resolver::results_type& found) {
          self->finish(failure, found);
        });
  }

  /// What it came to, once `end_wait` has been called.
  NameLookUp take_outcome() {
    NameLookUp taken;
    end_wait_after([&] { std::swap(taken, outcome_); });
    return taken;
  }

 private:
  void finish(const boost::system::error_code& failure, const tcp::resolver::results_type& found) {
    happen([&] {
      outcome_.finished = true;
      outcome_.error = failure;
      for (const auto& entry : found) outcome_.addresses.push_back(entry.endpoint().address());
    });
  }

  tcp::resolver resolver_;
  NameLookUp outcome_;
};

}  // namespace

Task<NameLookUp> look_up_name(Watchdog& watchdog, std::string host, Clock::time_point limit) {
  const auto executor = co_await asio::this_coro::executor;
  // One that came before is not told again.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return NameLookUp();
  const auto pending = std::make_shared<LookUp>(watchdog, executor);
  pending->start(host);
  co_await pending->wait(limit);
  const bool expired = pending->end_wait();
  auto outcome = pending->take_outcome();
  outcome.expired = expired && !outcome.finished;
  co_return outcome;
}

Task<Result<std::vector<asio::ip::address>>> addresses_of(std::string host, std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  auto& watchdog = asio::use_service<Watchdog>(asio::query(executor, asio::execution::context));
  const auto until = end_of(limit);
  auto outcome = co_await look_up_name(watchdog, host, until);
  if (outcome.expired)
    co_return fail(ErrorKind::timeout, "NameLookUpTimeout", host + ": its name was not resolved in time");
  if (!outcome.finished)
    co_return fail(ErrorKind::cancelled, "Cancelled", "cancelled while looking up " + host);
  if (outcome.error || outcome.addresses.empty())
    co_return fail(ErrorKind::network, "NameNotResolved",
                   host + ": its name was not resolved" +
                       (outcome.error ? ": " + outcome.error.message() : std::string()));
  co_return std::move(outcome.addresses);
}

}  // namespace gannet::io
