#pragma once

#include <chrono>
#include <span>

#include "unit/runtime/simulation/plan.hpp"
#include "unit/runtime/simulation/server.hpp"

/// docs/retries.md once more, as functions of what the client was shown: what the pipeline is held against.
namespace gannet::runtime::simulation {

/// Whether the attempt may have been applied, for all that it shows.
bool is_doubtful(Kind kind, Sight sight);
/// Whether after all these attempts nobody can tell if the call was applied.
bool is_in_doubt(Kind kind, std::span<const Seen> seen);
/// Whether it counts as the last of `seen` that sets the client's clock right, which happens once a call.
bool corrects_clock(std::span<const Seen> seen);
/// Whether another attempt may follow the last of `seen`, as far as that one and the call's kind decide.
bool may_follow(const Plan& plan, std::span<const Seen> seen);

/// What the bucket gives for the attempt that follows the last of `seen`.
int cost_of_next(std::span<const Seen> seen);
/// How long that attempt is waited for, with `random` for chance.
std::chrono::milliseconds wait_for_next(const Plan& plan, std::span<const Seen> seen, double random);

}  // namespace gannet::runtime::simulation
