#include <filesystem>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <gannet/local.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checksums.hpp"
#include "core/sigv4.hpp"
#include "core/timestamps.hpp"

namespace gannet::local {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const Timestamp now = *core::parse_iso8601("2026-01-31T12:00:00Z");

struct Answer {
  int status = 0;
  std::string body{};
};

/// Signs a request and sends it through the cloud's own transport.
Answer ask(Cloud& cloud, const std::string& service, HttpRequest request, const std::string& body = "") {
  const AcceptedKey key;
  request.origin = {.tls = false, .host = "localhost", .port = 4566};
  core::SigningKeyCache keys;
  const bool s3 = service == "s3";
  core::sign(request, core::sha256_hex(body),
             {.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key},
             {"us-east-1", service}, now, keys,
             {.path = s3 ? core::PathRule::as_sent : core::PathRule::normalize_and_encode_again,
              .content_sha256_header = s3});
  const auto transport = cloud.transport();
  auto response = blocking(transport->send(request, Body(body), {}));
  if (!response) return {.body = response.error().error.message};
  auto text = blocking(response->body.read_all(64U << 20U));
  return {.status = response->status, .body = text ? *text : text.error().message};
}

Answer ask_json(Cloud& cloud, const std::string& service, const std::string& target,
                const std::string& body) {
  HttpRequest request{.method = "POST"};
  request.headers.add("X-Amz-Target", target);
  return ask(cloud, service, request, body);
}

CloudOptions options() {
  CloudOptions chosen;
  chosen.now = [] { return now; };
  return chosen;
}

class CloudTest : public testing::Test {
 protected:
  CloudTest() {
    auto name = (fs::temp_directory_path() / "gannet-test-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~CloudTest() override { fs::remove_all(folder); }
  fs::path folder;
};

TEST_F(CloudTest, answers_all_four_services_without_a_socket) {
  const auto cloud = Cloud::open(options());
  ASSERT_TRUE(cloud) << cloud.error().message;
  HttpRequest form{.method = "POST"};
  form.headers.add("Content-Type", "application/x-www-form-urlencoded");
  EXPECT_THAT(ask(**cloud, "sts", form, "Action=GetCallerIdentity&Version=2011-06-15").body,
              HasSubstr("<Account>000000000000</Account>"));
  EXPECT_EQ(ask_json(**cloud, "dynamodb", "DynamoDB_20120810.ListTables", "{}").body, R"({"TableNames":[]})");
  EXPECT_EQ(ask_json(**cloud, "secretsmanager", "secretsmanager.ListSecrets", "{}").body,
            R"({"SecretList":[]})");
  EXPECT_EQ(ask(**cloud, "s3", {.method = "PUT", .path = "/bucket"}).status, 200);
}

TEST_F(CloudTest, carries_large_objects_both_ways) {
  const auto cloud = Cloud::open(options());
  ASSERT_TRUE(cloud);
  std::string object;
  for (int i = 0; object.size() < 3'000'000; ++i) object += std::to_string(i);
  ASSERT_EQ(ask(**cloud, "s3", {.method = "PUT", .path = "/bucket"}).status, 200);
  ASSERT_EQ(ask(**cloud, "s3", {.method = "PUT", .path = "/bucket/key"}, object).status, 200);
  EXPECT_EQ(ask(**cloud, "s3", {.method = "GET", .path = "/bucket/key"}).body, object);
}

TEST_F(CloudTest, keeps_its_state_in_its_folder) {
  auto chosen = options();
  chosen.data_dir = folder / "cloud";
  {
    const auto cloud = Cloud::open(chosen);
    ASSERT_TRUE(cloud) << cloud.error().message;
    ask_json(**cloud, "secretsmanager", "secretsmanager.CreateSecret",
             R"({"Name":"s","SecretString":"value"})");
    ask(**cloud, "s3", {.method = "PUT", .path = "/bucket"});
    ask(**cloud, "s3", {.method = "PUT", .path = "/bucket/key"}, "bytes");

    const auto second = Cloud::open(chosen);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "DataFolderInUse");
  }
  const auto cloud = Cloud::open(chosen);
  ASSERT_TRUE(cloud) << cloud.error().message;
  EXPECT_THAT(
      ask_json(**cloud, "secretsmanager", "secretsmanager.GetSecretValue", R"({"SecretId":"s"})").body,
      HasSubstr(R"("SecretString":"value")"));
  EXPECT_EQ(ask(**cloud, "s3", {.method = "GET", .path = "/bucket/key"}).body, "bytes");
}

TEST_F(CloudTest, refuses_requests_after_it_was_stopped) {
  const auto cloud = Cloud::open(options());
  ASSERT_TRUE(cloud);
  const auto url = (*cloud)->listen("127.0.0.1", 0);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_THAT(*url, testing::StartsWith("http://127.0.0.1:"));
  (*cloud)->stop();
  (*cloud)->stop();
  const auto transport = (*cloud)->transport();
  const HttpRequest request;
  const auto answer = blocking(transport->send(request, Body(), {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().delivery, Delivery::not_sent);
  EXPECT_FALSE((*cloud)->listen("127.0.0.1", 0));
}

TEST_F(CloudTest, says_what_is_wrong_with_its_options) {
  struct Case {
    std::function<void(CloudOptions&)> change;
    const char* message;
  };
  const std::vector<Case> cases = {
      {[](CloudOptions& chosen) { chosen.keys.clear(); }, "at least one access key"},
      {[](CloudOptions& chosen) { chosen.keys.emplace_back(); }, "given twice"},
      {[](CloudOptions& chosen) { chosen.keys[0].access_key_id = "a/b"; }, "access key id"},
      {[](CloudOptions& chosen) { chosen.keys[0].secret_access_key = {}; }, "empty secret"},
      {[](CloudOptions& chosen) { chosen.account_id = "12"; }, "twelve digits"},
      {[](CloudOptions& chosen) { chosen.region = "US East"; }, "region"},
  };
  for (const auto& wrong : cases) {
    auto chosen = options();
    wrong.change(chosen);
    const auto cloud = Cloud::open(std::move(chosen));
    ASSERT_FALSE(cloud) << wrong.message;
    EXPECT_EQ(cloud.error().kind, ErrorKind::configuration);
    EXPECT_THAT(cloud.error().message, HasSubstr(wrong.message));
  }
}

TEST_F(CloudTest, names_the_address_it_cannot_listen_on) {
  const auto cloud = Cloud::open(options());
  ASSERT_TRUE(cloud);
  const auto url = (*cloud)->listen("192.0.2.1", 4566);
  ASSERT_FALSE(url);
  EXPECT_THAT(url.error().message, HasSubstr("192.0.2.1"));
}

}  // namespace
}  // namespace gannet::local
