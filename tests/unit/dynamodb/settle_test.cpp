#include <gannet/dynamodb.hpp>
#include <gannet/exactly_once.hpp>

#include "fakes/scripted_config.hpp"

namespace gannet::dynamodb {
namespace {

using namespace std::chrono_literals;

class SettleTest : public testing::Test {
 protected:
  SettleTest() { config.retry = {.max_attempts = 3, .base_delay = 1ms, .jitter = Jitter::none}; }
  [[nodiscard]] Client client() const { return Client(config); }
  static std::string condition_failed(std::string_view item) {
    return R"({"__type":"x#ConditionalCheckFailedException","message":"The conditional request failed","Item":)" +
           std::string(item) + "}";
  }
  static std::string cancelled(std::string_view reasons) {
    return R"({"__type":"x#TransactionCanceledException","message":"cancelled","CancellationReasons":[)" +
           std::string(reasons) + "]}";
  }

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  Config config = fakes::scripted_config(transport, time);
  const PutItemInput put{.table_name = "jobs",
                         .item = {{"PK", "JOB#1"}, {"write_id", "w-17"}},
                         .condition_expression = "attribute_not_exists(PK)"};
  const CallOptions unique{.unique_attribute = "write_id"};
};

TEST_F(SettleTest, a_put_finds_its_own_value) {
  transport->fail(Delivery::wholly_sent)
      .answer(400, condition_failed(R"({"PK":{"S":"JOB#1"},"write_id":{"S":"w-17"}})"));
  const auto done = blocking(client().put_item(put, unique));
  EXPECT_TRUE(done.has_value()) << to_string(done.error());
  EXPECT_NE(transport->sent()[0].body.find(R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD")"),
            std::string::npos);
}

TEST_F(SettleTest, another_value_proves_nothing) {
  for (const char* item : {R"({"PK":{"S":"JOB#1"},"write_id":{"S":"w-18"}})", R"({"PK":{"S":"JOB#1"}})"}) {
    transport->fail(Delivery::wholly_sent).answer(400, condition_failed(item));
    const auto done = blocking(client().put_item(put, unique));
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().kind, ErrorKind::outcome_unknown);
    EXPECT_EQ(done.error().applied, Applied::unknown);
    ASSERT_NE(done.error().detail<ConditionalCheckFailedException>(), nullptr);
  }
}

TEST_F(SettleTest, a_first_refusal_is_a_refusal_whatever_the_item_holds) {
  transport->answer(400, condition_failed(R"({"PK":{"S":"JOB#1"},"write_id":{"S":"w-17"}})"));
  const auto done = blocking(client().put_item(put, unique));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::condition_failed);
}

TEST_F(SettleTest, an_update_finds_the_value_it_has_set) {
  const UpdateItemInput update{.table_name = "jobs",
                               .key = {{"PK", "JOB#1"}},
                               .update_expression = "SET version = version + :1, #w = :id",
                               .condition_expression = "version = :7",
                               .expression_attribute_names = {{{"#w", "write_id"}}},
                               .expression_attribute_values = Item{{":1", 1}, {":7", 7}, {":id", "w-17"}}};
  transport->fail(Delivery::wholly_sent)
      .answer(400, condition_failed(R"({"version":{"N":"9"},"write_id":{"S":"w-17"}})"));
  EXPECT_TRUE(blocking(client().update_item(update, unique)).has_value());
}

// A success that is settled has no old item to give.
TEST_F(SettleTest, who_wants_the_old_item_is_not_told_that_there_was_none) {
  PutItemInput asks = put;
  asks.return_values = ReturnValue::all_old;
  CallOptions options = unique;
  options.at_least_once = true;
  transport->fail(Delivery::wholly_sent)
      .answer(400, condition_failed(R"({"PK":{"S":"JOB#1"},"write_id":{"S":"w-17"}})"));
  const auto done = blocking(client().put_item(asks, options));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::outcome_unknown);
}

TEST_F(SettleTest, a_number_may_come_back_spelled_differently) {
  const PutItemInput numbered{.table_name = "jobs",
                              .item = {{"PK", "JOB#1"}, {"write_id", AttributeValue::number("17.0")}},
                              .condition_expression = "attribute_not_exists(PK)"};
  transport->fail(Delivery::wholly_sent)
      .answer(400, condition_failed(R"({"PK":{"S":"JOB#1"},"write_id":{"N":"17"}})"));
  EXPECT_TRUE(blocking(client().put_item(numbered, unique)).has_value());
}

TEST_F(SettleTest, who_wants_to_know_cannot_refuse_the_item) {
  PutItemInput silent = put;
  silent.return_values_on_condition_check_failure = ReturnValuesOnConditionCheckFailure::none;
  const auto refused = blocking(client().put_item(silent, unique));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::validation);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(SettleTest, an_attribute_that_is_not_written_is_refused_before_the_network) {
  const PutItemInput without{.table_name = "jobs", .item = {{"PK", "JOB#1"}}};
  const UpdateItemInput copies{
      .table_name = "jobs", .key = {{"PK", "JOB#1"}}, .update_expression = "SET write_id = other_id"};
  const auto put_refused = blocking(client().put_item(without, unique));
  const auto update_refused = blocking(client().update_item(copies, unique));
  ASSERT_FALSE(put_refused.has_value() || update_refused.has_value());
  EXPECT_EQ(put_refused.error().kind, ErrorKind::validation);
  EXPECT_NE(update_refused.error().message.find("write_id"), std::string::npos);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(SettleTest, the_table_that_is_in_the_way_is_ours) {
  const CreateTableInput create{
      .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ScalarAttributeType::s}}},
      .table_name = "jobs",
      .key_schema = {{{.attribute_name = "PK", .key_type = KeyType::hash}}},
      .billing_mode = BillingMode::pay_per_request};
  const std::string in_use =
      R"({"__type":"x#ResourceInUseException","message":"Table already exists: jobs"})";
  const auto described = [](std::string_view key) {
    return R"({"Table":{"TableName":"jobs","TableStatus":"ACTIVE","KeySchema":[{"AttributeName":")" +
           std::string(key) + R"(","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":")" +
           std::string(key) + R"(","AttributeType":"S"}]}})";
  };
  transport->answer(500, "{}").answer(400, in_use).answer(200, described("PK"));
  const auto done = blocking(client().create_table(create));
  ASSERT_TRUE(done.has_value()) << to_string(done.error());
  EXPECT_EQ(done->table_description->table_status, TableStatus::active);

  transport->answer(500, "{}").answer(400, in_use).answer(200, described("other"));
  const auto refused = blocking(client().create_table(create));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::already_exists);
  EXPECT_EQ(refused.error().applied, Applied::no);

  std::string other_type = described("PK");
  other_type.replace(other_type.find(R"("S")"), 3, R"("N")");
  transport->answer(500, "{}").answer(400, in_use).answer(200, other_type);
  EXPECT_EQ(blocking(client().create_table(create)).error().kind, ErrorKind::already_exists);

  std::string other_indexes = described("PK");
  other_indexes.insert(other_indexes.find(R"("AttributeDefinitions")"),
                       R"("GlobalSecondaryIndexes":[{"IndexName":"by-date"}],)");
  transport->answer(500, "{}").answer(400, in_use).answer(200, other_indexes);
  EXPECT_EQ(blocking(client().create_table(create)).error().kind, ErrorKind::outcome_unknown);

  std::string on_its_way_out = described("PK");
  on_its_way_out.replace(on_its_way_out.find("ACTIVE"), 6, "DELETING");
  transport->answer(500, "{}").answer(400, in_use).answer(200, on_its_way_out);
  EXPECT_EQ(blocking(client().create_table(create)).error().kind, ErrorKind::outcome_unknown);

  transport->answer(400, in_use);
  EXPECT_EQ(blocking(client().create_table(create)).error().kind, ErrorKind::already_exists);
}

TEST_F(SettleTest, a_cancelled_transaction_is_repeated_for_throttling_and_conflicts_alone) {
  struct Case {
    std::string reasons;
    bool repeated;
    std::chrono::milliseconds delay;
  };
  config.retry = {.max_attempts = 2, .jitter = Jitter::none};
  const Case cases[] = {
      {R"({"Code":"None"},{"Code":"TransactionConflict"})", true, 25ms},
      {R"({"Code":"TransactionConflict"},{"Code":"ThrottlingError"})", true, 1000ms},
      {R"({"Code":"ProvisionedThroughputExceeded"})", true, 1000ms},
      {R"({"Code":"TransactionConflict"},{"Code":"ConditionalCheckFailed"})", false, 0ms},
      {R"({"Code":"ValidationError"})", false, 0ms},
      {R"({"Code":"None"})", false, 0ms},
  };
  TransactWriteItem action;
  action.put = Put{.item = {{"PK", "JOB#1"}}, .table_name = "jobs"};
  const TransactWriteItemsInput input{.transact_items = {action}};
  for (const Case& c : cases) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    fakes::VirtualTime clock;
    config.transport = script;
    config.time = clock.source();
    script->answer(400, cancelled(c.reasons)).answer(200, "{}");
    EXPECT_EQ(blocking(client().transact_write_items(input)).has_value(), c.repeated) << c.reasons;
    if (c.repeated) {
      EXPECT_EQ(clock.slept(), std::vector{c.delay}) << c.reasons;
    }
  }
}

class ExactlyOnceTest : public SettleTest {
 protected:
  const UpdateItemInput add{.table_name = "jobs",
                            .key = {{"PK", "JOB#1"}},
                            .update_expression = "ADD done :1",
                            .condition_expression = "attribute_exists(PK)",
                            .expression_attribute_values = Item{{":1", 1}}};
};

TEST_F(ExactlyOnceTest, sends_one_transaction_with_one_token_however_often) {
  transport->fail(Delivery::wholly_sent).answer(500, "{}").answer(200, "{}");
  const auto done = blocking(exactly_once(client(), add));
  ASSERT_TRUE(done.has_value()) << to_string(done.error());
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].request.headers.get("x-amz-target"), "DynamoDB_20120810.TransactWriteItems");
  EXPECT_NE(sent[0].body.find(R"("ClientRequestToken":")"), std::string::npos);
  EXPECT_EQ(sent[0].body, sent[1].body);
  EXPECT_EQ(sent[0].body, sent[2].body);
}

TEST_F(ExactlyOnceTest, takes_the_callers_token) {
  transport->answer(200, "{}");
  const ExactlyOnceOptions options{.client_request_token = "job-17"};
  ASSERT_TRUE(blocking(exactly_once(client(), add, options)).has_value());
  EXPECT_NE(transport->sent()[0].body.find(R"("ClientRequestToken":"job-17")"), std::string::npos);
}

TEST_F(ExactlyOnceTest, an_unknown_outcome_can_be_resumed) {
  for (int i = 0; i < 3; ++i) transport->fail(Delivery::wholly_sent);
  const auto unknown = blocking(exactly_once(client(), add));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, ErrorKind::outcome_unknown);
  const auto* kept = unknown.error().detail<UnknownUpdate>();
  ASSERT_NE(kept, nullptr);

  time.advance(9min);
  transport->answer(200, "{}");
  EXPECT_TRUE(blocking(resume(client(), *kept)).has_value());
  const auto sent = transport->sent();
  EXPECT_EQ(sent.front().body, sent.back().body);

  time.advance(2min);
  const auto too_late = blocking(resume(client(), *kept));
  ASSERT_FALSE(too_late.has_value());
  EXPECT_EQ(too_late.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(too_late.error().code, "TokenExpired");
  EXPECT_EQ(transport->count(), 4U);
}

TEST_F(ExactlyOnceTest, stays_in_doubt_whatever_a_resumption_meets) {
  for (int i = 0; i < 3; ++i) transport->fail(Delivery::wholly_sent);
  const auto unknown = blocking(exactly_once(client(), add));
  ASSERT_FALSE(unknown.has_value());
  const UnknownUpdate kept = *unknown.error().detail<UnknownUpdate>();
  const std::function<void(fakes::ScriptedTransport&)> meets[] = {
      [](auto& script) {
        for (int i = 0; i < 3; ++i) script.fail(Delivery::not_sent);
      },
      [](auto& script) { script.answer(400, R"({"__type":"x#AccessDeniedException"})"); },
      [](auto& script) {
        for (int i = 0; i < 3; ++i) script.answer(400, R"({"__type":"x#TransactionInProgressException"})");
      },
  };
  for (const auto& meet : meets) {
    auto script = std::make_shared<fakes::ScriptedTransport>();
    config.transport = script;
    meet(*script);
    const auto still = blocking(resume(client(), kept));
    ASSERT_FALSE(still.has_value());
    EXPECT_EQ(still.error().kind, ErrorKind::outcome_unknown) << to_string(still.error());
    EXPECT_EQ(still.error().applied, Applied::unknown);
    ASSERT_NE(still.error().detail<UnknownUpdate>(), nullptr);
    EXPECT_EQ(still.error().detail<UnknownUpdate>()->first_sent, kept.first_sent);
    EXPECT_TRUE(script->finished());
  }
}

TEST_F(ExactlyOnceTest, is_settled_by_a_refusal_where_no_attempt_can_be_on_its_way) {
  const std::string refusal = cancelled(R"({"Code":"ConditionalCheckFailed"})");
  transport->answer(500, "{}").answer(400, refusal);
  const auto refused = blocking(exactly_once(client(), add));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::condition_failed) << to_string(refused.error());
  EXPECT_EQ(refused.error().applied, Applied::no);

  transport->fail(Delivery::wholly_sent).answer(400, refusal);
  const auto unknown = blocking(exactly_once(client(), add));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, ErrorKind::outcome_unknown) << to_string(unknown.error());
  ASSERT_NE(unknown.error().detail<UnknownUpdate>(), nullptr);
  const UnknownUpdate kept = *unknown.error().detail<UnknownUpdate>();

  // Who asks again has given it the time.
  transport->answer(400, refusal);
  const auto resumed = blocking(resume(client(), kept));
  ASSERT_FALSE(resumed.has_value());
  EXPECT_EQ(resumed.error().kind, ErrorKind::condition_failed);
  EXPECT_EQ(resumed.error().applied, Applied::no);
}

// The conflict may be with the transaction itself, which the service is still at.
TEST_F(ExactlyOnceTest, is_not_settled_by_conflicts_and_throttling) {
  config.retry = {.max_attempts = 2, .jitter = Jitter::none};
  for (const char* reason : {"TransactionConflict", "ThrottlingError"}) {
    const std::string passing = cancelled(R"({"Code":")" + std::string(reason) + R"("})");
    transport->answer(500, "{}").answer(400, passing);
    const auto unknown = blocking(exactly_once(client(), add));
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().kind, ErrorKind::outcome_unknown) << to_string(unknown.error());
    ASSERT_NE(unknown.error().detail<UnknownUpdate>(), nullptr);
    const UnknownUpdate kept = *unknown.error().detail<UnknownUpdate>();

    transport->answer(400, passing).answer(400, passing);
    const auto still = blocking(resume(client(), kept));
    ASSERT_FALSE(still.has_value());
    EXPECT_EQ(still.error().kind, ErrorKind::outcome_unknown) << to_string(still.error());
    EXPECT_NE(still.error().detail<UnknownUpdate>(), nullptr);
  }
}

TEST_F(ExactlyOnceTest, says_throttled_of_transactions_that_were_cancelled_for_their_rate) {
  config.retry = {.max_attempts = 1};
  transport->answer(400, cancelled(R"({"Code":"ThrottlingError"})"));
  const auto throttled = blocking(exactly_once(client(), add));
  ASSERT_FALSE(throttled.has_value());
  EXPECT_EQ(throttled.error().kind, ErrorKind::throttled) << to_string(throttled.error());

  transport->answer(400, cancelled(R"({"Code":"TransactionConflict"})"));
  EXPECT_EQ(blocking(exactly_once(client(), add)).error().kind, ErrorKind::conflict);
}

TEST_F(ExactlyOnceTest, is_done_though_the_answer_was_cut) {
  transport->answer_cut(200, "{");
  EXPECT_TRUE(blocking(exactly_once(client(), add)).has_value());
}

TEST_F(ExactlyOnceTest, does_not_trust_a_time_that_is_still_to_come) {
  for (int i = 0; i < 3; ++i) transport->fail(Delivery::wholly_sent);
  const auto unknown = blocking(exactly_once(client(), add));
  ASSERT_FALSE(unknown.has_value());
  UnknownUpdate kept = *unknown.error().detail<UnknownUpdate>();
  kept.first_sent += 1min;
  const auto refused = blocking(resume(client(), kept));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "TokenExpired");
}

TEST_F(ExactlyOnceTest, says_what_an_update_would_have_said) {
  transport->answer(
      400, cancelled(R"({"Code":"ConditionalCheckFailed","Message":"The conditional request failed",)"
                     R"("Item":{"PK":{"S":"JOB#1"}}})"));
  const auto failed = blocking(exactly_once(client(), add));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, ErrorKind::condition_failed);
  const auto* detail = failed.error().detail<ConditionalCheckFailedException>();
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->item->at("PK").s(), "JOB#1");
}

TEST_F(ExactlyOnceTest, refuses_before_the_network_what_a_transaction_cannot_do) {
  UpdateItemInput asks = add;
  asks.return_values = ReturnValue::updated_new;
  UpdateItemInput legacy{.table_name = "jobs", .key = add.key};
  legacy.attribute_updates = std::map<std::string, AttributeValueUpdate, std::less<>>{};
  const UpdateItemInput empty{.table_name = "jobs", .key = add.key};
  for (const UpdateItemInput* input : std::initializer_list<const UpdateItemInput*>{&asks, &legacy, &empty}) {
    const auto refused = blocking(exactly_once(client(), *input));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::validation);
  }
  EXPECT_EQ(transport->count(), 0U);
}

}  // namespace
}  // namespace gannet::dynamodb
