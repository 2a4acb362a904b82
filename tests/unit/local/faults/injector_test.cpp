#include "local/faults/injector.hpp"

#include <optional>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::local {
namespace {

using testing::ElementsAre;

class FaultInjectorTest : public testing::Test {
 protected:
  /// The rules that fire for so many requests, by their place in the plan: "0-1" for three requests of which
  /// the second goes well.
  std::string fired(const FaultPlan& plan, int requests, const std::string& operation = "PutItem",
                    const std::string& key = "k") {
    std::string all;
    for (int i = 0; i < requests; ++i) {
      const auto rule =
          injector.decide({.service = ServiceKind::dynamodb, .operation = operation, .keys = [&] {
                             return std::vector<std::string>{key};
                           }});
      if (!rule) {
        all += '-';
        continue;
      }
      for (std::size_t number = 0; number < plan.rules.size(); ++number) {
        if (plan.rules[number].fault == rule->fault) all += std::to_string(number);
      }
    }
    return all;
  }
  std::string fired_anew(const FaultPlan& plan, int requests) {
    injector.use(plan);
    return fired(plan, requests);
  }

  FaultInjector injector{{}};
};

TEST_F(FaultInjectorTest, does_nothing_without_rules) {
  EXPECT_FALSE(injector.active());
  injector.use({.rules = {{.fault = FaultKind::throttle}}});
  EXPECT_TRUE(injector.active());
  injector.use({});
  EXPECT_FALSE(injector.active());
  EXPECT_EQ(fired({}, 3), "---");
}

TEST_F(FaultInjectorTest, counts_the_requests_that_match) {
  EXPECT_EQ(fired_anew({.rules = {{.fault = FaultKind::throttle, .first = 3}}}, 6), "000---");
  EXPECT_EQ(fired_anew({.rules = {{.fault = FaultKind::throttle, .every = 3}}}, 7), "--0--0-");
  EXPECT_EQ(fired_anew({.rules = {{.fault = FaultKind::throttle, .times = 2}}}, 4), "00--");
  EXPECT_EQ(fired_anew({.rules = {{.fault = FaultKind::throttle, .every = 2, .times = 2}}}, 8), "-0-0----");
  EXPECT_EQ(fired_anew({.rules = {{.fault = FaultKind::throttle, .first = 4, .every = 2}}}, 8), "-0-0----");
  EXPECT_EQ(fired_anew({.rules = {{.fault = FaultKind::throttle, .probability = 0}}}, 4), "----");
  const auto counts = injector.counts();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].matched, 4U);
  EXPECT_EQ(counts[0].fired, 0U);
}

TEST_F(FaultInjectorTest, asks_the_rules_in_order_until_one_fires) {
  const FaultPlan plan{.rules = {{.fault = FaultKind::throttle, .first = 2},
                                 {.fault = FaultKind::cut_before, .first = 1},
                                 {.fault = FaultKind::cut_after}}};
  EXPECT_EQ(fired_anew(plan, 5), "00122");
  const auto counts = injector.counts();
  EXPECT_EQ(counts[0].matched, 5U);
  EXPECT_EQ(counts[1].matched, 3U);
  EXPECT_EQ(counts[2].matched, 2U);
}

TEST_F(FaultInjectorTest, looks_at_service_operation_and_key) {
  const FaultPlan plan{
      .rules = {{.service = FaultService::s3, .fault = FaultKind::throttle},
                {.operation = "GetItem", .fault = FaultKind::cut_before},
                {.key_prefix = "USER#", .fault = FaultKind::cut_after},
                {.service = FaultService::dynamodb, .operation = "Query", .fault = FaultKind::error_after}}};
  injector.use(plan);
  EXPECT_EQ(fired(plan, 1, "GetItem"), "1");
  EXPECT_EQ(fired(plan, 1, "PutItem", "USER#1"), "2");
  EXPECT_EQ(fired(plan, 1, "PutItem", "USER"), "-");
  EXPECT_EQ(fired(plan, 1, "Query"), "3");
  EXPECT_EQ(injector.decide({.service = ServiceKind::s3})->fault, FaultKind::throttle);
}

TEST_F(FaultInjectorTest, asks_for_keys_only_where_a_rule_does) {
  injector.use({.rules = {{.operation = "GetItem", .key_prefix = "a"}, {.times = 1}}});
  const auto rule = injector.decide({.service = ServiceKind::dynamodb,
                                     .operation = "PutItem",
                                     .keys = []() -> std::vector<std::string> { throw "not wanted"; }});
  EXPECT_TRUE(rule);
}

TEST_F(FaultInjectorTest, chooses_the_same_requests_again_with_the_same_seed) {
  FaultPlan plan{.rules = {{.fault = FaultKind::cut_before, .probability = 0.3},
                           {.fault = FaultKind::cut_after, .probability = 0.3}},
                 .seed = 42};
  const std::string once = fired_anew(plan, 200);
  EXPECT_EQ(fired_anew(plan, 200), once);
  plan.seed = 43;
  EXPECT_NE(fired_anew(plan, 200), once);
  plan.seed.reset();
  const std::string by_chance = fired_anew(plan, 200);
  plan.seed = injector.seed();
  EXPECT_EQ(fired_anew(plan, 200), by_chance);
}

TEST_F(FaultInjectorTest, draws_evenly) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    double sum = 0;
    int below_a_fifth = 0;
    for (std::uint64_t request = 1; request <= 100'000; ++request) {
      const double chance = fault_chance(seed, 0, request);
      ASSERT_GE(chance, 0);
      ASSERT_LT(chance, 1);
      sum += chance;
      below_a_fifth += chance < 0.2 ? 1 : 0;
    }
    EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
    EXPECT_NEAR(below_a_fifth, 20'000, 500);
  }
}

TEST_F(FaultInjectorTest, tells_its_seed_and_what_it_does) {
  std::vector<std::string> lines;
  FaultInjector telling([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  telling.use({.rules = {{.fault = FaultKind::cut_after}}, .seed = 7});
  telling.decide({.service = ServiceKind::dynamodb, .operation = "PutItem"});
  telling.use({});
  EXPECT_THAT(lines, ElementsAre("Faults: 1 rule, seed 7. The same plan with the same seed chooses the same "
                                 "requests again.",
                                 "Fault cut_after (rule 0, its request 1) for dynamodb PutItem."));
}

class FaultPause : public testing::Test {
 protected:
  void pause(std::chrono::milliseconds time) {
    boost::asio::co_spawn(context, injector.pause(time),
                          boost::asio::bind_cancellation_slot(
                              cancel.slot(), [this](const std::exception_ptr& thrown, bool passed) {
                                outcome = thrown ? "thrown" : passed ? "passed" : "ended";
                              }));
  }
  FaultInjector injector{{}};
  boost::asio::io_context context;
  boost::asio::cancellation_signal cancel;
  std::string outcome = "waiting";
};

TEST_F(FaultPause, passes) {
  pause(std::chrono::milliseconds(1));
  context.run();
  EXPECT_EQ(outcome, "passed");
}

TEST_F(FaultPause, ends_with_the_cloud) {
  pause(std::chrono::hours(1));
  context.poll();
  EXPECT_EQ(outcome, "waiting");
  injector.end_pauses();
  context.run();
  EXPECT_EQ(outcome, "ended");
  pause(std::chrono::hours(1));
  context.restart();
  context.run();
  EXPECT_EQ(outcome, "ended");
}

TEST_F(FaultPause, is_cancelled_with_its_request) {
  pause(std::chrono::hours(1));
  context.poll();
  cancel.emit(boost::asio::cancellation_type::terminal);
  context.run();
  EXPECT_EQ(outcome, "thrown");
}

TEST_F(FaultPause, may_be_destroyed_while_it_waits) {
  {
    boost::asio::io_context gone;
    boost::asio::co_spawn(gone, injector.pause(std::chrono::hours(1)),
                          [](const std::exception_ptr&, bool) {});
    gone.poll();
  }
  injector.end_pauses();
}

}  // namespace
}  // namespace gannet::local
