// One client on many threads: what TSan is to look at.

#include <atomic>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "unit/runtime/calls/call_support.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;

constexpr int thread_count = 4;
constexpr int calls_each = 50;

class SharedClient : public testing::Test {
 protected:
  SharedClient() : server_(serving_, tell_numbers()), thread_([this] { serving_.run(); }) {
    Config config = config_for(server_.origin());
    config.connections.per_origin = 3;
    client = make_client(plain_service, config);
  }
  ~SharedClient() override {
    server_.server().stop(std::chrono::milliseconds(0));
    thread_.join();
  }

  Task<void> calls(int caller) {
    for (int i = 0; i < calls_each; ++i) {
      const int number = caller * calls_each + i;
      auto answer = co_await ask(client, numbered(read_operation, number));
      if (answer && *answer == std::to_string(number)) ++good;
    }
  }

  std::shared_ptr<const ClientState> client;
  std::atomic<int> good = 0;

 private:
  asio::io_context serving_{1};
  TestServer server_;
  std::thread thread_;
};

/// Credentials that are never at hand, and come at once or a little later.
struct NotAtHand final : CredentialsProvider {
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             std::chrono::microseconds(++asked % 3 * 500));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::make_shared<const Credentials>(
        Credentials{.access_key_id = "AKIDEXAMPLE", .secret_access_key = Secret("secret")});
  }
  std::atomic<int> asked = 0;
};

TEST_F(SharedClient, waits_for_credentials_on_several_threads_within_its_time) {
  Config config = config_of(*client);
  const auto provider = std::make_shared<NotAtHand>();
  config.credentials = provider;
  config.timeouts.call = std::chrono::seconds(60);
  client = make_client(plain_service, config);
  asio::thread_pool pool(thread_count);
  for (int i = 0; i < 12; ++i) asio::co_spawn(pool, calls(i), asio::detached);
  pool.join();
  EXPECT_EQ(good, 12 * calls_each);
  EXPECT_EQ(provider->asked, 12 * calls_each);
}

TEST_F(SharedClient, serves_threads_that_block) {
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) threads.emplace_back([this, i] { blocking(calls(i)); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, thread_count * calls_each);
}

TEST_F(SharedClient, serves_a_context_that_several_threads_run) {
  asio::io_context context;
  for (int i = 0; i < 12; ++i) asio::co_spawn(context, calls(i), asio::detached);
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 12 * calls_each);
}

TEST_F(SharedClient, serves_a_thread_pool) {
  asio::thread_pool pool(thread_count);
  for (int i = 0; i < 12; ++i) asio::co_spawn(pool, calls(i), asio::detached);
  pool.join();
  EXPECT_EQ(good, 12 * calls_each);
}

TEST_F(SharedClient, serves_strands) {
  asio::thread_pool pool(thread_count);
  for (int i = 0; i < 12; ++i) asio::co_spawn(asio::make_strand(pool), calls(i), asio::detached);
  pool.join();
  EXPECT_EQ(good, 12 * calls_each);
}

TEST_F(SharedClient, serves_contexts_side_by_side_and_may_end_first) {
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([this, i] {
      asio::io_context own{1};
      asio::co_spawn(own, calls(i), asio::detached);
      own.run();
    });
  }
  for (auto& thread : threads) thread.join();
  client.reset();
  EXPECT_EQ(good, thread_count * calls_each);
}

}  // namespace
}  // namespace gannet::runtime
