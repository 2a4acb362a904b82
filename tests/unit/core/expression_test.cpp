#include "core/expression.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

using namespace std::string_literals;

struct Case {
  std::string_view expression;
  std::string_view outcome;
};

template <class T>
std::string text_or_message(const Result<T>& parsed) {
  if (parsed) return to_text(*parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::validation);
  EXPECT_EQ(parsed.error().code, "ValidationException");
  return parsed.error().message;
}

std::string condition(std::string_view text) {
  return text_or_message(parse_condition(text, ConditionParameter::condition));
}

std::string key_condition(std::string_view text) {
  return text_or_message(parse_condition(text, ConditionParameter::key_condition));
}

std::string update(std::string_view text) {
  return text_or_message(parse_update(text));
}

std::string projection(std::string_view text) {
  const auto paths = parse_projection(text);
  if (!paths) return paths.error().message;
  std::string out;
  for (const auto& path : *paths) out += (out.empty() ? "" : ", ") + to_text(path);
  return out;
}

std::string repeated(std::string_view text, std::size_t times, std::string_view separator = "") {
  std::string out;
  for (std::size_t count = 0; count < times; ++count) {
    if (count != 0) out += separator;
    out += text;
  }
  return out;
}

TEST(ConditionExpression, is_read_and_printed_back) {
  const Case cases[] = {
      {"a = :v", "a = :v"},
      {" a=:v ", "a = :v"},
      {":v\t=\r\na", ":v = a"},
      {"a <> b", "a <> b"},
      {"a<:v", "a < :v"},
      {"a<=:v", "a <= :v"},
      {"a>:v", "a > :v"},
      {"a>=:v", "a >= :v"},
      {"(a) = ((:v) )", "Invalid ConditionExpression: The expression has redundant parentheses;"},
      {"(a) = (:v)", "a = :v"},
      {"a between :x AND b", "a BETWEEN :x AND b"},
      {"size(a) BETWEEN size(b) And (:n)", "size(a) BETWEEN size(b) AND :n"},
      {"a In (:x)", "a IN (:x)"},
      {"(a) IN((:x),b , size(c))", "a IN (:x, b, size(c))"},
      {"attribute_exists (a.b)", "attribute_exists(a.b)"},
      {"(attribute_not_exists((a)))", "attribute_not_exists(a)"},
      {"attribute_type(a, :t)", "attribute_type(a, :t)"},
      {"attribute_type(:v, :t)", "attribute_type(:v, :t)"},
      {"begins_with(a, b) AND begins_with(:v, a)", "begins_with(a, b) AND begins_with(:v, a)"},
      {"contains(a, size(b))", "contains(a, size(b))"},
      {"(size(a)) = :n", "size(a) = :n"},
      {"size((:v)) <> size(a[0])", "size(:v) <> size(a[0])"},
      {"NOT a = b", "NOT a = b"},
      {"not not a = b", "NOT NOT a = b"},
      {"NOT(a = b)", "NOT a = b"},
      {"NOT (a = b AND c = d)", "NOT (a = b AND c = d)"},
      {"NOT a = b AND c = d", "NOT a = b AND c = d"},
      {"a = b OR c = d AND e = f", "a = b OR c = d AND e = f"},
      {"(a = b OR c = d) and e = f", "(a = b OR c = d) AND e = f"},
      {"a = b AND (c = d AND e = f)", "a = b AND (c = d AND e = f)"},
      {"(a = b AND c = d) OR (e = f)", "a = b AND c = d OR e = f"},
      {"((a = b) OR (c = d))", "a = b OR c = d"},
      {"(((a) = b) OR c = d)", "a = b OR c = d"},
      {"a BETWEEN b AND c AND d = :v", "a BETWEEN b AND c AND d = :v"},
      {"NOT a BETWEEN b AND c OR d = e", "NOT a BETWEEN b AND c OR d = e"},
      {"a.b[0][12].#c.d = :v", "a.b[0][12].#c.d = :v"},
      {"a .b [ 2147483647 ] . c = :v", "a.b[2147483647].c = :v"},
      {"#name = :and", "#name = :and"},
      {"#1 = :1", "#1 = :1"},
      {"#_a_ = :_", "#_a_ = :_"},
      {"a1_B = :v", "a1_B = :v"},
      {"attribute_exists = contains", "attribute_exists = contains"},
      {"NOTa = ANDb", "NOTa = ANDb"},
  };
  for (const auto& test : cases) EXPECT_EQ(condition(test.expression), test.outcome) << test.expression;
}

TEST(ConditionExpression, keeps_the_tree_as_it_was_written) {
  const auto parsed =
      parse_condition("a = :v AND NOT (size(b.c) < :n OR d[3] IN (:v, #e))", ConditionParameter::filter);
  ASSERT_TRUE(parsed) << parsed.error().message;
  using Kind = Condition::Kind;
  EXPECT_EQ(parsed->kind, Kind::all);
  ASSERT_EQ(parsed->conditions.size(), 2U);
  const auto& equal = parsed->conditions[0];
  EXPECT_EQ(equal.kind, Kind::equal);
  EXPECT_EQ(equal.operands[0], (Operand{.of = DocumentPath{{{.name = "a"}}}}));
  EXPECT_EQ(equal.operands[1], (Operand{.of = ValuePlaceholder{":v"}}));
  const auto& negation = parsed->conditions[1];
  EXPECT_EQ(negation.kind, Kind::negation);
  const auto& any = negation.conditions.at(0);
  EXPECT_EQ(any.kind, Kind::any);
  EXPECT_EQ(any.conditions.at(0).kind, Kind::less);
  EXPECT_EQ(any.conditions.at(0).operands[0],
            (Operand{.of = DocumentPath{{{.name = "b"}, {.name = "c"}}}, .size = true}));
  EXPECT_EQ(any.conditions.at(1).kind, Kind::in);
  EXPECT_EQ(any.conditions.at(1).operands.at(0),
            (Operand{.of = DocumentPath{{{.name = "d"}, {.kind = PathElement::Kind::index, .index = 3}}}}));
  EXPECT_EQ(any.conditions.at(1).operands.at(2),
            (Operand{.of = DocumentPath{{{.kind = PathElement::Kind::placeholder, .name = "#e"}}}}));
}

TEST(ConditionExpression, names_the_token_where_the_syntax_ends_and_what_is_near_it) {
  // token and near, as the service gives them
  const struct {
    std::string_view expression;
    std::string_view token;
    std::string_view near;
  } cases[] = {
      {"  ", "<EOF>", "  "},
      {"a", "<EOF>", "a"},
      {"  a  =  ", "<EOF>", "=  "},
      {"  = :s", "=", "  = :s"},
      {"a==:s", "=", "==:s"},
      {"a != :s", "!", "a !="},
      {"a < > :s", ">", "< > :s"},
      {"a <>= b", "=", "<>= b"},
      {"a = :s AND ", "<EOF>", "AND "},
      {"AND a = :s", "AND", "AND a"},
      {"(a = :s", "<EOF>", ":s"},
      {"a = :s)", ")", ":s)"},
      {"a = b ;  ", ";", "b ;  "},
      {"()", ")", "()"},
      {"((((a", "<EOF>", "a"},
      {"(a AND", "AND", "a AND"},
      {"(a))", ")", "))"},
      {"((a)) c", "c", ") c"},
      {"(a = b) = c", "=", ") = c"},
      {"a = b = c", "=", "b = c"},
      {"a BETWEEN :n OR :n", "OR", ":n OR :n"},
      {"a BETWEEN (b AND c)", "AND", "b AND c"},
      {"a NOT BETWEEN :n AND :n", "NOT", "a NOT BETWEEN"},
      {"a IN :s", ":s", "IN :s"},
      {"a IN ()", ")", "()"},
      {"a IN (:s,)", ")", ",)"},
      {"attribute_exists a", "a", "attribute_exists a"},
      {"attribute_exists()", ")", "()"},
      {"attribute_exists(a = b)", "=", "a = b"},
      {"attribute_exists(a) attribute_exists(b)", "attribute_exists", ") attribute_exists("},
      {"a.b(c)", "(", "b(c"},
      {"#f(a)", "(", "#f(a"},
      {"f(a).b = c", ".", ").b"},
      {"(a).b = c", ".", ").b"},
      {"a..b = :s", ".", "..b"},
      {"a. = :s", "=", ". = :s"},
      {"a[-1] = :s", "-", "[-1"},
      {"a[:n] = :s", ":n", "[:n]"},
      {"a[00] = :s", "0", "00]"},
      {"a[1.5] = :s", ".", "1.5"},
      {"a[0 = :s", "=", "0 = :s"},
      {"a.[0] = b", "[", ".[0"},
      {"# = :s", "#", "# ="},
      {"a = :", ":", "= :"},
      {"#a-b = :s", "-", "#a-b"},
      {"#a#b = :s", "#b", "#a#b ="},
      {":s.a = b", ".", ":s.a"},
      {"_a = :s", "_", "_a"},
      {"1a = :s", "1", "1a"},
      {"a = 10", "10", "= 10"},
      {"a = 01", "0", "= 01"},
      {"a = 'x'", "'", "= 'x"},
      {"a + b = :s", "+", "a + b"},
      {"a = \u00e9b", "\u00e9", "= \u00e9b"},
      {"\U0001f600", "\U0001f600", "\U0001f600"},
      {"a = \xff", "\xff", "= \xff"},
      {"and = :s", "and", "and ="},
      {"NOT = a", "=", "NOT = a"},
      {"a.In = :s", "In", ".In ="},
      {"Set = a", "Set", "Set ="},
      {"a = delete", "delete", "= delete"},
      {"a\v=b", "\v", "a\v="},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(condition(test.expression), "Invalid ConditionExpression: Syntax error; token: \"" +
                                              std::string(test.token) + "\", near: \"" +
                                              std::string(test.near) + '"')
        << test.expression;
  }
}

TEST(ConditionExpression, refuses_what_the_grammar_takes_and_the_service_does_not) {
  const Case cases[] = {
      {"", "The expression can not be empty;"},
      {"((a = :s))", "The expression has redundant parentheses;"},
      {"((a)) = :s", "The expression has redundant parentheses;"},
      {"a = ((b)) AND", "The expression has redundant parentheses;"},
      {"((attribute_exists(a)))", "The expression has redundant parentheses;"},
      {"begins_with(((a)), :s)", "The expression has redundant parentheses;"},
      {"name = :s AND ((a = :s))", "The expression has redundant parentheses;"},
      {"name = :s", "Attribute name is a reserved keyword; reserved keyword: name"},
      {"a.b.Value = :s", "Attribute name is a reserved keyword; reserved keyword: Value"},
      {"a BETWEEN sTaTus AND b", "Attribute name is a reserved keyword; reserved keyword: sTaTus"},
      {"name = :s AND foo(a)", "Attribute name is a reserved keyword; reserved keyword: name"},
      {"foo(a) AND name = :s", "Invalid function name; function: foo"},
      {"foo(name)", "Invalid function name; function: foo"},
      {"ATTRIBUTE_EXISTS(a)", "Invalid function name; function: ATTRIBUTE_EXISTS"},
      {"if_not_exists(a, :s) = :s",
       "The function is not allowed in a condition expression; function: if_not_exists"},
      {"list_append(a, b)", "The function is not allowed in a condition expression; function: list_append"},
      {"size(a)", "The function is not allowed to be used this way in an expression; function: size"},
      {"a = attribute_exists(b)",
       "The function is not allowed to be used this way in an expression; function: attribute_exists"},
      {"attribute_exists(a) IN (:s)",
       "The function is not allowed to be used this way in an expression; function: attribute_exists"},
      {"size(attribute_exists(a)) = :n",
       "The function is not allowed to be used this way in an expression; function: attribute_exists"},
      {"attribute_exists(a, b)",
       "Incorrect number of operands for operator or function; operator or function: attribute_exists, "
       "number of "
       "operands: 2"},
      {"begins_with(a)",
       "Incorrect number of operands for operator or function; operator or function: begins_with, number of "
       "operands: 1"},
      {"size(a, b) = :n",
       "Incorrect number of operands for operator or function; operator or function: size, number of "
       "operands: 2"},
      {"attribute_exists(:s)",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"attribute_not_exists(size(a))",
       "Operator or function requires a document path; operator or function: attribute_not_exists"},
      {"size(size(a)) = :n",
       "Incorrect operand type for operator or function; operator or function: size, operand type: N"},
      {"begins_with(a, size(b))",
       "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
      {"attribute_type(a, size(b))",
       "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: "
       "N"},
      {"attribute_type(a, b)",
       "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: "
       "{S,N,B,SS,NS,BS,M,L,NULL,BOOL}"},
      {"a[2147483648] = :s", "List index is not within the allowable range; index: [2147483648]"},
      {"a[99999999999999999999] = :s",
       "List index is not within the allowable range; index: [99999999999999999999]"},
      {"a.:s = :s",
       "An expression attribute name used in the document path is not defined; attribute name: :s"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(condition(test.expression), "Invalid ConditionExpression: " + std::string(test.outcome))
        << test.expression;
  }
}

TEST(ConditionExpression, is_named_as_the_parameter_it_came_in) {
  EXPECT_EQ(parse_condition("a", ConditionParameter::filter).error().message,
            "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"a\"");
  EXPECT_EQ(parse_condition("name = :v", ConditionParameter::key_condition).error().message,
            "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: name");
}

TEST(ConditionExpression, is_bounded) {
  const auto too_many =
      "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"s;
  const auto redundant = "Invalid ConditionExpression: The expression has redundant parentheses;"s;
  const auto good = [](std::string_view text) {
    return parse_condition(text, ConditionParameter::condition).has_value();
  };

  EXPECT_TRUE(good("a = :s" + std::string(4090, ' ')));
  EXPECT_EQ(condition("a = :s" + std::string(4091, ' ')),
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression "
            "size: 4097");

  EXPECT_TRUE(good(repeated("a=:s", 150, " OR ")));
  EXPECT_EQ(condition(repeated("a=:s", 151, " OR ")), too_many);
  EXPECT_TRUE(good(repeated("attribute_exists(a)", 150, " OR ")));
  EXPECT_EQ(condition(repeated("attribute_exists(a)", 151, " OR ")), too_many);
  EXPECT_TRUE(good(repeated("size(a)>:n", 100, " OR ")));
  EXPECT_EQ(condition(repeated("size(a)>:n", 101, " OR ")), too_many);
  EXPECT_TRUE(good(repeated("NOT ", 299) + "a=:s"));
  EXPECT_EQ(condition(repeated("NOT ", 300) + "a=:s"), too_many);
  EXPECT_TRUE(good(repeated("NOT (", 299) + "a=:s" + repeated(")", 299)));
  EXPECT_TRUE(good(repeated("(", 149) + "a=:s" + repeated(" AND a=:s)", 149)));
  EXPECT_EQ(condition(repeated("(", 150) + "a=:s" + repeated(" AND a=:s)", 150)), too_many);

  EXPECT_TRUE(good("a IN (" + repeated(":s", 100, ",") + ")"));
  EXPECT_EQ(condition("a IN (" + repeated(":s", 101, ",") + ")"),
            "Invalid ConditionExpression: The IN operator is provided with too many operands; number of "
            "operands: 101");

  EXPECT_TRUE(good("a" + repeated(".b", 31) + " = :s"));
  EXPECT_EQ(condition("a" + repeated("[0]", 32) + " = :s"),
            "Invalid ConditionExpression: The document path has too many nesting levels; nesting levels: 33");

  // The deepest that fit the size.
  EXPECT_EQ(condition(repeated("(", 4096)), redundant);
  EXPECT_EQ(condition("a=" + repeated("(", 4094)), redundant);
  EXPECT_EQ(condition(repeated("NOT ", 1024)), too_many);
  EXPECT_EQ(condition(repeated("f(", 2048)), too_many);
  EXPECT_FALSE(good(repeated("NOT(", 1024)));
  EXPECT_FALSE(good(repeated("(f(", 1365)));
}

TEST(KeyConditionExpression, gives_one_or_two_comparisons_with_the_key_first) {
  const Case cases[] = {
      {"a = :v", "a = :v"},
      {":v = a", "a = :v"},
      {":v < a", "a > :v"},
      {":v <= a", "a >= :v"},
      {":v > a", "a < :v"},
      {":v >= a", "a <= :v"},
      {"(a = :v) AND (begins_with(#b, :w))", "a = :v AND begins_with(#b, :w)"},
      {"((a = :v) AND (:w < #b))", "a = :v AND #b > :w"},
      {"b BETWEEN :x AND :y AND a = :v", "b BETWEEN :x AND :y AND a = :v"},
  };
  for (const auto& test : cases) EXPECT_EQ(key_condition(test.expression), test.outcome) << test.expression;
}

TEST(KeyConditionExpression, refuses_all_else) {
  const Case cases[] = {
      {"", "Invalid KeyConditionExpression: The expression can not be empty;"},
      {"a = :v OR b = :w", "Invalid operator used in KeyConditionExpression: OR"},
      {"NOT a = :v", "Invalid operator used in KeyConditionExpression: NOT"},
      {"a <> :v", "Invalid operator used in KeyConditionExpression: <>"},
      {"a IN (:v)", "Invalid operator used in KeyConditionExpression: IN"},
      {"a = :v AND contains(b, :w)", "Invalid operator used in KeyConditionExpression: contains"},
      {"attribute_exists(a)", "Invalid operator used in KeyConditionExpression: attribute_exists"},
      {"a = :v AND attribute_not_exists(b)",
       "Invalid operator used in KeyConditionExpression: attribute_not_exists"},
      {"attribute_type(a, :v)", "Invalid operator used in KeyConditionExpression: attribute_type"},
      {"a = :v AND size(b) > :n", "KeyConditionExpressions cannot contain nested operations"},
      {"a = b",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"},
      {"c = #b.#d",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"},
      {":v = :w", "Invalid condition in KeyConditionExpression: No key attribute specified"},
      {"a.b = :v", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"a[0] = :v", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"begins_with(:v, a)",
       "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its "
       "first "
       "operand"},
      {":v BETWEEN a AND :w",
       "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its "
       "first operand"},
      {"a = :v AND a = :w", "KeyConditionExpressions must only contain one condition per key"},
      {"a = :v AND (b = :w AND c = :x)", "Conditions can be of length 1 or 2 only"},
  };
  for (const auto& test : cases) EXPECT_EQ(key_condition(test.expression), test.outcome) << test.expression;
}

TEST(UpdateExpression, is_read_and_printed_back) {
  const Case cases[] = {
      {"SET a = :v", "SET a = :v"},
      {"set a=b,c.d[1]=#e.f", "SET a = b, c.d[1] = #e.f"},
      {"SET a = a+:n, b = :n -c", "SET a = a + :n, b = :n - c"},
      {"SET a = (b) + (:n), c = (d - e)", "SET a = b + :n, c = d - e"},
      {"SET a = ((b) + c)", "SET a = b + c"},
      {"SET a = if_not_exists(a, :v)", "SET a = if_not_exists(a, :v)"},
      {"SET a = if_not_exists((a), :v) + :n", "SET a = if_not_exists(a, :v) + :n"},
      {"SET a = :n - if_not_exists(a, if_not_exists(b, c))",
       "SET a = :n - if_not_exists(a, if_not_exists(b, c))"},
      {"SET a = (list_append(if_not_exists(a, :l), :m))", "SET a = list_append(if_not_exists(a, :l), :m)"},
      {"SET a = if_not_exists", "SET a = if_not_exists"},
      {"REMOVE a, b[0].c", "REMOVE a, b[0].c"},
      {"ADD a :n, b.c :s", "ADD a :n, b.c :s"},
      {"DELETE a :s", "DELETE a :s"},
      {"delete a :s add b :n remove c set d = :v", "SET d = :v REMOVE c ADD b :n DELETE a :s"},
  };
  for (const auto& test : cases) EXPECT_EQ(update(test.expression), test.outcome) << test.expression;
}

TEST(UpdateExpression, keeps_what_was_written) {
  const auto parsed = parse_update("SET a = if_not_exists(b, :z) + :n REMOVE c[2] ADD d :d DELETE e :e");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->set.size(), 1U);
  const auto& sum = parsed->set[0].value;
  EXPECT_EQ(sum.kind, UpdateValue::Kind::plus);
  EXPECT_EQ(sum.arguments.at(0).kind, UpdateValue::Kind::if_not_exists);
  EXPECT_EQ(sum.arguments[0].arguments.at(0).path.elements.at(0).name, "b");
  EXPECT_EQ(sum.arguments[0].arguments.at(1).value.name, ":z");
  EXPECT_EQ(sum.arguments.at(1).kind, UpdateValue::Kind::value);
  EXPECT_EQ(parsed->remove.at(0).elements.at(1).index, 2U);
  EXPECT_EQ(parsed->add.at(0).value.name, ":d");
  EXPECT_EQ(parsed->erase.at(0).path.elements.at(0).name, "e");
}

TEST(UpdateExpression, refuses_what_is_wrong) {
  const Case cases[] = {
      {"", "The expression can not be empty;"},
      {"  ", R"(Syntax error; token: "<EOF>", near: "  ")"},
      {"SET", R"(Syntax error; token: "<EOF>", near: "SET")"},
      {"SET a", R"(Syntax error; token: "<EOF>", near: "a")"},
      {"SET a = :n,", R"(Syntax error; token: "<EOF>", near: ",")"},
      {"SET a = :n b = :n", R"(Syntax error; token: "b", near: ":n b =")"},
      {"SET a = :n, SET b = :n", R"(Syntax error; token: "SET", near: ", SET b")"},
      {"SETa = :n", R"(Syntax error; token: "SETa", near: "SETa =")"},
      {"a = :n", R"(Syntax error; token: "a", near: "a =")"},
      {"SET (a) = x", R"(Syntax error; token: "(", near: "SET (a")"},
      {"SET :n = a", R"(Syntax error; token: ":n", near: "SET :n =")"},
      {"SET a <> :n", R"(Syntax error; token: "<>", near: "a <> :n")"},
      {"SET a = x + y + :n", R"(Syntax error; token: "+", near: "y + :n")"},
      {"SET a = (x + y) + :n", R"(Syntax error; token: "+", near: ") + :n")"},
      {"SET a = x + (y + :n)", R"(Syntax error; token: "+", near: "y + :n")"},
      {"SET a = list_append(a, b + :n)", R"(Syntax error; token: "+", near: "b + :n")"},
      {"SET a = -:n", R"(Syntax error; token: "-", near: "= -:n")"},
      {"SET a = 5", R"(Syntax error; token: "5", near: "= 5")"},
      {"SET a = :n;REMOVE b", R"(Syntax error; token: ";", near: ":n;REMOVE")"},
      {"SET a = :n AND b = :n", R"(Syntax error; token: "AND", near: ":n AND b")"},
      {"SET size(a) = :n", R"x(Syntax error; token: "(", near: "size(a")x"},
      {"REMOVE :n", R"(Syntax error; token: ":n", near: "REMOVE :n")"},
      {"REMOVE a b", R"(Syntax error; token: "b", near: "a b")"},
      {"REMOVE add", R"(Syntax error; token: "add", near: "REMOVE add")"},
      {"ADD a", R"(Syntax error; token: "<EOF>", near: "a")"},
      {"ADD a b", R"(Syntax error; token: "b", near: "a b")"},
      {"ADD a = :n", R"(Syntax error; token: "=", near: "a = :n")"},
      {"ADD a :n b :n", R"(Syntax error; token: "b", near: ":n b :n")"},
      {"DELETE a (:s)", R"x(Syntax error; token: "(", near: "a (:s")x"},
      {"SET a = ((x))", "The expression has redundant parentheses;"},
      {"SET a = ((x + y))", "The expression has redundant parentheses;"},
      {"SET a = name, b = ((x))", "The expression has redundant parentheses;"},
      {"SET a = :n SET b = :n", "The \"SET\" section can only be used once in an update expression;"},
      {"REMOVE a ADD b :n REMOVE c ADD d :n",
       "The \"REMOVE\" section can only be used once in an update expression;"},
      {"ADD a :n ADD b :n SET name = :n",
       "The \"ADD\" section can only be used once in an update expression;"},
      {"DELETE a :s DELETE b :s", "The \"DELETE\" section can only be used once in an update expression;"},
      {"SET a = :n SET name = :n", "Attribute name is a reserved keyword; reserved keyword: name"},
      {"SET name = :n", "Attribute name is a reserved keyword; reserved keyword: name"},
      {"SET a.name = :n", "Attribute name is a reserved keyword; reserved keyword: name"},
      {"REMOVE a, status", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"ADD data :n", "Attribute name is a reserved keyword; reserved keyword: data"},
      {"SET a = foo(name)", "Invalid function name; function: foo"},
      {"SET a = If_not_exists(a, :n)", "Invalid function name; function: If_not_exists"},
      {"SET a = size(a)", "The function is not allowed in an update expression; function: size"},
      {"SET a = if_not_exists(a, contains(b, :v))",
       "The function is not allowed in an update expression; function: contains"},
      {"SET a = :n + list_append(:l, :l)",
       "The function is not allowed to be used this way in an expression; function: list_append"},
      {"SET a = list_append(list_append(:l, :l), :l)",
       "The function is not allowed to be used this way in an expression; function: list_append"},
      {"SET a = if_not_exists(a)",
       "Incorrect number of operands for operator or function; operator or function: if_not_exists, number "
       "of "
       "operands: 1"},
      {"SET a = list_append(a, b, c)",
       "Incorrect number of operands for operator or function; operator or function: list_append, number of "
       "operands: 3"},
      {"SET a = if_not_exists(:n, a)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"SET a[2147483648] = :n", "List index is not within the allowable range; index: [2147483648]"},
      {"REMOVE a.:n",
       "An expression attribute name used in the document path is not defined; attribute name: :n"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(update(test.expression), "Invalid UpdateExpression: " + std::string(test.outcome))
        << test.expression;
  }
}

TEST(UpdateExpression, is_bounded_by_its_size) {
  EXPECT_TRUE(parse_update("SET a = :n" + std::string(4086, ' ')));
  EXPECT_EQ(update("SET a = :n" + std::string(4087, ' ')),
            "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;");
  EXPECT_TRUE(parse_update("SET a = " + repeated("if_not_exists(b,", 200) + ":n" + repeated(")", 200)));
  EXPECT_FALSE(parse_update("SET a = " + repeated("(", 4000)));
  EXPECT_FALSE(parse_update("SET a = " + repeated("f(", 2000)));
}

TEST(ProjectionExpression, is_read_and_printed_back_or_refused) {
  const Case cases[] = {
      {"a", "a"},
      {"  a  ,b.c[1][2].#d  ", "a, b.c[1][2].#d"},
      {"attribute_exists", "attribute_exists"},
      {"a, a", "a, a"},
      {"", "Invalid ProjectionExpression: The expression can not be empty;"},
      {" ", R"(Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: " ")"},
      {"a,", R"(Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ",")"},
      {",a", R"(Invalid ProjectionExpression: Syntax error; token: ",", near: ",a")"},
      {"a b", R"(Invalid ProjectionExpression: Syntax error; token: "b", near: "a b")"},
      {"a[b]", R"(Invalid ProjectionExpression: Syntax error; token: "b", near: "[b]")"},
      {"a[0]b", R"(Invalid ProjectionExpression: Syntax error; token: "b", near: "]b")"},
      {"(a)", R"x(Invalid ProjectionExpression: Syntax error; token: "(", near: "(a")x"},
      {"size(a)", R"x(Invalid ProjectionExpression: Syntax error; token: "(", near: "size(a")x"},
      {":v", R"(Invalid ProjectionExpression: Syntax error; token: ":v", near: ":v")"},
      {"*", R"(Invalid ProjectionExpression: Syntax error; token: "*", near: "*")"},
      {"a = b", R"(Invalid ProjectionExpression: Syntax error; token: "=", near: "a = b")"},
      {"name", "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name"},
      {"a.status",
       "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: status"},
      {"a.:v",
       "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; "
       "attribute "
       "name: :v"},
      {"a[2147483648]",
       "Invalid ProjectionExpression: List index is not within the allowable range; index: [2147483648]"},
  };
  for (const auto& test : cases) EXPECT_EQ(projection(test.expression), test.outcome) << test.expression;
  EXPECT_EQ(projection("a" + std::string(4096, ' ')),
            "Invalid ProjectionExpression: Expression size has exceeded the maximum allowed size;");
}

TEST(Expressions, printed_back_are_read_as_the_same) {
  for (const auto text : {
           "a = b OR c = d AND e = f",
           "(a = b OR c = d) AND NOT (e = f AND g[0].#h IN (:x, size(:y)))",
           "NOT (NOT (a = b OR c = d) OR (e = f OR g = h))",
           "a BETWEEN :x AND :y AND (b = c AND (d = e AND attribute_exists(f)))",
           "attribute_type(a, :t) OR begins_with(a, :p) OR contains(:s, a) OR attribute_not_exists(b)",
       }) {
    const auto parsed = parse_condition(text, ConditionParameter::condition);
    ASSERT_TRUE(parsed) << parsed.error().message;
    const auto again = parse_condition(to_text(*parsed), ConditionParameter::condition);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, *parsed) << to_text(*parsed);
  }
}

TEST(Expressions, survive_every_cut_and_every_changed_byte) {
  const auto whole =
      "NOT (size(a.#b[10]) >= :n OR c IN (:x, d)) AND begins_with(e, :p) AND f BETWEEN :x AND :y"s;
  const auto changes =
      "SET a = if_not_exists(b[1], :v) + :n, c = list_append(:l, d) REMOVE e.f ADD g :n DELETE h :s"s;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto parsed = parse_condition(whole.substr(0, length), ConditionParameter::condition);
    if (!parsed) {
      EXPECT_FALSE(parsed.error().message.empty());
    }
  }
  for (std::size_t length = 0; length < changes.size(); ++length) {
    const auto parsed = parse_update(changes.substr(0, length));
    if (!parsed) {
      EXPECT_FALSE(parsed.error().message.empty());
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t position = 0; position < whole.size(); ++position) {
      auto changed = whole;
      changed[position] = static_cast<char>(byte);
      const auto parsed = parse_condition(changed, ConditionParameter::condition);
      if (parsed) {
        EXPECT_EQ(parse_condition(to_text(*parsed), ConditionParameter::condition), *parsed) << changed;
      }
    }
    for (std::size_t position = 0; position < changes.size(); ++position) {
      auto changed = changes;
      changed[position] = static_cast<char>(byte);
      const auto parsed = parse_update(changed);
      if (parsed) {
        EXPECT_EQ(parse_update(to_text(*parsed)), *parsed) << changed;
      }
    }
  }
}

TEST(Expressions, give_their_placeholders) {
  std::vector<std::string> names;
  std::vector<std::string> values;
  const auto collect = [&](const auto& expression) {
    for_each_placeholder(
        expression, [&](const std::string& name) { names.push_back(name); },
        [&](const std::string& value) { values.push_back(value); });
  };
  collect(*parse_condition("#a.b[0].#c = :v AND NOT size(:w) IN (#a, :v)", ConditionParameter::condition));
  EXPECT_EQ(names, (std::vector<std::string>{"#a", "#c", "#a"}));
  EXPECT_EQ(values, (std::vector<std::string>{":v", ":w", ":v"}));
  names.clear();
  values.clear();
  collect(*parse_update("SET #a = if_not_exists(#b, :v) + :w REMOVE #c ADD #d :x DELETE #e :y"));
  EXPECT_EQ(names, (std::vector<std::string>{"#a", "#b", "#c", "#d", "#e"}));
  EXPECT_EQ(values, (std::vector<std::string>{":v", ":w", ":x", ":y"}));
  names.clear();
  collect(*parse_projection("a, #b.c, #d"));
  EXPECT_EQ(names, (std::vector<std::string>{"#b", "#d"}));
}

TEST(ReservedWords, are_known_in_any_case) {
  for (const auto word :
       {"ABORT", "abort", "Name", "sTATUS", "zone", "TIMESTAMP", "size", "CONVERT", "_", "a"}) {
    EXPECT_EQ(is_reserved_word(word), std::string_view(word).size() > 1) << word;
  }
  for (const auto word :
       {"", "named", "nam", "PK", "SK", "entity_type", "email", "id", "ABORTABORTABORTABORT", "na\xff"}) {
    EXPECT_FALSE(is_reserved_word(word)) << word;
  }
}

}  // namespace
}  // namespace gannet::core
