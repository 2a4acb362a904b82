#include <fstream>
#include <iterator>

#include <gannet/dynamodb.hpp>
#include <gannet/log_observer.hpp>

#include "fakes/scripted_config.hpp"

// The lines that docs/retries.md shows to whoever is on call are those that the client writes.

namespace gannet::dynamodb {
namespace {

using namespace std::chrono_literals;

struct NoCredentials final : CredentialsProvider {
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    co_return fail(ErrorKind::configuration, "NoCredentials", "the script says so");
  }
};

class RetryLinesTest : public testing::Test {
 protected:
  RetryLinesTest() {
    config.observers.push_back(log_observer(log.sink()));
    config.retry.jitter = Jitter::none;
    std::ifstream file(GANNET_DOCS "/retries.md");
    page.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  [[nodiscard]] Client client() const { return Client(config); }

  /// The first line so far, whose reasons in full are left out as on the page.
  void expect_first_line_in_page() {
    ASSERT_FALSE(log.lines.empty());
    std::string line = log.lines.front().substr(log.lines.front().find(": ") + 2);
    const std::string reason = "the script says so";
    if (const auto at = line.find(reason); at != std::string::npos) {
      const auto begin = line.rfind('(', at);
      line.replace(begin + 1, line.find(')', at) - begin - 1, "…");
    }
    EXPECT_NE(page.find("`" + line + "`"), std::string::npos) << line;
    log.lines.clear();
  }
  void expect_reason_in_page(const std::string& reason) {
    ASSERT_FALSE(log.lines.empty());
    EXPECT_TRUE(log.lines.back().ends_with(reason)) << log.lines.back();
    EXPECT_NE(page.find(reason + "`"), std::string::npos) << reason;
    log.lines.clear();
  }

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  Config config = fakes::scripted_config(transport, time);
  fakes::LogLines log;
  std::string page;
  const PutItemInput put{.table_name = "counters", .item = {{"PK", "1"}}};
  const GetItemInput get{.table_name = "counters", .key = {{"PK", "1"}}};
  const UpdateItemInput add{.table_name = "counters",
                            .key = {{"PK", "1"}},
                            .update_expression = "ADD n :1",
                            .expression_attribute_values = Item{{":1", 1}}};
};

TEST_F(RetryLinesTest, are_those_of_the_page) {
  config.retry.base_delay = 12ms;
  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  ASSERT_TRUE(blocking(client().put_item(put)).has_value());
  expect_first_line_in_page();

  config.retry.base_delay = 3ms;
  transport->fail(Delivery::not_sent, ErrorKind::network, "ConnectionRefused").answer(200, "{}");
  ASSERT_TRUE(blocking(client().update_item(add)).has_value());
  expect_first_line_in_page();

  config.retry.base_delay = 500ms;
  transport
      ->answer(400, R"({"__type":"x#ProvisionedThroughputExceededException"})", {{"x-amzn-requestid", "R1"}})
      .answer(200, "{}");
  ASSERT_TRUE(blocking(client().update_item(add)).has_value());
  expect_first_line_in_page();

  transport->fail(Delivery::wholly_sent);
  ASSERT_FALSE(blocking(client().update_item(add)).has_value());
  expect_first_line_in_page();

  config.retry.base_delay = 12ms;
  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  const CallOptions at_least_once{.at_least_once = true};
  ASSERT_TRUE(blocking(client().update_item(add, at_least_once)).has_value());
  expect_first_line_in_page();

  PutItemInput conditional = put;
  conditional.condition_expression = "attribute_not_exists(PK)";
  transport->fail(Delivery::wholly_sent)
      .answer(400, R"({"__type":"x#ConditionalCheckFailedException"})", {{"x-amzn-requestid", "R1"}});
  ASSERT_FALSE(blocking(client().put_item(conditional)).has_value());
  ASSERT_EQ(log.lines.size(), 2U);
  log.lines.erase(log.lines.begin());
  expect_first_line_in_page();

  transport->answer_cut(200, "{", {{"x-amzn-requestid", "R1"}});
  ASSERT_FALSE(blocking(client().update_item(add)).has_value());
  expect_first_line_in_page();

  transport->answer(400, R"({"__type":"x#ValidationException"})", {{"x-amzn-requestid", "R1"}});
  ASSERT_FALSE(blocking(client().get_item(get)).has_value());
  expect_first_line_in_page();

  transport->answer_cut(200, "{", {{"x-amzn-requestid", "R1"}}).answer(200, "{}");
  ASSERT_TRUE(blocking(client().get_item(get)).has_value());
  expect_first_line_in_page();

  config.credentials = std::make_shared<NoCredentials>();
  ASSERT_FALSE(blocking(client().get_item(get)).has_value());
  expect_first_line_in_page();
}

TEST_F(RetryLinesTest, give_the_reasons_of_the_page) {
  config.retry.max_attempts = 1;
  transport->fail(Delivery::not_sent);
  ASSERT_FALSE(blocking(client().put_item(put)).has_value());
  expect_reason_in_page("not repeated: no attempts left");

  config.retry.max_attempts = 100;
  for (int i = 0; i < 40; ++i) transport->fail(Delivery::not_sent);
  ASSERT_FALSE(blocking(client().put_item(put)).has_value());
  expect_reason_in_page("not repeated: the retry bucket is empty");

  config.shared = runtime::make_shared_state();
  transport = std::make_shared<fakes::ScriptedTransport>();
  config.transport = transport;
  config.retry.base_delay = 20s;
  config.timeouts.call = 10s;
  transport->fail(Delivery::not_sent);
  ASSERT_FALSE(blocking(client().put_item(put)).has_value());
  expect_reason_in_page("not repeated: no time left");

  config.timeouts.call = 0ms;
  config.retry = {.base_delay = 11min, .max_delay = 11min, .jitter = Jitter::none};
  TransactWriteItem action;
  action.put = Put{.item = put.item, .table_name = put.table_name};
  const TransactWriteItemsInput transaction{.transact_items = {action}};
  transport->fail(Delivery::wholly_sent);
  ASSERT_FALSE(blocking(client().transact_write_items(transaction)).has_value());
  expect_reason_in_page("not repeated: the token may be forgotten");

  transport
      ->answer(400, R"({"__type":"x#InvalidSignatureException"})",
               {{"Date", "Sat, 31 Jan 2026 09:20:07 GMT"}})
      .answer(200, "{}");
  time = fakes::VirtualTime();
  config.time = time.source();
  ASSERT_TRUE(blocking(client().put_item(put)).has_value());
  ASSERT_FALSE(log.lines.empty());
  log.lines.resize(1);
  expect_reason_in_page("again in 0.0s: clock corrected");
}

TEST_F(RetryLinesTest, tell_of_a_caller_that_gave_up) {
  transport->fail(Delivery::wholly_sent, ErrorKind::cancelled, "Cancelled");
  ASSERT_FALSE(blocking(client().get_item(get)).has_value());
  expect_reason_in_page("not repeated: cancelled");
}

}  // namespace
}  // namespace gannet::dynamodb
