#include "io/watchdog.hpp"

#include <future>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

namespace gannet::io {
namespace {

namespace asio = boost::asio;
using std::chrono::hours;
using std::chrono::milliseconds;

class Item final : public Watched {
 public:
  Item(asio::execution_context& context, asio::any_io_executor executor)
      : Watched(asio::use_service<Watchdog>(context)) {
    runs_on(executor);
  }
  using Watched::abandon;
  using Watched::end_wait_after;
  using Watched::forget;
  void watch(Clock::time_point limit, bool at_once = false) {
    begin(limit, [this] { ++started; }, [at_once] { return at_once; });
  }
  int started = 0;
  int stopped = 0;

 private:
  void stop_waiting() override { ++stopped; }
};

class WatchdogTest : public ::testing::TestWithParam<bool> {
 protected:
  /// Runs as long as `item` waits, as an operation that is under way would.
  void run_until_stopped(Item& item) {
    auto work = asio::make_work_guard(context);
    while (item.stopped == 0) context.run_one();
  }

  std::shared_ptr<Item> item() { return std::make_shared<Item>(context, executor); }

  asio::io_context context{1};
  asio::any_io_executor executor = GetParam() ? asio::any_io_executor(asio::make_strand(context))
                                              : asio::any_io_executor(context.get_executor());
};

TEST_P(WatchdogTest, ends_a_wait_at_its_limit) {
  const auto waiting = item();
  waiting->watch(Clock::now() + milliseconds(2));
  run_until_stopped(*waiting);
  EXPECT_TRUE(waiting->forget());
  EXPECT_FALSE(waiting->forget());
}

TEST_P(WatchdogTest, ends_the_nearest_first_whenever_it_was_added) {
  const auto far = item();
  const auto near = item();
  far->watch(Clock::now() + hours(1));
  near->watch(Clock::now() + milliseconds(2));
  run_until_stopped(*near);
  EXPECT_TRUE(near->forget());
  EXPECT_EQ(far->stopped, 0);
  EXPECT_FALSE(far->forget());
}

TEST_P(WatchdogTest, leaves_a_wait_alone_that_has_ended) {
  const auto first = item();
  const auto second = item();
  for (int i = 0; i < 3; ++i) {
    first->watch(Clock::now() + milliseconds(1));
    EXPECT_FALSE(first->forget());
  }
  second->watch(Clock::now() + milliseconds(4));
  run_until_stopped(*second);
  EXPECT_EQ(first->stopped, 0);
}

TEST_P(WatchdogTest, does_not_end_the_next_wait_for_the_last_one) {
  const auto waiting = item();
  const auto other = item();
  waiting->watch(Clock::now() + milliseconds(1));
  EXPECT_FALSE(waiting->forget());
  waiting->watch(Clock::time_point::max());
  other->watch(Clock::now() + milliseconds(3));
  run_until_stopped(*other);
  EXPECT_EQ(waiting->stopped, 0);
  EXPECT_FALSE(waiting->forget());
}

TEST_P(WatchdogTest, ends_a_wait_at_once_that_has_nothing_to_wait_for) {
  const auto waiting = item();
  waiting->watch(Clock::time_point::max(), true);
  EXPECT_EQ(waiting->started, 1);
  EXPECT_EQ(waiting->stopped, 1);
  EXPECT_FALSE(waiting->forget());  // No limit ended it.
}

TEST_P(WatchdogTest, ends_a_wait_from_outside_only_while_it_lasts) {
  const auto waiting = item();
  int changes = 0;
  waiting->end_wait_after([&] { ++changes; });
  EXPECT_EQ(waiting->stopped, 0);
  waiting->watch(Clock::time_point::max());
  waiting->end_wait_after([&] { ++changes; });
  EXPECT_EQ(waiting->stopped, 1);
  EXPECT_FALSE(waiting->forget());
  waiting->end_wait_after([&] { ++changes; });
  EXPECT_EQ(waiting->stopped, 1);
  EXPECT_EQ(changes, 3);
}

TEST_P(WatchdogTest, does_not_keep_its_context_running) {
  const auto waiting = item();
  asio::post(executor, [&] {
    waiting->watch(Clock::now() + hours(1));
    EXPECT_FALSE(waiting->forget());
  });
  context.run();  // Returns now, not in an hour.
  EXPECT_EQ(waiting->stopped, 0);
  // And the context can be used again.
  context.restart();
  const auto next = item();
  asio::post(executor, [&] { next->watch(Clock::now() + milliseconds(1)); });
  run_until_stopped(*next);
  EXPECT_TRUE(next->forget());
}

TEST_P(WatchdogTest, lets_go_of_what_ends_while_it_waits) {
  auto waiting = item();
  waiting->watch(Clock::now() + milliseconds(1));
  waiting.reset();
  const auto other = item();
  other->watch(Clock::now() + milliseconds(3));
  run_until_stopped(*other);
}

TEST(Watchdog, may_end_before_what_it_watches) {
  std::shared_ptr<Item> waiting;
  {
    asio::io_context context{1};
    waiting = std::make_shared<Item>(context, context.get_executor());
    waiting->watch(Clock::now() + hours(1));
    waiting->forget();
    waiting->abandon();
  }
  EXPECT_FALSE(waiting->forget());
  waiting->runs_on({});
}

class Telling final : public Watched {
 public:
  Telling(asio::thread_pool& pool, const asio::any_io_executor& executor)
      : Watched(asio::use_service<Watchdog>(pool)) {
    runs_on(executor);
  }
  using Watched::forget;
  void watch(Clock::time_point limit) {
    begin(limit, [] {}, [] { return false; });
  }
  std::promise<void> stopped{};

 private:
  void stop_waiting() override { stopped.set_value(); }
};

// The timer is everybody's, and must not stand in the line of whoever came first.
TEST(Watchdog, ends_waits_while_the_strand_of_the_first_is_busy) {
  asio::thread_pool pool(2);
  const asio::any_io_executor plain = asio::make_strand(pool);
  const asio::any_io_executor nested = asio::make_strand(asio::any_io_executor(asio::make_strand(pool)));
  for (const auto& strand : {plain, nested}) {
    const auto waiting = std::make_shared<Telling>(pool, strand);
    auto stopped = waiting->stopped.get_future();
    std::promise<bool> outcome;
    asio::post(strand, [&] {
      waiting->watch(Clock::now() + milliseconds(2));
      outcome.set_value(stopped.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    });
    EXPECT_TRUE(outcome.get_future().get());
    waiting->forget();
  }
  pool.join();
}

INSTANTIATE_TEST_SUITE_P(Executors, WatchdogTest, ::testing::Values(false, true),
                         [](const auto& instance) { return instance.param ? "strand" : "context"; });

}  // namespace
}  // namespace gannet::io
