#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

#include "unit/runtime/simulation/mutation.hpp"
#include "unit/runtime/simulation/plan.hpp"
#include "unit/runtime/simulation/server.hpp"

namespace gannet::runtime::simulation {

/// The real pipeline under random faults, on a clock of its own and with a server that keeps count; the rule
/// `mutation` is switched off.
class Simulation {
 public:
  Simulation(unsigned seed, Mutation mutation) : dice_(seed), mutation_(mutation) {}

  /// A client's life: some calls that share a bucket and a clock.
  void run_schedule();

  std::vector<std::string> violations;
  std::array<int, sights> met{};  ///< Attempts, by what was seen of them.
  int calls = 0;
  int doubtful = 0;   ///< Attempts.
  int unknown = 0;    ///< Calls that ended so.
  int settled = 0;    ///< Refusals that were the call's own success.
  int cancelled = 0;  ///< Calls, whatever came of them.

 private:
  struct Life;
  void run_call(Life& life);
  std::optional<Result<void>> run(Task<Result<void>> call, Life& life);
  void count(const Plan& plan, const Server& server, const Result<void>& result);

  Dice dice_;
  Mutation mutation_;
  boost::asio::io_context context_{1};
};

}  // namespace gannet::runtime::simulation
