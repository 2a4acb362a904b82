#include "io/connection_pool.hpp"

#include <functional>
#include <set>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  Exchanged send(Transport& transport, const Origin& origin, AttemptLimits limits = {}) {
    return run(context, exchange(transport, request_to(origin), Body(), limits));
  }

  /// Runs what is ready to run, so that a peer's close has arrived.
  void settle_down() {
    context.restart();
    context.poll();
  }

  asio::io_context context{1};
};

TEST_F(ConnectionPoolTest, uses_connections_again) {
  RawPeer peer(context, answers_with(small_answer));
  const auto transport = socket_transport();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(send(*transport, peer.origin()));
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ConnectionPoolTest, replaces_a_connection_that_the_peer_closed_while_it_was_idle) {
  bool closed = false;
  const auto once = [&](tcp::socket& socket) -> Task<void> {
    co_await read_request(socket);
    co_await write_sliced(socket, small_answer, 1000);
    socket.close();
    closed = true;
  };
  RawPeer peer(context, once);
  const auto transport = socket_transport();
  for (int i = 0; i < 5; ++i) {
    closed = false;
    const auto answer = send(*transport, peer.origin());
    ASSERT_TRUE(answer) << answer.error().error.message;
    while (!closed) context.run_one();
  }
  EXPECT_EQ(peer.connections(), 5);
}

TEST_F(ConnectionPoolTest, does_not_use_connections_past_their_age) {
  RawPeer peer(context, answers_with(small_answer));
  SocketTransportOptions options;
  options.max_age = milliseconds(-1);
  const auto transport = socket_transport(options);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(*transport, peer.origin()));
  EXPECT_EQ(peer.connections(), 3);
}

TEST_F(ConnectionPoolTest, does_not_use_connections_past_their_time_of_idleness) {
  RawPeer peer(context, answers_with(small_answer));
  SocketTransportOptions options;
  options.max_idle = milliseconds(-1);
  const auto transport = socket_transport(options);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(*transport, peer.origin()));
  EXPECT_EQ(peer.connections(), 3);
}

TEST_F(ConnectionPoolTest, keeps_connections_for_ever_where_there_is_no_limit) {
  RawPeer peer(context, answers_with(small_answer));
  for (const milliseconds none : {milliseconds(0), milliseconds::max()}) {
    SocketTransportOptions options;
    options.max_age = none;
    options.max_idle = none;
    const auto transport = socket_transport(options);
    const int before = peer.connections();
    const AttemptLimits limits{.connect = none, .stall = none, .attempt = none, .maximum_idle = none};
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(*transport, peer.origin(), limits));
    EXPECT_EQ(peer.connections(), before + 1);
  }
}

TEST_F(ConnectionPoolTest, closes_what_is_too_old_wherever_the_next_request_goes) {
  constexpr int origins = 20;
  int closed = 0;
  const auto counts_closes = [&](tcp::socket& socket) -> Task<void> {
    for (;;) {
      const std::string request = co_await read_request(socket);
      if (request.empty()) break;
      const bool written = co_await write_sliced(socket, small_answer, 1000);
      if (!written) break;
    }
    ++closed;
  };
  SocketTransportOptions options;
  options.max_idle = milliseconds(-1);
  const auto transport = socket_transport(options);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < origins; ++i) {
    peers.push_back(std::make_unique<RawPeer>(context, counts_closes));
    ASSERT_TRUE(send(*transport, peers.back()->origin()));
  }
  settle_down();
  EXPECT_EQ(closed, origins - 1);
}

TEST_F(ConnectionPoolTest, honours_what_a_request_says_of_idle_connections) {
  RawPeer peer(context, answers_with(small_answer));
  SocketTransportOptions options;
  options.max_connections_per_origin = 2;
  const auto transport = socket_transport(options);
  ASSERT_TRUE(send(*transport, peer.origin()));
  ASSERT_TRUE(send(*transport, peer.origin(), {.maximum_idle = milliseconds(-1)}));
  EXPECT_EQ(peer.connections(), 2);
  // At the cap the oldest idle one makes room.
  ASSERT_TRUE(send(*transport, peer.origin(), {.maximum_idle = milliseconds(-1)}));
  EXPECT_EQ(peer.connections(), 3);
  ASSERT_TRUE(send(*transport, peer.origin()));
  EXPECT_EQ(peer.connections(), 3);
}

TEST_F(ConnectionPoolTest, keeps_origins_and_contexts_apart) {
  RawPeer first(context, answers_with(small_answer));
  RawPeer second(context, answers_with(small_answer));
  const auto transport = socket_transport();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(send(*transport, first.origin()));
    ASSERT_TRUE(send(*transport, second.origin()));
  }
  EXPECT_EQ(first.connections(), 1);
  EXPECT_EQ(second.connections(), 1);
}

TEST_F(ConnectionPoolTest, lets_requests_past_the_cap_wait_in_their_order) {
  int most = 0;
  int now = 0;
  const auto script = [&](tcp::socket& socket) -> Task<void> {
    for (;;) {
      const std::string request = co_await read_request(socket);
      if (request.empty()) co_return;
      most = std::max(most, ++now);
      co_await write_sliced(socket, small_answer, 1);
      --now;
    }
  };
  RawPeer peer(context, script);
  SocketTransportOptions options;
  options.max_connections_per_origin = 2;
  const auto transport = socket_transport(options);
  std::vector<int> order;
  const auto ask = [&](int number) -> Task<void> {
    const auto answer = co_await exchange(*transport, request_to(peer.origin()));
    EXPECT_TRUE(answer.has_value());
    order.push_back(number);
  };
  for (int i = 0; i < 20; ++i) asio::co_spawn(context, ask(i), asio::detached);
  while (order.size() < 20 && context.run_one() != 0) {
  }
  EXPECT_EQ(most, 2);
  EXPECT_EQ(peer.connections(), 2);
  for (int i = 0; i < 20; ++i) EXPECT_LE(std::abs(order[static_cast<std::size_t>(i)] - i), 1) << i;
}

// Where requests always wait, a connection is never idle, and would otherwise be used for ever.
TEST_F(ConnectionPoolTest, gives_the_place_of_a_connection_past_its_age_to_who_waits) {
  RawPeer peer(context, answers_with(small_answer));
  SocketTransportOptions options;
  options.max_connections_per_origin = 1;
  options.max_age = milliseconds(-1);
  const auto transport = socket_transport(options);
  int good = 0;
  const auto ask = [&]() -> Task<void> {
    const auto answer = co_await exchange(*transport, request_to(peer.origin()));
    EXPECT_TRUE(answer.has_value());
    ++good;
  };
  for (int i = 0; i < 5; ++i) asio::co_spawn(context, ask(), asio::detached);
  while (good < 5 && context.run_one() != 0) {
  }
  EXPECT_EQ(peer.connections(), 5);
}

TEST_F(ConnectionPoolTest, replaces_a_connection_that_was_closed_while_it_was_handed_over) {
  std::vector<std::string> order;
  const auto once = [&](tcp::socket& socket) -> Task<void> {
    const std::string request = co_await read_request(socket);
    order.push_back(request.substr(4, 2));
    co_await write_sliced(socket, small_answer, 1000);
  };
  RawPeer peer(context, once);  // Closes after each answer, without a word before.
  SocketTransportOptions options;
  options.max_connections_per_origin = 1;
  const auto transport = socket_transport(options);
  int good = 0;
  int ended = 0;
  const auto ask = [&](int number) -> Task<void> {
    const auto answer =
        co_await exchange(*transport, request_to(peer.origin(), "GET", "/" + std::to_string(number)));
    good += answer ? 1 : 0;
    ++ended;
  };
  for (int i = 0; i < 8; ++i) asio::co_spawn(context, ask(i), asio::detached);
  while (ended < 8 && context.run_one() != 0) {
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(order, (std::vector<std::string>{"/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7"}));
}

TEST_F(ConnectionPoolTest, gives_the_place_of_a_failed_connection_to_who_waits) {
  const auto cut = [](tcp::socket& socket) -> Task<void> { co_await read_request(socket); };
  RawPeer peer(context, cut);
  SocketTransportOptions options;
  options.max_connections_per_origin = 1;
  const auto transport = socket_transport(options);
  int failed = 0;
  const auto ask = [&]() -> Task<void> {
    const auto answer = co_await exchange(*transport, request_to(peer.origin()));
    EXPECT_FALSE(answer.has_value());
    ++failed;
  };
  for (int i = 0; i < 5; ++i) asio::co_spawn(context, ask(), asio::detached);
  while (failed < 5 && context.run_one() != 0) {
  }
  EXPECT_EQ(failed, 5);
  EXPECT_EQ(peer.connections(), 5);
}

TEST_F(ConnectionPoolTest, gives_up_waiting_at_a_limit_or_when_cancelled) {
  const auto silent = [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); };
  RawPeer peer(context, silent);
  SocketTransportOptions options;
  options.max_connections_per_origin = 1;
  const auto transport = socket_transport(options);
  std::optional<Exchanged> first;
  asio::cancellation_signal first_signal;
  const auto hold = [&]() -> Task<void> {
    const HttpRequest request = request_to(peer.origin());
    auto answer = co_await transport->send(request, Body(), AttemptLimits());
    if (!answer) first = std::unexpected(answer.error());
  };
  asio::co_spawn(context, hold(), asio::bind_cancellation_slot(first_signal.slot(), asio::detached));
  while (peer.connections() == 0) context.run_one();

  const auto late = send(*transport, peer.origin(), {.attempt = milliseconds(5)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error.kind, ErrorKind::timeout);
  EXPECT_EQ(late.error().delivery, Delivery::not_sent);
  EXPECT_NE(late.error().error.message.find("waiting for a connection"), std::string::npos);

  std::optional<Exchanged> second;
  asio::cancellation_signal second_signal;
  const auto wait = [&]() -> Task<void> {
    const HttpRequest request = request_to(peer.origin());
    auto answer = co_await transport->send(request, Body(), AttemptLimits());
    if (!answer) second = std::unexpected(answer.error());
  };
  asio::co_spawn(context, wait(), asio::bind_cancellation_slot(second_signal.slot(), asio::detached));
  settle_down();
  second_signal.emit(asio::cancellation_type::terminal);
  settle_down();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->error().error.kind, ErrorKind::cancelled);
  EXPECT_EQ(second->error().delivery, Delivery::not_sent);

  first_signal.emit(asio::cancellation_type::terminal);
  settle_down();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->error().error.kind, ErrorKind::cancelled);
  EXPECT_EQ(first->error().delivery, Delivery::wholly_sent);

  // Nothing is left of any of them: the place is free again.
  EXPECT_EQ(send(*transport, peer.origin(), {.attempt = milliseconds(5)}).error().delivery,
            Delivery::wholly_sent);
}

TEST_F(ConnectionPoolTest, leaves_nothing_behind_when_the_context_ends_with_requests_waiting) {
  const auto transport = socket_transport(SocketTransportOptions{.max_connections_per_origin = 1});
  for (int turns = 0; turns < 10; ++turns) {
    asio::io_context own{1};
    RawPeer peer(own, answers_with(small_answer, 1));
    for (int i = 0; i < 3; ++i)
      asio::co_spawn(own, exchange(*transport, request_to(peer.origin())), asio::detached);
    for (int i = 0; i < turns * 3; ++i) own.run_one();
  }
}

/// Runs `work` on a thread with little room for its stack.
void with_a_small_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  pthread_t thread{};
  const auto run = [](void* given) -> void* {
    (*static_cast<std::function<void()>*>(given))();
    return nullptr;
  };
  ASSERT_EQ(::pthread_create(&thread, &attributes, run, &work), 0);
  ::pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_F(ConnectionPoolTest, ends_with_very_many_requests_waiting) {
  const auto silent = [](tcp::socket& socket) -> Task<void> { co_await read_to_end(socket); };
  RawPeer peer(context, silent);
  const auto transport = socket_transport(SocketTransportOptions{.max_connections_per_origin = 1});
  // The client's alone: what ends with it does not wait for anybody else.
  auto own = std::make_unique<asio::io_context>(1);
  for (int i = 0; i < 10'000; ++i)
    asio::co_spawn(*own, exchange(*transport, request_to(peer.origin())), asio::detached);
  own->poll();
  with_a_small_stack([&] { own.reset(); });
}

/// A connection's stream without a peer, which gives whatever is asked for.
class Plentiful final : public ByteStream {
 public:
  explicit Plentiful(std::function<void()> at_close) : at_close_(std::move(at_close)) {}
  Step handshake() override { return {}; }
  Step read_some(std::span<std::byte> buffer) override { return {Progress::done, buffer.size()}; }
  Step write(std::span<const std::span<const std::byte>>) override { return {}; }
  [[nodiscard]] bool holds_input() const noexcept override { return false; }
  [[nodiscard]] bool is_quiet() override { return true; }
  void rest() noexcept override {}
  void close() noexcept override { at_close_(); }

 private:
  std::function<void()> at_close_;
};

class OriginPoolTest : public ::testing::Test {
 protected:
  std::shared_ptr<Connection> open(std::function<void()> at_close) {
    tcp::socket socket(context, tcp::v4());
    auto admission = pool->enter(std::nullopt);
    auto connection = std::make_shared<Connection>(asio::use_service<Watchdog>(context), std::move(socket),
                                                   std::move(*admission.place));
    connection->use(std::make_unique<Plentiful>(std::move(at_close)));
    return connection;
  }

  asio::io_context context{1};
  std::shared_ptr<OriginPool> pool =
      std::make_shared<OriginPool>(SocketTransportOptions{.max_connections_per_origin = 1}, Reached(nullptr));
};

TEST_F(OriginPoolTest, gives_a_place_to_another_once_its_connection_is_closed) {
  std::optional<bool> place_was_free;
  auto connection = open([&] { place_was_free = pool->enter(std::nullopt).place.has_value(); });
  connection.reset();
  EXPECT_EQ(place_was_free, false);
  EXPECT_TRUE(pool->enter(std::nullopt).place.has_value());
}

TEST_F(ConnectionPoolTest, shares_no_connection_of_a_thread_with_a_child_process) {
  std::set<std::string> peers;
  const http::Handler notes_peer = [&](http::ServerRequest request) -> Task<http::ServerResponse> {
    peers.insert(request.peer);
    co_return http::ServerResponse();
  };
  TestServer server(context, notes_peer);
  std::thread serving([&] { context.run(); });
  const auto transport = socket_transport();
  const auto ask = [&] { return blocking(exchange(*transport, request_to(server.origin()))).has_value(); };
  EXPECT_TRUE(ask());
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ask() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(ask());
  server.server().stop(milliseconds(0));
  serving.join();
  EXPECT_EQ(peers.size(), 2U);
}

TEST_F(OriginPoolTest, leaves_idle_connections_to_the_process_that_forked) {
  bool said_goodbye = false;
  pool->give_back(open([&] { said_goodbye = true; }));
  pool->disown_idle();
  EXPECT_FALSE(said_goodbye);
  EXPECT_TRUE(pool->enter(std::nullopt).place.has_value());
}

TEST_F(ConnectionPoolTest, opens_connections_of_its_own_in_a_child_process) {
  RawPeer peer(context, answers_with(small_answer));
  const auto transport = socket_transport();
  for (const auto event : {asio::execution_context::fork_prepare, asio::execution_context::fork_parent}) {
    ASSERT_TRUE(send(*transport, peer.origin()));
    context.notify_fork(event);
  }
  ASSERT_TRUE(send(*transport, peer.origin()));
  EXPECT_EQ(peer.connections(), 1);
  context.notify_fork(asio::execution_context::fork_child);
  ASSERT_TRUE(send(*transport, peer.origin()));
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(OriginPoolTest, keeps_no_large_buffer_for_a_connection_that_lies_idle) {
  constexpr std::size_t large = 40'000;
  auto connection = open([] {});
  while (connection->input().size() < large) connection->fill(large);
  connection->consume(large);
  pool->give_back(std::move(connection));
  const auto admission = pool->enter(std::nullopt);
  ASSERT_TRUE(admission.connection);
  EXPECT_EQ(admission.connection->input().data(), nullptr);
}

}  // namespace
}  // namespace gannet::io
