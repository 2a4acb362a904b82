#include <memory>
#include <string>

#include <gannet/dynamodb.hpp>
#include <gannet/s3.hpp>
#include <gtest/gtest.h>

#include "fakes/scripted_config.hpp"

// Generated paginators over a scripted service. What they ask for is in walk_cases.json.

namespace gannet {
namespace {

class Pagination : public testing::Test {
 protected:
  [[nodiscard]] dynamodb::Client dynamodb_client() const {
    return dynamodb::Client(fakes::scripted_config(transport, time));
  }

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
};

TEST_F(Pagination, asks_for_nothing_before_it_is_asked) {
  const dynamodb::QueryPages pages = dynamodb_client().query_pages({.table_name = "t"});
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(Pagination, carries_attribute_values_from_page_to_page) {
  const auto client = dynamodb_client();
  transport
      ->answer(200, R"({"Items": [{"PK": {"S": "1"}}],
                        "LastEvaluatedKey": {"PK": {"S": "1"}, "n": {"N": "1.50"}}})")
      .answer(200, R"({"Items": [{"PK": {"S": "2"}}]})");
  std::string seen;
  auto pages = client.query_pages({.table_name = "t"});
  while (const auto page = blocking(pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    for (const Item& item : *(*page)->items) seen += item.at("PK").s();
  }
  EXPECT_EQ(seen, "12");
  EXPECT_NE(transport->sent()[1].body.find(R"("ExclusiveStartKey":{"PK":{"S":"1"},"n":{"N":"1.50"}})"),
            std::string::npos);
}

TEST_F(Pagination, stays_at_its_end) {
  auto pages = dynamodb_client().list_tables_pages({});
  transport->answer(200, R"({"TableNames": ["t"]})");
  EXPECT_TRUE(blocking(pages.next()));
  EXPECT_FALSE(blocking(pages.next()));
  EXPECT_FALSE(blocking(pages.next()));
  EXPECT_EQ(transport->count(), 1U);
}

TEST_F(Pagination, tries_the_same_page_again_after_an_error_whichever_page_fails) {
  const std::string answers[] = {R"({"TableNames": ["aaa"], "LastEvaluatedTableName": "aaa"})",
                                 R"({"TableNames": ["bbb"], "LastEvaluatedTableName": "bbb"})",
                                 R"({"TableNames": ["ccc"]})"};
  for (int failing = 0; failing < 3; ++failing) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    for (int i = 0; i < 3; ++i) {
      if (i == failing) transport->answer(400, R"({"__type": "AccessDeniedException", "Message": "no"})");
      transport->answer(200, answers[i]);
    }
    auto pages = dynamodb_client().list_tables_pages({});
    std::string seen;
    int errors = 0;
    while (const auto page = blocking(pages.next())) {
      if (*page) {
        seen += (*page)->table_names->at(0);
      } else {
        EXPECT_EQ(page->error().kind, ErrorKind::access_denied);
        ASSERT_LE(++errors, 1);
      }
    }
    EXPECT_EQ(seen, "aaabbbccc");
    EXPECT_EQ(errors, 1);
    const auto sent = transport->sent();
    EXPECT_EQ(sent[static_cast<std::size_t>(failing)].body, sent[static_cast<std::size_t>(failing) + 1].body);
  }
}

TEST_F(Pagination, gives_the_page_that_repeats_its_token_and_then_only_the_error) {
  auto pages = dynamodb_client().list_tables_pages({.exclusive_start_table_name = "aaa"});
  transport->answer(200, R"({"TableNames": ["bbb"], "LastEvaluatedTableName": "aaa"})");
  const auto page = blocking(pages.next());
  ASSERT_TRUE(page && *page);
  for (int i = 0; i < 2; ++i) {
    const auto end = blocking(pages.next());
    ASSERT_TRUE(end);
    ASSERT_FALSE(*end);
    EXPECT_EQ(end->error().kind, ErrorKind::protocol);
    EXPECT_EQ(end->error().code, "RepeatedToken");
  }
  EXPECT_EQ(transport->count(), 1U);
}

TEST_F(Pagination, checks_the_input_of_every_page) {
  auto pages = dynamodb_client().query_pages({.table_name = ""});
  const auto page = blocking(pages.next());
  ASSERT_TRUE(page);
  EXPECT_EQ(page->error().code, "InvalidInput");
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(Pagination, gives_the_options_to_every_page) {
  const CallOptions once{.retry = RetryPolicy{.max_attempts = 1}};
  auto pages = dynamodb_client().list_tables_pages({}, once);
  transport->answer(200, R"({"LastEvaluatedTableName": "aaa"})").answer(500).answer(200, "{}");
  EXPECT_TRUE(blocking(pages.next()).value());
  EXPECT_FALSE(blocking(pages.next()).value());
  EXPECT_EQ(transport->count(), 2U);
}

TEST_F(Pagination, copies_the_input) {
  const auto client = dynamodb_client();
  transport->answer(200, "{}");
  dynamodb::ListTablesInput input{.limit = 5};
  auto pages = client.list_tables_pages(input);
  input.limit = 7;
  EXPECT_TRUE(blocking(pages.next()).value());
  EXPECT_EQ(transport->sent()[0].body, R"({"Limit":5})");
}

TEST_F(Pagination, may_be_dropped_before_the_page_that_it_was_asked_for_has_come) {
  auto pages = std::make_unique<dynamodb::ListTablesPages>(dynamodb_client().list_tables_pages({}));
  transport->answer(200, "{}");
  auto next = pages->next();
  pages.reset();
  EXPECT_TRUE(blocking(std::move(next)).value());
}

TEST_F(Pagination, reads_tokens_of_xml) {
  const s3::Client client(fakes::scripted_config(transport, time));
  transport
      ->answer(200,
               "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
               "<NextVersionIdMarker>v</NextVersionIdMarker></ListVersionsResult>")
      .answer(200,
              "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>l</NextKeyMarker>"
              "</ListVersionsResult>")
      .answer(200, "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>");
  auto pages = client.list_object_versions_pages({.bucket = "my-bucket"});
  int count = 0;
  while (const auto page = blocking(pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    ++count;
  }
  EXPECT_EQ(count, 3);
  EXPECT_EQ(transport->sent()[0].request.query, "versions");
  EXPECT_EQ(transport->sent()[1].request.query, "versions&key-marker=k&version-id-marker=v");
  EXPECT_EQ(transport->sent()[2].request.query, "versions&key-marker=l");
}

}  // namespace
}  // namespace gannet
