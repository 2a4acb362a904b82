#include "unit/runtime/simulation/plan.hpp"

#include <array>

namespace gannet::runtime::simulation {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

Step draw_step(Dice& dice, Kind kind) {
  static const std::array<const char*, 8> asked = {"", "", "", "1", "700", "999999999", "-5", "soon"};
  Step step;
  step.fault = static_cast<Fault>(below(dice, kind == Kind::token ? faults : faults_of_all));
  step.takes = milliseconds(below(dice, 40));
  step.retry_after = asked[static_cast<std::size_t>(below(dice, static_cast<int>(asked.size())))];
  return step;
}

RetryPolicy draw_policy(Dice& dice) {
  RetryPolicy policy;
  // Most tries are needed to see the longest wait after throttling, one to see that it is the only one.
  policy.max_attempts = below(dice, 4) == 0 ? 8 : 1 + below(dice, 5);
  switch (below(dice, 8)) {
    case 0:
      policy.base_delay = milliseconds(below(dice, 500));
      break;
    case 1:  // So slow that the service forgets a token meanwhile.
      policy.base_delay = 5min;
      policy.max_delay = 20min;
      break;
    case 2:
      policy.jitter = Jitter::none;
      break;
    default:
      break;
  }
  return policy;
}

}  // namespace

int below(Dice& dice, int bound) {
  return std::uniform_int_distribution(0, bound - 1)(dice);
}

Plan draw_plan(Dice& dice) {
  Plan plan;
  plan.kind = static_cast<Kind>(below(dice, kinds));
  while (plan.steps.size() < 8 && below(dice, 4) != 0) plan.steps.push_back(draw_step(dice, plan.kind));
  plan.policy = draw_policy(dice);
  plan.at_least_once = below(dice, 6) == 0;
  plan.body_rewinds = below(dice, 8) != 0;
  if (below(dice, 6) == 0) plan.limit = milliseconds(1 + below(dice, 3'000));
  if (plan.limit == 0ms && below(dice, 10) == 0) plan.connects_after = 6min;
  if (plan.kind == Kind::guarded && below(dice, 4) == 0) plan.interferes_before = 1 + below(dice, 3);
  if (below(dice, 10) == 0) plan.cancelled_in_attempt = 1 + below(dice, 3);
  if (below(dice, 10) == 0) plan.cancelled_in_wait = 1 + below(dice, 3);
  return plan;
}

}  // namespace gannet::runtime::simulation
