#pragma once

#include <chrono>

namespace gannet {

/// A point in time as the services exchange it, UTC, to the millisecond.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace gannet
