#pragma once

#include <gannet/log.hpp>

namespace app {

struct LogOptions {
  gannet::LogLevel least = gannet::LogLevel::info;  ///< Lines below it are dropped.
};

/// Log lines to standard error: readable ones on a terminal (in colour unless NO_COLOR is set), elsewhere one
/// JSON object a line with `time`, `level` and `message`. Thread-safe; each line is written whole.
gannet::LogSink make_log_sink(LogOptions options = {});

}  // namespace app
