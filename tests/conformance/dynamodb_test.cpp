// Our client against a DynamoDB: the local cloud, DynamoDB Local, moto.

#include <set>

#include <gannet/dynamodb.hpp>

#include "backend.hpp"

namespace gannet::conformance {
namespace {

namespace ddb = dynamodb;
using testing::ElementsAre;

class DynamoDbConformance : public testing::Test {
 protected:
  void SetUp() override {
    ddb::CreateTableInput input{.table_name = table, .billing_mode = ddb::BillingMode::pay_per_request};
    input.attribute_definitions = {{.attribute_name = "PK", .attribute_type = ddb::ScalarAttributeType::s},
                                   {.attribute_name = "SK", .attribute_type = ddb::ScalarAttributeType::s}};
    input.key_schema = {{.attribute_name = "PK", .key_type = ddb::KeyType::hash},
                        {.attribute_name = "SK", .key_type = ddb::KeyType::range}};
    auto created = blocking(client.create_table(input));
    ASSERT_TRUE(created) << to_string(created.error());
  }
  void TearDown() override {
    const ddb::DeleteTableInput input{.table_name = table};
    blocking(client.delete_table(input));
  }

  static Item key(const std::string& partition, const std::string& sort) {
    return {{"PK", partition}, {"SK", sort}};
  }

  void put(Item item) {
    const ddb::PutItemInput input{.table_name = table, .item = std::move(item)};
    auto done = blocking(client.put_item(input));
    ASSERT_TRUE(done) << to_string(done.error());
  }
  std::optional<Item> get(Item wanted) {
    const ddb::GetItemInput input{.table_name = table, .key = std::move(wanted), .consistent_read = true};
    auto done = blocking(client.get_item(input));
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? done->item : std::nullopt;
  }

  const std::string table = Backend::fresh("conformance");
  const ddb::Client client{Backend::get().config()};
};

TEST_F(DynamoDbConformance, every_type_of_attribute_comes_back_as_it_was) {
  Item item = key("USER#1", "USER#1");
  item.emplace("text", "Grüße \"quoted\" \\ \n \x01 \U0001F41F");
  item.emplace("empty", "");
  item.emplace("number", AttributeValue::number("12345678901234567890123456789012345678"));
  item.emplace("small", AttributeValue::number("-0.00000000000000000000000000000000000001"));
  item.emplace("binary", to_bytes(std::string("\0\xFF\x80 abc", 7)));
  item.emplace("yes", true);
  item.emplace("nothing", AttributeValue());
  item.emplace("list", AttributeValue::List{"a", 1, AttributeValue::List{}});
  item.emplace("map", Item{{"inner", Item{{"deep", "x"}}}});
  item.emplace("texts", StringSet{{"a", "b"}});
  item.emplace("binaries", BinarySet{{to_bytes("x"), to_bytes("y")}});
  put(item);
  auto found = get(key("USER#1", "USER#1"));
  ASSERT_TRUE(found);
  // A number has more than one way to be written.
  EXPECT_THAT(found->at("small").n(), testing::AnyOf("-0.00000000000000000000000000000000000001", "-1E-38"));
  found->insert_or_assign("small", item.at("small"));
  EXPECT_EQ(*found, item);
}

TEST_F(DynamoDbConformance, what_is_not_there_is_no_item) {
  EXPECT_EQ(get(key("USER#1", "USER#1")), std::nullopt);
}

TEST_F(DynamoDbConformance, a_missing_table_is_not_found) {
  const ddb::GetItemInput input{.table_name = Backend::fresh("nowhere"), .key = key("a", "b")};
  auto found = blocking(client.get_item(input));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_EQ(found.error().code, "ResourceNotFoundException");
}

TEST_F(DynamoDbConformance, conditions_hold_or_fail_with_the_old_item) {
  ddb::PutItemInput input{.table_name = table, .item = key("USER#1", "REWARD#1")};
  input.item.emplace("points", 5);
  input.condition_expression = "attribute_not_exists(PK)";
  input.return_values_on_condition_check_failure = ddb::ReturnValuesOnConditionCheckFailure::all_old;
  ASSERT_TRUE(blocking(client.put_item(input)));
  auto again = blocking(client.put_item(input));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::condition_failed);
  const auto* const failed = again.error().detail<ddb::ConditionalCheckFailedException>();
  ASSERT_NE(failed, nullptr);
  ASSERT_TRUE(failed->item);
  EXPECT_EQ(failed->item->at("points").n(), "5");
}

TEST_F(DynamoDbConformance, updates_compute_on_the_old_item) {
  put(key("USER#1", "USER#1"));
  ddb::UpdateItemInput input{.table_name = table, .key = key("USER#1", "USER#1")};
  input.update_expression =
      "SET #n = if_not_exists(#n, :zero) + :two, tags = list_append(if_not_exists(tags, :none), :tags) "
      "ADD seen :one REMOVE nowhere";
  input.expression_attribute_names = {{{"#n", "count"}}};
  input.expression_attribute_values = {{":zero", 0},
                                       {":two", 2},
                                       {":one", 1},
                                       {":none", AttributeValue::List{}},
                                       {":tags", AttributeValue::List{"a"}}};
  input.return_values = ddb::ReturnValue::all_new;
  ASSERT_TRUE(blocking(client.update_item(input)));
  auto updated = blocking(client.update_item(input));
  ASSERT_TRUE(updated) << to_string(updated.error());
  ASSERT_TRUE(updated->attributes);
  EXPECT_EQ(updated->attributes->at("count").n(), "4");
  EXPECT_EQ(updated->attributes->at("seen").n(), "2");
  EXPECT_EQ(updated->attributes->at("tags").l().size(), 2U);
}

TEST_F(DynamoDbConformance, queries_page_filter_and_turn_around) {
  for (int i = 0; i < 25; ++i) {
    Item item = key("USER#1", fmt::format("REWARD#{:02}", i));
    item.emplace("points", i);
    put(std::move(item));
  }
  put(key("USER#1", "USER#1"));
  ddb::QueryInput input{.table_name = table, .limit = 10, .scan_index_forward = false};
  input.key_condition_expression = "PK = :pk AND begins_with(SK, :prefix)";
  input.filter_expression = "points >= :least";
  input.projection_expression = "SK";
  input.expression_attribute_values = {{":pk", "USER#1"}, {":prefix", "REWARD#"}, {":least", 5}};
  std::vector<std::string> found;
  int pages = 0;
  do {
    auto page = blocking(client.query(input));
    ASSERT_TRUE(page) << to_string(page.error());
    for (const Item& item : *page->items) {
      EXPECT_EQ(item.size(), 1U);
      found.push_back(item.at("SK").s());
    }
    input.exclusive_start_key = page->last_evaluated_key;
    ASSERT_LT(++pages, 10);
  } while (input.exclusive_start_key);
  ASSERT_EQ(found.size(), 20U);
  EXPECT_EQ(found.front(), "REWARD#24");
  EXPECT_EQ(found.back(), "REWARD#05");
  EXPECT_EQ(pages, 3);
}

TEST_F(DynamoDbConformance, pages_are_walked_and_taken_up_again) {
  std::set<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    put(key("USER#1", fmt::format("REWARD#{}", i)));
    expected.insert(fmt::format("REWARD#{}", i));
  }
  ddb::QueryInput input{.table_name = table, .limit = 3, .key_condition_expression = "PK = :p"};
  input.expression_attribute_values = Item{{":p", "USER#1"}};
  std::set<std::string> seen;
  std::vector<std::size_t> sizes;
  std::optional<Item> token;
  const auto walk = [&](std::size_t most) {
    auto pages = client.query_pages(input);
    while (most-- > 0) {
      const auto page = blocking(pages.next());
      if (!page) return;
      ASSERT_TRUE(*page) << to_string(page->error());
      sizes.push_back((*page)->items->size());
      for (const Item& item : *(*page)->items) seen.insert(item.at("SK").s());
      token = (*page)->last_evaluated_key;
    }
  };
  walk(1);
  EXPECT_THAT(sizes, ElementsAre(3));
  input.exclusive_start_key = token;
  walk(100);
  EXPECT_THAT(sizes, ElementsAre(3, 3, 1));
  EXPECT_EQ(seen, expected);
}

TEST_F(DynamoDbConformance, waits_see_tables_come_and_go) {
  const WaiterOptions quickly{.delay = std::chrono::milliseconds(200)};
  const ddb::DescribeTableInput input{.table_name = table};
  const auto there = blocking(client.wait_until_table_exists(input, quickly));
  ASSERT_TRUE(there) << to_string(there.error());
  EXPECT_EQ(there->table->table_name, table);
  const ddb::DeleteTableInput removal{.table_name = table};
  ASSERT_TRUE(blocking(client.delete_table(removal)));
  const auto gone = blocking(client.wait_until_table_not_exists(input, quickly));
  EXPECT_TRUE(gone) << to_string(gone.error());
}

TEST_F(DynamoDbConformance, scans_see_everything_once) {
  std::set<std::string> all;
  for (int i = 0; i < 20; ++i) {
    put(key(fmt::format("USER#{}", i), "x"));
    all.insert(fmt::format("USER#{}", i));
  }
  std::set<std::string> seen;
  ddb::ScanInput input{.table_name = table, .limit = 7};
  do {
    auto page = blocking(client.scan(input));
    ASSERT_TRUE(page) << to_string(page.error());
    for (const Item& item : *page->items) EXPECT_TRUE(seen.insert(item.at("PK").s()).second);
    input.exclusive_start_key = page->last_evaluated_key;
  } while (input.exclusive_start_key);
  EXPECT_EQ(seen, all);
}

TEST_F(DynamoDbConformance, batches_write_and_read) {
  ddb::BatchWriteItemInput writes;
  for (int i = 0; i < 25; ++i) {
    writes.request_items[table].push_back(
        {.put_request = ddb::PutRequest{.item = key("USER#1", std::to_string(i))}});
  }
  auto written = blocking(client.batch_write_item(writes));
  ASSERT_TRUE(written) << to_string(written.error());
  ddb::BatchGetItemInput reads;
  for (int i = 0; i < 30; ++i) reads.request_items[table].keys.push_back(key("USER#1", std::to_string(i)));
  auto read = blocking(client.batch_get_item(reads));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->responses->at(table).size(), 25U);
}

TEST_F(DynamoDbConformance, deleting_gives_the_old_item_back) {
  Item item = key("USER#1", "USER#1");
  item.emplace("name", "Ada");
  put(item);
  const ddb::DeleteItemInput input{
      .table_name = table, .key = key("USER#1", "USER#1"), .return_values = ddb::ReturnValue::all_old};
  auto gone = blocking(client.delete_item(input));
  ASSERT_TRUE(gone) << to_string(gone.error());
  EXPECT_EQ(gone->attributes, item);
  EXPECT_EQ(get(key("USER#1", "USER#1")), std::nullopt);
}

TEST_F(DynamoDbConformance, transactions_do_all_or_nothing) {
  put(key("USER#1", "gone"));
  ddb::TransactWriteItemsInput earn;
  earn.transact_items = {
      {.put = ddb::Put{.item = key("USER#1", "REWARD#1"),
                       .table_name = table,
                       .condition_expression = "attribute_not_exists(PK)",
                       .return_values_on_condition_check_failure =
                           ddb::ReturnValuesOnConditionCheckFailure::all_old}},
      {.update = ddb::Update{.key = key("USER#1", "USER#1"),
                             .update_expression = "ADD points :five",
                             .table_name = table,
                             .expression_attribute_values = {{{":five", 5}}}}},
      {.delete_ = ddb::Delete{.key = key("USER#1", "gone"), .table_name = table}},
      {.condition_check = ddb::ConditionCheck{.key = key("USER#2", "USER#2"),
                                              .table_name = table,
                                              .condition_expression = "attribute_not_exists(PK)"}},
  };
  auto done = blocking(client.transact_write_items(earn));
  ASSERT_TRUE(done) << to_string(done.error());
  auto again = blocking(client.transact_write_items(earn));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "TransactionCanceledException");
  const auto* const cancelled = again.error().detail<ddb::TransactionCanceledException>();
  ASSERT_NE(cancelled, nullptr);
  ASSERT_TRUE(cancelled->cancellation_reasons);
  const auto& reasons = *cancelled->cancellation_reasons;
  ASSERT_EQ(reasons.size(), 4U);
  EXPECT_EQ(reasons[0].code, "ConditionalCheckFailed");
  ASSERT_TRUE(reasons[0].item);
  EXPECT_EQ(reasons[0].item->at("SK").s(), "REWARD#1");
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(reasons[i].code, "None");
  EXPECT_EQ(get(key("USER#1", "USER#1"))->at("points").n(), "5");
  EXPECT_EQ(get(key("USER#1", "gone")), std::nullopt);
}

TEST_F(DynamoDbConformance, a_transaction_with_a_token_is_done_once) {
  ddb::TransactWriteItemsInput count{.client_request_token = Backend::fresh("token")};
  count.transact_items = {{.update = ddb::Update{.key = key("USER#1", "USER#1"),
                                                 .update_expression = "ADD points :one",
                                                 .table_name = table,
                                                 .expression_attribute_values = {{{":one", 1}}}}}};
  for (int i = 0; i < 3; ++i) {
    auto done = blocking(client.transact_write_items(count));
    ASSERT_TRUE(done) << to_string(done.error());
  }
  EXPECT_EQ(get(key("USER#1", "USER#1"))->at("points").n(), "1");
  count.transact_items.front().update->expression_attribute_values->at(":one") = 2;
  auto other = blocking(client.transact_write_items(count));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "IdempotentParameterMismatchException");
}

TEST_F(DynamoDbConformance, transactional_reads_come_in_order) {
  put(key("USER#1", "a"));
  put(key("USER#1", "b"));
  ddb::TransactGetItemsInput input;
  for (const char* const sort : {"b", "nowhere", "a"}) {
    input.transact_items.push_back({.get = ddb::Get{.key = key("USER#1", sort), .table_name = table}});
  }
  auto found = blocking(client.transact_get_items(input));
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_TRUE(found->responses);
  ASSERT_EQ(found->responses->size(), 3U);
  EXPECT_EQ(found->responses->at(0).item, key("USER#1", "b"));
  EXPECT_TRUE(!found->responses->at(1).item || found->responses->at(1).item->empty());
  EXPECT_EQ(found->responses->at(2).item, key("USER#1", "a"));
}

TEST_F(DynamoDbConformance, the_service_s_refusals_are_validation_errors) {
  ddb::UpdateItemInput input{.table_name = table, .key = key("a", "b"), .update_expression = "SET = :x"};
  auto refused = blocking(client.update_item(input));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::validation);
  EXPECT_EQ(refused.error().code, "ValidationException");
  EXPECT_EQ(refused.error().http_status, 400);
}

TEST_F(DynamoDbConformance, tables_are_described_and_listed) {
  const ddb::DescribeTableInput describe{.table_name = table};
  auto described = blocking(client.describe_table(describe));
  ASSERT_TRUE(described) << to_string(described.error());
  EXPECT_EQ(described->table->table_status, ddb::TableStatus::active);
  ddb::ListTablesInput list{.limit = 100};
  bool listed = false;
  do {
    auto page = blocking(client.list_tables(list));
    ASSERT_TRUE(page) << to_string(page.error());
    for (const std::string& name : *page->table_names) listed = listed || name == table;
    list.exclusive_start_table_name = page->last_evaluated_table_name;
  } while (list.exclusive_start_table_name);
  EXPECT_TRUE(listed);
}

}  // namespace
}  // namespace gannet::conformance
