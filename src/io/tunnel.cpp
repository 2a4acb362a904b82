#include "io/tunnel.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>

#include "io/connect.hpp"
#include "io/http_message.hpp"
#include "io/outgoing.hpp"

namespace gannet::io {

namespace {

namespace asio = boost::asio;

using Done = std::expected<void, TransportError>;

constexpr std::size_t longest_head = 64 * 1024;
constexpr const char* doing = "waiting for the proxy to connect";

std::unexpected<TransportError> refuse(const std::string& where, const std::string& reason) {
  return std::unexpected(connection_error(where, "ProxyFailed", reason, Delivery::not_sent));
}

Task<Done> wait(Connection& connection, tcp::socket::wait_type what, const std::string& where) {
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  const Waited waited = connection.settle(co_await connection.ready(what, cancelled));
  if (waited != Waited::ready)
    co_return std::unexpected(wait_error(waited, where, doing, Delivery::not_sent));
  co_return Done();
}

Task<Done> ask(Connection& connection, const Origin& origin, const ProxyRoute& route,
               const std::string& where) {
  std::string& head = connection.outgoing;
  head.clear();
  append_connect_head(head, origin, {.authorization = route.authorization.reveal()});
  Outgoing out;
  out.add(as_bytes(head));
  for (;;) {
    const Step step = out.write(connection.stream());
    if (step.progress == Progress::done) break;
    if (step.progress == Progress::failed || step.progress == Progress::end)
      co_return refuse(where, "asking the proxy to connect failed: " + step.reason);
    const auto what =
        step.progress == Progress::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
    auto waited = co_await wait(connection, what, where);
    if (!waited) co_return waited;
  }
  co_return Done();
}

/// Reads the head of the proxy's answer; behind one that agrees there is no body.
Task<Done> read_answer(Connection& connection, const Origin& origin, const ProxyRoute& route,
                       const std::string& where) {
  ResponseParser& parser = connection.parser;
  parser.start(true);
  int interim = 0;
  for (;;) {
    while (!connection.input().empty() && !parser.head_done()) {
      const auto fed = parser.feed(connection.input());
      if (!fed) co_return refuse(where, "the proxy's answer cannot be read: " + fed.error().reason);
      connection.consume(fed->consumed);
      if (fed->consumed == 0) break;
      if (!parser.head_done() || parser.status() >= 200 || parser.status() == 101) continue;
      if (++interim > most_interim_answers) co_return refuse(where, "the proxy answers without an end");
      parser.start(true);
    }
    if (parser.head_done()) break;
    const Step step = connection.fill(longest_head + 1);
    if (step.progress == Progress::done) continue;
    if (step.progress == Progress::end)
      co_return refuse(where, "the proxy closed the connection instead of connecting");
    if (step.progress == Progress::failed)
      co_return refuse(where, "the connection to the proxy failed: " + step.reason);
    const auto what =
        step.progress == Progress::wants_read ? tcp::socket::wait_read : tcp::socket::wait_write;
    auto waited = co_await wait(connection, what, where);
    if (!waited) co_return waited;
  }
  if (parser.status() < 200 || parser.status() >= 300)
    co_return std::unexpected(
        TransportError{proxy_refusal(route, origin, parser.status()), Delivery::not_sent});
  // In TLS it is the client who begins.
  if (!connection.input().empty())
    co_return refuse(where, "the proxy sent something of its own behind its answer");
  co_return Done();
}

}  // namespace

Task<Done> open_tunnel(Connection& connection, const Origin& origin, const ProxyRoute& route,
                       const std::string& where) {
  auto done = co_await ask(connection, origin, route, where);
  wipe(connection.outgoing);  // With the password.
  if (done) done = co_await read_answer(connection, origin, route, where);
  co_return done;
}

}  // namespace gannet::io
