// Load on a DynamoDB endpoint: `concurrency` coroutines on one thread, GetItem or PutItem. Prints requests
// per second.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gannet/config.hpp>
#include <gannet/dynamodb.hpp>

#include "cpu_time.hpp"

namespace {

namespace ddb = gannet::dynamodb;

constexpr int items = 1000;

void give_up(const gannet::Error& error) {
  fmt::print(stderr, "{}\n", to_string(error));
  std::exit(1);
}

gannet::Item key_of(int number) {
  const std::string id = fmt::format("USER#{}", number % items);
  gannet::Item key;
  key.emplace("PK", id);
  key.emplace("SK", id);
  return key;
}

gannet::Task<void> put_items(const ddb::Client& client, int& left) {
  while (left > 0) {
    ddb::PutItemInput input{.table_name = "bench", .item = key_of(--left)};
    input.item.emplace("entity_type", "USER");
    input.item.emplace("name", "Ada Lovelace");
    input.item.emplace("points", 1815);
    auto put = co_await client.put_item(input);
    if (!put) give_up(put.error());
  }
}

gannet::Task<void> get_items(const ddb::Client& client, int& left) {
  while (left > 0) {
    const ddb::GetItemInput input{.table_name = "bench", .key = key_of(--left)};
    auto got = co_await client.get_item(input);
    if (!got) give_up(got.error());
    if (!got->item) give_up({.code = "NoItem"});
  }
}

gannet::Task<void> create_table(const ddb::Client& client) {
  ddb::CreateTableInput input{.table_name = "bench", .billing_mode = ddb::BillingMode::pay_per_request};
  input.attribute_definitions.emplace();
  input.attribute_definitions->push_back(
      {.attribute_name = "PK", .attribute_type = ddb::ScalarAttributeType::s});
  input.attribute_definitions->push_back(
      {.attribute_name = "SK", .attribute_type = ddb::ScalarAttributeType::s});
  input.key_schema.emplace();
  input.key_schema->push_back({.attribute_name = "PK", .key_type = ddb::KeyType::hash});
  input.key_schema->push_back({.attribute_name = "SK", .key_type = ddb::KeyType::range});
  auto created = co_await client.create_table(input);
  if (!created && created.error().kind != gannet::ErrorKind::already_exists &&
      created.error().code != "ResourceInUseException") {
    give_up(created.error());
  }
  int all = items;
  co_await put_items(client, all);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr,
               "usage: bench_load first|setup|get|put [COUNT [CONCURRENCY]]   (endpoint and keys from the "
               "environment)\n");
    return 2;
  }
  const std::string_view what = argv[1];
  const int count = argc > 2 ? std::atoi(argv[2]) : 50'000;
  const int concurrency = argc > 3 ? std::atoi(argv[3]) : 16;
  auto config = gannet::Config::load();
  if (!config) give_up(config.error());
  const ddb::Client client(*config);
  if (what == "first") {
    const ddb::ListTablesInput input;
    auto listed = gannet::blocking(client.list_tables(input));
    if (!listed) give_up(listed.error());
    return 0;
  }
  if (what == "setup") {
    gannet::blocking(create_table(client));
    return 0;
  }
  boost::asio::io_context context(1);
  int left = count;
  const double begin = bench::wall_microseconds();
  for (int i = 0; i < concurrency; ++i) {
    boost::asio::co_spawn(context, what == "put" ? put_items(client, left) : get_items(client, left),
                          [](const std::exception_ptr& thrown) {
                            if (thrown) std::rethrow_exception(thrown);
                          });
  }
  context.run();
  fmt::print("{:.0f}\n", count / (bench::wall_microseconds() - begin) * 1e6);
}
