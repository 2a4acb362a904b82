#include <random>

#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

constexpr std::string_view operations[] = {
    "BatchGetItem", "BatchWriteItem", "CreateTable", "DeleteItem", "DeleteTable", "DescribeTable", "GetItem",
    "ListTables",   "PutItem",        "Query",       "Scan",       "UpdateItem",  "UpdateTable"};

const std::vector<std::pair<std::string, std::string>>& whole_requests() {
  static const std::vector<std::pair<std::string, std::string>> all = {
      {"PutItem",
       R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"é\ud83d\ude00"},"l":{"L":[{"N":"-1.5e3"},{"B":"AAE="},{"NULL":true},)"
       R"({"M":{"ss":{"SS":["a"]}}}]}},"ConditionExpression":"#a = :a OR NOT size(l[0].b) < :a","ExpressionAttributeNames":)"
       R"({"#a":"x"},"ExpressionAttributeValues":{":a":{"N":"1"}},"ReturnValues":"ALL_OLD"})"},
      {"UpdateItem",
       R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"b"}},"UpdateExpression":"SET a.b[1] = if_not_exists(c, :v) + :v )"
       R"(REMOVE d ADD e :v","ExpressionAttributeValues":{":v":{"N":"1"}}})"},
      {"Query",
       R"json({"TableName":"people","KeyConditionExpression":"PK = :p AND begins_with(SK, :s)","Limit":3,"ExclusiveStartKey":)json"
       R"({"PK":{"S":"a"},"SK":{"S":"s1"}},"ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"s"}},"ProjectionExpression":"a.b[2]"})"},
      {"CreateTable",
       R"({"TableName":"more","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"PK","AttributeType":"S"}],)"
       R"("KeySchema":[{"AttributeName":"PK","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"abc","KeySchema":)"
       R"([{"AttributeName":"PK","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]})"},
      {"BatchWriteItem",
       R"({"RequestItems":{"people":[{"PutRequest":{"Item":{"PK":{"S":"a"},"SK":{"S":"b"}}}},{"DeleteRequest":{"Key":{"PK":)"
       R"({"S":"a"},"SK":{"S":"c"}}}}]}})"},
  };
  return all;
}

TEST(Malformed, every_beginning_of_a_request_is_refused) {
  ServiceUnderTest service;
  service.make_people();
  for (const auto& [operation, body] : whole_requests()) {
    for (std::size_t length = 0; length < body.size(); ++length) {
      ASSERT_THAT(service.refusal(operation, std::string_view(body).substr(0, length)),
                  testing::StartsWith("SerializationException: The request's body cannot be read as JSON"))
          << operation << " cut after " << length;
    }
  }
}

TEST(Malformed, bodies_are_answered_whatever_they_are) {
  ServiceUnderTest service;
  service.make_people();
  const std::string deep = std::string(100'000, '[');
  for (const std::string_view operation : operations) {
    for (const std::string& body :
         {std::string(), std::string("null"), std::string("[]"), std::string("5"), std::string("\"text\""),
          std::string("{}}"), std::string("{\"TableName\":\"\xff\"}"),
          std::string("{\"TableName\":\"people\",}"), deep, std::string("{\"a\":") + deep}) {
      EXPECT_EQ(service.handle(operation, body).status, 400) << operation << ' ' << body.substr(0, 40);
    }
  }
}

TEST(Malformed, members_of_wrong_types_are_refused) {
  ServiceUnderTest service;
  service.make_people();
  for (const auto& [operation, body] : whole_requests()) {
    const auto document = core::JsonDocument::parse(body);
    const auto root = document->root();
    for (auto changed = root.begin(); changed != root.end(); ++changed) {
      for (const std::string wrong : {"5", "-1.5", "\"text\"", "true", "[]", "{}", "[5]", "[null]",
                                      "{\"a\":null}", "{\"a\":5}", "null"}) {
        std::string request = "{";
        for (auto each = root.begin(); each != root.end(); ++each) {
          request += (request.size() > 1 ? ",\"" : "\"") + std::string(each.key()) +
                     "\":" + (each.key() == changed.key() ? wrong : each.value().to_json());
        }
        const Reply reply = service.handle(operation, request + "}");
        EXPECT_TRUE(reply.status == 400 || reply.status == 200) << operation << request;
      }
    }
  }
}

TEST(Malformed, requests_with_bytes_changed_are_answered) {
  ServiceUnderTest service;
  service.make_people();
  std::mt19937 random(11);
  for (int round = 0; round < 4000; ++round) {
    const auto& [operation, body] = whole_requests()[random() % whole_requests().size()];
    std::string changed = body;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      const std::size_t at = random() % changed.size();
      switch (random() % 3) {
        case 0:
          changed[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          changed.erase(at, 1 + random() % 5);
          break;
        default:
          changed.insert(at, body.substr(random() % body.size(), random() % 12));
      }
      if (changed.empty()) break;
    }
    const int status = service.handle(operation, changed).status;
    ASSERT_TRUE(status == 200 || status == 400) << changed;
  }
}

}  // namespace
}  // namespace gannet::local::dynamodb
