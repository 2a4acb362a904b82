#include "io/event.hpp"

#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>

#include "io/shared_fetch.hpp"
#include "io/without_throwing.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::io {
namespace {

namespace asio = boost::asio;

/// A coroutine that waits for an event.
struct Waiting {
  std::optional<bool> outcome;
  bool throws_if_cancelled = false;
  asio::cancellation_signal cancel;

  /// Not to be cancelled: a signal that outlives the context keeps what it was bound to.
  template <class Executor>
  void begin_alone(const Executor& executor, Event& event) {
    asio::co_spawn(executor, run(event), asio::detached);
  }
  template <class Executor>
  void begin(const Executor& executor, Event& event) {
    asio::co_spawn(executor, run(event),
                   asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr thrown) {
                     EXPECT_FALSE(thrown) << "nothing is thrown";
                   }));
  }

 private:
  Task<void> run(Event& event) {
    outcome = co_await without_throwing(event.wait());
    throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  }
};

TEST(Event, wakes_all_who_wait_each_on_its_own_context) {
  Event event;
  asio::io_context one, other;
  Waiting first, second, third, late;
  first.begin(one.get_executor(), event);
  second.begin(asio::make_strand(one), event);
  third.begin(other.get_executor(), event);
  one.poll();
  other.poll();
  EXPECT_FALSE(event.has_happened());
  EXPECT_FALSE(first.outcome || second.outcome || third.outcome);
  event.happen();
  EXPECT_TRUE(event.has_happened());
  EXPECT_FALSE(first.outcome || third.outcome) << "not within the call";
  one.run();
  EXPECT_TRUE(first.outcome == true && second.outcome == true);
  EXPECT_FALSE(third.outcome);
  late.begin(other.get_executor(), event);
  event.happen();
  other.run();
  EXPECT_TRUE(third.outcome == true && late.outcome == true);
}

TEST(Event, keeps_a_context_at_work_while_somebody_waits) {
  Event event;
  asio::io_context context;
  Waiting waiting;
  waiting.begin(context.get_executor(), event);
  std::jthread later([&] { event.happen(); });
  context.run();
  EXPECT_EQ(waiting.outcome, true);
}

TEST(Event, cancelling_one_who_waits_wakes_that_one_alone) {
  Event event;
  asio::io_context context;
  Waiting first, second;
  first.begin(context.get_executor(), event);
  second.begin(context.get_executor(), event);
  context.poll();
  first.cancel.emit(asio::cancellation_type::terminal);
  first.cancel.emit(asio::cancellation_type::terminal);
  context.poll();
  EXPECT_EQ(first.outcome, false);
  EXPECT_TRUE(first.throws_if_cancelled);
  EXPECT_FALSE(second.outcome);
  event.happen();
  context.run();
  EXPECT_EQ(second.outcome, true);
}

TEST(Event, may_outlive_the_contexts_of_those_who_wait) {
  Event event;
  Waiting on_context, on_strand;
  {
    asio::io_context context;
    on_context.begin_alone(context.get_executor(), event);
    on_strand.begin_alone(asio::make_strand(context), event);
    context.poll();
  }
  event.happen();
  EXPECT_FALSE(on_context.outcome || on_strand.outcome);
}

TEST(Event, happens_while_those_who_wait_are_cancelled_and_their_contexts_end) {
  for (int round = 0; round < 200; ++round) {
    Event event;
    std::jthread happening([&] { event.happen(); });
    asio::io_context context;
    Waiting first, second;
    first.begin(context.get_executor(), event);
    second.begin(asio::make_strand(context), event);
    context.poll();
    first.cancel.emit(asio::cancellation_type::terminal);
    if (round % 2 == 0) context.poll();
  }
}

Task<int> answer() {
  co_return 42;
}
Task<int> broken() {
  throw std::runtime_error("broken");
  co_return 0;
}

TEST(SharedFetch, gives_its_outcome_to_all) {
  asio::io_context context;
  const auto fetch = std::make_shared<SharedFetch<int>>(-1);
  SharedFetch<int>::start(fetch, context.get_executor(), answer);
  EXPECT_EQ(testing::run(context, SharedFetch<int>::outcome(fetch)), 42);
  EXPECT_EQ(testing::run(context, SharedFetch<int>::outcome(fetch)), 42);
  EXPECT_TRUE(fetch->is_settled());
}

TEST(SharedFetch, gives_what_it_throws_to_all) {
  asio::io_context context;
  const auto fetch = std::make_shared<SharedFetch<int>>(-1);
  SharedFetch<int>::start(fetch, context.get_executor(), broken);
  EXPECT_THROW(testing::run(context, SharedFetch<int>::outcome(fetch)), std::runtime_error);
  EXPECT_THROW(testing::run(context, SharedFetch<int>::outcome(fetch)), std::runtime_error);
}

TEST(SharedFetch, is_abandoned_with_its_executor_begun_or_not) {
  for (const bool begun : {false, true}) {
    const auto fetch = std::make_shared<SharedFetch<int>>(-1);
    Event never;
    {
      asio::io_context context;
      SharedFetch<int>::start(fetch, context.get_executor(), [&never]() -> Task<int> {
        co_await never.wait();
        co_return 1;
      });
      if (begun) context.poll();
      EXPECT_FALSE(fetch->is_settled());
    }
    asio::io_context context;
    EXPECT_EQ(testing::run(context, SharedFetch<int>::outcome(fetch)), -1);
  }
}

}  // namespace
}  // namespace gannet::io
