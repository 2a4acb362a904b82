#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/exactly_once.hpp>
#include <gannet/local.hpp>

#include "fakes/awaited_log.hpp"

// What engineers lose sleep over: ten thousand increments at once, over sockets, with a server that fails one
// request in five. Nothing may be counted twice, and nothing that was acknowledged may be missing.

namespace gannet::dynamodb {
namespace {

using namespace std::chrono_literals;

constexpr int increments = 10'000;

class IncrementsTest : public testing::Test {
 protected:
  IncrementsTest() {
    local::CloudOptions options;
    // Each rule sees what those before it have left: 8 % and three times 4 % of all.
    for (const char* operation : {"UpdateItem", "TransactWriteItems"}) {
      const local::FaultRule one_in_five[] = {
          {.operation = operation, .fault = local::FaultKind::cut_after, .probability = 0.08},
          {.operation = operation,
           .fault = local::FaultKind::apply_late,
           .delay = 5ms,
           .probability = 0.04 / 0.92},
          {.operation = operation, .fault = local::FaultKind::error_after, .probability = 0.04 / 0.88},
          {.operation = operation, .fault = local::FaultKind::throttle, .probability = 0.04 / 0.84}};
      rules.insert(rules.end(), std::begin(one_in_five), std::end(one_in_five));
    }
    options.faults.rules = rules;
    options.log = log.sink();
    if (const char* given = std::getenv("GANNET_TEST_SEED")) options.faults.seed = std::stoull(given);
    const local::AcceptedKey key;
    cloud = local::Cloud::open(std::move(options)).value();
    std::printf("seed %llu (GANNET_TEST_SEED runs it again)\n",
                static_cast<unsigned long long>(cloud->fault_seed()));
    config.region = "us-east-1";
    config.endpoint_url = cloud->listen("127.0.0.1", 0).value();
    config.credentials =
        static_credentials({.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key});
    config.retry.base_delay = 1ms;
    const CreateTableInput table{
        .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ScalarAttributeType::s}}},
        .table_name = "counters",
        .key_schema = {{{.attribute_name = "PK", .key_type = KeyType::hash}}},
        .billing_mode = BillingMode::pay_per_request};
    const auto created = blocking(Client(config).create_table(table));
    EXPECT_TRUE(created.has_value()) << to_string(created.error());
  }

  /// How often the fault has fired for the operation.
  [[nodiscard]] int fired(local::FaultKind fault, const std::string& operation) const {
    const auto counts = cloud->fault_counts();
    for (std::size_t rule = 0; rule < rules.size(); ++rule) {
      if (rules[rule].fault == fault && rules[rule].operation == operation)
        return static_cast<int>(counts.at(rule).fired);
    }
    return 0;
  }
  /// What the counter says once all that was to be applied late has been.
  int counter(const std::string& operation) {
    const int late = fired(local::FaultKind::apply_late, operation);
    EXPECT_TRUE(log.wait_for("Applied late: POST /, with status 200", static_cast<std::size_t>(late)));
    const GetItemInput question{.table_name = "counters", .key = update.key, .consistent_read = true};
    const auto found = blocking(Client(config).get_item(question));
    return std::stoi(found.value().item.value().at("n").n());
  }

  /// Runs `increments` of `work`, all at once.
  template <class Work>
  static void run(Work work) {
    boost::asio::io_context context(1);
    for (int i = 0; i < increments; ++i) boost::asio::co_spawn(context, work(), boost::asio::detached);
    context.run();
  }

  fakes::AwaitedLog log;
  std::vector<local::FaultRule> rules;
  std::unique_ptr<local::Cloud> cloud;
  Config config;
  const UpdateItemInput update{.table_name = "counters",
                               .key = {{"PK", "COUNTER#1"}},
                               .update_expression = "ADD n :1",
                               .expression_attribute_values = Item{{":1", 1}}};
  int acknowledged = 0;
  int unknown = 0;
  int refused = 0;
};

TEST_F(IncrementsTest, are_never_counted_twice) {
  const Client client(config);
  run([&]() -> Task<void> {
    const auto done = co_await client.update_item(update);
    if (done) {
      ++acknowledged;
    } else if (done.error().kind == ErrorKind::outcome_unknown) {
      ++unknown;
    } else {
      EXPECT_EQ(done.error().applied, Applied::no) << to_string(done.error());
      ++refused;
    }
  });
  const int counted = counter("UpdateItem");
  std::printf("acknowledged %d, unknown %d, refused %d, counter %d\n", acknowledged, unknown, refused,
              counted);
  EXPECT_EQ(acknowledged + unknown + refused, increments);
  EXPECT_LE(acknowledged, counted);
  EXPECT_LE(counted, acknowledged + unknown);
  // Each attempt in doubt ended its call, and nothing else did so without an answer. All of these were
  // applied.
  EXPECT_GT(unknown, 0);
  EXPECT_EQ(unknown, fired(local::FaultKind::cut_after, "UpdateItem") +
                         fired(local::FaultKind::apply_late, "UpdateItem") +
                         fired(local::FaultKind::error_after, "UpdateItem"));
  EXPECT_EQ(counted, acknowledged + unknown);
}

TEST_F(IncrementsTest, are_all_settled_by_resuming_what_was_sent_exactly_once) {
  const Client client(config);
  int resumed = 0;
  run([&]() -> Task<void> {
    auto done = co_await exactly_once(client, update);
    while (!done && done.error().kind == ErrorKind::outcome_unknown) {
      ++resumed;
      const auto* detail = done.error().detail<UnknownUpdate>();
      if (detail == nullptr) break;
      const UnknownUpdate kept = *detail;
      done = co_await resume(client, kept);
    }
    if (done) {
      ++acknowledged;
    } else {
      EXPECT_EQ(done.error().applied, Applied::no) << to_string(done.error());
      ++refused;
    }
  });
  const int counted = counter("TransactWriteItems");
  std::printf("acknowledged %d, resumed %d, refused %d, counter %d\n", acknowledged, resumed, refused,
              counted);
  EXPECT_EQ(acknowledged + refused, increments);
  EXPECT_GT(resumed, 0);
  EXPECT_EQ(counted, acknowledged);
}

}  // namespace
}  // namespace gannet::dynamodb
