#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include <gannet/config.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/local.hpp>
#include <gannet/s3.hpp>
#include <gannet/secretsmanager.hpp>

/// What the guides' programs run on.
namespace example {

// [cloud]
/// A cloud in memory, with no socket. Clients made from `config` reach it and nothing else.
struct LocalCloud {
  explicit LocalCloud(gannet::local::CloudOptions options = {}) {
    const gannet::local::AcceptedKey key = options.keys.front();
    config.region = options.region;
    config.credentials = gannet::static_credentials(
        {.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key});
    cloud = gannet::local::Cloud::open(std::move(options)).value();
    config.transport = cloud->transport();
  }

  std::unique_ptr<gannet::local::Cloud> cloud;  // Before `config`: it must outlive its transport.
  gannet::Config config;
};
// [/cloud]

/// The table `users`, the bucket `receipts` and the secret `prod/database`.
inline void make_resources(const gannet::Config& config) {
  namespace ddb = gannet::dynamodb;
  const ddb::CreateTableInput table{
      .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ddb::ScalarAttributeType::s},
                                 {.attribute_name = "SK", .attribute_type = ddb::ScalarAttributeType::s}}},
      .table_name = "users",
      .key_schema = {{{.attribute_name = "PK", .key_type = ddb::KeyType::hash},
                      {.attribute_name = "SK", .key_type = ddb::KeyType::range}}},
      .billing_mode = ddb::BillingMode::pay_per_request};
  gannet::blocking(ddb::Client(config).create_table(table)).value();
  const gannet::s3::CreateBucketInput bucket{.bucket = "receipts"};
  gannet::blocking(gannet::s3::Client(config).create_bucket(bucket)).value();
  const gannet::secretsmanager::CreateSecretInput secret{
      .name = "prod/database", .secret_string = gannet::Secret(R"({"username": "app", "password": "pw"})")};
  gannet::blocking(gannet::secretsmanager::Client(config).create_secret(secret)).value();
}

/// Ends the program's good fortune, and says so, if `holds` is false.
class Expectations {
 public:
  void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    failed_ = true;
  }
  [[nodiscard]] int exit_status() const noexcept { return failed_ ? 1 : 0; }

 private:
  bool failed_ = false;
};

}  // namespace example
