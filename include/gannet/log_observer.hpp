#pragma once

#include <gannet/log.hpp>
#include <gannet/observer.hpp>

namespace gannet {

/// Writes a line for every attempt that failed: a warning where another follows, an error where none does.
/// Service, operation, code and request id, and what this side itself has to say; never what a service wrote,
/// which may quote the input. Attempts that succeed are told at level debug.
///
///     dynamodb GetItem: attempt 1/4 failed: throttled ThrottlingException (HTTP 400, request 5F...), again
///     in 0.312s: throttled
Observer log_observer(LogSink sink);

}  // namespace gannet
