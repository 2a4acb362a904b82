// The endpoint tests that AWS keeps beside its models, on the facts that our clients are made of.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/endpoints.hpp"
#include "core/json.hpp"
#include "runtime/call.hpp"

namespace gannet::secretsmanager::operations {
extern const runtime::Service service;
}
namespace gannet::sts::operations {
extern const runtime::Service service;
}

namespace gannet {
namespace {

std::string text_at(const core::JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value ? std::string(value->string().value_or("")) : std::string();
}

bool flag_at(const core::JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->boolean().value_or(false);
}

/// The region that the case says it is signed for; "" where it says none.
std::string signing_region(const core::JsonValue& endpoint) {
  const auto properties = endpoint.find("properties");
  const auto schemes = properties ? properties->find("authSchemes") : std::nullopt;
  if (!schemes) return {};
  for (const auto& scheme : *schemes) return text_at(scheme, "signingRegion");
  return {};
}

void run_case(const runtime::Service& service, const core::JsonValue& one) {
  std::string region;
  core::EndpointChoice choice;
  if (const auto given = one.find("params")) {
    region = text_at(*given, "Region");
    choice.fips = flag_at(*given, "UseFIPS");
    choice.dual_stack = flag_at(*given, "UseDualStack");
    choice.global = flag_at(*given, "UseGlobalEndpoint");
    if (auto url = text_at(*given, "Endpoint"); !url.empty()) choice.custom_url = std::move(url);
  }
  choice.region = region;
  const auto found = core::regional_endpoint(
      {.prefix = service.endpoint_prefix, .uncommon = service.uncommon_endpoints}, choice);
  const auto expected = one.find("expect").value();
  if (const auto error = text_at(expected, "error"); !error.empty()) {
    ASSERT_FALSE(found.has_value()) << "expected: " << error;
    EXPECT_EQ(found.error().kind, ErrorKind::configuration);
    return;
  }
  ASSERT_TRUE(found.has_value()) << found.error().message;
  const auto endpoint = expected.find("endpoint").value();
  EXPECT_EQ((found->origin.tls ? "https://" : "http://") + found->origin.authority() + found->path,
            text_at(endpoint, "url"));
  const auto signed_for = signing_region(endpoint);
  EXPECT_EQ(found->region, signed_for.empty() ? region : signed_for);
}

int failures_so_far() {
  return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

struct Counts {
  int passed = 0;
  int failed = 0;
};

void run_file(const runtime::Service& service, const std::filesystem::path& path, int least, Counts& counts) {
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  const auto document = core::JsonDocument::parse(text.str());
  ASSERT_TRUE(document.has_value()) << document.error().message;
  int all = 0;
  const auto cases = document->root().find("testCases").value();
  for (const auto& one : cases) {
    SCOPED_TRACE(text_at(one, "documentation"));
    const int failures = failures_so_far();
    run_case(service, one);
    ++(failures_so_far() == failures ? counts.passed : counts.failed);
    ++all;
  }
  EXPECT_GE(all, least);
}

TEST(EndpointVectors, all_pass) {
  const char* const vectors = std::getenv("GANNET_TEST_VECTORS");
  const auto folder = std::filesystem::path(vectors == nullptr ? "" : vectors) / "endpoints";
  if (vectors == nullptr || !std::filesystem::exists(folder)) {
    GTEST_SKIP() << "Set GANNET_TEST_VECTORS to a folder with endpoints/sts.json and secretsmanager.json.";
  }
  Counts counts;
  run_file(sts::operations::service, folder / "sts.json", 60, counts);
  run_file(secretsmanager::operations::service, folder / "secretsmanager.json", 45, counts);
  std::cout << "Endpoint cases: " << counts.passed << " passed, " << counts.failed
            << " failed, 0 left out of AWS's own for STS and Secrets Manager\n";
}

}  // namespace
}  // namespace gannet
