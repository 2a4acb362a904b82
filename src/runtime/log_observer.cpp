#include <utility>

#include <fmt/format.h>
#include <gannet/log_observer.hpp>

#include "runtime/seconds.hpp"

namespace gannet {
namespace {

void write(const LogSink& sink, const AttemptEvent& event) {
  std::string line =
      fmt::format("{} {}: attempt {}/{} ", event.service, event.operation, event.attempt, event.max_attempts);
  auto out = std::back_inserter(line);
  if (event.error == nullptr) {
    fmt::format_to(out, "succeeded (HTTP {}, request {})", event.http_status, event.request_id);
    sink(LogLevel::debug, line);
    return;
  }
  fmt::format_to(out, "failed: {} {}", to_string(event.error->kind), event.error->code);
  if (event.http_status != 0) {
    fmt::format_to(out, " (HTTP {}, request {})", event.http_status, event.request_id);
  } else {
    fmt::format_to(out, " ({})", event.error->message);
  }
  if (event.will_retry) {
    const auto delay = runtime::in_seconds(event.delay);
    fmt::format_to(out, ", again in {}s: {}", delay, event.reason);
  } else {
    fmt::format_to(out, ", not repeated: {}", event.reason);
  }
  sink(event.will_retry ? LogLevel::warning : LogLevel::error, line);
}

}  // namespace

Observer log_observer(LogSink sink) {
  return [sink = std::move(sink)](const AttemptEvent& event) {
    if (sink) write(sink, event);
  };
}

}  // namespace gannet
