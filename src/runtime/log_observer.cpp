#include <utility>

#include <fmt/format.h>
#include <gannet/log_observer.hpp>

#include "runtime/seconds.hpp"

namespace gannet {
namespace {

/// "(HTTP 400, request 5F)"
void write_answer(std::string& line, const AttemptEvent& event) {
  fmt::format_to(std::back_inserter(line), " (HTTP {}", event.http_status);
  if (!event.request_id.empty()) line.append(", request ").append(event.request_id);
  line += ')';
}

void write(const LogSink& sink, const AttemptEvent& event) {
  std::string line =
      fmt::format("{} {}: attempt {}/{} ", event.service, event.operation, event.attempt, event.max_attempts);
  auto out = std::back_inserter(line);
  if (event.error == nullptr) {
    line += "succeeded";
    write_answer(line, event);
    sink(LogLevel::debug, line);
    return;
  }
  fmt::format_to(out, "failed: {} {}", to_string(event.error->kind), event.error->code);
  if (event.http_status != 0) {
    write_answer(line, event);
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
