#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <gannet/task.hpp>

namespace gannet::fakes {

/// What becomes of one connection through a ChaosGate.
struct Passage {
  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  enum class End {
    close,  ///< The client's connection is closed in an orderly way.
    reset,  ///< It is reset.
    stall,  ///< Nothing goes through any more, and nothing says so.
  };

  std::size_t request_bytes = all;  ///< So many reach the server, then it ends.
  std::size_t answer_bytes = all;   ///< So many reach the client, then it ends.
  End end = End::close;
  std::size_t slice = 65'536;  ///< Bytes a write.
};

/// A small TCP proxy on loopback that lets connections break where a test wants them to. However one ends for
/// the client, the server sees an orderly end of what it was sent, answers what was whole, and the gate
/// throws that answer away. Everything runs on the one thread of `context`.
class ChaosGate {
  using tcp = boost::asio::ip::tcp;

 public:
  ChaosGate(boost::asio::io_context& context, std::uint16_t server)
      : state_(std::make_shared<State>(context, server)) {
    bind();
    open();
  }
  ChaosGate(const ChaosGate&) = delete;
  ChaosGate& operator=(const ChaosGate&) = delete;
  ~ChaosGate() {
    close();
    close_connections();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return state_->port; }
  /// The passage of the next connection; those that nothing was said of pass whole.
  void next(Passage passage) { state_->passages.push_back(passage); }
  /// From now on connections are refused, until `open`.
  void shut() {
    close();
    bind();  // Nobody else gets the port.
  }
  void open() {
    state_->acceptor.listen();
    boost::asio::co_spawn(state_->acceptor.get_executor(), accept(state_), boost::asio::detached);
  }
  /// Ends every connection for the client in an orderly way.
  void close_connections() {
    for (const auto& connection : state_->connections) connection->end(Passage::End::close);
  }
  /// The same for those on which every request that has come has been answered.
  void close_idle_connections() {
    for (const auto& connection : state_->connections)
      if (connection->idle) connection->end(Passage::End::close);
  }
  /// Waits until the server has done with every connection that has ended for the client.
  [[nodiscard]] Task<void> quiet() const {
    const auto state = state_;
    const auto at_work = [](const std::shared_ptr<Connection>& connection) {
      return connection->ended && !connection->server_done;
    };
    while (std::any_of(state->connections.begin(), state->connections.end(), at_work))
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::deferred);
  }

  [[nodiscard]] int connections() const noexcept { return state_->accepted; }
  /// Bytes that were passed to the server and to the client, of all connections.
  [[nodiscard]] std::size_t request_bytes() const noexcept { return state_->request_bytes; }
  [[nodiscard]] std::size_t answer_bytes() const noexcept { return state_->answer_bytes; }
  /// Connections on which the client sent more once they had ended for it.
  [[nodiscard]] int sent_after_the_end() const noexcept { return state_->sent_after_the_end; }

 private:
  struct Connection {
    Connection(tcp::socket from, const Passage& what)
        : client(std::move(from)), server(client.get_executor()), passage(what) {}

    /// Ends it for the client; for the server it ends once it has read what it was sent.
    void end(Passage::End how) {
      if (ended) return;
      ended = true;
      boost::system::error_code ignored;
      server.shutdown(tcp::socket::shutdown_send, ignored);
      if (how == Passage::End::reset) {
        client.set_option(tcp::socket::linger(true, 0), ignored);
        client.close(ignored);
      }
      if (how == Passage::End::close) client.shutdown(tcp::socket::shutdown_send, ignored);
    }

    tcp::socket client;
    tcp::socket server;
    Passage passage;
    bool idle = true;    ///< Nothing has come from the client since the last answer began.
    bool ended = false;  ///< For the client.
    bool server_done = false;
    bool client_done = false;
  };

  struct State {
    State(boost::asio::io_context& context, std::uint16_t to) : acceptor(context), server(to) {}
    tcp::acceptor acceptor;
    std::uint16_t server;
    std::uint16_t port = 0;
    std::deque<Passage> passages;
    std::list<std::shared_ptr<Connection>> connections;
    int accepted = 0;
    int sent_after_the_end = 0;
    std::size_t request_bytes = 0;
    std::size_t answer_bytes = 0;
  };

  void bind() {
    const tcp::endpoint here(boost::asio::ip::address_v4::loopback(), state_->port);
    state_->acceptor.open(here.protocol());
    state_->acceptor.set_option(tcp::acceptor::reuse_address(true));
    state_->acceptor.bind(here);
    state_->port = state_->acceptor.local_endpoint().port();
  }
  void close() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  }

  static Task<void> accept(std::shared_ptr<State> state) {
    for (;;) {
      auto [error, socket] =
          co_await state->acceptor.async_accept(boost::asio::as_tuple(boost::asio::deferred));
      if (error) co_return;
      Passage passage;
      if (!state->passages.empty()) {
        passage = state->passages.front();
        state->passages.pop_front();
      }
      ++state->accepted;
      state->connections.push_back(std::make_shared<Connection>(std::move(socket), passage));
      boost::asio::co_spawn(state->acceptor.get_executor(), connect(state, state->connections.back()),
                            boost::asio::detached);
    }
  }

  static Task<void> connect(std::shared_ptr<State> state, std::shared_ptr<Connection> connection) {
    const tcp::endpoint there(boost::asio::ip::address_v4::loopback(), state->server);
    auto [error] =
        co_await connection->server.async_connect(there, boost::asio::as_tuple(boost::asio::deferred));
    boost::system::error_code ignored;
    connection->client.set_option(tcp::no_delay(true), ignored);
    connection->server.set_option(tcp::no_delay(true), ignored);
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor, pass_answers(state, connection), boost::asio::detached);
    boost::asio::co_spawn(executor, pass_requests(state, connection), boost::asio::detached);
    if (error) connection->end(Passage::End::close);
  }

  static Task<void> pass_requests(std::shared_ptr<State> state, std::shared_ptr<Connection> connection) {
    std::array<char, 65'536> buffer;
    std::size_t left = connection->passage.request_bytes;
    if (left == 0) connection->end(connection->passage.end);
    bool counted = false;
    for (;;) {
      auto [error, count] = co_await connection->client.async_read_some(
          boost::asio::buffer(buffer), boost::asio::as_tuple(boost::asio::deferred));
      if (error) break;
      if (connection->ended) {
        if (!counted) ++state->sent_after_the_end;
        counted = true;
        continue;
      }
      connection->idle = false;
      const std::size_t passed = std::min(count, left);
      co_await write(connection->server, {buffer.data(), passed}, connection->passage.slice);
      state->request_bytes += passed;
      left -= passed;
      if (left == 0) connection->end(connection->passage.end);
    }
    connection->end(Passage::End::close);
    connection->client_done = true;
    if (connection->server_done) state->connections.remove(connection);
  }

  static Task<void> pass_answers(std::shared_ptr<State> state, std::shared_ptr<Connection> connection) {
    std::array<char, 65'536> buffer;
    std::size_t left = connection->passage.answer_bytes;
    for (;;) {
      auto [error, count] = co_await connection->server.async_read_some(
          boost::asio::buffer(buffer), boost::asio::as_tuple(boost::asio::deferred));
      if (error) break;
      if (connection->ended) continue;
      connection->idle = true;
      const std::size_t passed = std::min(count, left);
      co_await write(connection->client, {buffer.data(), passed}, connection->passage.slice);
      state->answer_bytes += passed;
      left -= passed;
      if (left == 0) connection->end(connection->passage.end);
    }
    connection->end(Passage::End::close);
    connection->server_done = true;
    if (connection->client_done) state->connections.remove(connection);
  }

  static Task<void> write(tcp::socket& socket, std::string_view bytes, std::size_t slice) {
    while (!bytes.empty()) {
      const auto piece = boost::asio::buffer(bytes.data(), std::min(slice, bytes.size()));
      auto [error, count] =
          co_await boost::asio::async_write(socket, piece, boost::asio::as_tuple(boost::asio::deferred));
      if (error) co_return;
      bytes.remove_prefix(count);
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace gannet::fakes
