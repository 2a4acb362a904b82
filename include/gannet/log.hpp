#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace gannet {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Where log lines go. Called from any thread that uses the object it was given to; an empty one drops the
/// lines.
using LogSink = std::function<void(LogLevel level, std::string_view message)>;

}  // namespace gannet
