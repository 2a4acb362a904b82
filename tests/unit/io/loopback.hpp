#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gannet/http_server.hpp>
#include <gannet/transport.hpp>

/// Both ends of the wire in one thread, for the tests of this folder.
namespace gannet::io::testing {

using tcp = boost::asio::ip::tcp;

/// Runs `task` on `context` until it ends, and gives what it gives. Other work of the context goes on
/// meanwhile.
template <class T>
T run(boost::asio::io_context& context, Task<T> task) {
  std::optional<T> value;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure, T result) {
    thrown = failure;
    value.emplace(std::move(result));
  });
  context.restart();
  while (!value && context.run_one() != 0) {
  }
  if (thrown) std::rethrow_exception(thrown);
  return std::move(value).value();
}

inline void run(boost::asio::io_context& context, Task<void> task) {
  bool done = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure) {
    thrown = failure;
    done = true;
  });
  context.restart();
  while (!done && context.run_one() != 0) {
  }
  if (thrown) std::rethrow_exception(thrown);
}

/// Reads until `text` has come, or the peer closes.
inline Task<std::string> read_until(tcp::socket& socket, std::string_view text, std::string got = {}) {
  std::array<char, 4096> buffer{};
  while (got.find(text) == std::string::npos) {
    auto [error, count] = co_await socket.async_read_some(boost::asio::buffer(buffer),
                                                          boost::asio::as_tuple(boost::asio::deferred));
    if (error) break;
    got.append(buffer.data(), count);
  }
  co_return got;
}

/// Reads to the end of the stream.
inline Task<std::string> read_to_end(tcp::socket& socket) {
  std::string got;
  std::array<char, 4096> buffer{};
  for (;;) {
    auto [error, count] = co_await socket.async_read_some(boost::asio::buffer(buffer),
                                                          boost::asio::as_tuple(boost::asio::deferred));
    if (error) co_return got;
    got.append(buffer.data(), count);
  }
}

/// Reads a request with its body, if it has a Content-Length. "" once the peer has closed.
inline Task<std::string> read_request(tcp::socket& socket) {
  std::string got = co_await read_until(socket, "\r\n\r\n");
  const auto end = got.find("\r\n\r\n");
  if (end == std::string::npos) co_return std::string();
  const auto field = got.find("Content-Length: ");
  const std::size_t length = field < end ? std::stoul(got.substr(field + 16, 20)) : 0;
  while (got.size() < end + 4 + length) {
    std::array<char, 4096> buffer{};
    auto [error, count] = co_await socket.async_read_some(boost::asio::buffer(buffer),
                                                          boost::asio::as_tuple(boost::asio::deferred));
    if (error) break;
    got.append(buffer.data(), count);
  }
  co_return got;
}

/// Writes `bytes` in pieces of `slice` bytes, each on its own.
inline Task<bool> write_sliced(tcp::socket& socket, std::string bytes, std::size_t slice) {
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    const auto piece = boost::asio::buffer(bytes.data() + at, std::min(slice, bytes.size() - at));
    auto [error, count] =
        co_await boost::asio::async_write(socket, piece, boost::asio::as_tuple(boost::asio::deferred));
    if (error) co_return false;
  }
  co_return true;
}

/// A peer that does to each connection what its script says.
class RawPeer {
 public:
  using Script = std::function<Task<void>(tcp::socket& socket)>;

  RawPeer(boost::asio::io_context& context, Script script)
      : state_(std::make_shared<State>(context, std::move(script))) {
    boost::asio::co_spawn(context, accept(state_), boost::asio::detached);
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer() { close(); }

  void close() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  }
  [[nodiscard]] Origin origin() const { return {false, "127.0.0.1", state_->port}; }
  [[nodiscard]] int connections() const noexcept { return state_->connections; }

 private:
  struct State {
    State(boost::asio::io_context& context, Script given)
        : acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          port(acceptor.local_endpoint().port()),
          script(std::move(given)) {}
    tcp::acceptor acceptor;
    std::uint16_t port;
    Script script;
    int connections = 0;
  };

  static Task<void> accept(std::shared_ptr<State> state) {
    for (;;) {
      auto [error, socket] =
          co_await state->acceptor.async_accept(boost::asio::as_tuple(boost::asio::deferred));
      if (error) co_return;
      ++state->connections;
      boost::asio::co_spawn(state->acceptor.get_executor(), serve(state, std::move(socket)),
                            boost::asio::detached);
    }
  }

  static Task<void> serve(std::shared_ptr<State> state, tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    co_await state->script(socket);
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  std::shared_ptr<State> state_;
};

inline const std::string small_answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Answers every request of a connection with `answer`, sliced.
inline RawPeer::Script answers_with(std::string answer, std::size_t slice = 1 << 20) {
  return [answer = std::move(answer), slice](tcp::socket& socket) -> Task<void> {
    for (;;) {
      const std::string request = co_await read_request(socket);
      if (request.empty()) co_return;
      const bool written = co_await write_sliced(socket, answer, slice);
      if (!written) co_return;
    }
  };
}

/// A server of ours on a loopback port. Ends with its context.
class TestServer {
 public:
  TestServer(boost::asio::io_context& context, http::Handler handler, http::ServerLimits limits = {})
      : server_(context.get_executor(), std::move(handler), limits),
        port_(server_.listen("127.0.0.1", 0).value()) {
    boost::asio::co_spawn(context, server_.serve(), boost::asio::detached);
  }

  [[nodiscard]] Origin origin() const { return {false, "127.0.0.1", port_}; }
  [[nodiscard]] http::Server& server() noexcept { return server_; }

 private:
  http::Server server_;
  std::uint16_t port_;
};

/// Sends `bytes` to a server over a plain socket and gives all that comes back until it closes; with
/// `half_close` the sending side is closed first.
inline Task<std::string> talk(Origin origin, std::string bytes, bool half_close = false,
                              std::size_t slice = 1 << 20) {
  tcp::socket socket(co_await boost::asio::this_coro::executor);
  const tcp::endpoint where(boost::asio::ip::make_address(origin.host), origin.port);
  co_await socket.async_connect(where, boost::asio::deferred);
  socket.set_option(tcp::no_delay(true));
  co_await write_sliced(socket, std::move(bytes), slice);
  if (half_close) {
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }
  co_return co_await read_to_end(socket);
}

inline HttpRequest request_to(const Origin& origin, std::string method = "GET", std::string path = "/") {
  HttpRequest request;
  request.method = std::move(method);
  request.origin = origin;
  request.path = std::move(path);
  return request;
}

/// An answer with its body read.
struct WholeAnswer {
  int status = 0;
  Headers headers{};
  std::string body{};
};
using Exchanged = std::expected<WholeAnswer, TransportError>;

inline Task<Exchanged> exchange(Transport& transport, HttpRequest request, Body body = {},
                                AttemptLimits limits = {}) {
  auto answer = co_await transport.send(request, std::move(body), limits);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto whole = co_await answer->body.read_all(64U << 20);
  if (!whole) co_return std::unexpected(TransportError{whole.error(), Delivery::head_received});
  co_return WholeAnswer{answer->status, std::move(answer->headers), std::move(*whole)};
}

}  // namespace gannet::io::testing
