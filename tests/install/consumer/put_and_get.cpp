// Makes a table, puts an item and gets it back.
#include <iostream>
#include <string>

#include <gannet/dynamodb.hpp>

namespace ddb = gannet::dynamodb;

namespace {

int failed(const gannet::Error& error) {
  std::cerr << gannet::to_string(error) << '\n';
  return 1;
}

}  // namespace

int main() {
  auto config = gannet::Config::load();
  if (!config) return failed(config.error());
  const ddb::Client client(*config);

  ddb::CreateTableInput create{.table_name = "music", .billing_mode = ddb::BillingMode::pay_per_request};
  create.attribute_definitions = {
      {.attribute_name = "artist", .attribute_type = ddb::ScalarAttributeType::s}};
  create.key_schema = {{.attribute_name = "artist", .key_type = ddb::KeyType::hash}};
  const auto created = gannet::blocking(client.create_table(create));
  if (!created) return failed(created.error());

  const ddb::PutItemInput put{.table_name = "music", .item = {{"artist", "Nina"}, {"songs", 3}}};
  const auto stored = gannet::blocking(client.put_item(put));
  if (!stored) return failed(stored.error());

  const ddb::GetItemInput get{.table_name = "music", .key = {{"artist", "Nina"}}};
  const auto found = gannet::blocking(client.get_item(get));
  if (!found) return failed(found.error());
  std::cout << found->item->at("artist").s() << " has " << found->item->at("songs").n() << " songs\n";
}
