#include "io/connect.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/close_on_exec.hpp"
#include "io/http_message.hpp"
#include "io/name_lookup.hpp"
#include "io/tls_stream.hpp"
#include "io/tunnel.hpp"

namespace gannet::io {

namespace {

namespace asio = boost::asio;

using Addresses = std::expected<std::vector<tcp::endpoint>, TransportError>;

Task<Addresses> look_up(Watchdog& watchdog, const Origin& peer, std::string where, Clock::time_point limit,
                        Waited limit_kind) {
  auto outcome = co_await look_up_name(watchdog, peer.host, limit);
  if (!outcome.finished)
    co_return std::unexpected(wait_error(outcome.expired ? limit_kind : Waited::cancelled, where,
                                         "looking up its name", Delivery::not_sent));
  if (outcome.error)
    co_return std::unexpected(connection_error(where, "NameNotResolved",
                                               "its name was not resolved: " + outcome.error.message(),
                                               Delivery::not_sent));
  std::vector<tcp::endpoint> endpoints;
  for (const auto& address : outcome.addresses) endpoints.emplace_back(address, peer.port);
  co_return endpoints;
}

using Done = std::expected<void, TransportError>;

/// Agrees on TLS with `peer`, over the connection's socket, or within the TLS of a proxy. Errors are not
/// sent.
Task<Done> agree_on_tls(Connection& connection, const TlsContext& tls, const Origin& peer,
                        std::unique_ptr<ByteStream> below, const std::string& where) {
  auto stream = tls.stream(connection.socket().native_handle(), peer, std::move(below));
  if (!stream) co_return std::unexpected(TransportError{std::move(stream.error()), Delivery::not_sent});
  connection.use(std::move(*stream));
  for (;;) {
    const Step step = connection.stream().handshake();
    if (step.progress == Progress::done) co_return Done();
    if (step.progress == Progress::failed || step.progress == Progress::end)
      co_return std::unexpected(
          connection_error(where, "TlsFailed", "TLS failed: " + step.reason, Delivery::not_sent));
    const auto what =
        step.progress == Progress::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = connection.settle(co_await connection.ready(what, cancelled));
    if (waited != Waited::ready)
      co_return std::unexpected(wait_error(waited, where, "agreeing on TLS", Delivery::not_sent));
  }
}

/// What comes between a connected socket and the first request.
Task<Done> agree(Connection& connection, const Origin& origin, const ProxyRoute* route, const TlsContext* tls,
                 const std::string& where) {
  connection.use(tcp_stream(connection.socket().native_handle()));
  Done done;
  if (route != nullptr && route->proxy.tls)
    done = co_await agree_on_tls(connection, *tls, route->proxy, nullptr, where);
  if (!done || !origin.tls) co_return done;
  if (route == nullptr) co_return co_await agree_on_tls(connection, *tls, origin, nullptr, where);
  done = co_await open_tunnel(connection, origin, *route, where);
  if (!done) co_return done;
  auto below = route->proxy.tls ? connection.take_stream() : nullptr;
  const std::string through =
      host_and_port(origin) + " (through the proxy " + host_and_port(route->proxy) + ")";
  co_return co_await agree_on_tls(connection, *tls, origin, std::move(below), through);
}

}  // namespace

TransportError connection_error(const std::string& where, const char* code, const std::string& reason,
                                Delivery delivery) {
  return {.error = {.kind = ErrorKind::network, .code = code, .message = where + ": " + reason},
          .delivery = delivery};
}

TransportError connection_error(const Origin& origin, const char* code, const std::string& reason,
                                Delivery delivery) {
  return connection_error(host_and_port(origin), code, reason, delivery);
}

TransportError wait_error(Waited waited, const Origin& origin, const char* doing, Delivery delivery) {
  return wait_error(waited, host_and_port(origin), doing, delivery);
}

TransportError wait_error(Waited waited, const std::string& place, const char* doing, Delivery delivery) {
  TransportError failure{.error = {.kind = ErrorKind::timeout}, .delivery = delivery};
  const std::string where = place + ": ";
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
    Watchdog& watchdog, const Origin& origin, std::shared_ptr<const ProxyRoute> route,
    std::shared_ptr<const TransportSettings> settings, Place place, std::chrono::milliseconds connect_limit,
    WaitLimits limits) {
  const auto executor = co_await asio::this_coro::executor;
  const auto all_by = end_of(connect_limit);
  limits.stall = {};
  const Origin& peer = route ? route->proxy : origin;
  std::string where = host_and_port(peer);
  if (route) where += " (the proxy to " + host_and_port(origin) + ")";

  std::shared_ptr<const TlsContext> tls;
  if (origin.tls || peer.tls) {
    auto made = settings->tls();
    if (!made) co_return std::unexpected(TransportError{std::move(made.error()), Delivery::not_sent});
    tls = std::move(*made);
  }

  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    co_return std::unexpected(wait_error(Waited::cancelled, where, "connecting", Delivery::not_sent));
  Addresses addresses;
  boost::system::error_code not_a_number;
  const auto address = asio::ip::make_address(peer.host, not_a_number);
  if (!not_a_number) {
    addresses->emplace_back(address, peer.port);
  } else {
    const auto by = std::min({all_by, limits.phase, limits.deadline});
    const Waited kind = by == all_by ? Waited::pause : by == limits.phase ? Waited::phase : Waited::deadline;
    addresses = co_await look_up(watchdog, peer, where, by, kind);
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
    boost::system::error_code error = open_close_on_exec(socket, endpoint.protocol());
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
    const auto ended = co_await connection->connect(endpoint, cancelled);
    const Waited waited = connection->settle(ended);
    if (waited != Waited::ready) {
      timed_out = waited == Waited::pause;
      // A limit other than the connect limit, or a cancellation, ends it all.
      if (waited != Waited::failed && (waited != Waited::pause || (last && reasons.empty())))
        co_return std::unexpected(wait_error(waited, where, "connecting", Delivery::not_sent));
      note(waited == Waited::failed ? std::get<0>(ended).message() : "no answer within the connect limit");
      free_place.emplace(connection->release_place());
      continue;
    }

    if (const auto failed = connection->forget_writability(endpoint.protocol())) {
      note(failed.message());
      free_place.emplace(connection->release_place());
      continue;
    }
    connection->limits.pause = all_by;
    auto agreed = co_await agree(*connection, origin, route.get(), tls.get(), where);
    if (!agreed) co_return std::unexpected(std::move(agreed.error()));
    connection->limits.pause = Clock::time_point::max();
    co_return connection;
  }
  auto failure = connection_error(
      where, timed_out ? "ConnectTimeout" : "ConnectFailed",
      "cannot connect: " + (reasons.empty() ? "its name has no address" : reasons), Delivery::not_sent);
  if (timed_out) failure.error.kind = ErrorKind::timeout;
  co_return std::unexpected(std::move(failure));
}

}  // namespace gannet::io
