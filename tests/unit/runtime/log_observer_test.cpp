#include <utility>

#include <gannet/log_observer.hpp>
#include <gtest/gtest.h>

namespace gannet {
namespace {

using namespace std::chrono_literals;

std::pair<LogLevel, std::string> line_of(const AttemptEvent& event) {
  std::pair<LogLevel, std::string> line;
  log_observer([&](LogLevel level, std::string_view text) { line = {level, std::string(text)}; })(event);
  return line;
}

TEST(LogObserver, writes_a_line_for_each_attempt) {
  const Error throttled{
      .kind = ErrorKind::throttled, .code = "ThrottlingException", .message = "item 'private' is hot"};
  const Error refused{
      .kind = ErrorKind::network, .code = "ConnectionRefused", .message = "127.0.0.1:1 refused"};
  AttemptEvent event{.service = "dynamodb", .operation = "GetItem", .attempt = 1, .max_attempts = 4};
  event.http_status = 400;
  event.request_id = "5F";
  event.error = &throttled;
  event.will_retry = true;
  event.delay = 312ms;
  event.reason = "throttled";
  EXPECT_EQ(line_of(event),
            std::pair(LogLevel::warning,
                      std::string("dynamodb GetItem: attempt 1/4 failed: throttled ThrottlingException "
                                  "(HTTP 400, request 5F), again in 0.312s: throttled")));
  event.attempt = 4;
  event.will_retry = false;
  event.http_status = 0;
  event.error = &refused;
  event.reason = "no attempts left";
  EXPECT_EQ(line_of(event),
            std::pair(LogLevel::error,
                      std::string("dynamodb GetItem: attempt 4/4 failed: network ConnectionRefused "
                                  "(127.0.0.1:1 refused), not repeated: no attempts left")));
  event.error = nullptr;
  event.http_status = 200;
  EXPECT_EQ(line_of(event),
            std::pair(LogLevel::debug,
                      std::string("dynamodb GetItem: attempt 4/4 succeeded (HTTP 200, request 5F)")));
}

TEST(LogObserver, is_silent_without_a_sink) {
  log_observer({})(AttemptEvent{});
}

}  // namespace
}  // namespace gannet
