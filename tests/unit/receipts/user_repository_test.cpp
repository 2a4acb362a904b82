#include "receipts/user_repository.hpp"

#include "fakes/scripted_config.hpp"

namespace receipts {
namespace {

using namespace std::chrono_literals;
using gannet::AttributeValue;
using gannet::blocking;
using gannet::ErrorKind;
using gannet::Result;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* throttled =
    R"({"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"})";
constexpr const char* no_table =
    R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"})";

class UserRepositoryTest : public testing::Test {
 protected:
  std::string body(std::size_t request) const { return transport->sent().at(request).body; }

  std::shared_ptr<gannet::fakes::ScriptedTransport> transport =
      std::make_shared<gannet::fakes::ScriptedTransport>();
  gannet::fakes::VirtualTime time;
  gannet::fakes::LogLines log;
  UserRepository users{gannet::fakes::scripted_config(transport, time), "fetch-data", log.sink()};
};

TEST_F(UserRepositoryTest, a_user_is_found_under_the_prefixed_key) {
  transport->answer(200, R"({"Item":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"},"entity_type":{"S":"USER"},
                             "name":{"S":"Ada"},"age":{"N":"36"},"email":{"BOOL":false}}})");
  auto user = blocking(users.get_user("123"));
  ASSERT_TRUE(user) << to_string(user.error());
  ASSERT_TRUE(*user);
  EXPECT_EQ((*user)->user_id, "123");
  EXPECT_EQ((*user)->name, "Ada");
  EXPECT_EQ((*user)->email, std::nullopt);
  EXPECT_EQ((*user)->attributes.at("age").n(), "36");
  EXPECT_FALSE((*user)->attributes.at("email").boolean());
  EXPECT_EQ((*user)->attributes.size(), 2U);
  EXPECT_EQ(body(0), R"({"TableName":"fetch-data","Key":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"}}})");
}

TEST_F(UserRepositoryTest, an_unknown_user_is_nothing) {
  transport->answer(200, "{}");
  auto user = blocking(users.get_user("123"));
  ASSERT_TRUE(user);
  EXPECT_FALSE(*user);
  EXPECT_TRUE(log.lines.empty());
}

TEST_F(UserRepositoryTest, a_missing_table_is_a_warning_and_no_user) {
  transport->answer(400, no_table);
  auto user = blocking(users.get_user("123"));
  ASSERT_TRUE(user);
  EXPECT_FALSE(*user);
  EXPECT_THAT(log.lines, ElementsAre("warning: Table fetch-data not found"));
}

TEST_F(UserRepositoryTest, saving_keeps_what_is_not_typed_and_says_the_entity_type) {
  transport->answer(200, "{}");
  User user{.user_id = "123", .name = "Ada", .attributes = {{"age", 36}}};
  auto saved = blocking(users.save_user(user));
  ASSERT_TRUE(saved) << to_string(saved.error());
  EXPECT_EQ(body(0), R"({"TableName":"fetch-data","Item":{"PK":{"S":"USER#123"},"SK":{"S":"USER#123"},)"
                     R"("age":{"N":"36"},"entity_type":{"S":"USER"},"name":{"S":"Ada"}}})");
  EXPECT_THAT(log.lines, ElementsAre("info: Saved user 123"));
}

TEST_F(UserRepositoryTest, what_the_layout_rules_cannot_be_overridden) {
  for (const char* name : {"PK", "SK", "entity_type"}) {
    User user{.user_id = "123"};
    user.attributes.emplace(name, "USER#456");
    auto saved = blocking(users.save_user(user));
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, ErrorKind::validation);
    EXPECT_THAT(saved.error().message, HasSubstr(name));
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(UserRepositoryTest, ids_that_would_break_a_key_are_refused_on_write_and_raw_on_read) {
  for (const std::string& id : {std::string("a#b"), std::string(), std::string(1020, 'x')}) {
    auto saved = blocking(users.save_user({.user_id = id}));
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, ErrorKind::validation);
    auto added = blocking(users.add_reward(id, {.reward_id = "r"}));
    ASSERT_FALSE(added);
  }
  EXPECT_EQ(transport->count(), 0U);
  transport->answer(200, "{}");
  ASSERT_TRUE(blocking(users.get_user("a#b")));
  EXPECT_THAT(body(0), HasSubstr("USER#a#b"));
}

TEST_F(UserRepositoryTest, rewards_are_read_page_after_page) {
  transport
      ->answer(
          200,
          R"({"Items":[{"PK":{"S":"USER#1"},"SK":{"S":"REWARD#a"},"entity_type":{"S":"REWARD"},"points":{"N":"5"}}],
                        "LastEvaluatedKey":{"PK":{"S":"USER#1"},"SK":{"S":"REWARD#a"}}})")
      .answer(200, R"({"Items":[{"SK":{"S":"REWARD#b"},"title":{"S":"Free coffee"}}]})");
  auto rewards = blocking(users.get_user_rewards("1"));
  ASSERT_TRUE(rewards) << to_string(rewards.error());
  ASSERT_EQ(rewards->size(), 2U);
  EXPECT_EQ((*rewards)[0].reward_id, "a");
  EXPECT_EQ((*rewards)[0].points, 5);
  EXPECT_EQ((*rewards)[1].title, "Free coffee");
  EXPECT_THAT(body(0), HasSubstr(R"x("KeyConditionExpression":"PK = :pk AND begins_with(SK, :sk_prefix)")x"));
  EXPECT_THAT(body(0), HasSubstr(R"({":pk":{"S":"USER#1"},":sk_prefix":{"S":"REWARD#"}})"));
  EXPECT_THAT(body(1), HasSubstr(R"("ExclusiveStartKey":{"PK":{"S":"USER#1"},"SK":{"S":"REWARD#a"}})"));
}

TEST_F(UserRepositoryTest, a_reward_is_added_once) {
  transport->answer(200, "{}").answer(
      400, R"({"__type":"ConditionalCheckFailedException","message":"The conditional request failed"})");
  ASSERT_TRUE(blocking(users.add_reward("1", {.reward_id = "a", .points = 5})));
  EXPECT_THAT(body(0), HasSubstr(R"x("ConditionExpression":"attribute_not_exists(PK)")x"));
  EXPECT_THAT(body(0), HasSubstr(R"("entity_type":{"S":"REWARD"})"));
  auto again = blocking(users.add_reward("1", {.reward_id = "a", .points = 5}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::condition_failed);
}

TEST_F(UserRepositoryTest, throttling_is_waited_out_as_the_pattern_has_it) {
  transport->answer(400, throttled).answer(400, throttled).answer(200, "{}");
  ASSERT_TRUE(blocking(users.get_user("123")));
  EXPECT_THAT(time.slept(), ElementsAre(500ms, 1000ms));
  EXPECT_THAT(log.lines, ElementsAre("warning: Throttled, retrying in 0.5s (attempt 1/3)",
                                     "warning: Throttled, retrying in 1.0s (attempt 2/3)"));
}

TEST_F(UserRepositoryTest, it_gives_up_after_three_attempts) {
  transport->answer(400, throttled).answer(400, throttled).answer(400, throttled);
  auto user = blocking(users.get_user("123"));
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().kind, ErrorKind::throttled);
  EXPECT_EQ(user.error().attempts, 3);
  EXPECT_EQ(log.lines.back(), "error: DynamoDB error: ProvisionedThroughputExceededException");
  EXPECT_TRUE(transport->finished());
}

TEST_F(UserRepositoryTest, batches_are_chunks_of_a_hundred_and_leftovers_are_asked_for_again) {
  std::vector<std::string> ids;
  for (int i = 0; i < 150; ++i) ids.push_back(std::to_string(i));
  ids.push_back("0");
  const auto answer_all = [](const gannet::fakes::SentRequest& request) {
    // Every key asked for is an item, but the last one is left over while there are several.
    std::vector<std::string> keys;
    for (std::size_t at = 0; (at = request.body.find(R"("PK":{"S":"USER#)", at)) != std::string::npos;) {
      at += 16;
      keys.push_back(request.body.substr(at, request.body.find('"', at) - at));
    }
    EXPECT_LE(keys.size(), 100U);
    std::string left;
    if (keys.size() > 1) {
      left = R"({"fetch-data":{"Keys":[{"PK":{"S":"USER#)" + keys.back() + R"("},"SK":{"S":"USER#)" +
             keys.back() + R"("}}]}})";
      keys.pop_back();
    }
    std::string items;
    for (const std::string& key : keys) {
      items += (items.empty() ? "" : ",") +
               (R"({"PK":{"S":"USER#)" + key + R"("},"SK":{"S":"USER#)" + key + R"("}})");
    }
    return gannet::HttpResponse{
        .status = 200,
        .headers = {},
        .body = gannet::BodyReader(R"({"Responses":{"fetch-data":[)" + items + R"(]},"UnprocessedKeys":)" +
                                   (left.empty() ? "{}" : left) + "}")};
  };
  for (int i = 0; i < 4; ++i) transport->then(answer_all);
  auto found = blocking(users.batch_get_users(ids));
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 150U);
  for (std::size_t i = 0; i < found->size(); ++i) EXPECT_EQ((*found)[i].user_id, std::to_string(i));
  EXPECT_EQ(transport->count(), 4U);
  EXPECT_THAT(time.slept(), ElementsAre(500ms, 500ms));
}

TEST_F(UserRepositoryTest, a_batch_that_gets_nowhere_is_given_up) {
  const std::string nothing =
      R"({"Responses":{},"UnprocessedKeys":{"fetch-data":{"Keys":[{"PK":{"S":"USER#1"},"SK":{"S":"USER#1"}}]}}})";
  transport->answer(200, nothing).answer(200, nothing).answer(200, nothing);
  auto found = blocking(users.batch_get_users({"1"}));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::throttled);
  EXPECT_THAT(time.slept(), ElementsAre(500ms, 1000ms));
  EXPECT_TRUE(transport->finished());
}

}  // namespace
}  // namespace receipts
