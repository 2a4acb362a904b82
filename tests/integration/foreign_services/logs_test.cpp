#include <chrono>

#include <gannet/logs/client.hpp>

#include "foreign.hpp"

namespace gannet::logs {
namespace {

TEST(Logs, puts_events_and_walks_them) {
  GANNET_NEEDS_A_SERVER(config);
  const Client client(config);
  const std::string group = foreign::fresh("group");
  const CreateLogGroupInput new_group{.log_group_name = group};
  ASSERT_TRUE(blocking(client.create_log_group(new_group)));
  const CreateLogStreamInput new_stream{.log_group_name = group, .log_stream_name = "stream"};
  ASSERT_TRUE(blocking(client.create_log_stream(new_stream)));
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  PutLogEventsInput events{.log_group_name = group, .log_stream_name = "stream"};
  const std::vector<std::string> lines = {"one", "two", "three", "four", "five"};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    events.log_events.push_back(
        {.timestamp = now.count() + static_cast<std::int64_t>(i), .message = lines[i]});
  }
  const auto put = blocking(client.put_log_events(events));
  ASSERT_TRUE(put) << to_string(put.error());

  std::vector<std::string> seen;
  int count = 0;
  const FilterLogEventsInput wanted{.log_group_name = group, .limit = 2};
  auto pages = client.filter_log_events_pages(wanted);
  while (const auto page = blocking(pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    ++count;
    for (const FilteredLogEvent& each : *(*page)->events) seen.push_back(*each.message);
  }
  EXPECT_EQ(seen, lines);
  EXPECT_GE(count, 3);

  const auto again = blocking(client.create_log_group(new_group));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::already_exists) << to_string(again.error());
}

}  // namespace
}  // namespace gannet::logs
