#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

class Transactions : public testing::Test {
 protected:
  Transactions() { service.make_people(); }

  static std::string place(std::string_view sort) {
    return R"("TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":")" + std::string(sort) + R"("}})";
  }
  static std::string put(std::string_view sort, std::string_view more = "", std::string_view rest = "") {
    return R"({"Put":{"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":")" + std::string(sort) +
           R"("})" + (more.empty() ? "" : ",") + std::string(more) + "}" + (rest.empty() ? "" : ",") +
           std::string(rest) + "}}";
  }
  static std::string add(std::string_view sort, std::string_view number) {
    return R"({"Update":{)" + place(sort) +
           R"(,"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":")" +
           std::string(number) + R"("}}}})";
  }
  static std::string erase(std::string_view sort, std::string_view rest = "") {
    return R"({"Delete":{)" + place(sort) + (rest.empty() ? "" : ",") + std::string(rest) + "}}";
  }
  static std::string check(std::string_view sort, std::string_view condition, std::string_view rest = "") {
    return R"({"ConditionCheck":{)" + place(sort) + R"(,"ConditionExpression":")" + std::string(condition) +
           R"(")" + (rest.empty() ? "" : ",") + std::string(rest) + "}}";
  }
  static std::string all(std::initializer_list<std::string> actions, std::string_view rest = "") {
    std::string list;
    for (const std::string& action : actions) list += (list.empty() ? "" : ",") + action;
    return R"({"TransactItems":[)" + list + "]" + (rest.empty() ? "" : ",") + std::string(rest) + "}";
  }
  std::string number(std::string_view sort) {
    return member(member(member(service.get("a", sort), "Item"), "n"), "N");
  }
  std::string item_count() {
    return member(member(service.ask("DescribeTable", R"({"TableName":"people"})"), "Table"), "ItemCount");
  }

  ServiceUnderTest service;
};

constexpr std::string_view token = R"("ClientRequestToken":"job-1")";

TEST_F(Transactions, do_every_kind_of_action) {
  service.put("a", "old", R"("n":{"N":"1"})");
  service.put("a", "gone");
  service.put("a", "there");
  EXPECT_EQ(service.ask("TransactWriteItems", all({put("new"), add("old", "2"), erase("gone"),
                                                   check("there", "attribute_exists(PK)")})),
            "{}");
  EXPECT_EQ(service.get("a", "new"), R"({"Item":{"PK":{"S":"a"},"SK":{"S":"new"}}})");
  EXPECT_EQ(number("old"), R"("3")");
  EXPECT_EQ(service.get("a", "gone"), "{}");
  EXPECT_EQ(item_count(), "3");
}

TEST_F(Transactions, do_nothing_if_one_action_cannot_be_done) {
  service.put("a", "old", R"("n":{"N":"1"})");
  service.put("a", "text", R"("n":{"S":"x"})");
  const std::vector<std::string> failing = {
      check("nowhere", "attribute_exists(PK)"),
      add("text", "1"),
      put("text", "", R"json("ConditionExpression":"attribute_not_exists(PK)")json"),
      erase("text", R"json("ConditionExpression":"attribute_not_exists(PK)")json"),
      R"({"Put":{"TableName":"people","Item":{"PK":{"S":"a"}}}})",
      R"({"Delete":{"TableName":"people","Key":{"PK":{"S":"a"}}}})",
      R"({"Update":{)" + place("x") +
          R"(,"UpdateExpression":"SET SK = :n","ExpressionAttributeValues":{":n":{"N":"1"}}}})",
  };
  for (const std::string& action : failing) {
    for (const std::string& request :
         {all({put("new"), add("old", "1"), action}), all({action, erase("old"), put("new")})}) {
      EXPECT_THAT(service.refusal("TransactWriteItems", request), HasSubstr("TransactionCanceledException"))
          << request;
    }
  }
  EXPECT_EQ(service.get("a", "new"), "{}");
  EXPECT_EQ(number("old"), R"("1")");
  EXPECT_EQ(item_count(), "2");
}

TEST_F(Transactions, give_the_reason_of_each_action_in_order) {
  service.put("a", "old", R"("n":{"S":"x"})");
  const Reply reply = service.handle(
      "TransactWriteItems",
      all({put("new"), add("old", "1"),
           check("none", "attribute_exists(PK)", R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD")")}));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(
      reply.body,
      R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[)"
      R"({"Code":"None"},{"Code":"ValidationError","Message":"An operand in the update expression has an )"
      R"(incorrect data type"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}],)"
      R"("Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, )"
      R"(ValidationError, ConditionalCheckFailed]"})");
}

TEST_F(Transactions, give_the_items_that_failed_their_conditions) {
  service.put("a", "old", R"("n":{"N":"7"})");
  constexpr std::string_view asked =
      R"json("ConditionExpression":"attribute_not_exists(PK)","ReturnValuesOnConditionCheckFailure":"ALL_OLD")json";
  constexpr std::string_view unasked = R"json("ConditionExpression":"attribute_not_exists(PK)")json";
  constexpr const char* item = R"("Item":{"PK":{"S":"a"},"SK":{"S":"old"},"n":{"N":"7"}})";
  EXPECT_THAT(service.handle("TransactWriteItems", all({put("old", "", asked)})).body, HasSubstr(item));
  EXPECT_THAT(service.handle("TransactWriteItems", all({erase("old", asked)})).body, HasSubstr(item));
  EXPECT_THAT(service.handle("TransactWriteItems", all({erase("old", unasked)})).body,
              testing::Not(HasSubstr("Item\":")));
}

TEST_F(Transactions, are_refused_when_the_request_itself_is_wrong) {
  std::string hundred_and_one;
  for (int i = 0; i <= 100; ++i) hundred_and_one += (i == 0 ? "" : ",") + put(std::to_string(i));
  const std::string big = R"("v":{"S":")" + std::string(400'000, 'x') + R"("})";
  std::string five_megabytes;
  for (int i = 0; i < 11; ++i) five_megabytes += (i == 0 ? "" : ",") + put(std::to_string(i), big);
  struct Wrong {
    std::string request;
    const char* refusal;
  };
  const std::vector<Wrong> table = {
      {all({put("1"), erase("1")}),
       "ValidationException: Transaction request cannot include multiple operations on one item"},
      {all({check("1", "attribute_exists(PK)"), put("1")}),
       "ValidationException: Transaction request cannot include multiple operations on one item"},
      {R"({"TransactItems":[]})", "Member must have length greater than or equal to 1"},
      {R"({"TransactItems":[)" + hundred_and_one + "]}", "Member must have length less than or equal to 100"},
      {R"({"TransactItems":[)" + five_megabytes + "]}",
       "ValidationException: Transaction payload size cannot exceed 4MB. Payload Size: 4400078"},
      {R"({"TransactItems":[{}]})", "ValidationException: Invalid Request: TransactWriteRequest should"},
      {R"({"TransactItems":[{"Put":{"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"b"}}},)" +
           erase("x").substr(1) + "]}",
       "ValidationException: TransactItems can only contain one of Check, Put, Update or Delete"},
      {R"({"TransactItems":[{"Put":{"TableName":"nowhere","Item":{"PK":{"S":"a"}}}}]})",
       "ResourceNotFoundException: Requested resource not found"},
      {all({check("1", "attribute_exists(")}), "ValidationException: Invalid ConditionExpression"},
      {all({put("1", R"("v":{"N":"x"})")}), "ValidationException: The parameter cannot be converted"},
      {all({put("1")}, R"("ClientRequestToken":"0123456789012345678901234567890123456")"),
       "Member must have length less than or equal to 36"},
  };
  for (const auto& [request, refusal] : table) {
    EXPECT_THAT(service.refusal("TransactWriteItems", request), HasSubstr(refusal)) << request.substr(0, 300);
  }
  EXPECT_EQ(item_count(), "0");
}

TEST_F(Transactions, tell_twice_the_capacity) {
  EXPECT_EQ(service.ask("TransactWriteItems",
                        all({put("1"), put("2", R"("v":{"S":")" + std::string(1500, 'x') + R"("})")},
                            R"("ReturnConsumedCapacity":"TOTAL")")),
            R"({"ConsumedCapacity":[{"TableName":"people","CapacityUnits":6,"WriteCapacityUnits":6}]})");
  const std::string gets =
      R"({"TransactItems":[{"Get":{)" + place("1") + R"(}},{"Get":{)" + place("none") + "}}]";
  EXPECT_EQ(
      service.ask("TransactGetItems", gets + R"(,"ReturnConsumedCapacity":"TOTAL"})"),
      R"({"Responses":[{"Item":{"PK":{"S":"a"},"SK":{"S":"1"}}},{}],"ConsumedCapacity":[{"TableName":"people",)"
      R"("CapacityUnits":4,"ReadCapacityUnits":4}]})");
}

TEST_F(Transactions, read_items_in_order_or_not_at_all) {
  service.put("a", "1", R"("n":{"N":"1"},"m":{"N":"2"})");
  service.put("a", "2");
  EXPECT_EQ(service.ask("TransactGetItems", R"({"TransactItems":[{"Get":{)" + place("2") + R"(}},{"Get":{)" +
                                                place("1") + R"(,"ProjectionExpression":"m"}}]})"),
            R"({"Responses":[{"Item":{"PK":{"S":"a"},"SK":{"S":"2"}}},{"Item":{"m":{"N":"2"}}}]})");
  EXPECT_THAT(service.refusal("TransactGetItems",
                              R"({"TransactItems":[{"Get":{)" + place("2") +
                                  R"(}},{"Get":{"TableName":"people","Key":{"PK":{"S":"a"}}}}]})"),
              HasSubstr("TransactionCanceledException: Transaction cancelled, please refer cancellation "
                        "reasons for specific reasons [None, ValidationError]"));
  EXPECT_EQ(service.refusal("TransactGetItems", R"({"TransactItems":[{"Get":{)" + place("2") +
                                                    R"(}},{"Get":{)" + place("2") + "}}]}"),
            "ValidationException: Transaction request cannot include multiple operations on one item");
  const std::string big = R"("v":{"S":")" + std::string(400'000, 'x') + R"("})";
  std::string gets;
  for (int i = 0; i < 11; ++i) {
    service.put("a", "big" + std::to_string(i), big);
    gets += (i == 0 ? "" : ",") + (R"({"Get":{)" + place("big" + std::to_string(i)) + "}}");
  }
  EXPECT_THAT(service.refusal("TransactGetItems", R"({"TransactItems":[)" + gets + "]}"),
              HasSubstr("ValidationException: Transaction payload size cannot exceed 4MB"));
}

TEST_F(Transactions, are_done_once_with_a_token) {
  const std::string request = all({add("old", "1")}, token);
  EXPECT_EQ(service.ask("TransactWriteItems", request), "{}");
  EXPECT_EQ(service.ask("TransactWriteItems", request), "{}");
  EXPECT_EQ(number("old"), R"("1")");
  EXPECT_EQ(service.ask("TransactWriteItems",
                        all({add("old", "1")}, std::string(token) + R"(,"ReturnConsumedCapacity":"TOTAL")")),
            R"({"ConsumedCapacity":[{"TableName":"people","CapacityUnits":2,"ReadCapacityUnits":2}]})");
  EXPECT_EQ(service.ask("TransactWriteItems", all({add("old", "1")})), "{}");
  EXPECT_EQ(number("old"), R"("2")");
}

TEST_F(Transactions, are_done_once_also_where_their_condition_has_become_false) {
  const std::string request =
      all({put("new", "", R"json("ConditionExpression":"attribute_not_exists(PK)")json")}, token);
  EXPECT_EQ(service.ask("TransactWriteItems", request), "{}");
  EXPECT_EQ(service.ask("TransactWriteItems", request), "{}");
}

TEST_F(Transactions, know_the_same_request_in_another_spelling) {
  const auto spelled = [](std::string_view attributes) { return all({put("new", attributes)}, token); };
  EXPECT_EQ(service.ask("TransactWriteItems", spelled(R"("a":{"SS":["x","y"]},"b":{"N":"1"},"c":{"L":[]})")),
            "{}");
  EXPECT_EQ(service.ask("TransactWriteItems",
                        spelled(R"("c":{"L":[]},"b":{"S":null,"N":"1"},"a":{"SS":["y","x"]})")),
            "{}");
  for (const std::string_view other :
       {R"("a":{"SS":["x","y"]},"b":{"N":"2"},"c":{"L":[]})",
        R"("a":{"SS":["x"]},"b":{"N":"1"},"c":{"L":[]})", R"("a":{"SS":["x","y"]},"b":{"N":"1"})"}) {
    EXPECT_THAT(service.refusal("TransactWriteItems", spelled(other)),
                HasSubstr("IdempotentParameterMismatchException: "));
  }
}

TEST_F(Transactions, leave_no_token_when_they_are_cancelled) {
  EXPECT_THAT(service.refusal("TransactWriteItems", all({check("x", "attribute_exists(PK)")}, token)),
              HasSubstr("TransactionCanceledException"));
  EXPECT_EQ(service.ask("TransactWriteItems", all({put("new")}, token)), "{}");
}

TEST_F(Transactions, forget_their_tokens_after_ten_minutes) {
  const std::string request = all({add("old", "1")}, token);
  const auto kept = [&] {
    auto row = service.database().query("SELECT COUNT(*) FROM dynamodb_transaction_tokens");
    row.step();
    return row.integer(0);
  };
  service.ask("TransactWriteItems", request);
  service.advance(std::chrono::minutes(10) - std::chrono::milliseconds(1));
  service.ask("TransactWriteItems", request);
  EXPECT_EQ(number("old"), R"("1")");
  service.advance(std::chrono::milliseconds(1));
  service.ask("TransactWriteItems", all({put("another")}, R"("ClientRequestToken":"job-2")"));
  EXPECT_EQ(kept(), 1);
  service.ask("TransactWriteItems", request);
  EXPECT_EQ(number("old"), R"("2")");
  EXPECT_EQ(kept(), 2);
}

TEST_F(Transactions, are_undone_as_a_whole_when_the_store_fails) {
  service.put("a", "old", R"("n":{"N":"1"})");
  service.end_turn();
  service.database().execute("DROP TABLE dynamodb_transaction_tokens");
  service.database().execute(
      "CREATE TABLE dynamodb_transaction_tokens (token TEXT, fingerprint BLOB, "
      "completed INTEGER CHECK (completed < 0))");
  EXPECT_THROW(service.handle("TransactWriteItems", all({put("new"), add("old", "1")}, token)), StoreError);
  EXPECT_EQ(service.get("a", "new"), "{}");
  EXPECT_EQ(number("old"), R"("1")");
  EXPECT_EQ(item_count(), "1");
}

}  // namespace
}  // namespace gannet::local::dynamodb
