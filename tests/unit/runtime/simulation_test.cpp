#include "unit/runtime/simulation/simulation.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "unit/runtime/calls/allocated_bytes.hpp"

// The real pipeline under random faults. What must hold whatever happens is checked after every attempt and
// every call; then each rule is switched off in turn, to see that the checks would notice.

namespace gannet::runtime::simulation {
namespace {

unsigned seed_of_this_run() {
  const char* given = std::getenv("GANNET_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  std::printf("seed %u (GANNET_TEST_SEED runs it again)\n", seed);
  return seed;
}

TEST(RetrySimulation, is_safe_and_live_under_random_faults) {
  const unsigned seed = seed_of_this_run();
  Simulation simulation(seed, Mutation::none);
  for (int schedule = 0; schedule < 20'000; ++schedule) simulation.run_schedule();
  EXPECT_EQ(simulation.violations, std::vector<std::string>()) << "seed " << seed;
  EXPECT_LE(simulation.unknown, simulation.doubtful);
  // All of it was there to be checked.
  for (int sight = 0; sight < sights; ++sight)
    EXPECT_GT(simulation.met[static_cast<std::size_t>(sight)], 50) << "sight " << sight;
  EXPECT_GT(simulation.unknown, 100);
  EXPECT_GT(simulation.settled, 100);
  EXPECT_GT(simulation.cancelled, 100);
  std::printf("%d calls, %d attempts in doubt, %d outcomes unknown, %d settled, %d cancelled\n",
              simulation.calls, simulation.doubtful, simulation.unknown, simulation.settled,
              simulation.cancelled);
}

TEST(RetrySimulation, leaves_nothing_behind) {
  if (!allocated_bytes_are_exact) GTEST_SKIP() << "this allocator counts what it keeps for later";
  const unsigned seed = seed_of_this_run();
  Simulation simulation(seed, Mutation::none);
  for (int schedule = 0; schedule < 500; ++schedule) simulation.run_schedule();
  const std::size_t before = allocated_bytes();
  for (int schedule = 0; schedule < 2'000; ++schedule) simulation.run_schedule();
  EXPECT_EQ(allocated_bytes(), before) << "seed " << seed;
}

TEST(RetrySimulation, notices_every_rule_that_is_switched_off) {
  struct Mutant {
    Mutation rule;
    const char* noticed_by;
  };
  const Mutant mutants[] = {
      {Mutation::unrepeatable_is_repeatable, "what must not be applied twice was"},
      {Mutation::sent_is_not_sent, "what must not be applied twice was"},
      {Mutation::failed_is_rejected, "what must not be applied twice was"},
      {Mutation::failed_is_early, "what must not be applied twice was"},
      {Mutation::early_is_in_time, "a call has ended that could go on"},
      {Mutation::under_way_is_rejected, "what was applied is denied"},
      {Mutation::cut_answer_is_not_sent, "what must not be applied twice was"},
      {Mutation::throttling_is_final, "a call has ended that could go on"},
      {Mutation::not_sent_is_unknown, "a call has ended that could go on"},
      {Mutation::doubt_is_final, "a call has ended that could go on"},
      {Mutation::reads_are_writes, "a call has ended that could go on"},
      {Mutation::at_least_once_is_ignored, "a call has ended that could go on"},
      {Mutation::at_least_once_is_for_all, "what must not be applied twice was"},
      {Mutation::used_body_rewinds, "a call goes on that should have ended"},
      {Mutation::conflict_is_final, "a call has ended that could go on"},
      {Mutation::broken_condition_is_transient, "a call goes on that should have ended"},
      {Mutation::token_is_ignored, "what must not be applied twice was"},
      {Mutation::token_never_expires, "what must not be applied twice was"},
      {Mutation::refusal_stands, "what was applied is denied"},
      {Mutation::refusal_is_own_success, "an acknowledged write is lost"},
      {Mutation::nothing_is_settled, "a call's own success is not recognized"},
      {Mutation::doubt_is_forgotten, "what was applied is denied"},
      {Mutation::conflict_settles, "an outcome that is in doubt is not called unknown"},
      {Mutation::unanswered_is_settled, "what was applied is denied"},
      {Mutation::too_many_attempts, "there are too many attempts"},
      {Mutation::waits_do_not_grow, "a wait is not as long as it should be"},
      {Mutation::waits_have_no_bound, "a wait is not as long as it should be"},
      {Mutation::waits_have_no_jitter, "a wait is not as long as it should be"},
      {Mutation::throttling_waits_no_longer, "a wait is not as long as it should be"},
      {Mutation::retry_after_is_ignored, "a wait is not as long as it should be"},
      {Mutation::retry_after_is_believed, "a wait is not as long as it should be"},
      {Mutation::limit_is_ignored, "a call goes on that should have ended"},
      {Mutation::cancellation_is_ignored, "a call goes on that should have ended"},
      {Mutation::bucket_is_free, "the bucket is not charged as it should be"},
      {Mutation::nothing_is_paid_back, "the bucket is not charged as it should be"},
      {Mutation::too_much_is_paid_back, "the bucket is not charged as it should be"},
      {Mutation::clock_is_not_corrected, "a call has ended that could go on"},
      {Mutation::cached_date_is_believed, "the clock is not set by what tells the time"},
      {Mutation::clock_is_corrected_too_far, "the clock is not set by what tells the time"},
      {Mutation::signature_is_not_renewed, "a call has ended that could go on"},
  };
  const unsigned seed = seed_of_this_run();
  for (const Mutant& mutant : mutants) {
    Simulation simulation(seed, mutant.rule);
    bool noticed = false;
    // The rarest takes some 2,500 in the mean.
    for (int schedule = 0; schedule < 100'000 && !noticed; ++schedule) {
      simulation.violations.clear();
      simulation.run_schedule();
      noticed = std::ranges::find(simulation.violations, mutant.noticed_by) != simulation.violations.end();
    }
    EXPECT_TRUE(noticed) << "rule " << static_cast<int>(mutant.rule) << ": " << mutant.noticed_by;
  }
}

}  // namespace
}  // namespace gannet::runtime::simulation
