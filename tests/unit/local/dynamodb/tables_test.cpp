#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string table(const std::string& change_from, const std::string& change_to) {
  std::string body = R"({"TableName":"things","BillingMode":"PAY_PER_REQUEST",)"
                     R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
                     R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})";
  if (!change_from.empty()) body.replace(body.find(change_from), change_from.size(), change_to);
  return body;
}

TEST(Tables, are_described_as_they_were_created) {
  ServiceUnderTest service;
  service.make_people();
  const std::string described = member(service.ask("DescribeTable", R"({"TableName":"people"})"), "Table");
  EXPECT_EQ(member(described, "TableStatus"), R"("ACTIVE")");
  EXPECT_EQ(member(described, "TableArn"), R"("arn:aws:dynamodb:us-east-1:000000000000:table/people")");
  EXPECT_EQ(member(described, "KeySchema"),
            R"([{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"SK","KeyType":"RANGE"}])");
  EXPECT_EQ(member(described, "CreationDateTime"), "1750000000.123");
  EXPECT_EQ(member(member(described, "BillingModeSummary"), "BillingMode"), R"("PAY_PER_REQUEST")");
  EXPECT_EQ(member(described, "ItemCount"), "0");
}

TEST(Tables, are_found_by_their_arn_too) {
  ServiceUnderTest service;
  service.make_people();
  EXPECT_THAT(
      service.ask("DescribeTable", R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/people"})"),
      HasSubstr(R"("TableName":"people")"));
}

TEST(Tables, count_their_items_and_bytes) {
  ServiceUnderTest service;
  service.make_people();
  const auto counts = [&] {
    const std::string described = member(service.ask("DescribeTable", R"({"TableName":"people"})"), "Table");
    return member(described, "ItemCount") + " of " + member(described, "TableSizeBytes");
  };
  service.put("a", "1", R"("text": {"S": "12345"})");
  EXPECT_EQ(counts(), "1 of 15");
  service.put("a", "2");
  EXPECT_EQ(counts(), "2 of 21");
  service.put("a", "1", R"("text": {"S": "1"})");
  EXPECT_EQ(counts(), "2 of 17");
  service.ask("UpdateItem", R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"2"}},
      "UpdateExpression":"SET flag = :f","ExpressionAttributeValues":{":f":{"BOOL":true}}})");
  EXPECT_EQ(counts(), "2 of 22");
  service.ask("DeleteItem", R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}}})");
  EXPECT_EQ(counts(), "1 of 11");
}

TEST(Tables, are_listed_in_order_and_in_pages) {
  ServiceUnderTest service;
  for (const std::string name : {"ccc", "aaa", "bbb"}) service.ask("CreateTable", table("things", name));
  EXPECT_EQ(service.ask("ListTables", "{}"), R"({"TableNames":["aaa","bbb","ccc"]})");
  EXPECT_EQ(service.ask("ListTables", R"({"Limit":2})"),
            R"({"TableNames":["aaa","bbb"],"LastEvaluatedTableName":"bbb"})");
  EXPECT_EQ(service.ask("ListTables", R"({"Limit":2,"ExclusiveStartTableName":"bbb"})"),
            R"({"TableNames":["ccc"]})");
}

TEST(Tables, are_gone_with_their_items_once_deleted) {
  ServiceUnderTest service;
  service.make_people();
  service.put("a", "1");
  EXPECT_EQ(member(member(service.ask("DeleteTable", R"({"TableName":"people"})"), "TableDescription"),
                   "TableStatus"),
            R"("DELETING")");
  EXPECT_EQ(service.refusal("DescribeTable", R"({"TableName":"people"})"),
            "ResourceNotFoundException: Requested resource not found: Table: people not found");
  EXPECT_EQ(service.refusal("GetItem", R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}}})"),
            "ResourceNotFoundException: Requested resource not found");
  service.make_people();
  EXPECT_EQ(service.get("a", "1"), "{}");
}

TEST(Tables, may_be_protected_against_deletion) {
  ServiceUnderTest service;
  service.make_people();
  service.ask("UpdateTable", R"({"TableName":"people","DeletionProtectionEnabled":true})");
  EXPECT_THAT(service.refusal("DeleteTable", R"({"TableName":"people"})"),
              HasSubstr("protected against deletion"));
  service.ask("UpdateTable", R"({"TableName":"people","DeletionProtectionEnabled":false})");
  service.ask("DeleteTable", R"({"TableName":"people"})");
}

TEST(Tables, change_their_capacity) {
  ServiceUnderTest service;
  service.make_people();
  const std::string changed = service.ask("UpdateTable", R"({"TableName":"people","BillingMode":"PROVISIONED",
      "ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4}})");
  EXPECT_THAT(changed, HasSubstr(R"("ReadCapacityUnits":3,"WriteCapacityUnits":4)"));
  EXPECT_THAT(service.refusal("UpdateTable", R"({"TableName":"people","GlobalSecondaryIndexUpdates":[]})"),
              HasSubstr("does not have the parameter GlobalSecondaryIndexUpdates"));
}

struct Wrong {
  const char* from;
  const char* to;
  const char* message;
};

TEST(Tables, are_refused_with_what_is_wrong) {
  ServiceUnderTest service;
  service.ask("CreateTable", table("", ""));
  const std::vector<Wrong> all = {
      {"", "", "ResourceInUseException: Table already exists: things"},
      {R"("things")", R"("no")", "ValidationException: Invalid table/index name."},
      {R"("things")", R"("a b")", "ValidationException: Invalid table/index name."},
      {R"("TableName":"things",)", "",
       "Value null at 'tableName' failed to satisfy constraint: Member must not be null"},
      {R"("HASH")", R"("RANGE")", "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
      {R"("HASH")", R"("HUSH")", "Member must satisfy enum value set: [HASH, RANGE]"},
      {R"("AttributeType":"S")", R"("AttributeType":"BOOL")", "Member must satisfy enum value set"},
      {R"([{"AttributeName":"id","KeyType":"HASH"}])",
       R"([{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"id","KeyType":"RANGE"}])",
       "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
      {R"([{"AttributeName":"id","KeyType":"HASH"}])", R"([{"AttributeName":"other","KeyType":"HASH"}])",
       "Some index key attributes are not defined in AttributeDefinitions. Keys: [other], "
       "AttributeDefinitions: [id]"},
      {R"("AttributeDefinitions":[)",
       R"("AttributeDefinitions":[{"AttributeName":"more","AttributeType":"N"},)",
       "Some AttributeDefinitions are not used. AttributeDefinitions: [more, id], keys used: [id]"},
      {R"("PAY_PER_REQUEST")", R"("PROVISIONED")",
       "ReadCapacityUnits and WriteCapacityUnits must both be specified"},
      {R"("PAY_PER_REQUEST")",
       R"("PAY_PER_REQUEST","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1})",
       "can be specified when BillingMode is PAY_PER_REQUEST"},
      {R"("PAY_PER_REQUEST")", R"("PAY_PER_REQUEST","LocalSecondaryIndexes":[{"IndexName":"abc",
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}])",
       "Table KeySchema does not have a range key"},
      {R"("PAY_PER_REQUEST")", R"("PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"abc",
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE"}}])",
       "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
  };
  for (const auto& [from, to, message] : all) {
    EXPECT_THAT(service.refusal("CreateTable", table(from, to)), HasSubstr(message)) << to;
  }
}

TEST(Tables, that_a_failed_commit_took_back_are_not_there) {
  ServiceUnderTest service;
  service.end_turn();
  service.make_people();
  // What SQLite does by itself when it runs out of space.
  service.database().execute("ROLLBACK");
  service.end_turn();
  EXPECT_THAT(service.refusal("DescribeTable", R"({"TableName":"people"})"),
              StartsWith("ResourceNotFoundException"));
  service.make_people();
  service.end_turn();
  EXPECT_EQ(service.get("a", "1"), "{}");
}

TEST(Operations, that_are_unknown_or_not_here_are_told_apart) {
  ServiceUnderTest service;
  EXPECT_EQ(service.refusal("Frobnicate", "{}"),
            "UnknownOperationException: An unknown operation was requested.");
  EXPECT_EQ(service.refusal("ExecuteStatement", R"({"Statement":"SELECT"})"),
            "ValidationException: The local cloud does not have DynamoDB's operation ExecuteStatement.");
}

}  // namespace
}  // namespace gannet::local::dynamodb
