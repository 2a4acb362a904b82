#include <memory>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/s3.hpp>
#include <gtest/gtest.h>

#include "fakes/scripted_config.hpp"

// Generated waiters over a scripted service and a clock of the test's own. What matches is in
// walk_cases.json.

namespace gannet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* creating = R"({"Table": {"TableName": "t", "TableStatus": "CREATING"}})";
constexpr const char* active = R"({"Table": {"TableName": "t", "TableStatus": "ACTIVE"}})";
constexpr const char* not_found = R"({"__type": "ResourceNotFoundException", "Message": "no such table"})";

class Wait : public testing::Test {
 protected:
  [[nodiscard]] dynamodb::Client client() const {
    return dynamodb::Client(fakes::scripted_config(transport, time));
  }
  Result<dynamodb::DescribeTableOutput> wait_for_table(const WaiterOptions& options = {}) {
    return blocking(client().wait_until_table_exists(table, options));
  }

  const dynamodb::DescribeTableInput table{.table_name = "t"};
  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
};

TEST_F(Wait, asks_until_the_state_comes_and_gives_the_last_answer) {
  transport->answer(400, not_found).answer(200, creating).answer(200, active);
  const auto there = wait_for_table();
  ASSERT_TRUE(there) << to_string(there.error());
  EXPECT_EQ(there->table->table_status, dynamodb::TableStatus::active);
  EXPECT_EQ(time.slept(), (std::vector<milliseconds>{seconds(20), seconds(20)}));
}

TEST_F(Wait, sends_the_same_request_each_time) {
  transport->answer(200, creating).answer(200, active);
  EXPECT_TRUE(wait_for_table());
  EXPECT_EQ(transport->sent()[0].body, transport->sent()[1].body);
}

TEST_F(Wait, keeps_nothing_of_an_earlier_answer) {
  transport->answer(200, R"({"Table": {"TableStatus": "CREATING", "ItemCount": 5}})").answer(200, active);
  const auto there = wait_for_table();
  ASSERT_TRUE(there);
  EXPECT_FALSE(there->table->item_count);
}

TEST_F(Wait, takes_an_error_for_the_state_that_it_waits_for) {
  transport->answer(200, active).answer(400, not_found);
  EXPECT_TRUE(blocking(client().wait_until_table_not_exists(table)));
}

TEST_F(Wait, gives_an_error_that_tells_nothing_of_the_state) {
  transport->answer(400, R"({"__type": "AccessDeniedException", "Message": "not yours"})");
  const auto there = wait_for_table();
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().kind, ErrorKind::access_denied);
  EXPECT_EQ(there.error().message, "not yours");
  EXPECT_EQ(there.error().attempts, 1);
}

TEST_F(Wait, gives_up_after_the_models_number_of_attempts) {
  for (int i = 0; i < 25; ++i) transport->answer(200, creating);
  const auto there = wait_for_table();
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().kind, ErrorKind::timeout);
  EXPECT_EQ(there.error().code, "WaiterTimeout");
  EXPECT_EQ(there.error().message,
            "TableExists has not come after 25 attempts; last seen: Table.TableStatus is CREATING");
  EXPECT_EQ(there.error().attempts, 25);
  EXPECT_EQ(time.slept().size(), 24U);
}

TEST_F(Wait, says_the_error_that_was_seen_last) {
  transport->answer(400, not_found);
  const auto there = wait_for_table({.max_attempts = 1});
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().message,
            "TableExists has not come after 1 attempt; last seen: ResourceNotFoundException (HTTP 400)");
  EXPECT_TRUE(time.slept().empty());
}

TEST_F(Wait, goes_by_the_callers_limits) {
  struct Case {
    WaiterOptions options;
    std::size_t attempts;
    milliseconds slept;
  };
  const Case cases[] = {
      {{.max_attempts = 3}, 3, seconds(40)},
      {{.max_attempts = 3, .delay = milliseconds(100)}, 3, milliseconds(200)},
      {{.max_wait = seconds(50)}, 3, seconds(40)},
      // The time alone counts then, not the model's 25 attempts.
      {{.delay = seconds(1), .max_wait = seconds(30)}, 30, seconds(29)},
      {{.max_attempts = 2, .delay = seconds(1), .max_wait = seconds(30)}, 2, seconds(1)},
      {{.max_attempts = 1, .delay = seconds(0)}, 1, seconds(0)},
  };
  for (const Case& each : cases) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    time = fakes::VirtualTime();
    for (std::size_t i = 0; i < each.attempts; ++i) transport->answer(200, creating);
    const auto before = time.now();
    const auto there = wait_for_table(each.options);
    ASSERT_FALSE(there);
    EXPECT_EQ(there.error().kind, ErrorKind::timeout) << to_string(there.error());
    EXPECT_EQ(transport->count(), each.attempts);
    EXPECT_EQ(time.now() - before, each.slept);
  }
}

TEST_F(Wait, refuses_impossible_limits) {
  for (const WaiterOptions& options : {WaiterOptions{.max_attempts = 0}, WaiterOptions{.delay = seconds(-1)},
                                       WaiterOptions{.max_wait = seconds(0)}}) {
    const auto there = wait_for_table(options);
    ASSERT_FALSE(there);
    EXPECT_EQ(there.error().kind, ErrorKind::validation);
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(Wait, checks_the_input_before_the_network) {
  const dynamodb::DescribeTableInput nameless;
  const auto there = blocking(client().wait_until_table_exists(nameless));
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().code, "InvalidInput");
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(Wait, ends_when_the_state_will_not_come) {
  transport->answer(200, R"({"ExportDescription": {"ExportStatus": "IN_PROGRESS"}})")
      .answer(200, R"({"ExportDescription": {"ExportStatus": "FAILED"}})");
  const dynamodb::DescribeExportInput input{.export_arn =
                                                "arn:aws:dynamodb:us-east-1:123456789012:table/t/export/1"};
  const auto done = blocking(client().wait_until_export_completed(input));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::conflict);
  EXPECT_EQ(done.error().code, "WaiterFailed");
  EXPECT_EQ(done.error().message, "ExportCompleted will not come: ExportDescription.ExportStatus is FAILED");
  EXPECT_EQ(done.error().attempts, 2);
}

TEST_F(Wait, knows_statuses_of_answers_and_of_errors) {
  struct Case {
    int status;
    bool there;
    std::size_t asked;
  };
  for (const Case& each : {Case{200, true, 1}, Case{301, true, 1}, Case{403, true, 1}, Case{404, false, 2},
                           Case{400, false, 1}}) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    transport->answer(each.status).answer(each.status);
    const s3::Client s3(fakes::scripted_config(transport, time));
    const s3::HeadBucketInput input{.bucket = "my-bucket"};
    const WaiterOptions twice{.max_attempts = 2};
    EXPECT_EQ(blocking(s3.wait_until_bucket_exists(input, twice)).has_value(), each.there) << each.status;
    EXPECT_EQ(transport->count(), each.asked) << each.status;
  }
}

TEST_F(Wait, retries_a_question_as_a_call_does) {
  transport->answer(500).answer(200, active);
  EXPECT_TRUE(wait_for_table({.max_attempts = 1}));
  transport->answer(500);
  const auto there = wait_for_table({.call = {.retry = RetryPolicy{.max_attempts = 1}}});
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().kind, ErrorKind::service);
}

// ---- cancellation ----

namespace asio = boost::asio;

Task<void> until_cancelled() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
}

Task<void> watch(dynamodb::Client client, std::optional<Error>& error, bool& throws_if_cancelled) {
  const dynamodb::DescribeTableInput input{.table_name = "t"};
  auto there = co_await client.wait_until_table_exists(input);
  if (!there) error = there.error();
  throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
}

TEST_F(Wait, is_cancelled_while_it_asks_and_while_it_sleeps) {
  for (const bool sleeping : {false, true}) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    Config config = fakes::scripted_config(transport, time);
    if (sleeping) {
      transport->answer(200, creating);
      config.time.sleep = [](milliseconds) { return until_cancelled(); };
    } else {
      transport->then_wait(
          [](const fakes::SentRequest&) -> Task<std::expected<HttpResponse, TransportError>> {
            co_await until_cancelled();
            co_return std::unexpected(
                TransportError{.error = {.kind = ErrorKind::cancelled}, .delivery = Delivery::wholly_sent});
          });
    }
    asio::io_context context;
    asio::cancellation_signal signal;
    std::optional<Error> error;
    bool throws_if_cancelled = false;
    asio::co_spawn(
        context, watch(dynamodb::Client(config), error, throws_if_cancelled),
        asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); }));
    context.poll();
    EXPECT_FALSE(error);
    signal.emit(asio::cancellation_type::terminal);
    context.restart();
    context.poll();
    ASSERT_TRUE(error) << "it did not end";
    EXPECT_EQ(error->kind, ErrorKind::cancelled);
    EXPECT_EQ(error->attempts, 1);
    EXPECT_TRUE(throws_if_cancelled);
    EXPECT_EQ(transport->count(), 1U);
  }
}

}  // namespace
}  // namespace gannet
