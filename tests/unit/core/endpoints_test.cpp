#include "core/endpoints.hpp"

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

TEST(RegionalEndpoint, follows_the_partition_of_the_region) {
  struct Case {
    std::string_view service;
    std::string_view region;
    std::string_view host;
  };
  const Case cases[] = {
      {"dynamodb", "us-east-1", "dynamodb.us-east-1.amazonaws.com"},
      {"s3", "eu-west-1", "s3.eu-west-1.amazonaws.com"},
      {"sts", "us-east-1", "sts.us-east-1.amazonaws.com"},
      {"secretsmanager", "cn-north-1", "secretsmanager.cn-north-1.amazonaws.com.cn"},
      {"dynamodb", "us-gov-west-1", "dynamodb.us-gov-west-1.amazonaws.com"},
      {"dynamodb", "us-iso-east-1", "dynamodb.us-iso-east-1.c2s.ic.gov"},
      {"dynamodb", "us-isob-east-1", "dynamodb.us-isob-east-1.sc2s.sgov.gov"},
      {"dynamodb", "eu-isoe-west-1", "dynamodb.eu-isoe-west-1.cloud.adc-e.uk"},
      {"dynamodb", "us-isof-south-1", "dynamodb.us-isof-south-1.csp.hci.ic.gov"},
      {"dynamodb", "eusc-de-east-1", "dynamodb.eusc-de-east-1.amazonaws.eu"},
      {"dynamodb", "xx-new-9", "dynamodb.xx-new-9.amazonaws.com"},
  };
  for (const Case& c : cases) {
    const auto endpoint = regional_endpoint(c.service, c.region, std::nullopt);
    ASSERT_TRUE(endpoint.has_value()) << c.region;
    EXPECT_EQ(endpoint->origin, (Origin{.tls = true, .host = std::string(c.host), .port = 443})) << c.region;
    EXPECT_EQ(endpoint->region, c.region);
    EXPECT_EQ(endpoint->path, "");
    EXPECT_FALSE(endpoint->custom);
  }
}

TEST(RegionalEndpoint, takes_the_users_own_with_its_path) {
  const auto endpoint = regional_endpoint("s3", "us-east-1", "http://localhost:4566/store/s3/");
  ASSERT_TRUE(endpoint.has_value()) << endpoint.error().message;
  EXPECT_EQ(endpoint->origin, (Origin{.tls = false, .host = "localhost", .port = 4566}));
  EXPECT_EQ(endpoint->path, "/store/s3");
  EXPECT_TRUE(endpoint->custom);
}

TEST(RegionalEndpoint, says_what_to_set_when_the_region_is_missing) {
  for (const auto& custom :
       {std::optional<std::string>(), std::optional<std::string>("http://localhost:4566")}) {
    const auto endpoint = regional_endpoint("s3", "", custom);
    ASSERT_FALSE(endpoint.has_value());
    EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration);
    EXPECT_NE(endpoint.error().message.find("AWS_REGION"), std::string::npos);
  }
}

TEST(RegionalEndpoint, refuses_a_region_that_would_change_the_host) {
  for (const std::string_view region :
       {"us east 1", "evil.example/", "us-east-1.", "-us", "a@b", "us_east_1"}) {
    const auto endpoint = regional_endpoint("s3", region, std::nullopt);
    ASSERT_FALSE(endpoint.has_value()) << region;
    EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration) << region;
  }
}

TEST(RegionalEndpoint, refuses_a_url_that_is_none) {
  for (const char* url : {"", "localhost:4566", "ftp://localhost", "http://", "http://host:99999"}) {
    const auto endpoint = regional_endpoint("s3", "us-east-1", url);
    ASSERT_FALSE(endpoint.has_value()) << url;
    EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration) << url;
  }
}

TEST(Bucket, may_stand_in_a_host_name_if_it_is_one) {
  struct Case {
    std::string_view bucket;
    bool under_tls;
    bool without_tls;
  };
  const Case cases[] = {
      {"abc", true, true},       {"my-bucket-1", true, true}, {"my.bucket", false, true},
      {"ab", false, false},      {"My-Bucket", false, false}, {"under_score", false, false},
      {"-bucket", false, false}, {"bucket-", false, false},   {"a..b", false, false},
      {"a.-b", false, false},    {"a-.b", false, false},      {"192.168.1.1", false, false},
      {".abc", false, false},    {"bücket", false, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(is_virtual_hostable_bucket(c.bucket, false), c.under_tls) << c.bucket;
    EXPECT_EQ(is_virtual_hostable_bucket(c.bucket, true), c.without_tls) << c.bucket;
  }
  EXPECT_TRUE(is_virtual_hostable_bucket(std::string(63, 'a'), false));
  EXPECT_FALSE(is_virtual_hostable_bucket(std::string(64, 'a'), false));
}

// The URLs are botocore 1.43's for list_objects_v2 with the same settings, less the query.
TEST(BucketEndpoint, names_the_bucket_as_botocore_does) {
  struct Case {
    std::optional<std::string> custom;
    std::string_view bucket;
    S3Addressing addressing;
    std::string_view url;
  };
  const std::optional<std::string> aws;
  const Case cases[] = {
      {aws, "fetch-receipts", S3Addressing::automatic, "https://fetch-receipts.s3.eu-west-1.amazonaws.com"},
      {aws, "fetch-receipts", S3Addressing::virtual_host,
       "https://fetch-receipts.s3.eu-west-1.amazonaws.com"},
      {aws, "fetch-receipts", S3Addressing::path, "https://s3.eu-west-1.amazonaws.com/fetch-receipts"},
      {aws, "my.bucket", S3Addressing::automatic, "https://s3.eu-west-1.amazonaws.com/my.bucket"},
      {aws, "my.bucket", S3Addressing::virtual_host, "https://s3.eu-west-1.amazonaws.com/my.bucket"},
      {aws, "Upper", S3Addressing::automatic, "https://s3.eu-west-1.amazonaws.com/Upper"},
      {"http://localhost:4566", "bucket", S3Addressing::automatic, "http://localhost:4566/bucket"},
      {"http://127.0.0.1:4566", "bucket", S3Addressing::automatic, "http://127.0.0.1:4566/bucket"},
      {"http://127.0.0.1:4566", "bucket", S3Addressing::virtual_host, "http://127.0.0.1:4566/bucket"},
      {"http://localhost:4566", "bucket", S3Addressing::virtual_host, "http://bucket.localhost:4566"},
      {"http://localhost:4566", "my.bucket", S3Addressing::virtual_host, "http://my.bucket.localhost:4566"},
      {"https://store.example", "bucket", S3Addressing::automatic, "https://store.example/bucket"},
      {"https://store.example", "bucket", S3Addressing::virtual_host, "https://bucket.store.example"},
      {"https://store.example/s3", "bucket", S3Addressing::automatic, "https://store.example/s3/bucket"},
      {"https://store.example/s3", "bucket", S3Addressing::virtual_host, "https://bucket.store.example/s3"},
      {"http://[::1]:9000", "bucket", S3Addressing::virtual_host, "http://[::1]:9000/bucket"},
  };
  for (const Case& c : cases) {
    const auto endpoint = regional_endpoint("s3", "eu-west-1", c.custom);
    ASSERT_TRUE(endpoint.has_value());
    const auto placed = bucket_endpoint(*endpoint, c.bucket, c.addressing);
    ASSERT_TRUE(placed.has_value()) << c.bucket;
    EXPECT_EQ((placed->origin.tls ? "https://" : "http://") + placed->origin.authority() + placed->path,
              c.url);
  }
}

TEST(BucketEndpoint, refuses_what_is_no_plain_name) {
  const auto endpoint = regional_endpoint("s3", "eu-west-1", std::nullopt);
  for (const std::string_view bucket :
       {"arn:aws:s3:us-east-1:123456789012:accesspoint/reports", "a/b", "..", ".", "bucket/../other"}) {
    const auto placed = bucket_endpoint(*endpoint, bucket, S3Addressing::automatic);
    ASSERT_FALSE(placed.has_value()) << bucket;
    EXPECT_EQ(placed.error().kind, ErrorKind::validation) << bucket;
  }
  const auto arn = bucket_endpoint(*endpoint, "arn:aws:s3:::x", S3Addressing::automatic);
  EXPECT_NE(arn.error().message.find("not supported yet"), std::string::npos);
}

TEST(HostPrefix, goes_before_names_not_addresses) {
  Origin name{.tls = true, .host = "service.us-east-1.amazonaws.com", .port = 443};
  prefix_host(name, "data.");
  EXPECT_EQ(name.host, "data.service.us-east-1.amazonaws.com");
  Origin address{.tls = false, .host = "127.0.0.1", .port = 80};
  prefix_host(address, "data.");
  EXPECT_EQ(address.host, "127.0.0.1");
}

}  // namespace
}  // namespace gannet::core
