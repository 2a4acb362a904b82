#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <gannet/local_faults.hpp>
#include <gannet/log.hpp>
#include <gannet/task.hpp>

#include "local/http/route.hpp"

namespace gannet::local {

/// The fault plan in force: decides which requests go wrong, and waits where a fault does. `use`, `counts`,
/// `seed` and `active` are thread-safe; the rest is for the cloud's thread.
class FaultInjector {
 public:
  explicit FaultInjector(LogSink log) : log_(std::move(log)) {}

  /// The plan has been checked.
  void use(FaultPlan plan);
  [[nodiscard]] std::vector<FaultCount> counts() const;
  [[nodiscard]] std::uint64_t seed() const;
  /// Whether there are rules: all that a request costs where there are none.
  [[nodiscard]] bool active() const noexcept { return active_.load(std::memory_order_acquire); }

  /// What a rule may ask of a request; `keys` is called only for a rule that asks for a key.
  struct Request {
    ServiceKind service = ServiceKind::s3;
    std::string_view operation{};
    std::function<std::vector<std::string>()> keys{};
  };
  /// The rule that fires for the request.
  std::optional<FaultRule> decide(const Request& request);

  /// Whether the time has passed; false once the cloud ends.
  Task<bool> pause(std::chrono::milliseconds time);
  /// Ends all pauses, those to come too.
  void end_pauses();

 private:
  struct State {
    FaultPlan plan;
    std::uint64_t seed = 0;
    std::vector<FaultCount> counts;
  };
  struct Fired {
    FaultRule rule;
    std::size_t number = 0;     ///< Of the rule in its plan, from 0.
    std::uint64_t request = 0;  ///< Of those that the rule has seen, from 1.
  };
  std::optional<Fired> choose(const Request& request);

  LogSink log_;
  std::atomic<bool> active_ = false;
  mutable std::mutex mutex_;
  State state_;
  std::list<boost::asio::steady_timer*> pauses_;
  bool ending_ = false;
};

/// The number from 0 to below 1 that is drawn for request number `request` of rule number `rule`.
double fault_chance(std::uint64_t seed, std::uint64_t rule, std::uint64_t request) noexcept;

}  // namespace gannet::local
