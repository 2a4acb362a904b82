#include <memory>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>

#include "io/background_thread.hpp"
#include "unit/credentials/credential_source.hpp"

namespace gannet::credentials {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr int threads = 4;
constexpr int calls = 50;

template <class Work>
void on_all_threads(const Work& work) {
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(work);
}

class CachedCredentialsThreads : public testing::Test {
 protected:
  CachedCredentialsThreads() : source(time) {}

  std::shared_ptr<CredentialsProvider> cached() {
    return cached_credentials(source.fetch(), [this] { return background.executor(); }, time.source());
  }

  fakes::VirtualTime time;
  CredentialSource source;
  io::BackgroundThread background;
};

Task<void> count_answers(CredentialsProvider& provider, std::atomic<int>& answers) {
  const auto given = co_await provider.resolve();
  if (given) ++answers;
}

TEST_F(CachedCredentialsThreads, share_one_fetch) {
  source.gate = std::make_shared<io::Event>();
  const auto provider = cached();
  std::atomic<int> answers = 0;
  std::atomic<int> waiting = 0;
  on_all_threads([&] {
    asio::io_context context;
    for (int i = 0; i < calls; ++i) {
      asio::co_spawn(context, count_answers(*provider, answers), asio::detached);
    }
    context.poll();
    // The last to wait lets the fetch end.
    if (++waiting == threads) source.gate->happen();
    context.run();
  });
  EXPECT_EQ(answers, threads * calls);
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentialsThreads, share_one_fetch_on_a_context_that_several_threads_run) {
  source.gate = std::make_shared<io::Event>();
  const auto provider = cached();
  std::atomic<int> answers = 0;
  asio::io_context context;
  for (int i = 0; i < threads * calls; ++i) {
    if (i % 2 == 0) {
      asio::co_spawn(context, count_answers(*provider, answers), asio::detached);
    } else {
      asio::co_spawn(asio::make_strand(context), count_answers(*provider, answers), asio::detached);
    }
  }
  asio::post(context, [&] { source.gate->happen(); });
  on_all_threads([&] { context.run(); });
  EXPECT_EQ(answers, threads * calls);
  EXPECT_EQ(source.fetches(), 1);
}

TEST_F(CachedCredentialsThreads, are_always_given_unexpired_while_they_are_refreshed) {
  const auto provider = cached();
  std::atomic<int> expired = 0;
  std::atomic<int> missing = 0;
  on_all_threads([&] {
    for (int i = 0; i < 2000; ++i) {
      const auto before = time.now();
      auto who = provider->peek();
      if (!who) {
        auto given = blocking(provider->resolve());
        if (!given) ++missing;
        if (given) who = *given;
      }
      if (who && *who->expiration <= before) ++expired;
      time.advance(5s);
    }
  });
  EXPECT_EQ(expired, 0);
  EXPECT_EQ(missing, 0);
  EXPECT_GT(source.fetches(), 1);
}

TEST_F(CachedCredentialsThreads, may_wait_on_contexts_that_end_at_any_moment) {
  for (int round = 0; round < 50; ++round) {
    auto gate = std::make_shared<io::Event>();
    source.gate = gate;
    const auto provider = cached();
    std::atomic<int> answers = 0;
    std::jthread opening([&] { gate->happen(); });
    on_all_threads([&] {
      asio::io_context context;
      for (int i = 0; i < calls; ++i) {
        if (i % 2 == 0) {
          asio::co_spawn(context, count_answers(*provider, answers), asio::detached);
        } else {
          asio::co_spawn(asio::make_strand(context), count_answers(*provider, answers), asio::detached);
        }
      }
      context.poll();
    });
    opening.join();
    EXPECT_TRUE(blocking(provider->resolve()).has_value());
  }
}

TEST_F(CachedCredentialsThreads, end_with_the_background_thread_while_a_fetch_hangs) {
  source.gate = std::make_shared<io::Event>();
  auto thread = std::make_unique<io::BackgroundThread>();
  const auto provider = cached_credentials(source.fetch(), [&] { return thread->executor(); }, time.source());
  Result<std::shared_ptr<const Credentials>> given;
  std::jthread caller([&] { given = blocking(provider->resolve()); });
  while (source.fetches() == 0) std::this_thread::yield();
  thread.reset();
  caller.join();
  ASSERT_FALSE(given.has_value());
  EXPECT_EQ(given.error().code, "CredentialsFetchAbandoned");
}

}  // namespace
}  // namespace gannet::credentials
