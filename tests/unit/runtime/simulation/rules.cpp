#include "unit/runtime/simulation/rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace gannet::runtime::simulation {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

bool is_refused_for_its_rate(Sight sight) {
  return sight == Sight::throttled || sight == Sight::under_way || sight == Sight::congested;
}

bool shows_time(const Seen& seen) {
  return seen.sight == Sight::skewed && std::chrono::abs(seen.clock_offset) <= 15min;
}

}  // namespace

bool is_doubtful(Kind kind, Sight sight) {
  if (kind == Kind::read) return false;
  return sight == Sight::unanswered || sight == Sight::failed || sight == Sight::under_way;
}

bool is_in_doubt(Kind kind, std::span<const Seen> seen) {
  bool doubt = false;
  bool on_its_way = false;
  for (const Seen& one : seen) {
    doubt = doubt || is_doubtful(kind, one.sight);
    on_its_way = on_its_way || one.sight == Sight::unanswered || one.sight == Sight::under_way;
    if (one.sight == Sight::lost) doubt = false;
    // The service knows the token of what it has applied: what it cancels it had not, as yet.
    if (one.sight == Sight::unmet && !on_its_way) doubt = false;
  }
  return doubt;
}

bool corrects_clock(std::span<const Seen> seen) {
  return shows_time(seen.back()) && std::ranges::none_of(seen.first(seen.size() - 1), shows_time);
}

bool may_follow(const Plan& plan, std::span<const Seen> seen) {
  const Sight sight = seen.back().sight;
  switch (sight) {
    case Sight::not_sent:
    case Sight::early:
    case Sight::throttled:
    case Sight::congested:
    case Sight::conflict:
      return true;
    case Sight::unanswered:
    case Sight::failed:
    case Sight::under_way:
      return plan.kind != Kind::add || plan.at_least_once;
    case Sight::lost:
      return plan.kind == Kind::read;
    case Sight::skewed:
      return corrects_clock(seen);
    case Sight::success:
    case Sight::unmet:
    case Sight::condition_failed:
    case Sight::refused:
      return false;
  }
  return false;
}

int cost_of_next(std::span<const Seen> seen) {
  if (corrects_clock(seen)) return 0;
  return is_refused_for_its_rate(seen.back().sight) ? 5 : 14;
}

milliseconds wait_for_next(const Plan& plan, std::span<const Seen> seen, double random) {
  if (corrects_clock(seen)) return 0ms;
  const milliseconds own = is_refused_for_its_rate(seen.back().sight) ? 1000ms : 25ms;
  const double base = static_cast<double>(plan.policy.base_delay.value_or(own).count());
  const double doubled = base * std::pow(2.0, static_cast<double>(seen.size() - 1));
  const double most = std::min(doubled, static_cast<double>(plan.policy.max_delay.count()));
  const double share = plan.policy.jitter == Jitter::none ? 1.0 : random;
  const milliseconds wait(std::llround(share * most));
  char* end = nullptr;
  const std::string& asked = seen.back().retry_after;
  const long long number = std::strtoll(asked.c_str(), &end, 10);
  if (asked.empty() || *end != '\0') return wait;
  return std::clamp(milliseconds(number), wait, wait + 5s);
}

}  // namespace gannet::runtime::simulation
