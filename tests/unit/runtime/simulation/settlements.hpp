#pragma once

#include <memory>

#include "runtime/call.hpp"
#include "unit/runtime/simulation/mutation.hpp"
#include "unit/runtime/simulation/plan.hpp"

namespace gannet::runtime::simulation {

/// What settles the refusals of a call of that kind; nullptr: nothing does.
std::shared_ptr<const Settlement> settlement_of(Kind kind, Mutation mutation);

}  // namespace gannet::runtime::simulation
