#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

class Batch : public testing::Test {
 protected:
  Batch() { service.make_people(); }

  static std::string key(int i) { return R"({"PK":{"S":"p"},"SK":{"S":"s)" + std::to_string(i) + R"("}})"; }
  static std::string joined(int from, int to, const std::function<std::string(int)>& each) {
    std::string text;
    for (int i = from; i < to; ++i) text += (text.empty() ? "" : ",") + each(i);
    return text;
  }
  static std::string gets(int from, int to) {
    return R"({"RequestItems":{"people":{"Keys":[)" + joined(from, to, key) + "]}}}";
  }
  static std::string put(int i) { return R"({"PutRequest":{"Item":)" + key(i) + "}}"; }
  static std::string erase(int i) { return R"({"DeleteRequest":{"Key":)" + key(i) + "}}"; }
  static std::string writes(const std::string& requests) {
    return R"({"RequestItems":{"people":[)" + requests + "]}}";
  }

  ServiceUnderTest service;
};

TEST_F(Batch, writes_and_deletes_up_to_25_items) {
  EXPECT_EQ(service.ask("BatchWriteItem", writes(joined(0, 25, put))), R"({"UnprocessedItems":{}})");
  EXPECT_EQ(
      service.ask("BatchWriteItem", writes(erase(3) + "," + erase(4) + "," + put(30) + "," + erase(99))),
      R"({"UnprocessedItems":{}})");
  EXPECT_EQ(service.get("p", "s3"), "{}");
  EXPECT_EQ(service.get("p", "s30"), R"({"Item":{"PK":{"S":"p"},"SK":{"S":"s30"}}})");
  const std::string scanned = service.ask("Scan", R"({"TableName":"people","Select":"COUNT"})");
  EXPECT_EQ(member(scanned, "Count"), "24");
}

TEST_F(Batch, reads_up_to_100_items_and_leaves_out_what_is_not_there) {
  service.ask("BatchWriteItem", writes(joined(0, 3, put)));
  EXPECT_EQ(service.ask("BatchGetItem", gets(1, 101)),
            R"({"Responses":{"people":[)" + key(1) + "," + key(2) + R"(]},"UnprocessedKeys":{}})");
  EXPECT_EQ(service.ask("BatchGetItem",
                        R"({"RequestItems":{"people":{"Keys":[)" + key(1) +
                            R"(],"ProjectionExpression":"#s","ExpressionAttributeNames":{"#s":"SK"}}}})"),
            R"({"Responses":{"people":[{"SK":{"S":"s1"}}]},"UnprocessedKeys":{}})");
}

TEST_F(Batch, gives_back_the_keys_that_would_make_the_answer_too_large) {
  const std::string large(399 * 1024, 'x');
  for (int i = 0; i < 45; ++i) {
    service.ask("PutItem", R"({"TableName":"people","Item":{"PK":{"S":"p"},"SK":{"S":"s)" +
                               std::to_string(i) + R"("},"v":{"S":")" + large + R"("}}})");
  }
  std::string request =
      R"({"RequestItems":{"people":{"ConsistentRead":true,"Keys":[)" + joined(0, 45, key) + "]}}}";
  const std::string answer = service.ask("BatchGetItem", request);
  const std::string unprocessed = member(answer, "UnprocessedKeys");
  EXPECT_EQ(unprocessed, R"({"people":{"ConsistentRead":true,"Keys":[)" + joined(41, 45, key) + "]}}")
      << "41 items of 399 KB are within 16 MB";
  const std::string rest = service.ask("BatchGetItem", R"({"RequestItems":)" + unprocessed + "}");
  EXPECT_EQ(member(rest, "UnprocessedKeys"), "{}");
  EXPECT_GT(rest.size(), 4 * large.size());
}

TEST_F(Batch, is_refused_as_a_whole) {
  const auto refused = [&](std::string_view operation, const std::string& body, const char* message) {
    EXPECT_THAT(service.refusal(operation, body), HasSubstr(message)) << body.substr(0, 200);
  };
  refused("BatchGetItem", "{}", "Value null at 'requestItems'");
  refused("BatchGetItem", R"({"RequestItems":{}})", "Member must have length greater than or equal to 1");
  refused("BatchGetItem", R"({"RequestItems":{"people":{"Keys":[]}}})",
          "Member must have length greater than or equal to 1");
  refused("BatchGetItem", gets(0, 101), "length less than or equal to 100");
  refused("BatchGetItem",
          R"({"RequestItems":{"people":{"Keys":[)" + joined(0, 60, key) + R"(]},"others":{"Keys":[)" +
              joined(0, 60, key) + "]}}}",
          "Too many items requested for the BatchGetItem call");
  refused("BatchGetItem", R"({"RequestItems":{"people":{"Keys":[)" + key(1) + "," + key(1) + "]}}}",
          "Provided list of item keys contains duplicates");
  refused("BatchGetItem", R"({"RequestItems":{"nowhere":{"Keys":[)" + key(1) + "]}}}",
          "ResourceNotFoundException");
  refused("BatchGetItem",
          R"({"RequestItems":{"people":{"Keys":[)" + key(1) + R"(],"AttributesToGet":["SK"]}}})",
          "legacy parameter AttributesToGet");
  refused("BatchWriteItem", writes(joined(0, 26, put)), "less than or equal to 25");
  refused("BatchWriteItem", writes(put(1) + "," + erase(1)),
          "Provided list of item keys contains duplicates");
  refused("BatchWriteItem", writes("{}"), "must contain exactly one");
  refused("BatchWriteItem",
          writes(R"({"PutRequest":{"Item":)" + key(1) + R"(},"DeleteRequest":{"Key":)" + key(2) + "}}"),
          "must contain exactly one");
  refused("BatchWriteItem", writes(put(1) + R"(,{"PutRequest":{"Item":{"PK":{"S":"p"}}}})"),
          "Missing the key SK in the item");
  refused("BatchWriteItem", R"({"RequestItems":{"people":[)" + put(1) + R"(],"nowhere":[)" + put(2) + "]}}",
          "ResourceNotFoundException");
  EXPECT_EQ(service.get("p", "s1"), "{}") << "nothing of a refused batch is written";
}

TEST_F(Batch, tells_the_capacity_of_each_table) {
  EXPECT_EQ(service.ask("BatchWriteItem", R"({"ReturnConsumedCapacity":"TOTAL","RequestItems":{"people":[)" +
                                              put(1) + "," + put(2) + "]}}"),
            R"({"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"people","CapacityUnits":2}]})");
}

}  // namespace
}  // namespace gannet::local::dynamodb
