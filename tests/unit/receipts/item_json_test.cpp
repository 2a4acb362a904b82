#include "receipts/item_json.hpp"

#include <boost/json/parse.hpp>

namespace receipts {
namespace {

using gannet::AttributeValue;

std::string members_of(const gannet::Item& item) {
  std::string json;
  append_members(json, item);
  return json;
}

TEST(ItemJson, json_becomes_attributes_and_back) {
  const auto json = boost::json::parse(
      R"({"a":"text \"quoted\"","b":-5,"c":18446744073709551615,"d":0.5,"e":true,"f":null,"g":[1,"x"],"h":{"i":{}}})");
  EXPECT_EQ(
      members_of(item_from_json(json.as_object())),
      R"(,"a":"text \"quoted\"","b":-5,"c":18446744073709551615,"d":0.5,"e":true,"f":null,"g":[1,"x"],"h":{"i":{}})");
}

TEST(ItemJson, types_that_json_lacks_are_written_all_the_same) {
  gannet::Item item;
  item.emplace("binary", gannet::to_bytes("abc"));
  item.emplace("digits", AttributeValue::number("12345678901234567890123456789012345678"));
  item.emplace("numbers", gannet::NumberSet{{"1", "2.50"}});
  item.emplace("texts", gannet::StringSet{{"x", "y"}});
  EXPECT_EQ(
      members_of(item),
      R"(,"binary":"YWJj","digits":12345678901234567890123456789012345678,"numbers":[1,2.50],"texts":["x","y"])");
}

}  // namespace
}  // namespace receipts
