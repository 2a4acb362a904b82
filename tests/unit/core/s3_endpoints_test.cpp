#include "core/s3_endpoints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/arn.hpp"
#include "core/host_names.hpp"

namespace gannet::core {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Result<S3Place> placed(S3Choice choice, std::string_view bucket, S3Purpose purpose = {}) {
  const auto endpoints = S3Endpoints::make(std::move(choice));
  if (!endpoints) return std::unexpected(endpoints.error());
  return endpoints->place(bucket, purpose);
}

/// "https://host/path for REGION/SERVICE", or "error KIND: message".
std::string place_of(S3Choice choice, std::string_view bucket, S3Purpose purpose = {}) {
  const auto place = placed(std::move(choice), bucket, purpose);
  if (!place) return "error " + std::string(to_string(place.error().kind)) + ": " + place.error().message;
  return (place->origin.tls ? "https://" : "http://") + place->origin.authority() + place->path + " for " +
         place->region + "/" + std::string(place->signing_name);
}

// ---- names ----

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

TEST(HostPrefix, goes_before_names_not_addresses) {
  Origin name{.tls = true, .host = "service.us-east-1.amazonaws.com", .port = 443};
  prefix_host(name, "data.");
  EXPECT_EQ(name.host, "data.service.us-east-1.amazonaws.com");
  Origin address{.tls = false, .host = "127.0.0.1", .port = 80};
  prefix_host(address, "data.");
  EXPECT_EQ(address.host, "127.0.0.1");
}

TEST(Arn, has_six_parts_and_the_last_is_the_rest) {
  const auto arn = parse_arn("arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1:accesspoint/x");
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->partition, "aws");
  EXPECT_EQ(arn->service, "s3-outposts");
  EXPECT_EQ(arn->region, "us-east-1");
  EXPECT_EQ(arn->account_id, "123456789012");
  EXPECT_EQ(arn->resource, "outpost/op-1:accesspoint/x");
  EXPECT_EQ(arn->resource_part(0), "outpost");
  EXPECT_EQ(arn->resource_part(3), "x");
  EXPECT_EQ(arn->resource_part(4), std::nullopt);
  EXPECT_EQ(parse_arn("arn:aws:s3:::x:")->resource_part(1), "");
  EXPECT_TRUE(parse_arn("arn:aws:s3:::bucket").has_value());
  for (const std::string_view bad : {"", "arn", "arn:", "arn:aws:s3", "arn:aws:s3::", "arn:aws:s3:::",
                                     "arn::s3:::x", "arn:aws::::x", "urn:aws:s3:::x", "bucket"}) {
    EXPECT_FALSE(parse_arn(bad).has_value()) << bad;
  }
}

// The URLs are botocore 1.43's for list_objects_v2 with the same settings, less the query.
TEST(S3Place, names_the_bucket_as_botocore_does) {
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
    EXPECT_EQ(place_of({.region = "eu-west-1", .custom_url = c.custom, .addressing = c.addressing}, c.bucket),
              std::string(c.url) + " for eu-west-1/s3");
  }
}

TEST(S3Place, follows_the_settings) {
  struct Case {
    S3Choice choice;
    std::string_view place;
  };
  const Case cases[] = {
      {{.region = "us-west-2", .fips = true},
       "https://pics.s3-fips.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2", .dual_stack = true},
       "https://pics.s3.dualstack.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2", .fips = true, .dual_stack = true},
       "https://pics.s3-fips.dualstack.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2", .accelerate = true},
       "https://pics.s3-accelerate.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2", .dual_stack = true, .accelerate = true},
       "https://pics.s3-accelerate.dualstack.amazonaws.com for us-west-2/s3"},
      {{.region = "us-east-1"}, "https://pics.s3.us-east-1.amazonaws.com for us-east-1/s3"},
      {{.region = "us-east-1", .us_east_1_global = true}, "https://pics.s3.amazonaws.com for us-east-1/s3"},
      {{.region = "us-west-2", .us_east_1_global = true},
       "https://pics.s3.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "aws-global"}, "https://pics.s3.amazonaws.com for us-east-1/s3"},
      {{.region = "cn-north-1"}, "https://pics.s3.cn-north-1.amazonaws.com.cn for cn-north-1/s3"},
  };
  for (const Case& c : cases) EXPECT_EQ(place_of(c.choice, "pics"), c.place);
}

TEST(S3Place, refuses_settings_that_exclude_each_other) {
  struct Case {
    S3Choice choice;
    std::string_view part;
  };
  const Case cases[] = {
      {{.region = "us-west-2", .fips = true, .accelerate = true}, "no FIPS endpoints"},
      {{.region = "us-west-2", .custom_url = "http://localhost", .fips = true}, "AWS_USE_FIPS_ENDPOINT"},
      {{.region = "us-west-2", .custom_url = "http://localhost", .dual_stack = true},
       "AWS_USE_DUALSTACK_ENDPOINT"},
      {{.region = "us-west-2", .custom_url = "http://localhost", .accelerate = true},
       "use_accelerate_endpoint"},
      {{.region = "cn-north-1", .fips = true}, "partition aws-cn"},
      {{.region = "cn-north-1", .accelerate = true}, "partition aws-cn"},
      {{.region = "us-west-2", .addressing = S3Addressing::path, .accelerate = true}, "addressing_style"},
      {{.region = ""}, "AWS_REGION"},
      {{.region = "no region"}, "'no region' is not one"},
      {{.region = "us-west-2", .custom_url = "localhost"}, "cannot be used"},
  };
  for (const Case& c : cases) {
    const auto place = place_of(c.choice, "pics");
    EXPECT_THAT(place, StartsWith("error configuration")) << c.part;
    EXPECT_THAT(place, HasSubstr(std::string(c.part)));
  }
  EXPECT_THAT(place_of({.region = "us-west-2", .accelerate = true}, "my.pics"),
              HasSubstr("cannot be used with S3 Accelerate"));
}

// ---- ARNs ----

constexpr std::string_view access_point = "arn:aws:s3:us-west-2:123456789012:accesspoint/reports";
constexpr std::string_view object_lambda =
    "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint:banner";
constexpr std::string_view outpost =
    "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/reports";

TEST(S3Place, of_an_arn_is_where_it_belongs) {
  struct Case {
    S3Choice choice;
    std::string_view bucket;
    std::string_view place;
  };
  const Case cases[] = {
      {{.region = "us-west-2"},
       access_point,
       "https://reports-123456789012.s3-accesspoint.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2", .fips = true, .dual_stack = true},
       access_point,
       "https://reports-123456789012.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2", .custom_url = "https://store.example/base"},
       access_point,
       "https://reports-123456789012.store.example/base for us-west-2/s3"},
      {{.region = "eu-west-1", .use_arn_region = true},
       access_point,
       "https://reports-123456789012.s3-accesspoint.us-west-2.amazonaws.com for us-west-2/s3"},
      {{.region = "us-west-2"},
       object_lambda,
       "https://banner-123456789012.s3-object-lambda.us-west-2.amazonaws.com for "
       "us-west-2/s3-object-lambda"},
      {{.region = "us-west-2"},
       outpost,
       "https://reports-123456789012.op-01234567890123456.s3-outposts.us-west-2.amazonaws.com for "
       "us-west-2/s3-outposts"},
      {{.region = "us-west-2", .custom_url = "http://store.example:8080/base"},
       outpost,
       "https://reports-123456789012.op-01234567890123456.store.example:8080 for us-west-2/s3-outposts"},
      {{.region = "us-east-1"},
       "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
       "https://test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3.op-0b1d075431d83bebd.s3-"
       "outposts.us-east-1.amazonaws.com for us-east-1/s3-outposts"},
  };
  for (const Case& c : cases) EXPECT_EQ(place_of(c.choice, c.bucket), c.place);
}

TEST(S3Place, of_an_arn_that_cannot_be_followed_says_why) {
  struct Case {
    S3Choice choice;
    std::string_view bucket;
    std::string_view part;
  };
  const S3Choice west{.region = "us-west-2"};
  const Case cases[] = {
      {{.region = "eu-west-1"}, access_point, "AWS_S3_USE_ARN_REGION"},
      {{.region = "cn-north-1", .use_arn_region = true}, access_point, "the client in aws-cn"},
      {{.region = "us-west-2", .addressing = S3Addressing::path}, access_point, "addressing_style"},
      {{.region = "us-west-2", .custom_url = "http://127.0.0.1"}, access_point, "not an address"},
      {{.region = "us-west-2", .accelerate = true}, access_point, "use_accelerate_endpoint"},
      {{.region = "us-west-2", .dual_stack = true}, object_lambda, "AWS_USE_DUALSTACK_ENDPOINT"},
      {{.region = "us-west-2", .fips = true}, outpost, "AWS_USE_FIPS_ENDPOINT"},
      {west, "arn:aws:s3:::bucket", "name a bucket by its name"},
      {west, "arn:aws:s3", "it is no ARN"},
      {west, "arn:aws:s3:us-west-2:123456789012:accesspoint", "names no access point"},
      {west, "arn:aws:s3:us-west-2::accesspoint/reports", "lacks the account id"},
      {west, "arn:aws:s3:us-west-2:12/12:accesspoint/reports", "account id may hold"},
      {west, "arn:aws:s3:us-west-2:123456789012:accesspoint/a/b", "nothing more"},
      {west, "arn:aws:s3:us-west-2:123456789012:accesspoint/a_b", "letters, digits and hyphens"},
      {west, "arn:aws:sqs:us-west-2:123456789012:accesspoint/ab", "neither s3"},
      {west, "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/b",
       "outpost/ID/accesspoint/NAME"},
      {west, "arn:aws:s3::123456789012:accesspoint/mine.mrap", "SigV4a"},
      {{.region = "us-west-2", .no_multi_region = true},
       "arn:aws:s3::123456789012:accesspoint/mine.mrap",
       "are disabled"},
      {west, "pics--usw2-az1--x-s3", "CreateSession"},
      {west, "pics--usw2-az1--xa-s3", "CreateSession"},
  };
  for (const Case& c : cases) {
    const auto place = place_of(c.choice, c.bucket);
    EXPECT_THAT(place, StartsWith("error ")) << c.bucket;
    EXPECT_THAT(place, HasSubstr(std::string(c.part))) << c.bucket;
  }
}

TEST(S3Place, refuses_what_is_no_plain_name) {
  for (const std::string_view bucket : {"a/b", "..", ".", "bucket/../other"}) {
    EXPECT_THAT(place_of({.region = "eu-west-1"}, bucket), StartsWith("error validation")) << bucket;
  }
}

TEST(S3Place, depends_on_the_operation) {
  const S3Choice west{.region = "us-west-2"};
  EXPECT_EQ(place_of(west, ""), "https://s3.us-west-2.amazonaws.com for us-west-2/s3");
  EXPECT_EQ(place_of(west, "", {.object_lambda = true}),
            "https://s3-object-lambda.us-west-2.amazonaws.com for us-west-2/s3-object-lambda");
  EXPECT_EQ(
      place_of({.region = "us-west-2", .custom_url = "http://localhost:9000"}, "", {.object_lambda = true}),
      "http://localhost:9000 for us-west-2/s3-object-lambda");
  EXPECT_THAT(place_of({.region = "us-west-2", .dual_stack = true}, "", {.object_lambda = true}),
              HasSubstr("AWS_USE_DUALSTACK_ENDPOINT"));
  EXPECT_EQ(place_of(west, "", {.express_control = true}),
            "https://s3express-control.us-west-2.amazonaws.com for us-west-2/s3express");
  EXPECT_EQ(place_of(west, "pics--usw2-az1--x-s3", {.express_control = true}),
            "https://s3express-control.us-west-2.amazonaws.com/pics--usw2-az1--x-s3 for us-west-2/s3express");
  EXPECT_EQ(place_of(west, "pics", {.express_control = true}),
            "https://pics.s3.us-west-2.amazonaws.com for us-west-2/s3");
  EXPECT_THAT(place_of(west, access_point, {.access_points = false}), HasSubstr("name the bucket itself"));
}

}  // namespace
}  // namespace gannet::core
