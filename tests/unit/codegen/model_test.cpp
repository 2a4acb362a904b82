#include "core/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamodb_model.hpp"
#include "secretsmanager_model.hpp"

namespace gannet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> violations(const core::Shape* shape, std::string_view json) {
  const auto document = core::JsonDocument::parse(json);
  return core::violations(*shape, document->root());
}

std::string wrong_type(const core::Shape* shape, std::string_view json) {
  const auto document = core::JsonDocument::parse(json);
  return core::wrong_type(*shape, document->root()).value_or("");
}

TEST(Constraints, there_is_a_table_of_every_operation) {
  EXPECT_NE(models::dynamodb::input_of("BatchExecuteStatement"), nullptr);
  EXPECT_NE(models::dynamodb::input_of("UpdateTimeToLive"), nullptr);
  EXPECT_NE(models::secretsmanager::input_of("ValidateResourcePolicy"), nullptr);
  EXPECT_EQ(models::dynamodb::input_of("GetItems"), nullptr);
  EXPECT_EQ(models::dynamodb::input_of(""), nullptr);
}

TEST(Constraints, say_what_is_wrong_in_the_services_words) {
  struct Case {
    std::string_view operation;
    std::string_view json;
    std::vector<std::string> expected;
  };
  const std::string fails = "failed to satisfy constraint: Member must ";
  const Case cases[] = {
      {"GetItem", R"({"TableName": "t", "Key": {}})", {}},
      {"GetItem",
       R"({})",
       {"Value null at 'tableName' " + fails + "not be null",
        "Value null at 'key' " + fails + "not be null"}},
      {"GetItem",
       R"({"TableName": "", "Key": {}})",
       {"Value '' at 'tableName' " + fails + "have length greater than or equal to 1"}},
      {"Query",
       R"({"TableName": "t", "Limit": 0})",
       {"Value '0' at 'limit' " + fails + "have value greater than or equal to 1"}},
      {"Query",
       R"({"TableName": "t", "IndexName": "a b", "Select": "SOME"})",
       {"Value 'a b' at 'indexName' " + fails + "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        "Value 'SOME' at 'select' " + fails +
            "satisfy enum value set: [ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, SPECIFIC_ATTRIBUTES, "
            "COUNT]"}},
      {"BatchGetItem",
       R"({"RequestItems": {"music": {"Keys": []}}})",
       {"Value at 'requestItems.music.member.keys' " + fails + "have length greater than or equal to 1"}},
      {"CreateTable",
       R"({"TableName": "t", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "X"}]})",
       {"Value 'X' at 'attributeDefinitions.1.member.attributeType' " + fails +
        "satisfy enum value set: [S, N, B]"}},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(violations(models::dynamodb::input_of(each.operation), each.json), each.expected) << each.json;
  }
}

TEST(Constraints, count_characters_rather_than_bytes) {
  const std::string many = R"({"SecretId": ")" + std::string(2049, 'x') + R"("})";
  EXPECT_THAT(violations(models::secretsmanager::input_of("GetSecretValue"), many), testing::SizeIs(1));
  std::string umlauts;
  for (int i = 0; i < 2048; ++i) umlauts += "\u00e4";
  EXPECT_THAT(
      violations(models::secretsmanager::input_of("GetSecretValue"), R"({"SecretId": ")" + umlauts + R"("})"),
      IsEmpty());
}

TEST(Constraints, never_repeat_a_secret) {
  const auto found = violations(models::secretsmanager::input_of("PutSecretValue"),
                                R"({"SecretId": "s", "RotationToken": "hush hush"})");
  ASSERT_FALSE(found.empty());
  for (const std::string& each : found) {
    EXPECT_EQ(each.find("hush"), std::string::npos) << each;
    EXPECT_TRUE(each.starts_with("Value at 'rotationToken'")) << each;
  }
}

TEST(Constraints, stop_at_ten) {
  std::string tags;
  for (int i = 0; i < 20; ++i) tags += R"({"Key": ""},)";
  tags.pop_back();
  const auto found = violations(models::secretsmanager::input_of("TagResource"),
                                R"({"SecretId": "s", "Tags": [)" + tags + "]}");
  EXPECT_EQ(found.size(), 10U);
  EXPECT_TRUE(core::validation_message(found).starts_with(
      "10 validation errors detected: Value '' at 'tags.1.member.key'"));
}

TEST(Constraints, tell_wrong_json_types) {
  struct Case {
    std::string_view json;
    std::string_view expected;
  };
  const Case cases[] = {
      {R"({"TableName": "t", "Key": {"a": 7}})", ""},
      {R"({"TableName": null})", ""},
      {R"({"TableName": 5})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"TableName": 5.5})", "DECIMAL_VALUE cannot be converted to String"},
      {R"({"TableName": true})", "TRUE_VALUE cannot be converted to String"},
      {R"({"TableName": []})", "Unrecognized collection type class java.lang.String"},
      {R"({"TableName": {}})", "Start of structure or map found where not expected"},
      {R"({"ConsistentRead": "yes"})", "Unexpected token received from parser"},
      {R"({"Key": "x"})", "Unexpected field type"},
      {R"({"AttributesToGet": {}})", "Start of structure or map found where not expected"},
      {R"([])", "Unrecognized collection type class java.lang.Object"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(wrong_type(models::dynamodb::input_of("GetItem"), each.json), each.expected) << each.json;
  }
}

TEST(Constraints, one_violation_is_one_error) {
  EXPECT_EQ(core::validation_message({"Value null at 'x' failed"}),
            "1 validation error detected: Value null at 'x' failed");
}

}  // namespace
}  // namespace gannet
