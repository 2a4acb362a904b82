// One transport on many threads: what TSan is to look at.

#include <atomic>
#include <functional>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include "io/socket_transport.hpp"
#include "unit/io/loopback.hpp"
#include "unit/io/tls_peer.hpp"

namespace gannet::io {
namespace {

using namespace testing;
namespace asio = boost::asio;
using std::chrono::milliseconds;

http::Handler echo() {
  return [](http::ServerRequest request) -> Task<http::ServerResponse> {
    auto whole = co_await request.body.read_all(1 << 20);
    http::ServerResponse response;
    response.body = Body(whole.value_or("nothing"));
    co_return response;
  };
}

/// A server on a thread of its own.
class ServingThread {
 public:
  explicit ServingThread(http::Handler handler)
      : server_(context_, std::move(handler)), thread_([this] { context_.run(); }) {}
  ~ServingThread() {
    server_.server().stop(milliseconds(0));
    thread_.join();
  }
  [[nodiscard]] Origin origin() const { return server_.origin(); }

 private:
  asio::io_context context_{1};
  TestServer server_;
  std::thread thread_;
};

/// Four threads, as programs have them.
enum class Threads { of_a_context, of_a_pool };
enum class Callers { plain, strands };

struct Setting {
  Threads threads;
  Callers callers;
};

class ManyThreads : public ::testing::TestWithParam<Setting> {
 protected:
  static constexpr int thread_count = 4;

  /// Runs `callers` of the tasks at once, to their ends.
  void run_all(int callers, const std::function<Task<void>(int)>& task) {
    const auto spawn = [&](const asio::any_io_executor& executor) {
      for (int i = 0; i < callers; ++i) {
        const bool strand = GetParam().callers == Callers::strands;
        asio::co_spawn(strand ? asio::any_io_executor(asio::make_strand(executor)) : executor, task(i),
                       [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
      }
    };
    if (GetParam().threads == Threads::of_a_pool) {
      asio::thread_pool pool(thread_count);
      spawn(pool.get_executor());
      pool.join();
      return;
    }
    asio::io_context context;
    spawn(context.get_executor());
    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i) threads.emplace_back([&] { context.run(); });
    for (auto& thread : threads) thread.join();
  }

  static std::shared_ptr<Transport> narrow(std::size_t connections) {
    SocketTransportOptions options;
    options.max_connections_per_origin = connections;
    return socket_transport(options);
  }
};

TEST_P(ManyThreads, share_few_connections_and_all_get_their_own_answers) {
  ServingThread server(echo());
  for (const std::size_t connections : {1U, 3U, 100U}) {
    const auto transport = narrow(connections);
    std::atomic<int> good = 0;
    run_all(16, [&](int caller) -> Task<void> {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(caller) + "/" + std::to_string(i);
        const auto answer = co_await exchange(*transport, request_to(server.origin(), "PUT"), body);
        if (answer && answer->body == body) ++good;
      }
    });
    EXPECT_EQ(good, 16 * 25) << connections;
  }
}

TEST_P(ManyThreads, look_names_up) {
  ServingThread server(echo());
  const Origin origin{false, "localhost", server.origin().port};
  std::atomic<int> good = 0;
  run_all(8, [&](int) -> Task<void> {
    const auto transport = socket_transport();  // With no connection to use again.
    for (int i = 0; i < 3; ++i) {
      const auto answer = co_await exchange(*transport, request_to(origin, "PUT"), "x");
      good += answer ? 1 : 0;
    }
  });
  EXPECT_EQ(good, 8 * 3);
}

// The watchdog ends waits on whatever thread its timer runs: in the answer, in the queue, in a look-up.
TEST_P(ManyThreads, are_stopped_at_their_limits) {
  ServingThread server([](http::ServerRequest) -> Task<http::ServerResponse> {
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::as_tuple(asio::deferred));
    co_return http::ServerResponse();
  });
  const auto transport = narrow(3);
  const Origin named{false, "localhost", server.origin().port};
  std::atomic<int> timed_out = 0;
  run_all(16, [&](int caller) -> Task<void> {
    const Origin origin = caller % 2 == 0 ? server.origin() : named;
    for (int i = 0; i < 10; ++i) {
      const AttemptLimits limits{.stall = milliseconds(caller % 3 + 1), .attempt = milliseconds(4)};
      const auto answer = co_await exchange(*transport, request_to(origin), Body(), limits);
      if (!answer && answer.error().error.kind == ErrorKind::timeout) ++timed_out;
    }
  });
  EXPECT_EQ(timed_out, 160);
}

// Limits that pass just when the answer comes: either may win, and nothing else may happen.
TEST_P(ManyThreads, get_an_answer_or_a_timeout_when_both_come_at_once) {
  ServingThread server(echo());
  const auto transport = narrow(4);
  std::atomic<int> ended = 0;
  run_all(16, [&](int caller) -> Task<void> {
    for (int i = 0; i < 25; ++i) {
      const AttemptLimits limits{.stall = milliseconds(1), .attempt = milliseconds(1)};
      const std::string body = std::to_string(caller) + "/" + std::to_string(i);
      const auto answer = co_await exchange(*transport, request_to(server.origin(), "PUT"), body, limits);
      const bool fits = answer ? answer->body == body : answer.error().error.kind == ErrorKind::timeout;
      EXPECT_TRUE(fits) << (answer ? answer->body : answer.error().error.message);
      ++ended;
    }
  });
  EXPECT_EQ(ended, 16 * 25);
  // And the connections that are left are good.
  run_all(4, [&](int) -> Task<void> {
    const auto answer = co_await exchange(*transport, request_to(server.origin(), "PUT"), "x");
    EXPECT_TRUE(answer.has_value() && answer->body == "x");
  });
}

INSTANTIATE_TEST_SUITE_P(Executors, ManyThreads,
                         ::testing::Values(Setting{Threads::of_a_context, Callers::plain},
                                           Setting{Threads::of_a_context, Callers::strands},
                                           Setting{Threads::of_a_pool, Callers::plain},
                                           Setting{Threads::of_a_pool, Callers::strands}),
                         [](const auto& setting) {
                           std::string name =
                               setting.param.threads == Threads::of_a_pool ? "pool" : "context";
                           return name + (setting.param.callers == Callers::plain ? "" : "_strands");
                         });

// Asio wants cancellations told where the coroutine runs: on its strand.
TEST(Strands, take_cancellations_from_other_threads) {
  ServingThread server(echo());
  SocketTransportOptions options;
  options.max_connections_per_origin = 2;
  const auto transport = socket_transport(options);
  asio::thread_pool pool(4);
  std::atomic<int> ended = 0;
  for (int i = 0; i < 200; ++i) {
    const auto strand = asio::make_strand(pool);
    const auto signal = std::make_shared<asio::cancellation_signal>();
    const auto ask = [&]() -> Task<void> {
      const auto answer = co_await exchange(*transport, request_to(server.origin(), "PUT"), "x");
      EXPECT_TRUE(answer ? answer->body == "x" : answer.error().error.kind == ErrorKind::cancelled);
    };
    asio::dispatch(strand, [&, strand, signal, ask] {
      asio::co_spawn(
          strand, ask(),
          asio::bind_cancellation_slot(signal->slot(), [&, signal](std::exception_ptr) { ++ended; }));
    });
    for (int turn = 0; turn < i % 8; ++turn) std::this_thread::yield();
    asio::post(strand, [signal] { signal->emit(asio::cancellation_type::terminal); });
  }
  pool.join();
  EXPECT_EQ(ended, 200);
  const auto answer = blocking(exchange(*transport, request_to(server.origin(), "PUT"), "x"));
  EXPECT_TRUE(answer.has_value() && answer->body == "x");
}

TEST(PlainThreads, have_contexts_of_their_own) {
  ServingThread server(echo());
  const auto transport = socket_transport();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        const auto answer =
            blocking(exchange(*transport, request_to(server.origin(), "PUT"), std::to_string(n)));
        if (answer && answer->body == std::to_string(n)) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

TEST(PlainThreads, share_tls_sessions) {
  TemporaryFolder folder;
  const Certificate authority = make_authority("the test authority");
  authority.write(folder / "ca.pem");
  TlsPeer peer(make_certificate({}, &authority),
               "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  SocketTransportOptions options;
  options.ca_bundle = folder / "ca.pem";
  const auto transport = socket_transport(options);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        const auto answer = blocking(exchange(*transport, request_to({true, "localhost", peer.port()})));
        if (answer && answer->body == "hello") ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  EXPECT_EQ(peer.connections(), 40);
  EXPECT_GE(peer.resumed(), 30);
}

}  // namespace
}  // namespace gannet::io
