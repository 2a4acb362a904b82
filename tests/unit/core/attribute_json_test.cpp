#include "core/attribute_json.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

using namespace std::string_literals;

std::string written(const AttributeValue& value) {
  JsonWriter writer;
  write(writer, value);
  return writer.take();
}

Result<AttributeValue> read(std::string_view json, std::string_view path = "Item.a") {
  const auto document = JsonDocument::parse(json, 200);
  if (!document) return std::unexpected(document.error());
  return read_attribute_value(document->root(), path);
}

AttributeValue nested_lists(std::size_t levels) {
  AttributeValue value = "innermost";
  for (std::size_t level = 1; level < levels; ++level) value = AttributeValue::List{value};
  return value;
}

AttributeValue nested_maps(std::size_t levels) {
  AttributeValue value = AttributeValue::Map{};
  for (std::size_t level = 1; level < levels; ++level) value = AttributeValue::Map{{"m", value}};
  return value;
}

TEST(AttributeJson, writes_and_reads_every_type) {
  const struct {
    AttributeValue value;
    std::string_view json;
  } cases[] = {
      {"text \"quoted\" \u20ac", "{\"S\":\"text \\\"quoted\\\" \u20ac\"}"},
      {"", R"({"S":""})"},
      {"nul \0 inside"s, R"({"S":"nul \u0000 inside"})"},
      {AttributeValue::number("-12345678901234567890.123456789012345678E-10"),
       R"({"N":"-12345678901234567890.123456789012345678E-10"})"},
      {0, R"({"N":"0"})"},
      {to_bytes("\0\xff\x80 bytes"s), R"({"B":"AP+AIGJ5dGVz"})"},
      {Bytes{}, R"({"B":""})"},
      {StringSet{{"a", "b"}}, R"({"SS":["a","b"]})"},
      {NumberSet{{"1", "2.50"}}, R"({"NS":["1","2.50"]})"},
      {BinarySet{{to_bytes("a"), to_bytes("bc")}}, R"({"BS":["YQ==","YmM="]})"},
      {AttributeValue::Map{}, R"({"M":{}})"},
      {AttributeValue::Map{{"b", 1}, {"a", AttributeValue()}, {"", "empty name"}},
       R"({"M":{"":{"S":"empty name"},"a":{"NULL":true},"b":{"N":"1"}}})"},
      {AttributeValue::List{}, R"({"L":[]})"},
      {AttributeValue::List{1, "a", AttributeValue::List{true}},
       R"({"L":[{"N":"1"},{"S":"a"},{"L":[{"BOOL":true}]}]})"},
      {AttributeValue(), R"({"NULL":true})"},
      {true, R"({"BOOL":true})"},
      {false, R"({"BOOL":false})"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(written(test.value), test.json);
    const auto back = read(test.json);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, test.value) << test.json;
  }
}

TEST(AttributeJson, takes_null_members_as_absent_and_any_white_space) {
  EXPECT_EQ(*read(R"({"S": "a", "N": null, "Unheard": null})"), AttributeValue("a"));
  EXPECT_EQ(*read(" { \"L\" : [ { \"N\" : \"1\" } ] } "), AttributeValue(AttributeValue::List{1}));
}

TEST(AttributeJson, says_what_is_wrong_and_where) {
  const struct {
    std::string_view json;
    std::string_view message;
  } cases[] = {
      {"null", R"(Item.a: an object with one type is needed, such as {"S": "text"}.)"},
      {"\"a\"", R"(Item.a: an object with one type is needed, such as {"S": "text"}.)"},
      {"[]", R"(Item.a: an object with one type is needed, such as {"S": "text"}.)"},
      {"{}", R"(Item.a: there is no type in the attribute value; one is needed, such as {"S": "text"}.)"},
      {R"({"S":null})",
       R"(Item.a: there is no type in the attribute value; one is needed, such as {"S": "text"}.)"},
      {R"({"X":"a"})", "Item.a: \"X\" is no type of an attribute value."},
      {R"({"s":"a"})", "Item.a: \"s\" is no type of an attribute value."},
      {R"({"":"a"})", "Item.a: \"\" is no type of an attribute value."},
      {R"({"S":"a","N":"1"})",
       "Item.a: there are several types in one attribute value, where one is needed."},
      {R"({"S":"a","S":"b"})",
       "Item.a: there are several types in one attribute value, where one is needed."},
      {R"({"S":1})", "Item.a.S: a JSON string is needed."},
      {R"({"N":1})", "Item.a.N: a JSON string is needed."},
      {R"({"B":[]})", "Item.a.B: a JSON string is needed."},
      {R"({"B":"YQ"})", "Item.a.B: the string is not base64."},
      {R"({"B":"***="})", "Item.a.B: the string is not base64."},
      {R"({"SS":"a"})", "Item.a.SS: an array is needed."},
      {R"({"SS":["a",1]})", "Item.a.SS[1]: a JSON string is needed."},
      {R"({"NS":{}})", "Item.a.NS: an array is needed."},
      {R"({"NS":[null]})", "Item.a.NS[0]: a JSON string is needed."},
      {R"({"BS":true})", "Item.a.BS: an array is needed."},
      {R"({"BS":["YQ==","Y"]})", "Item.a.BS[1]: the string is not base64."},
      {R"({"M":[]})", "Item.a.M: an object of attribute names and values is needed."},
      {R"({"M":{"street":{"S":5}}})", "Item.a.M.street.S: a JSON string is needed."},
      {R"({"M":{"street":"x"}})",
       R"(Item.a.M.street: an object with one type is needed, such as {"S": "text"}.)"},
      {R"({"M":{"b":{"S":"1"},"b":{"S":"2"}}})", "Item.a.M.b: the attribute is there twice."},
      {R"({"M":{"b":{"S":"1"},"c":{"S":"1"},"b":{"S":"2"}}})", "Item.a.M.b: the attribute is there twice."},
      {R"({"L":{}})", "Item.a.L: an array is needed."},
      {R"({"L":[{"S":"a"},{"M":{"x":{"L":[{}]}}}]})",
       R"(Item.a.L[1].M.x.L[0]: there is no type in the attribute value; one is needed, such as {"S": "text"}.)"},
      {R"({"NULL":false})", "Item.a.NULL: it must be true."},
      {R"({"NULL":"true"})", "Item.a.NULL: it must be true."},
      {R"({"BOOL":"true"})", "Item.a.BOOL: true or false is needed."},
      {R"({"BOOL":1})", "Item.a.BOOL: true or false is needed."},
  };
  for (const auto& test : cases) {
    const auto value = read(test.json);
    ASSERT_FALSE(value) << test.json;
    EXPECT_EQ(value.error().kind, ErrorKind::protocol);
    EXPECT_EQ(value.error().code, "SerializationException");
    EXPECT_EQ(value.error().message, test.message) << test.json;
  }
}

TEST(AttributeJson, reads_and_writes_items) {
  const Item item = {{"PK", "USER#1"}, {"SK", "USER#1"}, {"n", 5}, {"tags", StringSet{{"x"}}}};
  JsonWriter writer;
  write_item(writer, item);
  EXPECT_EQ(writer.text(), R"({"PK":{"S":"USER#1"},"SK":{"S":"USER#1"},"n":{"N":"5"},"tags":{"SS":["x"]}})");
  const auto document = JsonDocument::parse(writer.text());
  EXPECT_EQ(*read_item(document->root(), "Item"), item);

  const auto unsorted = JsonDocument::parse(R"({"b":{"N":"2"},"c":{"N":"3"},"a":{"N":"1"}})");
  EXPECT_EQ(*read_item(unsorted->root(), "Item"), (Item{{"a", 1}, {"b", 2}, {"c", 3}}));

  const auto wrong = JsonDocument::parse(R"({"address":{"M":{"street":{"S":5}}}})");
  EXPECT_EQ(read_item(wrong->root(), "Item").error().message,
            "Item.address.M.street.S: a JSON string is needed.");
  EXPECT_EQ(read_item(wrong->root(), "").error().message, "address.M.street.S: a JSON string is needed.");
  EXPECT_EQ(read_item(JsonDocument::parse("[]")->root(), "Key").error().message,
            "Key: an object of attribute names and values is needed.");
}

TEST(AttributeJson, allows_the_levels_that_the_service_does) {
  for (const auto& make : {nested_lists, nested_maps}) {
    const auto deepest = make(maximum_attribute_levels);
    const auto back = read(written(deepest));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, deepest);
    EXPECT_TRUE(JsonDocument::parse("{\"Item\":{\"a\":" + written(deepest) + "}}"))
        << "fits the usual JSON depth";

    const auto too_deep = read(written(make(maximum_attribute_levels + 1)));
    ASSERT_FALSE(too_deep);
    EXPECT_TRUE(too_deep.error().message.ends_with(": values are nested deeper than 32 levels."))
        << too_deep.error().message;
  }
}

TEST(AttributeJson, refuses_every_cut_of_a_value) {
  const auto whole = R"({"M":{"a":{"L":[{"S":"x"},{"N":"1"},{"NULL":true}]},"b":{"BS":["YQ=="]}}})"s;
  ASSERT_TRUE(read(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read(whole.substr(0, length))) << length;
}

}  // namespace
}  // namespace gannet::core
