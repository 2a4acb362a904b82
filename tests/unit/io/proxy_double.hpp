#pragma once

#include <string>
#include <vector>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "unit/io/loopback.hpp"

/// A proxy for the tests, on loopback and in their own thread.
namespace gannet::io::testing {

/// Copies bytes until one side ends.
inline Task<void> pump(tcp::socket& from, tcp::socket& to) {
  std::array<char, 4096> buffer{};
  for (;;) {
    auto [error, count] = co_await from.async_read_some(boost::asio::buffer(buffer),
                                                        boost::asio::as_tuple(boost::asio::deferred));
    if (error) break;
    const bool written = co_await write_sliced(to, std::string(buffer.data(), count), count);
    if (!written) break;
  }
  boost::system::error_code ignored;
  to.shutdown(tcp::socket::shutdown_send, ignored);
}

/// Connects to port `port` of this machine and copies both ways.
inline Task<void> relay(tcp::socket& client, std::uint16_t port) {
  using namespace boost::asio::experimental::awaitable_operators;
  tcp::socket server(co_await boost::asio::this_coro::executor);
  const tcp::endpoint where(boost::asio::ip::address_v4::loopback(), port);
  auto [error] = co_await server.async_connect(where, boost::asio::as_tuple(boost::asio::deferred));
  if (error) co_return;
  co_await (pump(client, server) && pump(server, client));
}

/// What a proxy was asked.
struct ProxyTalk {
  std::vector<std::string> heads;
};

/// Answers CONNECT with `answer`, byte by byte, and relays to the port that was named.
inline RawPeer::Script tunnels(ProxyTalk& talk,
                               std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n") {
  return [&talk, answer = std::move(answer)](tcp::socket& socket) -> Task<void> {
    const std::string head = co_await read_until(socket, "\r\n\r\n");
    talk.heads.push_back(head);
    const auto colon = head.find(':');
    const bool written = co_await write_sliced(socket, answer, 1);
    if (!written || !head.starts_with("CONNECT ") || colon == std::string::npos) co_return;
    co_await relay(socket, static_cast<std::uint16_t>(std::stoul(head.substr(colon + 1))));
  };
}

}  // namespace gannet::io::testing
