// Presigned URLs byte for byte as botocore's, on cases that tests/conformance/endpoint_cases.py wrote.

#include <cstdlib>
#include <fstream>
#include <iostream>

#include <gannet/s3.hpp>

#include "core/json.hpp"
#include "fakes/scripted_config.hpp"

namespace gannet::s3 {
namespace {

std::string text_at(const core::JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value ? std::string(value->string().value_or("")) : std::string();
}

bool flag_at(const core::JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->boolean().value_or(false);
}

Config config_of(const core::JsonValue& root) {
  const fakes::VirtualTime time;
  auto config = fakes::scripted_config(std::make_shared<fakes::ScriptedTransport>(), time);
  config.credentials =
      static_credentials({.access_key_id = "AKIDEXAMPLE",
                          .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")});
  config.region = text_at(root, "region");
  if (text_at(root, "addressing_style") == "path") config.s3_addressing = S3Addressing::path;
  config.endpoints.use_fips = flag_at(root, "fips");
  config.endpoints.s3_use_dual_stack = flag_at(root, "use_dualstack_endpoint");
  config.endpoints.s3_use_accelerate = flag_at(root, "use_accelerate_endpoint");
  config.endpoints.s3_use_arn_region = flag_at(root, "use_arn_region");
  return config;
}

Result<PresignedRequest> presigned(const Client& client, const core::JsonValue& root) {
  const auto operation = text_at(root, "operation");
  const auto bucket = text_at(root, "bucket");
  const auto key = text_at(root, "key");
  constexpr std::chrono::seconds expires(900);
  if (operation == "get_object") {
    const GetObjectInput input{.bucket = bucket, .key = key};
    return client.presign_get_object_at_hand(input, expires);
  }
  if (operation == "put_object") {
    const PutObjectInput input{.bucket = bucket, .key = key};
    return client.presign_put_object_at_hand(input, expires);
  }
  const HeadObjectInput input{.bucket = bucket, .key = key};
  return client.presign_head_object_at_hand(input, expires);
}

TEST(PresignedUrls, equal_botocore_byte_for_byte) {
  const char* const path = std::getenv("GANNET_TEST_ENDPOINT_CASES");
  if (path == nullptr) {
    GTEST_SKIP()
        << "Set GANNET_TEST_ENDPOINT_CASES to a file that tests/conformance/endpoint_cases.py wrote, "
           "to compare.";
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  int equal = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find("\"presigned\"") == std::string::npos) continue;
    SCOPED_TRACE(line);
    const auto document = core::JsonDocument::parse(line);
    ASSERT_TRUE(document.has_value()) << document.error().message;
    const auto root = document->root();
    const Client client(config_of(root));
    const auto request = presigned(client, root);
    ASSERT_TRUE(request.has_value()) << request.error().message;
    EXPECT_EQ(request->url.reveal(), text_at(root, "url"));
    ++equal;
  }
  std::cout << "Presigned URLs equal to botocore's: " << equal << "\n";
  EXPECT_GE(equal, 50);
}

}  // namespace
}  // namespace gannet::s3
