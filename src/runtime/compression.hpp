#pragma once

#include <gannet/config.hpp>

#include "runtime/call.hpp"

namespace gannet::runtime {

/// Packs the body of a call whose operation's service takes it packed, if it is in memory and large enough
/// for `config`.
void compress(Call& call, const Config& config);

}  // namespace gannet::runtime
