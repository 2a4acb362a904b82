#include "core/endpoints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/account_endpoints.hpp"
#include "core/partitions.hpp"

namespace gannet::core {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string url_of(const Result<Endpoint>& endpoint) {
  if (!endpoint) return "error: " + endpoint.error().message;
  return (endpoint->origin.tls ? "https://" : "http://") + endpoint->origin.authority() + endpoint->path;
}

// ---- partitions ----

TEST(Partitions, are_known_with_all_their_facts) {
  EXPECT_EQ(partitions().front().id, "aws");
  for (const Partition& partition : partitions()) {
    EXPECT_FALSE(partition.dns_suffix.empty()) << partition.id;
    EXPECT_FALSE(partition.dual_stack_dns_suffix.empty()) << partition.id;
    EXPECT_FALSE(partition.regions.empty()) << partition.id;
    EXPECT_EQ(&partition_of(partition.implicit_global_region), &partition);
    for (const std::string_view region : partition.regions) EXPECT_EQ(&partition_of(region), &partition);
  }
}

TEST(Partitions, take_new_regions_by_their_names) {
  struct Case {
    std::string_view region;
    std::string_view partition;
  };
  const Case cases[] = {
      {"us-east-1", "aws"},
      {"mx-somewhere-12", "aws"},
      {"aws-global", "aws"},
      {"cn-south-7", "aws-cn"},
      {"aws-cn-global", "aws-cn"},
      {"us-gov-north-1", "aws-us-gov"},
      {"us-iso-south-1", "aws-iso"},
      {"us-isob-east-9", "aws-iso-b"},
      {"eu-isoe-east-1", "aws-iso-e"},
      {"us-isof-x-1", "aws-iso-f"},
      {"eusc-de-south-2", "aws-eusc"},
      {"eusc-fr-south-2", "aws"},
      {"cn-south", "aws"},
      {"cn-south-", "aws"},
      {"cn--1", "aws"},
      {"cn-south-1-x", "aws"},
      {"cn-south-1x", "aws"},
      {"moon", "aws"},
      {"", "aws"},
  };
  for (const Case& c : cases) EXPECT_EQ(partition_of(c.region).id, c.partition) << c.region;
}

// ---- regional endpoints ----

TEST(RegionalEndpoint, follows_the_partition_of_the_region) {
  struct Case {
    std::string_view region;
    bool fips;
    bool dual_stack;
    std::string_view url;
  };
  const Case cases[] = {
      {"us-east-1", false, false, "https://queue.us-east-1.amazonaws.com"},
      {"us-east-1", true, false, "https://queue-fips.us-east-1.amazonaws.com"},
      {"us-east-1", false, true, "https://queue.us-east-1.api.aws"},
      {"us-east-1", true, true, "https://queue-fips.us-east-1.api.aws"},
      {"cn-north-1", false, false, "https://queue.cn-north-1.amazonaws.com.cn"},
      {"cn-north-1", false, true, "https://queue.cn-north-1.api.amazonwebservices.com.cn"},
      {"us-gov-west-1", false, false, "https://queue.us-gov-west-1.amazonaws.com"},
      {"us-iso-east-1", false, false, "https://queue.us-iso-east-1.c2s.ic.gov"},
      {"us-isob-east-1", true, false, "https://queue-fips.us-isob-east-1.sc2s.sgov.gov"},
      {"eu-isoe-west-1", false, false, "https://queue.eu-isoe-west-1.cloud.adc-e.uk"},
      {"us-isof-south-1", false, false, "https://queue.us-isof-south-1.csp.hci.ic.gov"},
      {"eusc-de-east-1", false, false, "https://queue.eusc-de-east-1.amazonaws.eu"},
      {"xx-new-9", false, false, "https://queue.xx-new-9.amazonaws.com"},
  };
  for (const Case& c : cases) {
    const auto endpoint = regional_endpoint({.prefix = "queue"},
                                            {.region = c.region, .fips = c.fips, .dual_stack = c.dual_stack});
    EXPECT_EQ(url_of(endpoint), c.url);
    ASSERT_TRUE(endpoint.has_value());
    EXPECT_EQ(endpoint->region, c.region);
    EXPECT_FALSE(endpoint->custom);
  }
}

constexpr UncommonEndpoint uncommon[] = {
    {.where = "aws", .url = "https://names.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "eu-west-1", .url = "https://names.{Region}.example"},
    {.where = "eu-west-2", .global = true, .url = "https://global.example", .signing_region = "us-east-1"},
    {.where = "aws-cn", .fips = true},
    {.where = "local", .url = "http://localhost:8000", .signing_region = "us-east-1"},
};

TEST(RegionalEndpoint, is_the_services_own_where_that_has_another) {
  struct Case {
    EndpointChoice choice;
    std::string_view url;
    std::string_view signed_for;
  };
  const Case cases[] = {
      {{.region = "us-west-2"}, "https://names.amazonaws.com", "us-east-1"},
      {{.region = "eu-west-1"}, "https://names.eu-west-1.example", "eu-west-1"},
      {{.region = "eu-west-2"}, "https://names.amazonaws.com", "us-east-1"},
      {{.region = "eu-west-2", .global = true}, "https://global.example", "us-east-1"},
      {{.region = "eu-west-1", .global = true}, "https://names.eu-west-1.example", "eu-west-1"},
      {{.region = "us-west-2", .fips = true}, "https://names-fips.us-west-2.amazonaws.com", "us-west-2"},
      {{.region = "cn-north-1"}, "https://names.cn-north-1.amazonaws.com.cn", "cn-north-1"},
      {{.region = "local"}, "http://localhost:8000", "us-east-1"},
  };
  const EndpointFacts service{.prefix = "names", .uncommon = uncommon};
  for (const Case& c : cases) {
    const auto endpoint = regional_endpoint(service, c.choice);
    EXPECT_EQ(url_of(endpoint), c.url);
    ASSERT_TRUE(endpoint.has_value());
    EXPECT_EQ(endpoint->region, c.signed_for);
  }
  const auto none = regional_endpoint(service, {.region = "cn-north-1", .fips = true});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().kind, ErrorKind::configuration);
  EXPECT_THAT(none.error().message, HasSubstr("no FIPS endpoint in the region 'cn-north-1'"));
}

TEST(RegionalEndpoint, takes_the_users_own_with_its_path) {
  const auto endpoint = regional_endpoint(
      {.prefix = "s3"}, {.region = "us-east-1", .custom_url = "http://localhost:4566/store/s3/"});
  ASSERT_TRUE(endpoint.has_value()) << endpoint.error().message;
  EXPECT_EQ(endpoint->origin, (Origin{.tls = false, .host = "localhost", .port = 4566}));
  EXPECT_EQ(endpoint->path, "/store/s3");
  EXPECT_TRUE(endpoint->custom);
}

TEST(RegionalEndpoint, refuses_a_url_together_with_fips_or_dual_stack) {
  for (const bool fips : {false, true}) {
    const auto endpoint = regional_endpoint(
        {.prefix = "queue"},
        {.region = "us-east-1", .custom_url = "http://localhost:4566", .fips = fips, .dual_stack = !fips});
    ASSERT_FALSE(endpoint.has_value());
    EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration);
    EXPECT_THAT(endpoint.error().message,
                HasSubstr(fips ? "with FIPS endpoints" : "with dual-stack endpoints"));
  }
}

TEST(RegionalEndpoint, says_what_to_set_when_the_region_is_missing) {
  const auto endpoint = regional_endpoint({.prefix = "s3"}, {.region = ""});
  ASSERT_FALSE(endpoint.has_value());
  EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration);
  EXPECT_THAT(endpoint.error().message, HasSubstr("AWS_REGION"));
}

TEST(RegionalEndpoint, refuses_a_region_that_would_change_the_host) {
  for (const std::string_view region :
       {"us east 1", "evil.example/", "us-east-1.", "-us", "a@b", "us_east_1", "us-"}) {
    const auto endpoint = regional_endpoint({.prefix = "s3"}, {.region = region});
    ASSERT_FALSE(endpoint.has_value()) << region;
    EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration) << region;
  }
}

TEST(RegionalEndpoint, refuses_a_url_that_is_none_and_quotes_no_password) {
  for (const char* url : {"", "localhost:4566", "ftp://localhost", "http://", "http://host:99999"}) {
    const auto endpoint = regional_endpoint({.prefix = "s3"}, {.region = "us-east-1", .custom_url = url});
    ASSERT_FALSE(endpoint.has_value()) << url;
    EXPECT_EQ(endpoint.error().kind, ErrorKind::configuration) << url;
  }
  for (const bool fips : {false, true}) {
    const auto endpoint = regional_endpoint(
        {.prefix = "s3"},
        {.region = "us-east-1", .custom_url = "https://me:hunter2@store.example", .fips = fips});
    ASSERT_FALSE(endpoint.has_value());
    EXPECT_THAT(endpoint.error().message, Not(HasSubstr("hunter2")));
    EXPECT_THAT(endpoint.error().message, HasSubstr("the endpoint URL cannot be used"));
  }
}

TEST(QuotedUrl, is_empty_where_there_may_be_a_password) {
  EXPECT_EQ(quoted_url("http://localhost:4566"), "'http://localhost:4566' ");
  EXPECT_EQ(quoted_url(""), "'' ");
  for (const char* url : {"https://me:hunter2@host", "me:hunter2@host", "https://me:hun/ter2@host", "@"})
    EXPECT_EQ(quoted_url(url), "") << url;
}

// ---- endpoints of accounts ----

constexpr EndpointFacts tables{.prefix = "dynamodb", .uncommon = {}, .account_host = "ddb"};
constexpr std::string_view arn = "arn:aws:dynamodb:us-east-1:222222222222:table/t";

std::string account_of(const EndpointChoice& choice, AccountIdEndpointMode mode, std::string_view account,
                       std::string_view resource = "") {
  const auto host = account_host(tables, choice, mode, account, resource);
  if (!host) return "error: " + host.error().message;
  return host->value_or("the region's");
}

TEST(AccountHost, is_of_the_arn_then_of_the_credentials) {
  constexpr auto preferred = AccountIdEndpointMode::preferred;
  EXPECT_EQ(account_of({.region = "us-east-1"}, preferred, "111111111111"),
            "111111111111.ddb.us-east-1.amazonaws.com");
  EXPECT_EQ(account_of({.region = "us-east-1", .dual_stack = true}, preferred, "111111111111"),
            "111111111111.ddb.us-east-1.api.aws");
  EXPECT_EQ(account_of({.region = "us-east-1"}, preferred, "111111111111", arn),
            "222222222222.ddb.us-east-1.amazonaws.com");
  EXPECT_EQ(account_of({.region = "eu-west-1"}, preferred, "111111111111", arn),
            "111111111111.ddb.eu-west-1.amazonaws.com");
}

TEST(AccountHost, is_left_where_there_is_none) {
  constexpr auto preferred = AccountIdEndpointMode::preferred;
  EXPECT_EQ(account_of({.region = "us-east-1"}, preferred, ""), "the region's");
  EXPECT_EQ(account_of({.region = "cn-north-1"}, preferred, "111111111111"), "the region's");
  EXPECT_EQ(account_of({.region = "us-east-1", .fips = true}, preferred, "111111111111"), "the region's");
  EXPECT_EQ(account_of({.region = "us-east-1"}, AccountIdEndpointMode::disabled, "111111111111", arn),
            "the region's");
}

TEST(AccountHost, that_is_required_and_cannot_be_is_an_error) {
  constexpr auto required = AccountIdEndpointMode::required;
  EXPECT_EQ(account_of({.region = "us-east-1"}, required, "1"), "1.ddb.us-east-1.amazonaws.com");
  EXPECT_THAT(account_of({.region = "us-east-1"}, required, ""), HasSubstr("set AWS_ACCOUNT_ID"));
  EXPECT_THAT(account_of({.region = "us-east-1", .fips = true}, required, "1"),
              HasSubstr("no FIPS endpoints"));
  EXPECT_THAT(account_of({.region = "cn-north-1"}, required, "1"), HasSubstr("partition aws-cn"));
  EXPECT_THAT(account_of({.region = "us-east-1"}, AccountIdEndpointMode::preferred, "evil.example/"),
              HasSubstr("is not one"));
}

TEST(RegionalEndpoint, of_a_service_with_accounts_takes_no_dual_stack_url) {
  const auto endpoint =
      regional_endpoint(tables, {.region = "us-east-1", .custom_url = "https://dynamodb.us-east-1.api.aws"});
  ASSERT_FALSE(endpoint.has_value());
  EXPECT_THAT(endpoint.error().message, HasSubstr("AWS_USE_DUALSTACK_ENDPOINT"));
}

}  // namespace
}  // namespace gannet::core
