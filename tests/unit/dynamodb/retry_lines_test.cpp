#include <fstream>
#include <memory>
#include <set>
#include <string>

#include <gannet/dynamodb.hpp>
#include <gannet/log_observer.hpp>

#include "fakes/scripted_config.hpp"
#include "runtime/call.hpp"

// The lines that docs/retries.md shows to whoever is on call are those that the client writes.

namespace gannet::dynamodb {
namespace {

using namespace std::chrono_literals;

struct UsedUp final : ByteSource {
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::size_t{0}; }
};

struct NoCredentials final : CredentialsProvider {
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    co_return fail(ErrorKind::configuration, "NoCredentials", "the script says so");
  }
};

/// What the page's table shows, ticked off line by line: whole lines, and ends of lines that begin with "…".
class Page {
 public:
  Page() {
    std::ifstream file(GANNET_DOCS "/retries.md");
    for (std::string row; std::getline(file, row);) {
      const bool is_line = row.starts_with("| `dynamodb ") || row.starts_with("| `…, ");
      if (is_line) unseen.insert(row.substr(3, row.find("` |") - 3));
    }
  }
  /// False if the page has no such line, or it has come up before.
  bool tick_off(const std::string& line) { return unseen.erase(line) == 1; }
  std::set<std::string> unseen;
};

class RetryLinesTest : public testing::Test {
 protected:
  RetryLinesTest() {
    config.observers.push_back(log_observer(log.sink()));
    config.retry.jitter = Jitter::none;
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
    EXPECT_TRUE(page.tick_off(line)) << line;
    log.lines.clear();
  }
  void expect_end_in_page(const std::string& end) {
    ASSERT_FALSE(log.lines.empty());
    EXPECT_TRUE(log.lines.back().ends_with(", " + end)) << log.lines.back();
    EXPECT_TRUE(page.tick_off("…, " + end)) << end;
    log.lines.clear();
  }
  /// As at the beginning, with nothing played and no time gone by.
  void begin_anew() {
    transport = std::make_shared<fakes::ScriptedTransport>();
    time = fakes::VirtualTime();
    const auto observers = config.observers;
    config = fakes::scripted_config(transport, time);
    config.observers = observers;
    config.retry.jitter = Jitter::none;
  }

  void show_what_is_repeated();
  void show_what_is_not_repeated();
  void show_what_ends_repeating();
  void show_a_clock_that_is_set_right();

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  Config config = fakes::scripted_config(transport, time);
  fakes::LogLines log;
  Page page;
  const PutItemInput put{.table_name = "counters", .item = {{"PK", "1"}}};
  const GetItemInput get{.table_name = "counters", .key = {{"PK", "1"}}};
  const UpdateItemInput add{.table_name = "counters",
                            .key = {{"PK", "1"}},
                            .update_expression = "ADD n :1",
                            .expression_attribute_values = Item{{":1", 1}}};
};

void RetryLinesTest::show_what_is_repeated() {
  config.retry.base_delay = 12ms;
  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  ASSERT_TRUE(blocking(client().put_item(put)).has_value());
  expect_first_line_in_page();

  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  ASSERT_TRUE(blocking(client().get_item(get)).has_value());
  expect_first_line_in_page();

  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  const CallOptions at_least_once{.at_least_once = true};
  ASSERT_TRUE(blocking(client().update_item(add, at_least_once)).has_value());
  expect_first_line_in_page();

  transport->answer_cut(200, "{", {{"x-amzn-requestid", "R1"}}).answer(200, "{}");
  ASSERT_TRUE(blocking(client().get_item(get)).has_value());
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
}

void RetryLinesTest::show_what_is_not_repeated() {
  begin_anew();
  transport->fail(Delivery::wholly_sent);
  ASSERT_FALSE(blocking(client().update_item(add)).has_value());
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

  config.credentials = std::make_shared<NoCredentials>();
  ASSERT_FALSE(blocking(client().get_item(get)).has_value());
  expect_first_line_in_page();
}

void RetryLinesTest::show_what_ends_repeating() {
  begin_anew();
  transport->fail(Delivery::wholly_sent, ErrorKind::cancelled, "Cancelled");
  ASSERT_FALSE(blocking(client().get_item(get)).has_value());
  expect_end_in_page("not repeated: cancelled");

  // No operation of DynamoDB's streams a body; those that do say the same.
  const runtime::Service streaming{
      .id = "s3", .signing_name = "s3", .endpoint_prefix = "s3", .s3 = true, .default_max_attempts = 4};
  const runtime::Operation upload{.service = &streaming, .name = "PutObject", .parse_error = nullptr};
  runtime::Call call;
  call.operation = &upload;
  call.request.method = "PUT";
  call.request.path = "/key";
  call.body = Body::stream(std::make_unique<UsedUp>(), 1);
  transport->fail(Delivery::not_sent);
  ASSERT_FALSE(
      blocking(runtime::execute(runtime::make_client(streaming, config), std::move(call), nullptr, nullptr))
          .has_value());
  expect_end_in_page("not repeated: the body does not rewind");

  config.retry.max_attempts = 1;
  transport->fail(Delivery::not_sent);
  ASSERT_FALSE(blocking(client().put_item(put)).has_value());
  expect_end_in_page("not repeated: no attempts left");

  config.retry.max_attempts = 100;
  for (int i = 0; i < 40; ++i) transport->fail(Delivery::not_sent);
  ASSERT_FALSE(blocking(client().put_item(put)).has_value());
  expect_end_in_page("not repeated: the retry bucket is empty");

  begin_anew();
  config.retry.base_delay = 20s;
  config.timeouts.call = 10s;
  transport->fail(Delivery::not_sent);
  ASSERT_FALSE(blocking(client().put_item(put)).has_value());
  expect_end_in_page("not repeated: no time left");

  config.timeouts.call = 0ms;
  config.retry = {.base_delay = 11min, .max_delay = 11min, .jitter = Jitter::none};
  TransactWriteItem action;
  action.put = Put{.item = put.item, .table_name = put.table_name};
  const TransactWriteItemsInput transaction{.transact_items = {action}};
  transport->fail(Delivery::wholly_sent);
  ASSERT_FALSE(blocking(client().transact_write_items(transaction)).has_value());
  expect_end_in_page("not repeated: the token may be forgotten");
}

void RetryLinesTest::show_a_clock_that_is_set_right() {
  begin_anew();
  transport
      ->answer(400, R"({"__type":"x#InvalidSignatureException"})",
               {{"Date", "Sat, 31 Jan 2026 09:20:07 GMT"}})
      .answer(200, "{}");
  ASSERT_TRUE(blocking(client().put_item(put)).has_value());
  ASSERT_FALSE(log.lines.empty());
  log.lines.resize(1);
  expect_end_in_page("again in 0.0s: clock corrected");
}

// Each line of the page comes up, and each that comes up is on the page.
TEST_F(RetryLinesTest, are_those_of_the_page) {
  ASSERT_GT(page.unseen.size(), 10U);
  show_what_is_repeated();
  show_what_is_not_repeated();
  show_what_ends_repeating();
  show_a_clock_that_is_set_right();
  EXPECT_EQ(page.unseen, std::set<std::string>());
}

}  // namespace
}  // namespace gannet::dynamodb
