#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

class Condition : public testing::Test {
 protected:
  Condition() {
    service.make_people();
    service.put(
        "a", "1",
        R"("b":{"B":"YWJj"},"l":{"L":[{"S":"x"},{"N":"1"},{"M":{"q":{"S":"z"}}}]},)"
        R"("m":{"M":{"a":{"S":"v"},"b":{"N":"2"}}},"n":{"N":"5"},"nil":{"NULL":true},"ns":{"NS":["1","2"]},)"
        R"("s":{"S":"abc"},"ss":{"SS":["a","b"]},"t":{"BOOL":true},"wide":{"S":"é€😀"})");
  }

  /// The answer to a write under the condition that changes nothing.
  Reply ask(std::string_view condition, std::string_view values) {
    return service.handle(
        "UpdateItem",
        R"({"TableName":"people","Key":{"PK":{"S":"a"},"SK":{"S":"1"}},"ConditionExpression":")" +
            std::string(condition) + "\"" +
            (values.empty() ? std::string()
                            : R"(,"ExpressionAttributeValues":{)" + std::string(values) + "}") +
            "}");
  }

  ServiceUnderTest service;
};

struct Case {
  const char* condition;
  const char* values;
};

TEST_F(Condition, holds) {
  for (const auto& [condition, values] : std::vector<Case>{
           {"s = :v", R"(":v":{"S":"abc"})"},
           {"n = :v", R"(":v":{"N":"5.0"})"},
           {"ss = :v", R"(":v":{"SS":["b","a"]})"},
           {"m = :v", R"(":v":{"M":{"b":{"N":"2.0"},"a":{"S":"v"}}})"},
           {"s <> :v", R"(":v":{"N":"1"})"},
           {"nope <> :v", R"(":v":{"N":"1"})"},
           {"NOT nope = :v", R"(":v":{"N":"1"})"},
           {"NOT nope < :v", R"(":v":{"N":"1"})"},
           {"n < :v", R"(":v":{"N":"10"})"},
           {"s < :v", R"(":v":{"S":"abd"})"},
           {"b <= :v", R"(":v":{"B":"YWJj"})"},
           {"n BETWEEN :v AND :w", R"(":v":{"N":"5"},":w":{"N":"5"})"},
           {"n IN (:v, :w)", R"(":v":{"S":"x"},":w":{"N":"5"})"},
           {"attribute_exists(l[2].q) AND attribute_not_exists(l[3])", ""},
           {"attribute_not_exists(s.a) AND attribute_not_exists(s[0])", ""},
           {"attribute_type(nil, :v)", R"(":v":{"S":"NULL"})"},
           {"begins_with(s, :v)", R"(":v":{"S":""})"},
           {"begins_with(b, :v)", R"(":v":{"B":"YWI="})"},
           {"contains(s, :v)", R"(":v":{"S":"bc"})"},
           {"contains(ns, :v)", R"(":v":{"N":"2.0"})"},
           {"contains(l, :v)", R"(":v":{"M":{"q":{"S":"z"}}})"},
           {"contains(b, :v)", R"(":v":{"B":"Yg=="})"},
           {"contains(:v, s)", R"(":v":{"S":"xabcx"})"},
           {"size(s) = :v AND size(b) = :v AND size(l) = :v", R"(":v":{"N":"3"})"},
           {"size(m) = :v AND size(ss) = :v AND size(ns) = :v", R"(":v":{"N":"2"})"},
           {"size(wide) = :v", R"(":v":{"N":"4"})"},
           {"size(s) < n AND n > size(m.a)", ""},
           {"s = :v OR n = :v AND t = :v", R"(":v":{"S":"abc"})"},
           {"(s = :w OR n = :w) AND NOT t = :v", R"(":w":{"N":"5"},":v":{"BOOL":false})"},
           {"l[1] < m.b", ""},
           {"t = :v AND nil = :w", R"(":v":{"BOOL":true},":w":{"NULL":true})"},
       }) {
    const Reply reply = ask(condition, values);
    EXPECT_EQ(reply.status, 200) << condition << ": " << reply.body;
  }
}

TEST_F(Condition, does_not_hold) {
  for (const auto& [condition, values] : std::vector<Case>{
           {"s = :v", R"(":v":{"B":"YWJj"})"},
           {"s < :v", R"(":v":{"N":"9"})"},
           {"nope = :v", R"(":v":{"NULL":true})"},
           {"nope < :v", R"(":v":{"S":"z"})"},
           {"nope BETWEEN :v AND :v", R"(":v":{"S":"z"})"},
           {"n BETWEEN nope AND :v", R"(":v":{"N":"9"})"},
           {"nope IN (:v)", R"(":v":{"S":"z"})"},
           {"size(n) > :v", R"(":v":{"N":"0"})"},
           {"size(nope) = :v", R"(":v":{"N":"0"})"},
           {"begins_with(n, :v)", R"(":v":{"S":"5"})"},
           {"contains(n, :v)", R"(":v":{"N":"5"})"},
           {"contains(m, :v)", R"(":v":{"S":"a"})"},
           {"contains(ss, :v)", R"(":v":{"SS":["a"]})"},
           {"attribute_type(s, :v)", R"(":v":{"S":"N"})"},
           {"attribute_exists(m.zz)", ""},
           {"attribute_exists(l[9])", ""},
           {"s = :v AND s <> :v", R"(":v":{"S":"abc"})"},
       }) {
    EXPECT_THAT(ask(condition, values).body, HasSubstr("ConditionalCheckFailedException")) << condition;
  }
}

struct RefusedCondition {
  const char* condition;
  const char* values;
  const char* message;
};

TEST_F(Condition, is_refused_when_its_operands_cannot_fit) {
  for (const auto& [condition, values, message] : std::vector<RefusedCondition>{
           {"n < :v", R"(":v":{"M":{}})", "operator or function: <, operand type: M"},
           {"t >= :v", R"(":v":{"BOOL":true})", "operator or function: >=, operand type: BOOL"},
           {"n BETWEEN :v AND :v", R"(":v":{"L":[]})", "operator or function: BETWEEN, operand type: L"},
           {"n BETWEEN :v AND :w", R"(":v":{"N":"2"},":w":{"N":"1"})",
            "requires upper bound to be greater than or equal to lower bound; lower bound operand: "
            "AttributeValue: {N:2}, "
            "upper bound operand: AttributeValue: {N:1}"},
           {"n BETWEEN :v AND :w", R"(":v":{"N":"2"},":w":{"S":"3"})",
            "requires same data type for lower and upper bounds"},
           {"begins_with(s, :v)", R"(":v":{"N":"1"})", "operator or function: begins_with, operand type: N"},
           {"begins_with(size(s), :v)", R"(":v":{"S":"a"})",
            "operator or function: begins_with, operand type: N"},
           {"size(:v) = :v", R"(":v":{"N":"1"})", "operator or function: size, operand type: N"},
           {"attribute_type(s, :v)", R"(":v":{"S":"STRING"})",
            "Invalid attribute type name found; type: STRING"},
           {"attribute_type(s, :v)", R"(":v":{"N":"1"})",
            "operator or function: attribute_type, operand type: N"},
           {"s = s", "",
            "The first operand must be distinct from the remaining operands for this operator or function; "
            "operator: =, first operand: [s]"},
           {"m.a IN (:v, m.a)", R"(":v":{"N":"1"})", "first operand: [m, a]"},
           {"s =", "", "Invalid ConditionExpression: Syntax error"},
           {"", "", "Invalid ConditionExpression: The expression can not be empty;"},
       }) {
    const Reply reply = ask(condition, values);
    EXPECT_EQ(reply.status, 400) << condition;
    EXPECT_THAT(reply.body, HasSubstr("com.amazon.coral.validate#ValidationException")) << condition;
    EXPECT_THAT(reply.body, HasSubstr(message)) << condition;
  }
}

}  // namespace
}  // namespace gannet::local::dynamodb
