// Something of every library, against the cloud in this process.
#include <iostream>

#include <gannet/content_type.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/local.hpp>
#include <gannet/s3_client.hpp>
#include <gannet/secrets.hpp>
#include <gannet/settings.hpp>
#include <gannet/sts.hpp>

int main() {
  auto cloud = gannet::local::Cloud::open({}).value();
  const gannet::local::AcceptedKey key;
  auto config = gannet::Config::load({.region = "us-east-1", .transport = cloud->transport()}).value();

  const gannet::sts::GetCallerIdentityInput who;
  const auto caller = gannet::blocking(gannet::sts::Client(config).get_caller_identity(who));
  const gannet::dynamodb::ListTablesInput all;
  const auto tables = gannet::blocking(gannet::dynamodb::Client(config).list_tables(all));
  const gannet::s3::CreateBucketInput bucket{.bucket = "holiday"};
  const auto made = gannet::blocking(gannet::s3::Client(config).create_bucket(bucket));
  if (!caller || !tables || !made) return 1;
  const auto url = gannet::settings::database_url({.username = "me", .host = "here", .database = "music"});
  std::cout << caller->account.value() << ' ' << gannet::sniff_content_type("%PDF-1.7").value() << ' '
            << url.size() << '\n';
}
