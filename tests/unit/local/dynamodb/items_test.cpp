#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

class Items : public testing::Test {
 protected:
  Items() { service.make_people(); }
  ServiceUnderTest service;
};

constexpr std::string_view key = R"("TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}})";

std::string with_key(std::string_view more) {
  return "{" + std::string(key) + "," + std::string(more) + "}";
}

std::string put_with(std::string_view attribute) {
  return R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"1"},"v":)" + std::string(attribute) +
         "}}";
}

struct Kept {
  const char* given;
  const char* kept;
};

TEST_F(Items, come_back_as_the_service_writes_them) {
  const std::vector<Kept> all = {
      {R"({"S":""})", R"({"S":""})"},
      {R"({"S":"é\u20ac\ud83d\ude00\u0000\"\\"})", "{\"S\":\"é€😀\\u0000\\\"\\\\\"}"},
      {R"({"N":"1.50e1"})", R"({"N":"15"})"},
      {R"({"B":"AAEC/w=="})", R"({"B":"AAEC/w=="})"},
      {R"({"B":""})", R"({"B":""})"},
      {R"({"BOOL":false})", R"({"BOOL":false})"},
      {R"({"NULL":true})", R"({"NULL":true})"},
      {R"({"SS":["b","a",""]})", R"({"SS":["","a","b"]})"},
      {R"({"NS":["10","9","-1.0"]})", R"({"NS":["-1","9","10"]})"},
      {R"({"BS":["Yg==","YQ=="]})", R"({"BS":["YQ==","Yg=="]})"},
      {R"({"L":[]})", R"({"L":[]})"},
      {R"({"M":{}})", R"({"M":{}})"},
      {R"({"L":[{"N":"1.0"},{"M":{"b":{"S":"x"},"a":{"L":[{"NULL":true}]}}}]})",
       R"({"L":[{"N":"1"},{"M":{"a":{"L":[{"NULL":true}]},"b":{"S":"x"}}}]})"},
      {R"({"S":"x","N":null,"unknown":5})", R"({"S":"x"})"},
  };
  for (const auto& [given, kept] : all) {
    EXPECT_EQ(service.ask("PutItem", put_with(given)), "{}") << given;
    EXPECT_EQ(member(member(service.get("a", "1"), "Item"), "v"), kept) << given;
  }
}

struct RefusedWrite {
  std::string given;
  const char* message;
};

TEST_F(Items, are_refused_with_values_that_are_none) {
  const std::string empty =
      "ValidationException: Supplied AttributeValue is empty, must contain exactly one of the supported "
      "datatypes";
  std::string deep = R"({"S":"x"})";
  for (int i = 0; i < 32; ++i) deep = R"({"L":[)" + deep + "]}";
  const std::vector<RefusedWrite> all = {
      {"{}", empty.c_str()},
      {R"({"S":null})", empty.c_str()},
      {R"({"X":"a"})", empty.c_str()},
      {R"({"L":[{}]})", empty.c_str()},
      {R"({"M":{"a":{}}})", empty.c_str()},
      {R"({"M":{"":{"S":"a"}}})", "Empty attribute name"},
      {R"({"S":"a","N":"1"})", "more than one datatypes set"},
      {"null", "contains a null AttributeValue: v is null"},
      {R"({"N":"x"})", "cannot be converted to a numeric value: x"},
      {R"({"N":"1e126"})", "Number overflow"},
      {R"({"SS":[]})", "An string set  may not be empty"},
      {R"({"NS":[]})", "An number set  may not be empty"},
      {R"({"BS":[]})", "Binary sets should not be empty"},
      {R"({"SS":["b","a","b"]})", "Input collection [b, a, b] contains duplicates"},
      {R"({"NS":["1","1.0"]})", "Input collection contains duplicates"},
      {R"({"BS":["YQ==","YQ=="]})", "contains duplicates"},
      {R"({"NULL":false})", "Null attribute value types must have the value of true"},
      {deep, "nested levels beyond supported limit"},
      {R"({"S":1})", "SerializationException: NUMBER_VALUE cannot be converted to String"},
      {R"({"S":1.5})", "SerializationException: DECIMAL_VALUE cannot be converted to String"},
      {R"({"S":true})", "SerializationException: TRUE_VALUE cannot be converted to String"},
      {R"({"S":{}})", "SerializationException: Start of structure or map found where not expected"},
      {R"({"S":[]})", "SerializationException"},
      {R"({"N":1})", "SerializationException: NUMBER_VALUE cannot be converted to String"},
      {R"({"B":"!!"})", "SerializationException"},
      {R"({"BOOL":"true"})", "SerializationException: STRING_VALUE cannot be converted to Boolean"},
      {R"({"SS":"a"})", "SerializationException"},
      {R"({"SS":[null]})", "SerializationException"},
      {R"({"L":{}})", "SerializationException"},
      {R"({"M":[]})", "SerializationException"},
      {"5", "SerializationException"},
      {R"("text")", "SerializationException"},
  };
  for (const auto& [given, message] : all) {
    EXPECT_THAT(service.refusal("PutItem", put_with(given)), HasSubstr(message)) << given;
  }
  EXPECT_EQ(service.get("a", "1"), "{}");
}

TEST_F(Items, may_have_400_kilobytes) {
  // PK, SK, v and their values "a" and "1" are seven bytes.
  const std::size_t room = 400 * 1024 - 7;
  EXPECT_EQ(service.ask("PutItem", put_with(R"({"S":")" + std::string(room, 'x') + R"("})")), "{}");
  EXPECT_EQ(service.refusal("PutItem", put_with(R"({"S":")" + std::string(room + 1, 'x') + R"("})")),
            "ValidationException: Item size has exceeded the maximum allowed size");
  EXPECT_EQ(service.refusal("UpdateItem", with_key(R"("UpdateExpression":"SET more = :m",
      "ExpressionAttributeValues":{":m":{"S":"x"}})")),
            "ValidationException: Item size to update has exceeded the maximum allowed size");
}

TEST_F(Items, need_their_whole_key) {
  const auto put = [&](std::string_view item) {
    return service.refusal("PutItem", R"({"TableName":"people","Item":)" + std::string(item) + "}");
  };
  EXPECT_EQ(put(R"({"PK":{"S":"a"}})"),
            "ValidationException: One or more parameter values were invalid: Missing the key SK in the item");
  EXPECT_EQ(
      put(R"({"PK":{"N":"1"},"SK":{"S":"b"}})"),
      "ValidationException: One or more parameter values were invalid: Type mismatch for key PK expected: S "
      "actual: N");
  EXPECT_THAT(put(R"({"PK":{"S":""},"SK":{"S":"b"}})"),
              HasSubstr("cannot contain an empty string value. Key: PK"));
  EXPECT_THAT(put(R"({"PK":{"S":")" + std::string(2049, 'x') + R"("},"SK":{"S":"b"}})"),
              HasSubstr("2048 bytes"));
  EXPECT_THAT(put(R"({"PK":{"S":"a"},"SK":{"S":")" + std::string(1025, 'x') + R"("}})"),
              HasSubstr("1024 bytes"));
  EXPECT_EQ(service.ask("PutItem", R"({"TableName":"people","Item":{"PK":{"S":")" + std::string(2048, 'x') +
                                       R"("},"SK":{"S":")" + std::string(1024, 'x') + R"("}}})"),
            "{}");
  for (const std::string operation : {"GetItem", "DeleteItem", "UpdateItem"}) {
    for (const std::string wrong :
         {R"({})", R"({"PK":{"S":"a"}})", R"({"PK":{"S":"a"},"SK":{"N":"1"}})",
          R"({"PK":{"S":"a"},"X":{"S":"b"}})", R"({"PK":{"S":"a"},"SK":{"S":"b"},"x":{"S":"a"}})"}) {
      EXPECT_EQ(service.refusal(operation, R"({"TableName":"people","Key":)" + wrong + "}"),
                "ValidationException: The provided key element does not match the schema")
          << operation << wrong;
    }
  }
}

TEST_F(Items, give_the_parts_that_are_asked_for) {
  service.put(
      "a", "1",
      R"("l":{"L":[{"S":"x"},{"N":"1"},{"M":{"q":{"S":"z"}}}]},"m":{"M":{"a":{"S":"v"},"b":{"N":"2"}}})");
  const auto parts = [&](std::string_view expression) {
    return service.ask("GetItem", with_key(R"("ProjectionExpression":")" + std::string(expression) + R"(")"));
  };
  EXPECT_EQ(parts("SK, nope"), R"({"Item":{"SK":{"S":"1"}}})");
  EXPECT_EQ(parts("nope"), R"({"Item":{}})");
  EXPECT_EQ(parts("l[2].q, l[0], m.b"),
            R"({"Item":{"l":{"L":[{"S":"x"},{"M":{"q":{"S":"z"}}}]},"m":{"M":{"b":{"N":"2"}}}}})");
  EXPECT_EQ(parts("l[9], m.z, PK.x"), R"({"Item":{}})");
  EXPECT_EQ(service.ask("GetItem",
                        with_key(R"("ProjectionExpression":"#k","ExpressionAttributeNames":{"#k":"SK"})")),
            R"({"Item":{"SK":{"S":"1"}}})");
  EXPECT_THAT(
      service.refusal("GetItem", with_key(R"("ProjectionExpression":"m, m.a")")),
      HasSubstr(
          "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
          "[m], path two: [m, a]"));
  EXPECT_THAT(service.refusal("GetItem", with_key(R"("AttributesToGet":["m"])")),
              HasSubstr("legacy parameter"));
}

TEST_F(Items, tell_what_they_replaced) {
  EXPECT_EQ(service.ask(
                "PutItem",
                R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"1"}},"ReturnValues":"ALL_OLD"})"),
            "{}");
  EXPECT_EQ(
      service.ask(
          "PutItem",
          R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"1"},"v":{"N":"1"}},"ReturnValues":"ALL_OLD"})"),
      R"({"Attributes":{"PK":{"S":"a"},"SK":{"S":"1"}}})");
  EXPECT_EQ(service.ask("DeleteItem", with_key(R"("ReturnValues":"ALL_OLD")")),
            R"({"Attributes":{"PK":{"S":"a"},"SK":{"S":"1"},"v":{"N":"1"}}})");
  EXPECT_EQ(service.ask("DeleteItem", with_key(R"("ReturnValues":"ALL_OLD")")), "{}");
  EXPECT_EQ(service.refusal("DeleteItem", with_key(R"("ReturnValues":"ALL_NEW")")),
            "ValidationException: ReturnValues can only be ALL_OLD or NONE");
}

TEST_F(Items, tell_the_capacity_they_consume) {
  service.put("a", "1", R"("v":{"S":")" + std::string(5000, 'x') + R"("})");
  EXPECT_EQ(
      member(service.ask("GetItem", with_key(R"("ReturnConsumedCapacity":"TOTAL")")), "ConsumedCapacity"),
      R"({"TableName":"people","CapacityUnits":1})");
  EXPECT_EQ(
      member(service.ask("GetItem", with_key(R"("ReturnConsumedCapacity":"INDEXES","ConsistentRead":true)")),
             "ConsumedCapacity"),
      R"({"TableName":"people","CapacityUnits":2,"Table":{"CapacityUnits":2}})");
  EXPECT_EQ(service.ask("DeleteItem", with_key(R"("ReturnConsumedCapacity":"TOTAL")")),
            R"({"ConsumedCapacity":{"TableName":"people","CapacityUnits":5}})");
}

TEST_F(Items, stay_as_they_are_when_a_condition_fails) {
  service.put("a", "1", R"("v":{"N":"1"})");
  const std::string failed = "ConditionalCheckFailedException: The conditional request failed";
  EXPECT_EQ(service.refusal("PutItem", R"json({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"1"}},
      "ConditionExpression":"attribute_not_exists(PK)"})json"),
            failed);
  EXPECT_EQ(service.refusal(
                "DeleteItem",
                with_key(R"("ConditionExpression":"v = :v","ExpressionAttributeValues":{":v":{"N":"2"}})")),
            failed);
  EXPECT_EQ(service.refusal("UpdateItem",
                            with_key(R"("UpdateExpression":"SET v = :v","ConditionExpression":"v > :v",
      "ExpressionAttributeValues":{":v":{"N":"2"}})")),
            failed);
  EXPECT_EQ(service.get("a", "1"), R"({"Item":{"PK":{"S":"a"},"SK":{"S":"1"},"v":{"N":"1"}}})");
  EXPECT_EQ(
      service
          .handle("DeleteItem", with_key(R"json("ConditionExpression":"attribute_not_exists(v)",
      "ReturnValuesOnConditionCheckFailure":"ALL_OLD")json"))
          .body,
      R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional )"
      R"(request failed","Item":{"PK":{"S":"a"},"SK":{"S":"1"},"v":{"N":"1"}}})");
  EXPECT_EQ(service.ask("PutItem", R"json({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"2"}},
      "ConditionExpression":"attribute_not_exists(PK)"})json"),
            "{}");
}

TEST_F(Items, are_refused_when_placeholders_do_not_fit) {
  const auto put = [&](std::string_view more) {
    return service.refusal("PutItem", R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"S":"1"}},)" +
                                          std::string(more) + "}");
  };
  const std::string invalid = "ValidationException: ";
  EXPECT_EQ(put(R"("ConditionExpression":"#a = :a")"),
            invalid +
                "Invalid ConditionExpression: An expression attribute name used in the document path is not "
                "defined; attribute name: #a");
  EXPECT_EQ(
      put(R"("ConditionExpression":"PK = :a")"),
      invalid +
          "Invalid ConditionExpression: An expression attribute value used in expression is not defined; "
          "attribute value: :a");
  EXPECT_EQ(
      put(R"("ConditionExpression":"PK = :a","ExpressionAttributeValues":{":a":{"S":"a"},":b":{"S":"a"}})"),
      invalid + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}");
  EXPECT_EQ(
      put(R"json("ConditionExpression":"attribute_exists(PK)","ExpressionAttributeNames":{"#x":"PK"})json"),
      invalid + "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}");
  EXPECT_EQ(put(R"("ConditionExpression":"PK = :a","ExpressionAttributeValues":{})"),
            invalid + "ExpressionAttributeValues must not be empty");
  EXPECT_EQ(put(R"json("ConditionExpression":"attribute_exists(PK)","ExpressionAttributeNames":{})json"),
            invalid + "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(put(R"("ConditionExpression":"PK = :a","ExpressionAttributeValues":{"a":{"S":"a"}})"),
            invalid + R"(ExpressionAttributeValues contains invalid key: Syntax error; key: "a")");
  EXPECT_EQ(put(R"("ConditionExpression":"#a = PK","ExpressionAttributeNames":{"a":"x"})"),
            invalid + R"(ExpressionAttributeNames contains invalid key: Syntax error; key: "a")");
  EXPECT_EQ(put(R"("ConditionExpression":"PK = :a","ExpressionAttributeValues":{":a":{"N":"x"}})"),
            invalid +
                "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
                "numeric "
                "value: x for key :a");
  EXPECT_EQ(put(R"("ConditionExpression":"PK = :a","ExpressionAttributeValues":{":a":{"S":5}})"),
            "SerializationException: NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(put(R"("ExpressionAttributeNames":{"#a":"x"})"),
            invalid + "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(put(R"("ExpressionAttributeValues":{":a":{"S":"a"}})"),
            invalid +
                "ExpressionAttributeValues can only be specified when using expressions: "
                "ConditionExpression is null");
  EXPECT_THAT(put(R"("Expected":{"PK":{"Exists":false}})"),
              HasSubstr("legacy parameter Expected. Use ConditionExpression"));
}

TEST_F(Items, are_refused_when_the_model_is_broken) {
  EXPECT_EQ(service.refusal("PutItem", R"({"TableName":"people"})"),
            "ValidationException: 1 validation error detected: Value null at 'item' failed to satisfy "
            "constraint: Member "
            "must not be null");
  EXPECT_THAT(service.refusal("PutItem", R"({"TableName":"people","Item":{},"ReturnValues":"SOME"})"),
              HasSubstr("Value 'SOME' at 'returnValues' failed to satisfy constraint: Member must satisfy "
                        "enum value set"));
  EXPECT_THAT(service.refusal("PutItem", R"({"TableName":5,"Item":{}})"),
              HasSubstr("SerializationException: NUMBER_VALUE"));
  EXPECT_THAT(service.refusal("PutItem", R"({"TableName":"people","Item":[]})"),
              HasSubstr("SerializationException"));
  EXPECT_THAT(service.refusal("GetItem", with_key(R"("ConsistentRead":"yes")")),
              HasSubstr("SerializationException"));
}

}  // namespace
}  // namespace gannet::local::dynamodb
