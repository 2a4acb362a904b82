// What README.md shows, against a local cloud on a port of its own.
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "local_cloud.hpp"

namespace {

void show() {
  // [readme]
  const gannet::dynamodb::Client client(gannet::Config::load().value());
  const gannet::dynamodb::GetItemInput input{.table_name = "fetch-data",
                                             .key = {{"PK", "USER#123"}, {"SK", "USER#123"}}};
  auto found = gannet::blocking(client.get_item(input));
  if (found && found->item) std::cout << found->item->at("name").s() << '\n';
  // [/readme]
}

}  // namespace

int main() {
  namespace ddb = gannet::dynamodb;
  const example::LocalCloud local;
  const std::string url = local.cloud->listen("127.0.0.1", 0).value();
  const ddb::Client client(local.config);
  const ddb::CreateTableInput table{
      .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ddb::ScalarAttributeType::s},
                                 {.attribute_name = "SK", .attribute_type = ddb::ScalarAttributeType::s}}},
      .table_name = "fetch-data",
      .key_schema = {{{.attribute_name = "PK", .key_type = ddb::KeyType::hash},
                      {.attribute_name = "SK", .key_type = ddb::KeyType::range}}},
      .billing_mode = ddb::BillingMode::pay_per_request};
  gannet::blocking(client.create_table(table)).value();
  const ddb::PutItemInput user{.table_name = "fetch-data",
                               .item = {{"PK", "USER#123"}, {"SK", "USER#123"}, {"name", "Ada"}}};
  gannet::blocking(client.put_item(user)).value();

  const gannet::local::AcceptedKey key;
  ::setenv("AWS_CONFIG_FILE", "/dev/null", 1);
  ::setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
  ::setenv("AWS_REGION", "us-east-1", 1);
  ::setenv("AWS_ENDPOINT_URL", url.c_str(), 1);
  ::setenv("AWS_ACCESS_KEY_ID", key.access_key_id.c_str(), 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key.reveal().c_str(), 1);
  ::setenv("NO_PROXY", "127.0.0.1", 1);
  for (const char* name :
       {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
        "AWS_ENDPOINT_URL_DYNAMODB", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "no_proxy"})
    ::unsetenv(name);
  std::ostringstream printed;
  std::streambuf* const terminal = std::cout.rdbuf(printed.rdbuf());
  show();
  std::cout.rdbuf(terminal);
  example::Expectations that;
  that.expect(printed.str() == "Ada\n", "the user's name is printed");
  return that.exit_status();
}
