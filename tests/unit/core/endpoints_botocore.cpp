// Case by case against botocore's rule sets, on cases that tests/conformance/endpoint_cases.py wrote.

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "core/account_endpoints.hpp"
#include "core/json.hpp"
#include "core/s3_endpoints.hpp"

namespace gannet::core {
namespace {

std::string text_at(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value ? std::string(value->string().value_or("")) : std::string();
}

bool flag_at(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->boolean().value_or(false);
}

std::optional<std::string> url_at(const JsonValue& object, std::string_view name) {
  auto text = text_at(object, name);
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// What the generator knows of a service; keeps the texts that the facts are views of.
struct Facts {
  explicit Facts(const JsonValue& root)
      : prefix(text_at(root, "prefix")), account_host(text_at(root, "account_host")) {
    const auto rows = root.find("rows");
    if (!rows) return;
    for (const auto& row : *rows) {
      texts.push_back({text_at(row, "where"), text_at(row, "url"), text_at(row, "signing_region")});
      uncommon.push_back({.where = {},
                          .fips = flag_at(row, "fips"),
                          .dual_stack = flag_at(row, "dual_stack"),
                          .global = flag_at(row, "global")});
    }
    for (std::size_t i = 0; i < uncommon.size(); ++i) {
      uncommon[i].where = texts[i][0];
      uncommon[i].url = texts[i][1];
      uncommon[i].signing_region = texts[i][2];
    }
  }
  [[nodiscard]] EndpointFacts view() const {
    return {.prefix = prefix, .uncommon = uncommon, .account_host = account_host};
  }
  std::string prefix, account_host;
  std::vector<std::array<std::string, 3>> texts;
  std::vector<UncommonEndpoint> uncommon;
};

/// What both sides are compared by; an error is "".
struct Answer {
  std::string url{}, signing_region{}, signing_name{};
  std::string error{};
};

std::string url_of(const Origin& origin, const std::string& path) {
  return (origin.tls ? "https://" : "http://") + origin.authority() + path;
}

AccountIdEndpointMode mode_of(std::string_view text) {
  if (text == "required") return AccountIdEndpointMode::required;
  return text == "preferred" ? AccountIdEndpointMode::preferred : AccountIdEndpointMode::disabled;
}

Answer regional_answer(const JsonValue& root, const Facts& facts) {
  const std::string region = text_at(root, "region");
  const EndpointChoice choice{.region = region,
                              .custom_url = url_at(root, "custom"),
                              .fips = flag_at(root, "fips"),
                              .dual_stack = flag_at(root, "dual_stack"),
                              .global = flag_at(root, "global")};
  auto endpoint = regional_endpoint(facts.view(), choice);
  if (!endpoint) return {.error = endpoint.error().message};
  if (!facts.account_host.empty() && !endpoint->custom) {
    auto host = account_host(facts.view(), choice, mode_of(text_at(root, "mode")), text_at(root, "account"),
                             text_at(root, "arn"));
    if (!host) return {.error = host.error().message};
    if (*host) endpoint->origin.host = **host;
  }
  return {.url = url_of(endpoint->origin, endpoint->path), .signing_region = endpoint->region};
}

Answer s3_answer(const JsonValue& root) {
  const auto endpoints = S3Endpoints::make(
      {.region = text_at(root, "region"),
       .custom_url = url_at(root, "custom"),
       .addressing = flag_at(root, "path_style") ? S3Addressing::path : S3Addressing::virtual_host,
       .fips = flag_at(root, "fips"),
       .dual_stack = flag_at(root, "dual_stack"),
       .accelerate = flag_at(root, "accelerate"),
       .use_arn_region = flag_at(root, "use_arn_region"),
       .us_east_1_global = flag_at(root, "global"),
       .no_multi_region = flag_at(root, "no_multi_region")});
  if (!endpoints) return {.error = endpoints.error().message};
  const auto purpose = text_at(root, "purpose");
  const auto place =
      endpoints->place(text_at(root, "bucket"), {.object_lambda = purpose == "UseObjectLambdaEndpoint",
                                                 .express_control = purpose == "UseS3ExpressControlEndpoint",
                                                 .access_points = purpose != "DisableAccessPoints"});
  if (!place) return {.error = place.error().message};
  return {.url = url_of(place->origin, place->path),
          .signing_region = place->region,
          .signing_name = std::string(place->signing_name)};
}

struct Comparison {
  std::map<std::string, int> equal, errors;
  int failed = 0;
  std::map<std::string, int> left_out;  ///< By the reason: botocore's rules do not judge them.

  void compare(const JsonValue& root, const std::string& what, const Answer& ours) {
    if (const auto reason = text_at(root, "refused"); !reason.empty()) {
      ++left_out["refused here: " + reason];
      EXPECT_NE(ours.error, "") << "is to be refused: " << reason << ", gives " << ours.url;
      return;
    }
    const int failures = failures_so_far();
    const auto url = text_at(root, "url");
    if (url.empty()) {
      EXPECT_NE(ours.error, "") << "an error, " << text_at(root, "error") << "; ours " << ours.url;
    } else {
      EXPECT_EQ(ours.error, "") << "should be " << url;
      EXPECT_EQ(ours.url, url);
      EXPECT_EQ(ours.signing_region, text_at(root, "signing_region"));
      if (what == "s3") {
        EXPECT_EQ(ours.signing_name, text_at(root, "signing_name"));
      }
    }
    ++(failures_so_far() != failures ? failed : url.empty() ? errors[what] : equal[what]);
  }

  void print(const std::string& botocore) const {
    std::string reasons;
    for (const auto& [reason, count] : left_out)
      reasons += (reasons.empty() ? "" : "; ") + std::to_string(count) + ": " + reason;
    std::cout << "Endpoint cases: " << sum(equal) + sum(errors) << " passed, " << failed << " failed, "
              << sum(left_out) << " left out of the rules of botocore " << botocore << " (" << reasons
              << ")\n";
  }

 private:
  static int failures_so_far() {
    return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
  }
  static int sum(const std::map<std::string, int>& counts) {
    int all = 0;
    for (const auto& [what, count] : counts) all += count;
    return all;
  }
};

TEST(Endpoints, equal_botocore_case_by_case) {
  const char* const path = std::getenv("GANNET_TEST_ENDPOINT_CASES");
  if (path == nullptr) {
    GTEST_SKIP()
        << "Set GANNET_TEST_ENDPOINT_CASES to a file that tests/conformance/endpoint_cases.py wrote, "
           "to compare.";
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  std::map<std::string, Facts> services;
  Comparison comparison;
  std::string botocore;
  const int most_failures = 20;
  int failures = 0;
  for (std::string line; std::getline(file, line);) {
    SCOPED_TRACE(line);
    const auto document = JsonDocument::parse(line);
    ASSERT_TRUE(document.has_value()) << document.error().message;
    const auto root = document->root();
    const auto kind = text_at(root, "kind");
    const auto service = text_at(root, "service");
    if (kind == "botocore") botocore = text_at(root, "version");
    if (kind == "left_out")
      comparison.left_out[text_at(root, "reason")] += static_cast<int>(root.find("count")->integer().value());
    if (kind == "facts") services.emplace(service, Facts(root));
    if (kind == "regional") {
      ASSERT_TRUE(services.contains(service));
      comparison.compare(root, service, regional_answer(root, services.at(service)));
    }
    if (kind == "s3") comparison.compare(root, "s3", s3_answer(root));
    if (HasFailure() && ++failures == most_failures) break;
  }
  comparison.print(botocore);
  EXPECT_GE(comparison.equal["s3"], 1500);
  EXPECT_GE(comparison.errors["s3"], 1000);
  EXPECT_GE(comparison.equal["sts"], 100);
  EXPECT_GE(comparison.equal["dynamodb"], 100);
  EXPECT_GE(services.size(), 15U);
}

}  // namespace
}  // namespace gannet::core
