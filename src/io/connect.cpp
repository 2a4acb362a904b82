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

/// Why a connection did not come about, which is not sent.
struct Failure {
  TransportError error{};
  bool is_final = true;  ///< Another address would not do better.
  std::string reason{};  ///< If not final: what to say of this address.
};
using Done = std::expected<void, Failure>;

std::unexpected<Failure> give_up(TransportError error) {
  return std::unexpected(Failure{.error = std::move(error)});
}

/// Agrees on TLS with `peer`, over the connection's socket, or within the TLS of a proxy.
Task<Done> agree_on_tls(Connection& connection, const TlsContext& tls, const Origin& peer,
                        std::unique_ptr<ByteStream> below, const std::string& where) {
  auto stream = tls.stream(connection.socket().native_handle(), peer, std::move(below));
  if (!stream) co_return give_up(TransportError{std::move(stream.error()), Delivery::not_sent});
  connection.use(std::move(*stream));
  for (;;) {
    const Step step = connection.stream().handshake();
    if (step.progress == Progress::done) co_return Done();
    if (step.progress == Progress::failed || step.progress == Progress::end) {
      const std::string reason = "TLS failed: " + step.reason;
      co_return std::unexpected(
          Failure{connection_error(where, "TlsFailed", reason, Delivery::not_sent), step.untrusted, reason});
    }
    const auto what =
        step.progress == Progress::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const Waited waited = connection.settle(co_await connection.ready(what, cancelled));
    if (waited != Waited::ready)
      co_return std::unexpected(Failure{wait_error(waited, where, "agreeing on TLS", Delivery::not_sent),
                                        waited != Waited::pause, "no TLS within the connect limit"});
  }
}

/// What comes between a connected socket and the first request; `all_by` limits what is beyond the peer that
/// the socket is connected to.
Task<Done> agree(Connection& connection, const Destination& to, Clock::time_point all_by,
                 const std::string& where) {
  connection.use(tcp_stream(connection.socket().native_handle()));
  const Origin& peer = to.route != nullptr ? to.route->proxy : to.origin;
  if (peer.tls) {
    auto done = co_await agree_on_tls(connection, *to.tls, peer, nullptr, where);
    if (!done) co_return done;
  }
  if (to.route == nullptr || !to.origin.tls) co_return Done();
  connection.limits.pause = all_by;
  const auto open = co_await open_tunnel(connection, to.origin, *to.route, where);
  if (!open) co_return give_up(open.error());
  auto below = peer.tls ? connection.take_stream() : nullptr;
  const std::string through = host_and_port(to.origin) + " (through the proxy " + host_and_port(peer) + ")";
  auto done = co_await agree_on_tls(connection, *to.tls, to.origin, std::move(below), through);
  if (!done) done.error().is_final = true;
  co_return done;
}

/// How messages call what is connected to.
std::string name_of(const Destination& to) {
  if (to.route == nullptr) return host_and_port(to.origin);
  return host_and_port(to.route->proxy) + " (the proxy to " + host_and_port(to.origin) + ")";
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

Clock::time_point share_of(Clock::time_point now, Clock::time_point all_by, bool last) noexcept {
  return last || all_by == Clock::time_point::max() || all_by <= now ? all_by : now + (all_by - now) / 2;
}

Task<Connected> connect_to(Watchdog& watchdog, const std::vector<tcp::endpoint>& endpoints,
                           const Destination& to, Place place, Clock::time_point all_by, WaitLimits limits) {
  const auto executor = co_await asio::this_coro::executor;
  limits.stall = {};
  const Origin& peer = to.route != nullptr ? to.route->proxy : to.origin;
  const std::string where = name_of(to);
  std::optional<Place> free_place(std::move(place));
  std::string reasons;
  const char* code = "ConnectFailed";
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const tcp::endpoint& endpoint = endpoints[i];
    const bool last = i + 1 == endpoints.size();
    const bool only = last && reasons.empty();
    const auto note = [&](const char* what, const std::string& reason) {
      code = what;
      if (!reasons.empty()) reasons += "; ";
      const std::string address = endpoint.address().to_string();
      if (endpoints.size() > 1 || address != peer.host) reasons += address + ": ";
      reasons += reason;
    };

    tcp::socket socket(without_strand(executor));
    boost::system::error_code error = open_close_on_exec(socket, endpoint.protocol());
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (error) {
      note("ConnectFailed", error.message());
      continue;
    }
    auto connection = std::make_shared<Connection>(watchdog, std::move(socket), std::move(*free_place));
    free_place.reset();
    connection->runs_on(executor);
    connection->limits = limits;
    connection->limits.pause = share_of(Clock::now(), all_by, last);
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const auto ended = co_await connection->connect(endpoint, cancelled);
    const Waited waited = connection->settle(ended);
    if (waited != Waited::ready) {
      // A limit other than the connect limit, or a cancellation, ends it all.
      if (waited != Waited::failed && (waited != Waited::pause || only))
        co_return std::unexpected(wait_error(waited, where, "connecting", Delivery::not_sent));
      if (waited == Waited::failed)
        note("ConnectFailed", std::get<0>(ended).message());
      else
        note("ConnectTimeout", "no answer within the connect limit");
      free_place.emplace(connection->release_place());
      continue;
    }

    if (const auto failed = connection->forget_writability(endpoint.protocol())) {
      note("ConnectFailed", failed.message());
      free_place.emplace(connection->release_place());
      continue;
    }
    connection->limits.pause = share_of(Clock::now(), all_by, last);
    auto agreed = co_await agree(*connection, to, all_by, where);
    if (!agreed) {
      if (agreed.error().is_final || only) co_return std::unexpected(std::move(agreed.error().error));
      const bool late = agreed.error().error.error.kind == ErrorKind::timeout;
      note(late ? "ConnectTimeout" : "TlsFailed", agreed.error().reason);
      free_place.emplace(connection->release_place());
      continue;
    }
    connection->limits.pause = Clock::time_point::max();
    co_return connection;
  }
  auto failure = connection_error(
      where, code, "cannot connect: " + (reasons.empty() ? "its name has no address" : reasons),
      Delivery::not_sent);
  if (failure.error.code == "ConnectTimeout") failure.error.kind = ErrorKind::timeout;
  co_return std::unexpected(std::move(failure));
}

Task<Connected> open_connection(Watchdog& watchdog, const Origin& origin,
                                std::shared_ptr<const ProxyRoute> route,
                                std::shared_ptr<const TransportSettings> settings, Place place,
                                std::chrono::milliseconds connect_limit, WaitLimits limits) {
  const auto all_by = end_of(connect_limit);
  const Origin& peer = route ? route->proxy : origin;
  std::shared_ptr<const TlsContext> tls;
  if (origin.tls || peer.tls) {
    auto made = settings->tls();
    if (!made) co_return std::unexpected(TransportError{std::move(made.error()), Delivery::not_sent});
    tls = std::move(*made);
  }
  const Destination to{origin, route.get(), tls.get()};
  const std::string where = name_of(to);

  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    co_return std::unexpected(wait_error(Waited::cancelled, where, "connecting", Delivery::not_sent));
  Addresses addresses;
  boost::system::error_code not_a_number;
  const auto address = asio::ip::make_address(peer.host, not_a_number);
  if (!not_a_number) {
    addresses->emplace_back(address, peer.port);
  } else {
    limits.stall = {};
    limits.pause = all_by;
    const NextLimit next = next_limit(limits);
    addresses = co_await look_up(watchdog, peer, where, next.at, next.kind);
    if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  }
  co_return co_await connect_to(watchdog, *addresses, to, std::move(place), all_by, limits);
}

}  // namespace gannet::io
