#include "demo_cloud.hpp"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <gannet/credentials_provider.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/s3.hpp>
#include <gannet/secretsmanager.hpp>

namespace receipts {
namespace {

namespace ddb = gannet::dynamodb;
using gannet::ErrorKind;
using gannet::Result;
using gannet::Task;

std::string random_hex(int words) {
  std::random_device chance;
  std::string text;
  for (int i = 0; i < words; ++i) text += fmt::format("{:08x}", chance());
  return text;
}

/// Success, where all that went wrong is that the thing is there already.
template <class Output>
Result<void> there(Result<Output> created) {
  if (created || created.error().kind == ErrorKind::already_exists) return {};
  return std::unexpected(std::move(created.error()));
}

Task<Result<void>> create_table(const gannet::Config& config, const std::string& table_name) {
  const ddb::Client client(config);
  const ddb::DescribeTableInput look{.table_name = table_name};
  auto found = co_await client.describe_table(look);
  if (found || found.error().kind != ErrorKind::not_found) co_return there(std::move(found));

  ddb::CreateTableInput input{.table_name = table_name, .billing_mode = ddb::BillingMode::pay_per_request};
  input.attribute_definitions.emplace();
  for (const char* name : {"PK", "SK"}) {
    input.attribute_definitions->push_back(
        {.attribute_name = name, .attribute_type = ddb::ScalarAttributeType::s});
  }
  input.key_schema.emplace();
  input.key_schema->push_back({.attribute_name = "PK", .key_type = ddb::KeyType::hash});
  input.key_schema->push_back({.attribute_name = "SK", .key_type = ddb::KeyType::range});
  co_return there(co_await client.create_table(input));
}

Task<Result<void>> create_bucket(const gannet::Config& config, const std::string& bucket_name) {
  const gannet::s3::Client client(config);
  const gannet::s3::CreateBucketInput input{.bucket = bucket_name};
  co_return there(co_await client.create_bucket(input));
}

Task<Result<void>> create_secret(const gannet::Config& config, const std::string& name, std::string json) {
  const gannet::secretsmanager::Client client(config);
  const gannet::secretsmanager::DescribeSecretInput look{.secret_id = name};
  auto found = co_await client.describe_secret(look);
  if (found || found.error().kind != ErrorKind::not_found) co_return there(std::move(found));
  const gannet::secretsmanager::CreateSecretInput input{.name = name,
                                                        .secret_string = gannet::Secret(std::move(json))};
  co_return there(co_await client.create_secret(input));
}

}  // namespace

Result<DemoCloud> open_demo_cloud(const DemoCloudOptions& options, gannet::LogSink log) {
  DemoCloud demo;
  auto cloud =
      gannet::local::Cloud::open({.data_dir = options.data_dir, .keys = {demo.key}, .log = std::move(log)});
  if (!cloud) return std::unexpected(std::move(cloud.error()));
  demo.cloud = std::move(*cloud);
  auto url = demo.cloud->listen(options.host, options.port);
  if (!url) return std::unexpected(std::move(url.error()));
  demo.url = std::move(*url);
  demo.config.region = "us-east-1";
  demo.config.endpoint_url = demo.url;
  demo.config.credentials = gannet::static_credentials(
      {.access_key_id = demo.key.access_key_id, .secret_access_key = demo.key.secret_access_key});
  return demo;
}

Task<Result<void>> create_missing_resources(gannet::Config config, Resources resources) {
  auto created = co_await create_table(config, resources.table_name);
  if (!created) co_return created;
  created = co_await create_bucket(config, resources.bucket_name);
  if (!created) co_return created;
  created = co_await create_secret(
      config, resources.service.database_secret_name,
      fmt::format(
          R"({{"username":"receipts","password":"{}","host":"localhost","port":5432,"database":"receipts"}})",
          random_hex(4)));
  if (!created) co_return created;
  co_return co_await create_secret(config, resources.service.partner_api_secret_name,
                                   fmt::format(R"({{"partner_api_key":"{}"}})", random_hex(4)));
}

}  // namespace receipts
