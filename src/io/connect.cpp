#include "io/connect.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/tls_stream.hpp"

namespace gannet::io {

namespace {

namespace asio = boost::asio;

/// A name look-up that can be given up: the system's own cannot be stopped, so it is left behind.
class LookUp final : public Watched {
 public:
  LookUp(Watchdog& watchdog, const asio::any_io_executor& executor)
      : Watched(watchdog), resolver_(executor), done_(executor, Clock::time_point::max()) {
    runs_on(executor);
  }

  void start(const Origin& origin) {
    auto self = std::static_pointer_cast<LookUp>(shared_from_this());
    resolver_.async_resolve(
        origin.host, std::to_string(origin.port),
        tcp::resolver::numeric_service | tcp::resolver::address_configured,
        [self](const boost::system::error_code& failure, const tcp::resolver::results_type& found) {
          self->finish(failure, found);
        });
  }

  auto wait(Clock::time_point limit) {
    watch(limit);
    return done_.async_wait(asio::as_tuple(asio::deferred));
  }
  bool end_wait() noexcept { return forget(); }

  bool finished = false;
  boost::system::error_code error{};
  std::vector<tcp::endpoint> addresses{};

 private:
  void finish(const boost::system::error_code& failure, const tcp::resolver::results_type& found) {
    finished = true;
    error = failure;
    for (const auto& entry : found) addresses.push_back(entry.endpoint());
    done_.cancel();
  }
  void stop_waiting() override { done_.cancel(); }

  tcp::resolver resolver_;
  asio::steady_timer done_;
};

using Addresses = std::expected<std::vector<tcp::endpoint>, TransportError>;

Task<Addresses> look_up(Watchdog& watchdog, const Origin& origin, Clock::time_point limit,
                        Waited limit_kind) {
  const auto executor = co_await asio::this_coro::executor;
  auto pending = std::make_shared<LookUp>(watchdog, executor);
  pending->start(origin);
  co_await pending->wait(limit);
  const bool expired = pending->end_wait();
  if (!pending->finished)
    co_return std::unexpected(wait_error(expired ? limit_kind : Waited::cancelled, origin,
                                         "looking up its name", Delivery::not_sent));
  if (pending->error)
    co_return std::unexpected(connection_error(origin, "NameNotResolved",
                                               "its name was not resolved: " + pending->error.message(),
                                               Delivery::not_sent));
  co_return std::move(pending->addresses);
}

/// Agrees on TLS. Errors are not sent.
Task<std::expected<void, TransportError>> agree_on_tls(Connection& connection, const Origin& origin) {
  for (;;) {
    const Step step = connection.stream().handshake();
    if (step.progress == Progress::done) co_return std::expected<void, TransportError>();
    if (step.progress == Progress::failed || step.progress == Progress::end)
      co_return std::unexpected(
          connection_error(origin, "TlsFailed", "TLS failed: " + step.reason, Delivery::not_sent));
    const auto what =
        step.progress == Progress::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = connection.settle(co_await connection.ready(what, cancelled));
    if (waited != Waited::ready)
      co_return std::unexpected(wait_error(waited, origin, "agreeing on TLS", Delivery::not_sent));
  }
}

}  // namespace

std::string host_and_port(const Origin& origin) {
  const bool bare_ipv6 = origin.host.find(':') != std::string::npos;
  return (bare_ipv6 ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
}

TransportError connection_error(const Origin& origin, const char* code, const std::string& reason,
                                Delivery delivery) {
  return {
      .error = {.kind = ErrorKind::network, .code = code, .message = host_and_port(origin) + ": " + reason},
      .delivery = delivery};
}

TransportError wait_error(Waited waited, const Origin& origin, const char* doing, Delivery delivery) {
  TransportError failure{.error = {.kind = ErrorKind::timeout}, .delivery = delivery};
  const std::string where = host_and_port(origin) + ": ";
  Error& error = failure.error;
  switch (waited) {
    case Waited::stalled:
      error.code = "StallTimeout";
      error.message = where + "no byte moved within the stall limit while " + doing;
      break;
    case Waited::phase:
      error.code = "AttemptTimeout";
      error.message = where + "the attempt's limit passed while " + doing;
      break;
    case Waited::deadline:
      error.code = "DeadlineExceeded";
      error.message = where + "the call's deadline passed while " + doing;
      break;
    case Waited::pause:
      error.code = "ConnectTimeout";
      error.message = where + "the connect limit passed while " + doing;
      break;
    case Waited::cancelled:
      error.kind = ErrorKind::cancelled;
      error.code = "Cancelled";
      error.message = where + "cancelled while " + doing;
      break;
    default:
      error.kind = ErrorKind::network;
      error.code = "ConnectionClosed";
      error.message = where + "the connection was closed while " + doing;
      break;
  }
  return failure;
}

Task<std::expected<std::shared_ptr<Connection>, TransportError>> open_connection(
    Watchdog& watchdog, const Origin& origin, std::shared_ptr<const TransportSettings> settings, Place place,
    std::chrono::milliseconds connect_limit, WaitLimits limits) {
  const auto executor = co_await asio::this_coro::executor;
  const auto all_by = connect_limit.count() > 0 ? Clock::now() + connect_limit : Clock::time_point::max();
  limits.stall = {};

  std::shared_ptr<const TlsContext> tls;
  if (origin.tls) {
    auto made = settings->tls();
    if (!made) co_return std::unexpected(TransportError{std::move(made.error()), Delivery::not_sent});
    tls = std::move(*made);
  }

  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    co_return std::unexpected(wait_error(Waited::cancelled, origin, "connecting", Delivery::not_sent));
  Addresses addresses;
  boost::system::error_code not_a_number;
  const auto address = asio::ip::make_address(origin.host, not_a_number);
  if (!not_a_number) {
    addresses->emplace_back(address, origin.port);
  } else {
    const auto by = std::min({all_by, limits.phase, limits.deadline});
    const Waited kind = by == all_by ? Waited::pause : by == limits.phase ? Waited::phase : Waited::deadline;
    addresses = co_await look_up(watchdog, origin, by, kind);
    if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  }

  std::optional<Place> free_place(std::move(place));
  std::string reasons;
  bool timed_out = false;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const tcp::endpoint& endpoint = (*addresses)[i];
    const auto note = [&](const std::string& reason) {
      if (!reasons.empty()) reasons += "; ";
      if (addresses->size() > 1 || not_a_number) reasons += endpoint.address().to_string() + ": ";
      reasons += reason;
    };
    // An address that does not answer must not use up the time of those behind it.
    const auto now = Clock::now();
    const bool last = i + 1 == addresses->size();
    const auto by = last || all_by == Clock::time_point::max() ? all_by : now + (all_by - now) / 2;

    tcp::socket socket(without_strand(executor));
    boost::system::error_code error;
    socket.open(endpoint.protocol(), error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (error) {
      note(error.message());
      continue;
    }
    auto connection = std::make_shared<Connection>(watchdog, std::move(socket), std::move(*free_place));
    free_place.reset();
    connection->runs_on(executor);
    connection->limits = limits;
    connection->limits.pause = by;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    connection->begin_wait(cancelled);
    const auto ended = co_await connection->socket().async_connect(endpoint, asio::as_tuple(asio::deferred));
    const Waited waited = connection->settle(ended);
    if (waited != Waited::ready) {
      const bool next_may_work = waited == Waited::failed || (waited == Waited::pause && !last);
      if (!next_may_work && reasons.empty())
        co_return std::unexpected(wait_error(waited, origin, "connecting", Delivery::not_sent));
      timed_out = waited == Waited::pause;
      note(waited == Waited::failed ? std::get<0>(ended).message() : "no answer within the connect limit");
      if (!next_may_work && waited != Waited::pause)
        co_return std::unexpected(wait_error(waited, origin, "connecting", Delivery::not_sent));
      free_place.emplace(connection->release_place());
      continue;
    }

    if (const auto failed = connection->forget_writability(endpoint.protocol())) {
      note(failed.message());
      free_place.emplace(connection->release_place());
      continue;
    }
    const int descriptor = connection->socket().native_handle();
    if (!tls) {
      connection->use(tcp_stream(descriptor));
    } else {
      auto stream = tls->stream(descriptor, origin.host);
      if (!stream) co_return std::unexpected(TransportError{std::move(stream.error()), Delivery::not_sent});
      connection->use(std::move(*stream));
      connection->limits.pause = all_by;
      auto agreed = co_await agree_on_tls(*connection, origin);
      if (!agreed) co_return std::unexpected(std::move(agreed.error()));
    }
    connection->limits.pause = Clock::time_point::max();
    co_return connection;
  }
  auto failure = connection_error(
      origin, timed_out ? "ConnectTimeout" : "ConnectFailed",
      "cannot connect: " + (reasons.empty() ? "its name has no address" : reasons), Delivery::not_sent);
  if (timed_out) failure.error.kind = ErrorKind::timeout;
  co_return std::unexpected(std::move(failure));
}

}  // namespace gannet::io
