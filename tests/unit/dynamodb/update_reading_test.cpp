#include "dynamodb/update_reading.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <string_view>

#include <gannet/dynamodb.hpp>
#include <gannet/local.hpp>

namespace gannet::dynamodb {
namespace {

UpdateItemInput update_of(std::string update, std::string condition = {}) {
  UpdateItemInput in{.table_name = "things", .key = {{"PK", "USER#1"}, {"SK", "USER#1"}}};
  if (!update.empty()) in.update_expression = std::move(update);
  if (!condition.empty()) in.condition_expression = std::move(condition);
  in.expression_attribute_names = {{{"#n", "n"}, {"#other", "other"}}};
  in.expression_attribute_values = Item{{":0", 0},
                                        {":1", 1},
                                        {":one", AttributeValue::number("1.0")},
                                        {":2", 2},
                                        {":a", "a"},
                                        {":b", "b"},
                                        {":set", StringSet{{"x", "y"}}},
                                        {":list", AttributeValue::List{"e"}}};
  return in;
}

struct Case {
  std::string update;
  std::string condition;
};

void expect_all(SecondTime expected, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(second_time(update_of(one.update, one.condition)), expected)
        << one.update << " IF " << one.condition;
  }
}

TEST(UpdateReading, knows_what_may_be_done_again) {
  expect_all(SecondTime::same, {
                                   {"SET a = :1", ""},
                                   {"SET a = :1, b = :2 REMOVE c", ""},
                                   {"SET a = b", ""},
                                   {"SET a = b + :1", ""},
                                   {"SET a = if_not_exists(a, :0)", ""},
                                   {"SET a = if_not_exists(b, :0)", ""},
                                   {"SET a = if_not_exists(a, c)", ""},
                                   {"SET l[0] = :1", ""},
                                   {"SET l[7].x = :1", ""},
                                   {"SET d.x = :1, d.y = :2", ""},
                                   {"ADD tags :set", ""},
                                   {"DELETE tags :set", ""},
                                   {"REMOVE a, d.x, l[0].x", ""},
                                   {"SET a = :1", "attribute_exists(PK)"},
                                   {"SET a = :1", "b > :2 OR contains(c, :a)"},
                                   {"", "attribute_not_exists(PK)"},
                                   {"", ""},
                               });
}

TEST(UpdateReading, knows_what_its_own_effect_refuses) {
  expect_all(SecondTime::refused, {
                                      {"SET v = :2, n = n + :1", "v = :1"},
                                      {"SET v = :2, #n = #n + :1", "#other > :0 AND :1 = v"},
                                      {"SET v = v + :1", "v = :1"},
                                      {"SET v = :1 + v", "v = :1"},
                                      {"SET v = v - :1", "v = :1"},
                                      {"ADD v :1", "v = :1"},
                                      {"REMOVE v ADD n :1", "v = :1"},
                                      {"REMOVE v ADD n :1", "attribute_exists(v)"},
                                      {"SET v = :a ADD n :1", "attribute_not_exists(v)"},
                                      {"ADD n :1", "attribute_not_exists(n)"},
                                      {"ADD n :1", "attribute_not_exists(PK)"},
                                      {"SET s = :b, n = n - :1", "s <> :b"},
                                      {"SET s = :1, n = n - :1", "s <> :one"},
                                      {"SET s = :2, n = n - :1", "s < :2 AND n > :0"},
                                      {"SET s = :1, n = n - :1", ":2 < s"},
                                      {"SET s = :a, n = n - :1", "s < :2"},
                                  });
}

TEST(UpdateReading, knows_what_would_do_more) {
  expect_all(SecondTime::different, {
                                        {"ADD n :1", ""},
                                        {"SET n = n + :1", ""},
                                        {"SET n = n + :1", "n < :2"},
                                        {"SET n = if_not_exists(n, :0) + :1", ""},
                                        {"SET n = n - :1", "n >= :1"},
                                        {"SET #n = n + :1", ""},
                                        {"SET a = b, b = a", ""},
                                        {"SET a = b, b = :1", ""},
                                        {"SET a = if_not_exists(b, :0), b = :1", ""},
                                        {"SET a = d ADD d.x :1", ""},
                                        {"SET a = d.x REMOVE d", ""},
                                        {"SET l = list_append(l, :list)", ""},
                                        {"SET l[3] = :1", ""},
                                        {"ADD l[3] :set", ""},
                                        {"SET l[3] = :1", "attribute_not_exists(l[3])"},
                                        {"SET l[3] = :2, n = n + :1", "l[3] = :1"},
                                        {"REMOVE l[0]", "attribute_exists(l[0])"},
                                        {"REMOVE l[0]", ""},
                                        {"REMOVE d.l[1]", ""},
                                        {"DELETE l[0] :set", ""},
                                        // The condition goes on holding, or may.
                                        {"SET v = :1, n = n + :1", "v = :one"},
                                        {"SET v = v + :0, n = n + :1", "v = :1"},
                                        {"SET v = :2, n = n + :1", "v = :1 OR #other = :1"},
                                        {"SET v = :2, n = n + :1", "NOT v <> :1"},
                                        {"SET v = :2, n = n + :1", "size(v) = :1"},
                                        {"SET s = :1, n = n + :1", "s < :2"},
                                        {"SET s = :a, n = n + :1", "s <> :b"},
                                        {"SET #other = :2, n = n + :1", "v = :1"},
                                        // What is not understood.
                                        {"SET a = ", ""},
                                        {"SET a = :1", "v = "},
                                        {"SET #unknown = :1", ""},
                                        {"ADD n :unknown", ""},
                                    });
  auto legacy = update_of("");
  legacy.attribute_updates = std::map<std::string, AttributeValueUpdate, std::less<>>{};
  EXPECT_EQ(second_time(legacy), SecondTime::different);
}

/// Random updates of an item with something of every kind.
class RandomUpdates {
 public:
  explicit RandomUpdates(unsigned seed) : engine_(seed) {}

  Item item() {
    Item item{{"PK", "USER#1"}, {"SK", "USER#1"}};
    const auto maybe = [&](const char* name, AttributeValue value) {
      if (below(3) != 0) item.emplace(name, std::move(value));
    };
    item.emplace("c", 1);
    maybe("n", below(3));
    maybe("v", 1 + below(2));
    maybe("s", below(2) == 0 ? "a" : "b");
    maybe("tags", StringSet{{"x", "z"}});
    maybe("l", AttributeValue::List{"p", StringSet{{"x"}}, StringSet{{"x", "z"}}, Item{{"x", 1}}});
    maybe("d", Item{{"x", 1}, {"y", "a"}});
    return item;
  }

  Case next() { return below(3) == 0 ? guarded() : any(); }

 private:
  /// What must not be done twice, under a condition on what changes beside it.
  Case guarded() {
    static constexpr std::array<const char*, 9> changes = {"SET v = :1, c = c + :1",
                                                           "SET v = :2, c = c + :1",
                                                           "SET v = v + :1, c = c + :1",
                                                           "SET c = c + :1 ADD v :1",
                                                           "SET c = c + :1 ADD v :0",
                                                           "SET c = c + :1 REMOVE v",
                                                           "SET v = if_not_exists(v, :1), c = c + :1",
                                                           "SET s = :b, c = c + :1",
                                                           "SET v = :a, c = c + :1"};
    static constexpr std::array<const char*, 10> conditions = {"v = :1",
                                                               "v = :one",
                                                               "v <> :2",
                                                               "v < :2",
                                                               ":2 > v",
                                                               "attribute_not_exists(v)",
                                                               "attribute_exists(v)",
                                                               "s <> :b",
                                                               "s = :a",
                                                               "v >= :1"};
    return {.update = pick(changes), .condition = pick(conditions)};
  }

  Case any() {
    Case made;
    std::string sets;
    std::string adds;
    std::string removes;
    std::string deletes;
    for (int left = 1 + below(3); left > 0; --left) {
      const std::string path = pick(paths);
      switch (below(7)) {
        case 0:
          append(adds, path + " " + pick(values));
          break;
        case 1:
          append(removes, path);
          break;
        case 2:
          append(deletes, path + " :set");
          break;
        default:
          append(sets, path + " = " + assigned());
      }
    }
    // Something that must not be done twice, under what often guards it.
    if (below(2) == 0) append(sets, "c = c + :1");
    if (!sets.empty()) made.update += "SET " + sets;
    if (!adds.empty()) made.update += " ADD " + adds;
    if (!removes.empty()) made.update += " REMOVE " + removes;
    if (!deletes.empty()) made.update += " DELETE " + deletes;
    if (below(3) != 0) made.condition = term();
    if (!made.condition.empty() && below(3) == 0)
      made.condition += (below(2) == 0 ? " AND " : " OR ") + term();
    return made;
  }

  int below(int bound) { return std::uniform_int_distribution(0, bound - 1)(engine_); }
  template <std::size_t N>
  std::string pick(const std::array<const char*, N>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(N)))];
  }
  static void append(std::string& list, const std::string& one) {
    if (!list.empty()) list += ", ";
    list += one;
  }
  std::string operand() { return below(2) == 0 ? pick(paths) : pick(values); }
  std::string assigned() {
    switch (below(6)) {
      case 0:
        return operand() + " + " + operand();
      case 1:
        return operand() + " - " + operand();
      case 2:
        return "if_not_exists(" + pick(paths) + ", " + operand() + ")";
      case 3:
        return "list_append(" + operand() + ", :list)";
      default:
        return operand();
    }
  }
  std::string term() {
    switch (below(6)) {
      case 0:
        return "attribute_exists(" + pick(paths) + ")";
      case 1:
        return "attribute_not_exists(" + pick(paths) + ")";
      case 2:
        return std::string("v = ") + (below(2) == 0 ? ":1" : ":2");
      default: {
        static constexpr std::array<const char*, 6> operators = {" = ", " = ", " <> ", " < ", " > ", " >= "};
        const std::string path = pick(paths);
        const std::string value = pick(values);
        const std::string comparison = pick(operators);
        return below(4) == 0 ? value + comparison + path : path + comparison + value;
      }
    }
  }

  static constexpr std::array<const char*, 11> paths = {"n",    "v",    "s", "tags", "l", "l[0]",
                                                        "l[1]", "l[4]", "d", "d.x",  "#n"};
  static constexpr std::array<const char*, 8> values = {":0", ":1", ":one", ":2",
                                                        ":a", ":b", ":set", ":list"};
  std::mt19937 engine_;
};

/// Keeps only the placeholders that are used: the service refuses others.
void drop_unused(UpdateItemInput& in) {
  const std::string text =
      in.update_expression.value_or("") + " " + in.condition_expression.value_or("") + " ";
  const auto unused = [&](const auto& entry) {
    for (auto at = text.find(entry.first); at != std::string::npos; at = text.find(entry.first, at + 1)) {
      if (std::string_view(" ,)").find(text[at + entry.first.size()]) != std::string_view::npos) return false;
    }
    return true;
  };
  std::erase_if(*in.expression_attribute_names, unused);
  std::erase_if(*in.expression_attribute_values, unused);
  if (in.expression_attribute_names->empty()) in.expression_attribute_names.reset();
  if (in.expression_attribute_values->empty()) in.expression_attribute_values.reset();
}

TEST(UpdateReading, says_what_a_server_then_does) {
  auto cloud = local::Cloud::open({}).value();
  Config config;
  config.region = "us-east-1";
  const local::AcceptedKey key;
  config.credentials =
      static_credentials({.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key});
  config.transport = cloud->transport();
  const Client client(config);
  const CreateTableInput table{
      .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ScalarAttributeType::s},
                                 {.attribute_name = "SK", .attribute_type = ScalarAttributeType::s}}},
      .table_name = "things",
      .key_schema = {{{.attribute_name = "PK", .key_type = KeyType::hash},
                      {.attribute_name = "SK", .key_type = KeyType::range}}},
      .billing_mode = BillingMode::pay_per_request};
  const auto created = blocking(client.create_table(table));
  ASSERT_TRUE(created.has_value()) << to_string(created.error());

  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomUpdates random(seed);
  int same = 0;
  int refused = 0;
  int different = 0;
  for (int round = 0; round < 4'000; ++round) {
    const Case made = random.next();
    UpdateItemInput update = update_of(made.update, made.condition);
    drop_unused(update);
    update.return_values = ReturnValue::all_new;
    const PutItemInput before{.table_name = "things", .item = random.item()};
    ASSERT_TRUE(blocking(client.put_item(before)).has_value());
    const auto first = blocking(client.update_item(update));
    if (!first) continue;  // Refused, whatever the reason: there is no second time.
    const auto second = blocking(client.update_item(update));
    const auto said = second_time(update);
    const std::string what = made.update + " IF " + made.condition;
    if (said == SecondTime::same) {
      ++same;
      if (second) {
        EXPECT_EQ(*second->attributes, *first->attributes) << what;
      } else {
        EXPECT_EQ(second.error().kind, ErrorKind::condition_failed) << what << second.error().message;
      }
    } else if (said == SecondTime::refused) {
      ++refused;
      ASSERT_FALSE(second.has_value()) << what;
    } else {
      ++different;
    }
  }
  std::printf("a second time: %d the same, %d refused, %d different\n", same, refused, different);
  EXPECT_GT(same, 30);
  EXPECT_GT(refused, 20);
  EXPECT_GT(different, 30);
}

}  // namespace
}  // namespace gannet::dynamodb
