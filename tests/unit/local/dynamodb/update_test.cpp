#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

constexpr std::string_view base =
    R"("b":{"B":"YWJj"},"l":{"L":[{"S":"x"},{"N":"1"},{"M":{"q":{"S":"z"}}}]},"m":{"M":{"a":{"S":"v"},"b":{"N":"2"}}},)"
    R"("n":{"N":"5"},"ns":{"NS":["1","2"]},"s":{"S":"abc"},"ss":{"SS":["a","b"]})";

const std::vector<std::pair<std::string, std::string>>& values() {
  static const std::vector<std::pair<std::string, std::string>> all = {
      {":s", R"({"S":"new"})"},       {":n", R"({"N":"1"})"},         {":big", R"({"N":"1e125"})"},
      {":l", R"({"L":[{"S":"q"}]})"}, {":el", R"({"L":[]})"},         {":m", R"({"M":{"z":{"S":"t"}}})"},
      {":ss", R"({"SS":["b","c"]})"}, {":ab", R"({"SS":["a","b"]})"}, {":ns", R"({"NS":["2.0","3"]})"},
      {":b", R"({"B":"YWI="})"},      {":null", R"({"NULL":true})"}};
  return all;
}

bool uses(const std::string& expression, const std::string& placeholder) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (auto at = expression.find(placeholder); at != std::string::npos;
       at = expression.find(placeholder, at + 1)) {
    const auto end = at + placeholder.size();
    if (end == expression.size() || !is_part(expression[end])) return true;
  }
  return false;
}

class Update : public testing::Test {
 protected:
  Update() {
    service.make_people();
    service.put("a", "1", base);
  }

  std::string request(const std::string& expression, std::string_view return_values) {
    std::string used;
    for (const auto& [name, value] : values()) {
      if (uses(expression, name)) used += (used.empty() ? "\"" : ",\"") + name + "\":" + value;
    }
    return R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}},"UpdateExpression":")" +
           expression + R"(","ReturnValues":")" + std::string(return_values) + "\"" +
           (used.empty() ? "" : R"(,"ExpressionAttributeValues":{)" + used + "}") + "}";
  }

  ServiceUnderTest service;
};

struct Done {
  const char* expression;
  const char* attribute;
  const char* value;  ///< "" when it is gone.
};

TEST_F(Update, changes_what_its_expression_says) {
  const std::vector<Done> all = {
      {"SET n = n + :n", "n", R"({"N":"6"})"},
      {"SET n = :n - n", "n", R"({"N":"-4"})"},
      {"SET n = if_not_exists(nope, :n) + :n", "n", R"({"N":"2"})"},
      {"SET n = if_not_exists(n, :s)", "n", R"({"N":"5"})"},
      {"SET s = n, n = s", "s", R"({"N":"5"})"},
      {"SET q = if_not_exists(x1, if_not_exists(x2, :s))", "q", R"({"S":"new"})"},
      {"SET l = list_append(:l, l)", "l", R"({"L":[{"S":"q"},{"S":"x"},{"N":"1"},{"M":{"q":{"S":"z"}}}]})"},
      {"SET q = list_append(if_not_exists(nope, :el), :l)", "q", R"({"L":[{"S":"q"}]})"},
      {"SET l[1] = :s", "l", R"({"L":[{"S":"x"},{"S":"new"},{"M":{"q":{"S":"z"}}}]})"},
      {"SET l[2].q = :n", "l", R"({"L":[{"S":"x"},{"N":"1"},{"M":{"q":{"N":"1"}}}]})"},
      {"SET l[9] = :s, l[7] = :n", "l",
       R"({"L":[{"S":"x"},{"N":"1"},{"M":{"q":{"S":"z"}}},{"N":"1"},{"S":"new"}]})"},
      {"SET l[0] = l[1], l[1] = l[0]", "l", R"({"L":[{"N":"1"},{"S":"x"},{"M":{"q":{"S":"z"}}}]})"},
      {"SET m.a = :s, m.c = :n", "m", R"({"M":{"a":{"S":"new"},"b":{"N":"2"},"c":{"N":"1"}}})"},
      {"REMOVE s", "s", ""},
      {"REMOVE nope, s", "s", ""},
      {"REMOVE m.a", "m", R"({"M":{"b":{"N":"2"}}})"},
      {"REMOVE l[0], l[2]", "l", R"({"L":[{"N":"1"}]})"},
      {"REMOVE l[9]", "l", R"({"L":[{"S":"x"},{"N":"1"},{"M":{"q":{"S":"z"}}}]})"},
      {"SET l[9] = :s REMOVE l[3], l[0]", "l", R"({"L":[{"N":"1"},{"M":{"q":{"S":"z"}}},{"S":"new"}]})"},
      {"ADD n :n", "n", R"({"N":"6"})"},
      {"ADD fresh :n", "fresh", R"({"N":"1"})"},
      {"ADD fresh :ss", "fresh", R"({"SS":["b","c"]})"},
      {"ADD m.b :n", "m", R"({"M":{"a":{"S":"v"},"b":{"N":"3"}}})"},
      {"ADD ss :ss", "ss", R"({"SS":["a","b","c"]})"},
      {"ADD ns :ns", "ns", R"({"NS":["1","2","3"]})"},
      {"DELETE ss :ss", "ss", R"({"SS":["a"]})"},
      {"DELETE ns :ns", "ns", R"({"NS":["1"]})"},
      {"DELETE ss :ab", "ss", ""},
      {"DELETE nope :ss", "nope", ""},
      {"SET s = :s ADD n :n REMOVE m.a DELETE ss :ss", "n", R"({"N":"6"})"},
  };
  for (const auto& [expression, attribute, value] : all) {
    service.put("a", "1", base);
    const std::string answer = service.ask("UpdateItem", request(expression, "ALL_NEW"));
    EXPECT_EQ(member(member(answer, "Attributes"), attribute), value) << expression;
    EXPECT_EQ(member(answer, "Attributes"), member(service.get("a", "1"), "Item")) << expression;
  }
}

struct RefusedUpdate {
  const char* expression;
  const char* message;
};

TEST_F(Update, is_refused_as_a_whole) {
  const char* path = "The document path provided in the update expression is invalid for update";
  const char* absent = "The provided expression refers to an attribute that does not exist in the item";
  const char* operand = "An operand in the update expression has an incorrect data type";
  const std::vector<RefusedUpdate> all = {
      {"SET n = nope + :n", absent},
      {"SET q = nope", absent},
      {"SET q = m.nope", absent},
      {"SET q = l[7]", absent},
      {"SET l = list_append(nope, :l)", absent},
      {"SET s = s + :n", operand},
      {"SET n = n - s", operand},
      {"SET l = list_append(l, s)", operand},
      {"ADD s :n", operand},
      {"ADD n :ss", operand},
      {"ADD ss :ns", operand},
      {"DELETE ss :ns", operand},
      {"DELETE n :ns", operand},
      {"SET m.x.y = :s", path},
      {"SET nope.a = :s", path},
      {"SET nope[0] = :s", path},
      {"SET s.a = :s", path},
      {"SET m[0] = :s", path},
      {"SET l.a = :s", path},
      {"REMOVE nope.a", path},
      {"REMOVE l[0].a", path},
      {"ADD m.x.y :n", path},
      {"DELETE nope.a :ss", path},
      {"SET n = n + :big, s = :s", "38 significant digits"},
      {"SET s = :s + :n", "operator or function: +, operand type: S"},
      {"SET s = :n - :m", "operator or function: -, operand type: M"},
      {"SET l = list_append(l, :s)", "operator or function: list_append, operand type: S"},
      {"ADD n :s", "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
      {"ADD b :b", "operator: ADD, operand type: BINARY, typeSet: ALLOWED_FOR_ADD_OPERAND"},
      {"ADD n :null", "operator: ADD, operand type: NULL, typeSet: ALLOWED_FOR_ADD_OPERAND"},
      {"DELETE ss :n", "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
      {"DELETE ss :m", "operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
      {"SET a1 = :s, a1 = :n",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path one: [a1], path two: [a1]"},
      {"SET m = :m, m.a = :s", "path one: [m], path two: [m, a]"},
      {"SET l[0] = :s REMOVE l[0]", "path one: [l, [0]], path two: [l, [0]]"},
      {"SET m.a = :s, m[0] = :n", "Two document paths conflict with each other"},
      {"SET PK = :s", "Cannot update attribute PK. This attribute is part of the key"},
      {"REMOVE SK", "Cannot update attribute SK. This attribute is part of the key"},
      {"ADD PK :n", "Cannot update attribute PK. This attribute is part of the key"},
  };
  const std::string before = service.get("a", "1");
  for (const auto& [expression, message] : all) {
    const std::string refusal = service.refusal("UpdateItem", request(expression, "NONE"));
    EXPECT_THAT(refusal, testing::StartsWith("ValidationException: ")) << expression;
    EXPECT_THAT(refusal, HasSubstr(message)) << expression;
    EXPECT_EQ(service.get("a", "1"), before) << expression;
  }
}

TEST_F(Update, returns_what_it_is_asked_for) {
  struct Returned {
    const char* expression;
    const char* return_values;
    const char* answer;
  };
  const std::vector<Returned> all = {
      {"SET n = n + :n", "NONE", "{}"},
      {"SET n = n + :n", "UPDATED_OLD", R"({"Attributes":{"n":{"N":"5"}}})"},
      {"SET n = n + :n", "UPDATED_NEW", R"({"Attributes":{"n":{"N":"6"}}})"},
      {"SET m.a = :s", "UPDATED_OLD", R"({"Attributes":{"m":{"M":{"a":{"S":"v"}}}}})"},
      {"SET m.a = :s", "UPDATED_NEW", R"({"Attributes":{"m":{"M":{"a":{"S":"new"}}}}})"},
      {"SET fresh = :s", "UPDATED_OLD", "{}"},
      {"REMOVE s", "UPDATED_NEW", "{}"},
      {"REMOVE s", "UPDATED_OLD", R"({"Attributes":{"s":{"S":"abc"}}})"},
  };
  for (const auto& [expression, return_values, answer] : all) {
    service.put("a", "1", base);
    EXPECT_EQ(service.ask("UpdateItem", request(expression, return_values)), answer)
        << expression << return_values;
  }
  service.put("a", "1", base);
  EXPECT_EQ(member(service.ask("UpdateItem", request("REMOVE s", "ALL_OLD")), "Attributes"),
            R"({"PK":{"S":"a"},"SK":{"S":"1"},)" + std::string(base) + "}");
}

TEST_F(Update, makes_the_item_that_is_not_there) {
  EXPECT_EQ(service.ask("UpdateItem", R"({"TableName":"people","Key":{"PK":{"S":"b"},"SK":{"S":"1"}},
      "UpdateExpression":"ADD visits :n","ExpressionAttributeValues":{":n":{"N":"1"}},"ReturnValues":"ALL_NEW"})"),
            R"({"Attributes":{"PK":{"S":"b"},"SK":{"S":"1"},"visits":{"N":"1"}}})");
  EXPECT_EQ(service.ask("UpdateItem", R"({"TableName":"people","Key":{"PK":{"S":"c"},"SK":{"S":"1"}}})"),
            "{}");
  EXPECT_EQ(service.get("c", "1"), R"({"Item":{"PK":{"S":"c"},"SK":{"S":"1"}}})");
}

TEST_F(Update, may_not_nest_deeper_than_items_do) {
  std::string deep = R"({"S":"x"})";
  for (int i = 0; i < 31; ++i) deep = R"({"L":[)" + deep + "]}";
  const std::string values = R"("ExpressionAttributeValues":{":d":)" + deep + "}";
  const std::string update = R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}},)";
  EXPECT_EQ(service.ask("UpdateItem", update + R"("UpdateExpression":"SET d = :d",)" + values + "}"), "{}");
  EXPECT_THAT(service.refusal("UpdateItem", update + R"("UpdateExpression":"SET m.d = :d",)" + values + "}"),
              HasSubstr("nested levels beyond supported limit"));
}

}  // namespace
}  // namespace gannet::local::dynamodb
