#include <set>
#include <sstream>

#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

class Index : public testing::Test {
 protected:
  Index() {
    service.ask("CreateTable", R"({"TableName":"people","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"PK","AttributeType":"S"},{"AttributeName":"SK","AttributeType":"S"},
                                {"AttributeName":"G","AttributeType":"S"},{"AttributeName":"H","AttributeType":"N"}],
        "KeySchema":[{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"SK","KeyType":"RANGE"}],
        "GlobalSecondaryIndexes":[
          {"IndexName":"everything","KeySchema":[{"AttributeName":"G","KeyType":"HASH"},{"AttributeName":"H","KeyType":"RANGE"}],
           "Projection":{"ProjectionType":"ALL"}},
          {"IndexName":"keys","KeySchema":[{"AttributeName":"G","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}},
          {"IndexName":"some","KeySchema":[{"AttributeName":"G","KeyType":"HASH"}],
           "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["v"]}}],
        "LocalSecondaryIndexes":[
          {"IndexName":"local","KeySchema":[{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"H","KeyType":"RANGE"}],
           "Projection":{"ProjectionType":"KEYS_ONLY"}}]})");
    put("a", "1", "g", "5");
    put("b", "2", "g", "-1");
    put("a", "3", "g", "10");
    put("a", "4", "h", "0");
    service.put("a", "5", R"("v":{"S":"v5"})");
  }

  void put(std::string_view partition, std::string_view sort, std::string_view g, std::string_view h) {
    service.put(partition, sort,
                R"("G":{"S":")" + std::string(g) + R"("},"H":{"N":")" + std::string(h) + R"("},"v":{"S":"v)" +
                    std::string(sort) + R"("},"w":{"S":"w"})");
  }

  std::string ask(std::string_view index, std::string_view more = "", std::string_view value = "g") {
    return service.ask("Query", request(index, more, value));
  }
  static std::string request(std::string_view index, std::string_view more = "",
                             std::string_view value = "g") {
    return R"({"TableName":"people","IndexName":")" + std::string(index) + R"(","KeyConditionExpression":")" +
           (index == "local" ? "PK" : "G") + R"( = :g","ExpressionAttributeValues":{":g":{"S":")" +
           std::string(value) + "\"}}" + (more.empty() ? "" : ",") + std::string(more) + "}";
  }

  ServiceUnderTest service;
};

TEST_F(Index, orders_the_items_that_have_its_keys) {
  EXPECT_EQ(sort_keys(ask("everything")), "2 1 3");
  EXPECT_EQ(sort_keys(ask("everything", R"("ScanIndexForward":false)")), "3 1 2");
  EXPECT_EQ(sort_keys(ask("local", "", "a")), "4 1 3");
  EXPECT_EQ(member(service.ask("Scan", R"({"TableName":"people","IndexName":"everything"})"), "Count"), "4");
}

TEST_F(Index, shows_what_it_projects) {
  EXPECT_EQ(member(ask("keys", "", "h"), "Items"), R"([{"G":{"S":"h"},"PK":{"S":"a"},"SK":{"S":"4"}}])");
  EXPECT_EQ(member(ask("some", "", "h"), "Items"),
            R"([{"G":{"S":"h"},"PK":{"S":"a"},"SK":{"S":"4"},"v":{"S":"v4"}}])");
  EXPECT_THAT(ask("everything", "", "h"), HasSubstr(R"("w":{"S":"w"})"));
  EXPECT_THAT(ask("local", R"("Select":"ALL_ATTRIBUTES")", "a"), HasSubstr(R"("w":{"S":"w"})"));
  EXPECT_THAT(ask("local", R"("ProjectionExpression":"w")", "a"), HasSubstr(R"({"w":{"S":"w"}})"));
  EXPECT_THAT(service.refusal("Query", request("keys", R"("Select":"ALL_ATTRIBUTES")")),
              HasSubstr("projection type is not ALL"));
  EXPECT_THAT(service.refusal("Query", request("keys", R"("ProjectionExpression":"w")")),
              HasSubstr("Global secondary index keys does not project [w]"));
  EXPECT_THAT(
      service.refusal("Query", request("some", R"json("FilterExpression":"attribute_exists(w)")json")),
      HasSubstr("Secondary index some does not project one or more filter attributes: [w]"));
  EXPECT_THAT(service.refusal("Query", request("everything", R"("ConsistentRead":true)")),
              HasSubstr("Consistent reads are not supported on global secondary indexes"));
}

TEST_F(Index, follows_every_change) {
  const auto update = [&](std::string_view sort, std::string_view expression, std::string_view values) {
    service.ask("UpdateItem", R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":")" +
                                  std::string(sort) + R"("}},"UpdateExpression":")" +
                                  std::string(expression) + "\"" + std::string(values) + "}");
  };
  update("1", "SET H = :h", R"(,"ExpressionAttributeValues":{":h":{"N":"-5"}})");
  EXPECT_EQ(sort_keys(ask("everything")), "1 2 3");
  update("1", "REMOVE H", "");
  EXPECT_EQ(sort_keys(ask("everything")), "2 3");
  update("4", "SET G = :g", R"(,"ExpressionAttributeValues":{":g":{"S":"g"}})");
  EXPECT_EQ(sort_keys(ask("everything")), "2 4 3");
  EXPECT_EQ(sort_keys(ask("everything", "", "h")), "");
  put("a", "4", "g", "100");
  EXPECT_EQ(sort_keys(ask("everything")), "2 3 4");
  service.ask("DeleteItem", R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"3"}}})");
  EXPECT_EQ(sort_keys(ask("everything")), "2 4");
  service.ask("BatchWriteItem",
              R"({"RequestItems":{"people":[{"DeleteRequest":{"Key":{"PK":{"S":"b"},"SK":{"S":"2"}}}}]}})");
  EXPECT_EQ(sort_keys(ask("everything")), "4");
}

TEST_F(Index, goes_on_where_a_page_ended_also_among_equal_keys) {
  for (int i = 0; i < 9; ++i)
    put("c" + std::to_string(i % 3), "t" + std::to_string(i), "same", i < 5 ? "1" : "2");
  for (const std::string index : {"everything", "keys"}) {
    for (const std::string direction : {"true", "false"}) {
      std::set<std::string> seen;
      std::string start;
      int pages = 0;
      do {
        const std::string answer = ask(index, R"("Limit":2,"ScanIndexForward":)" + direction + start, "same");
        std::istringstream keys(sort_keys(answer));
        for (std::string key; keys >> key;) EXPECT_TRUE(seen.insert(key).second) << key << " came twice";
        const std::string last = member(answer, "LastEvaluatedKey");
        start = last.empty() ? "" : R"(,"ExclusiveStartKey":)" + last;
      } while (!start.empty() && ++pages < 10);
      EXPECT_EQ(seen.size(), 9U) << index << direction;
    }
  }
  std::string start;
  int items = 0;
  do {
    const std::string answer =
        service.ask("Scan", R"({"TableName":"people","IndexName":"keys","Limit":4)" + start + "}");
    items += std::stoi(member(answer, "Count"));
    const std::string last = member(answer, "LastEvaluatedKey");
    start = last.empty() ? "" : R"(,"ExclusiveStartKey":)" + last;
  } while (!start.empty());
  EXPECT_EQ(items, 13);
}

TEST_F(Index, keeps_out_what_cannot_be_its_key) {
  const auto refused = [&](std::string_view g) {
    return service.refusal("PutItem", R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"x"},"G":)" +
                                          std::string(g) + "}}");
  };
  EXPECT_THAT(refused(R"({"N":"1"})"),
              HasSubstr("Type mismatch for Index Key G Expected: S Actual: N IndexName: everything"));
  EXPECT_THAT(refused(R"({"S":""})"),
              HasSubstr("cannot contain an empty string value. IndexName: everything, IndexKey: G"));
  EXPECT_THAT(refused(R"({"S":")" + std::string(2049, 'x') + R"("})"), HasSubstr("2048 bytes"));
  EXPECT_THAT(service.refusal("UpdateItem", R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}},
      "UpdateExpression":"SET G = :g","ExpressionAttributeValues":{":g":{"N":"1"}}})"),
              HasSubstr("Type mismatch for Index Key G"));
  EXPECT_EQ(sort_keys(ask("everything")), "2 1 3") << "a refused update changes nothing";
}

TEST_F(Index, tells_the_capacity_that_it_consumes) {
  const std::string consumed = member(
      service.ask("PutItem",
                  R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"9"},"G":{"S":"g"},"H":{"N":"1"}},
          "ReturnConsumedCapacity":"INDEXES"})"),
      "ConsumedCapacity");
  EXPECT_EQ(member(consumed, "CapacityUnits"), "5");
  EXPECT_EQ(member(consumed, "LocalSecondaryIndexes"), R"({"local":{"CapacityUnits":1}})");
  EXPECT_EQ(member(member(ask("everything", R"("ReturnConsumedCapacity":"INDEXES")"), "ConsumedCapacity"),
                   "GlobalSecondaryIndexes"),
            R"({"everything":{"CapacityUnits":0.5}})");
}

TEST_F(Index, is_described_with_its_table) {
  const std::string described = member(service.ask("DescribeTable", R"({"TableName":"people"})"), "Table");
  EXPECT_THAT(member(described, "GlobalSecondaryIndexes"), HasSubstr(R"("IndexName":"some")"));
  EXPECT_THAT(member(described, "GlobalSecondaryIndexes"),
              HasSubstr(R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["v"]})"));
  EXPECT_THAT(member(described, "LocalSecondaryIndexes"), HasSubstr(R"("IndexName":"local")"));
}

}  // namespace
}  // namespace gannet::local::dynamodb
