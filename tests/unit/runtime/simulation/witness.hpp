#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <gannet/error.hpp>
#include <gannet/observer.hpp>

#include "core/retry_rules.hpp"
#include "fakes/virtual_time.hpp"
#include "unit/runtime/simulation/plan.hpp"
#include "unit/runtime/simulation/server.hpp"

namespace gannet::runtime::simulation {

/// Watches one call: what it does after each attempt, and what it says in the end.
class Witness {
 public:
  Witness(const Plan& plan, const Server& server, const fakes::VirtualTime& time, double random,
          const core::RetryBucket& bucket, std::vector<std::string>& violations);

  void see(const AttemptEvent& event);
  void see_wait(std::chrono::milliseconds wait);
  void cancel() { cancelled_ = true; }
  /// `applied_in_time`: how often the call had been applied when it ended.
  void see_end(const Result<void>& result, int applied_in_time);

 private:
  void expect(bool holds, const char* sentence);
  void see_decision(const AttemptEvent& event, std::chrono::milliseconds wait);
  void see_bucket(const AttemptEvent& event);
  void check_truth(const Result<void>& result, int applied_in_time);
  void check_word(const Error& error);

  const Plan& plan_;
  const Server& server_;
  const fakes::VirtualTime& time_;
  double random_;
  const core::RetryBucket& bucket_;
  std::vector<std::string>& violations_;
  Timestamp begun_;
  int tokens_;
  int owed_ = 1;
  std::chrono::milliseconds due_wait_{0};
  bool cancelled_ = false;
};

}  // namespace gannet::runtime::simulation
