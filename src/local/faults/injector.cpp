#include "local/faults/injector.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace gannet::local {
namespace {

namespace asio = boost::asio;

bool is_of(FaultService wanted, ServiceKind service) noexcept {
  switch (wanted) {
    case FaultService::any:
      return true;
    case FaultService::dynamodb:
      return service == ServiceKind::dynamodb;
    case FaultService::s3:
      return service == ServiceKind::s3;
    case FaultService::secretsmanager:
      return service == ServiceKind::secretsmanager;
    case FaultService::sts:
      return service == ServiceKind::sts;
  }
  return false;
}

bool fires(const FaultRule& rule, const FaultCount& count, double chance) {
  return (rule.first == 0 || count.matched <= rule.first) &&
         (rule.every == 0 || count.matched % rule.every == 0) &&
         (rule.times == 0 || count.fired < rule.times) && chance < rule.probability;
}

/// Spreads every bit over all others (the finalizer of MurmurHash3, with David Stafford's constants).
std::uint64_t mix(std::uint64_t bits) noexcept {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

}  // namespace

double fault_chance(std::uint64_t seed, std::uint64_t rule, std::uint64_t request) noexcept {
  constexpr std::uint64_t step = 0x9e3779b97f4a7c15U;
  const std::uint64_t bits = mix(mix(mix(seed + step) + rule * step) + request * step);
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

void FaultInjector::use(FaultPlan plan) {
  std::uint64_t seed = 0;
  if (plan.seed) {
    seed = *plan.seed;
  } else if (!plan.rules.empty()) {
    std::random_device chance;
    seed = chance();  // 32 bits are easier to type again than 64.
  }
  const std::size_t rules = plan.rules.size();
  {
    const std::lock_guard lock(mutex_);
    state_ = {.plan = std::move(plan), .seed = seed, .counts = std::vector<FaultCount>(rules)};
    active_.store(rules != 0, std::memory_order_release);
  }
  if (log_ && rules != 0) {
    log_(LogLevel::info,
         fmt::format("Faults: {} rule{}, seed {}. The same plan with the same seed chooses the "
                     "same requests again.",
                     rules, rules == 1 ? "" : "s", seed));
  }
}

std::vector<FaultCount> FaultInjector::counts() const {
  const std::lock_guard lock(mutex_);
  return state_.counts;
}

std::uint64_t FaultInjector::seed() const {
  const std::lock_guard lock(mutex_);
  return state_.seed;
}

std::optional<FaultRule> FaultInjector::decide(const Request& request) {
  auto fired = choose(request);
  if (!fired) return std::nullopt;
  if (log_) {
    log_(LogLevel::debug,
         fmt::format("Fault {} (rule {}, its request {}) for {} {}.", to_string(fired->rule.fault),
                     fired->number, fired->request, signing_name(request.service), request.operation));
  }
  return std::move(fired->rule);
}

std::optional<FaultInjector::Fired> FaultInjector::choose(const Request& request) {
  std::optional<std::vector<std::string>> keys;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < state_.plan.rules.size(); ++i) {
    const FaultRule& rule = state_.plan.rules[i];
    if (!is_of(rule.service, request.service)) continue;
    if (!rule.operation.empty() && rule.operation != request.operation) continue;
    if (!rule.key_prefix.empty()) {
      if (!keys) keys = request.keys();
      const auto begins = [&](const std::string& key) { return key.starts_with(rule.key_prefix); };
      if (std::ranges::none_of(*keys, begins)) continue;
    }
    FaultCount& count = state_.counts[i];
    ++count.matched;
    if (!fires(rule, count, fault_chance(state_.seed, i, count.matched))) continue;
    ++count.fired;
    return Fired{.rule = rule, .number = i, .request = count.matched};
  }
  return std::nullopt;
}

Task<bool> FaultInjector::pause(std::chrono::milliseconds time) {
  if (ending_) co_return false;
  if (time.count() == 0) co_return true;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  const auto place = pauses_.insert(pauses_.end(), &timer);
  struct Leave {
    std::list<asio::steady_timer*>& pauses;
    std::list<asio::steady_timer*>::iterator place;
    ~Leave() { pauses.erase(place); }
  };
  const Leave leave{pauses_, place};
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return !error;
}

void FaultInjector::end_pauses() {
  ending_ = true;
  for (asio::steady_timer* const timer : pauses_) timer->cancel();
}

}  // namespace gannet::local
