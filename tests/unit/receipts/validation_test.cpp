#include "receipts/validation.hpp"

#include <boost/json/parse.hpp>

namespace receipts {
namespace {

namespace json = boost::json;

json::array detail_of(const Faults& faults) {
  return json::parse(faults.to_json()).at("detail").as_array();
}

TEST(Validation, names_cannot_escape_from_their_key) {
  const std::string longest(255, 'x');
  for (const std::string& good :
       {std::string("lunch.jpg"), std::string("Quittung März.pdf"), std::string("a"), std::string("..."),
        std::string("..a"), std::string("%2e%2e"), longest}) {
    EXPECT_EQ(name_fault(good), std::nullopt) << good;
  }
  for (const std::string& bad : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                 std::string("/a"), std::string("a\\b"), std::string("a\nb"),
                                 std::string("a\0b", 3), std::string("\x7F"), std::string(256, 'x')}) {
    EXPECT_NE(name_fault(bad), std::nullopt) << bad;
  }
}

TEST(Validation, only_receipts_types_are_allowed) {
  for (const char* good : {"image/jpeg", "image/png", "image/webp", "application/pdf"}) {
    EXPECT_TRUE(is_allowed_content_type(good));
  }
  for (const char* bad : {"", "image/gif", "text/html", "image/jpeg; charset=x", "IMAGE/JPEG"}) {
    EXPECT_FALSE(is_allowed_content_type(bad)) << bad;
  }
}

TEST(Validation, a_good_body_has_no_faults) {
  Faults faults;
  JsonBody body(R"({"user_id":"u","content_type":"image/png","points":3,"list":["a"],"other":1})", faults);
  EXPECT_EQ(body.name("user_id"), "u");
  EXPECT_EQ(body.content_type("content_type"), "image/png");
  EXPECT_EQ(body.optional_integer("points"), 3);
  EXPECT_EQ(body.optional_text("absent"), std::nullopt);
  EXPECT_EQ(body.texts("list", 2), std::vector<std::string>{"a"});
  EXPECT_EQ(body.rest(), json::object({{"other", 1}}));
  EXPECT_TRUE(faults.none());
}

TEST(Validation, faults_are_listed_as_fastapi_lists_them) {
  struct Case {
    const char* body;
    const char* detail;
  };
  const Case cases[] = {
      {"", R"([{"type":"missing","loc":["body"],"msg":"Field required","input":null}])"},
      {"{}", R"([{"type":"missing","loc":["body","user_id"],"msg":"Field required","input":{}}])"},
      {R"({"user_id":1})",
       R"([{"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":1}])"},
      {R"({"user_id":null})",
       R"([{"type":"string_type","loc":["body","user_id"],"msg":"Input should be a valid string","input":null}])"},
      {R"({"user_id":""})",
       R"([{"type":"string_too_short","loc":["body","user_id"],"msg":"String should have at least 1 character","input":""}])"},
      {R"({"user_id":".."})",
       R"([{"type":"value_error","loc":["body","user_id"],"msg":"Value error, must not be '.' or '..'","input":".."}])"},
      {"[]",
       R"([{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]}])"},
  };
  for (const Case& c : cases) {
    Faults faults;
    JsonBody body(c.body, faults);
    body.name("user_id");
    EXPECT_EQ(json::value(detail_of(faults)), json::parse(c.detail)) << c.body;
  }
}

TEST(Validation, every_truncated_body_is_a_fault) {
  const std::string whole = R"({"user_id":"u","n":[1,2.5e3,true,null,{"a":"\u00e9"}]})";
  for (std::size_t length = 1; length < whole.size(); ++length) {
    Faults faults;
    JsonBody body(whole.substr(0, length), faults);
    ASSERT_FALSE(faults.none()) << whole.substr(0, length);
    EXPECT_EQ(detail_of(faults)[0].at("type"), "json_invalid");
  }
}

TEST(Validation, nesting_that_is_too_deep_is_a_fault) {
  Faults faults;
  JsonBody body(std::string(100'000, '['), faults);
  ASSERT_FALSE(faults.none());
  EXPECT_EQ(detail_of(faults)[0].at("type"), "json_invalid");
}

TEST(Validation, what_follows_the_object_is_a_fault) {
  Faults faults;
  JsonBody body("{} x", faults);
  EXPECT_FALSE(faults.none());
}

}  // namespace
}  // namespace receipts
