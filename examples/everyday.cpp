// Everyday calls, for who comes from another SDK. docs/from-boto3.md and docs/from-aws-sdk-cpp.md show the
// regions.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gannet/exactly_once.hpp>
#include <gannet/identity.hpp>
#include <gannet/log_observer.hpp>
#include <gannet/presign.hpp>
#include <gannet/retry_operation.hpp>
#include <gannet/s3_client.hpp>
#include <gannet/secrets.hpp>

#include "local_cloud.hpp"

namespace {

using namespace std::chrono_literals;
using gannet::Result;
using gannet::Task;
namespace s3 = gannet::s3;

namespace ddb = gannet::dynamodb;
using gannet::ErrorKind;
using gannet::Item;

const Item key{{"PK", "USER#1"}, {"SK", "USER#1"}};

Result<ddb::Client> client_of(const gannet::Environment& environment) {
  // [client]
  auto config = gannet::Config::load({.region = "eu-west-1"}, environment);
  if (!config) return std::unexpected(config.error());
  const ddb::Client client(*config);
  // [/client]
  return client;
}

Task<Result<void>> rename(ddb::Client client, std::string name) {
  // [get-put]
  const ddb::GetItemInput read{.table_name = "users", .key = key};
  auto found = co_await client.get_item(read);
  if (!found) co_return std::unexpected(found.error());
  Item item = found->item.value_or(key);
  item["name"] = name;
  item["renamed"] = true;
  const ddb::PutItemInput write{.table_name = "users", .item = item};
  auto written = co_await client.put_item(write);
  // [/get-put]
  if (!written) co_return std::unexpected(written.error());
  co_return Result<void>();
}

Task<Result<std::string>> add_points(ddb::Client client, int points) {
  // [update]
  const ddb::UpdateItemInput update{.table_name = "users",
                                    .key = key,
                                    .return_values = ddb::ReturnValue::updated_new,
                                    .update_expression = "ADD points :more",
                                    .expression_attribute_values = {{{":more", points}}}};
  auto updated = co_await client.update_item(update);
  // [/update]
  if (!updated) co_return std::unexpected(updated.error());
  co_return updated->attributes->at("points").n();
}

Task<Result<void>> add_points_once(ddb::Client client, int points, std::string job_id) {
  const ddb::UpdateItemInput update{.table_name = "users",
                                    .key = key,
                                    .update_expression = "ADD points :more",
                                    .expression_attribute_values = {{{":more", points}}}};
  // [once]
  const ddb::ExactlyOnceOptions options{.client_request_token = job_id};
  co_return co_await ddb::exactly_once(client, update, options);
  // [/once]
}

Task<Result<std::vector<std::string>>> rewards(ddb::Client client) {
  // [query]
  const ddb::QueryInput query{.table_name = "users",
                              .key_condition_expression = "PK = :pk AND begins_with(SK, :prefix)",
                              .expression_attribute_values = {{{":pk", "USER#1"}, {":prefix", "REWARD#"}}}};
  std::vector<std::string> titles;
  auto pages = client.query_pages(query);
  while (auto page = co_await pages.next()) {
    if (!*page) co_return std::unexpected(page->error());
    for (const Item& item : (*page)->items.value_or(std::vector<Item>()))
      titles.push_back(item.at("title").s());
  }
  // [/query]
  co_return titles;
}

Task<Result<bool>> add_reward(ddb::Client client, std::string id, std::string title) {
  // [condition]
  const ddb::PutItemInput put{.table_name = "users",
                              .item = {{"PK", "USER#1"}, {"SK", "REWARD#" + id}, {"title", title}},
                              .condition_expression = "attribute_not_exists(PK)"};
  auto added = co_await client.put_item(put);
  if (added) co_return true;
  if (added.error().kind == ErrorKind::condition_failed) co_return false;
  // [/condition]
  co_return std::unexpected(added.error());
}

Task<Result<std::vector<Item>>> read_many(ddb::Client client, std::vector<Item> keys) {
  std::vector<Item> items;
  // [batch]
  ddb::BatchGetItemInput request{.request_items = {{"users", {.keys = std::move(keys)}}}};
  while (!request.request_items.empty()) {
    auto answer = co_await client.batch_get_item(request);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->responses) {
      for (auto& [table, found] : *answer->responses) std::ranges::move(found, std::back_inserter(items));
    }
    request.request_items = std::move(answer->unprocessed_keys).value_or(decltype(request.request_items)());
  }
  // [/batch]
  co_return items;
}

Task<Result<void>> wait_for_table(ddb::Client client) {
  // [waiter]
  const ddb::DescribeTableInput table{.table_name = "users"};
  const gannet::WaiterOptions options{.delay = 5s, .max_wait = 2min};
  auto there = co_await client.wait_until_table_exists(table, options);
  // [/waiter]
  if (!there) co_return std::unexpected(there.error());
  co_return Result<void>();
}

// [errors]
std::string advice(const gannet::Error& error) {
  if (const auto* failed = error.detail<ddb::ConditionalCheckFailedException>(); failed && failed->item)
    return "somebody was faster";
  switch (error.kind) {
    case ErrorKind::not_found:
      return "create the table";
    case ErrorKind::throttled:
      return "come back later";
    case ErrorKind::outcome_unknown:
      return "look at the item before you try again";
    default:
      return to_string(error);  // One line for a log: kind, code, HTTP status, request id, attempts, message.
  }
}
// [/errors]

ddb::Client with_retries(gannet::Config config) {
  // [retries]
  config.retry = {.max_attempts = 5, .base_delay = 100ms};
  config.timeouts.call = 10s;
  config.observers.push_back(gannet::log_observer([](gannet::LogLevel, std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  }));
  const ddb::Client client(config);
  // [/retries]
  return client;
}

Task<Result<ddb::GetItemOutput>> read_patiently(gannet::Config config) {
  // [retry]
  config.retry.max_attempts = 1;  // The client's own, so that retries do not multiply.
  const ddb::Client client(config);
  const ddb::GetItemInput request{.table_name = "users", .key = key};
  const auto read = [&] { return client.get_item(request); };
  const gannet::RetryPolicy policy{
      .max_attempts = 3, .base_delay = 500ms, .jitter = gannet::Jitter::none};  // 0.5 s, then 1 s
  co_return co_await gannet::retry(policy, read);
  // [/retry]
}

Task<Result<std::string>> upload_url(s3::Client client) {
  // [presign]
  const s3::PutObjectInput request{.bucket = "receipts", .content_type = "image/jpeg", .key = "1/lunch.jpg"};
  auto presigned = co_await client.presign_put_object(request, 15min);
  if (!presigned) co_return std::unexpected(presigned.error());
  co_return presigned->url.reveal();  // Send presigned->headers, too: they are signed.
  // [/presign]
}

Task<Result<std::string>> database_user(gannet::Config config) {
  // [secrets]
  const gannet::secrets::SecretsManager secrets(config);  // Keep it: it is the cache.
  auto fields = co_await secrets.get_secret_json("prod/database");
  if (!fields) co_return std::unexpected(fields.error());
  // [/secrets]
  co_return fields->at("username").reveal();
}

gannet::Config with_a_role(gannet::Config config) {
  // [role]
  config.credentials = gannet::assume_role_credentials(
      config, {.role_arn = "arn:aws:iam::111122223333:role/reader", .duration = 30min});
  const ddb::Client client(config);
  // [/role]
  return config;
}

}  // namespace

int main() {
  example::Expectations that;
  const auto loaded = client_of(gannet::Environment::of({{"AWS_REGION", "us-west-2"}}));
  that.expect(loaded && loaded->config().region == "eu-west-1", "what the code says goes first");

  const example::LocalCloud local;
  example::make_resources(local.config);
  const ddb::Client client = with_retries(local.config);
  that.expect(gannet::blocking(rename(client, "Ada")).has_value(), "an item is read and written");
  that.expect(gannet::blocking(add_points(client, 5)) == "5", "a number is added");
  that.expect(gannet::blocking(add_points_once(client, 5, "job-1")).has_value(), "a number is added once");
  that.expect(gannet::blocking(add_points_once(client, 5, "job-1")).has_value(), "asking again does no harm");
  that.expect(gannet::blocking(add_points(client, 1)) == "11", "it was added once");
  that.expect(gannet::blocking(add_reward(client, "1", "Coffee")) == true, "a reward is added");
  that.expect(gannet::blocking(add_reward(client, "1", "Coffee")) == false, "a reward is there");
  that.expect(gannet::blocking(rewards(client)) == std::vector<std::string>{"Coffee"}, "rewards are found");
  that.expect(gannet::blocking(read_many(client, {key}))->size() == 1, "items are read in a batch");
  that.expect(gannet::blocking(wait_for_table(client)).has_value(), "a table is waited for");
  that.expect(gannet::blocking(read_patiently(local.config))->item.has_value(), "an item is read with patience");
  const ddb::GetItemInput nowhere{.table_name = "nowhere", .key = key};
  const auto missing = gannet::blocking(client.get_item(nowhere));
  that.expect(!missing && advice(missing.error()) == "create the table", "an error is branched on");
  const auto url = gannet::blocking(upload_url(s3::Client(local.config)));
  that.expect(url && url->find("X-Amz-Signature=") != std::string::npos, "a URL is signed");
  that.expect(gannet::blocking(database_user(local.config)) == "app", "a secret is read");
  that.expect(with_a_role(local.config).credentials != local.config.credentials, "a role is assumed");
  return that.exit_status();
}
