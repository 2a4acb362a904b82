// Byte for byte against botocore, on cases that tests/conformance/sigv4_cases.py wrote.

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "core/json.hpp"
#include "core/sigv4.hpp"
#include "core/timestamps.hpp"
#include "unit/core/tampering.hpp"

namespace gannet::core {
namespace {

std::string text_at(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value ? std::string(value->string().value_or("")) : std::string();
}

std::int64_t number_at(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->integer().value_or(0) : 0;
}

bool flag_at(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->boolean().value_or(false);
}

HttpRequest request_of(const JsonValue& root) {
  HttpRequest request{.method = text_at(root, "method"),
                      .origin = {.tls = flag_at(root, "tls"),
                                 .host = text_at(root, "host"),
                                 .port = static_cast<std::uint16_t>(number_at(root, "port"))},
                      .path = text_at(root, "path"),
                      .query = text_at(root, "query"),
                      .headers = {}};
  const auto headers = root.find("headers").value();
  for (const auto& field : headers) {
    std::vector<std::string> parts;
    for (const auto& part : field) parts.emplace_back(part.string().value());
    request.headers.add(parts.at(0), parts.at(1));
  }
  return request;
}

/// What a caller signs with, and what the verifier needs again.
struct Case {
  HttpRequest request;
  Credentials who;
  std::string service, region, payload_hash;
  Timestamp time;
  SigningOptions options;
};

Case case_of(const JsonValue& root) {
  Case given;
  given.request = request_of(root);
  given.who = {.access_key_id = text_at(root, "access_key"),
               .secret_access_key = Secret(text_at(root, "secret")),
               .session_token = Secret(text_at(root, "token")),
               .expiration = {}};
  given.service = text_at(root, "service");
  given.region = text_at(root, "region");
  given.payload_hash = text_at(root, "payload_hash");
  given.time = parse_iso8601_basic(text_at(root, "time")).value();
  given.options.path = given.service == "s3" ? PathRule::as_sent : PathRule::normalize_and_encode_again;
  given.options.content_sha256_header = flag_at(root, "content_sha256");
  return given;
}

void expect_verified(const HttpRequest& signed_request, const Case& given) {
  const auto claim = parse_signature(signed_request);
  ASSERT_TRUE(claim.has_value()) << claim.error().message;
  ASSERT_TRUE(claim->has_value());
  EXPECT_EQ((*claim)->access_key_id, given.who.access_key_id);
  EXPECT_EQ((*claim)->session_token, given.who.session_token.reveal());
  EXPECT_EQ((*claim)->time, given.time);
  EXPECT_TRUE(verify_signature(signed_request, **claim, given.payload_hash, given.who.secret_access_key,
                               given.options.path));
  EXPECT_TRUE(unsigned_amz_headers(signed_request, **claim).empty() ||
              signed_request.headers.contains("X-Amzn-Trace-Id"));
}

/// Signs the case and compares; some are then tampered with, which takes hundreds of verifications each.
void run(const JsonValue& root, SigningKeyCache& keys, bool tamper) {
  auto given = case_of(root);
  const SigningScope where{given.region, given.service};
  auto sent = given.request;
  if (text_at(root, "form") == "header") {
    sign(sent, given.payload_hash, given.who, where, given.time, keys, given.options);
    ASSERT_EQ(sent.headers.get("Authorization"), text_at(root, "authorization"));
    ASSERT_EQ(sent.headers.get("X-Amz-Date"), text_at(root, "date"));
    ASSERT_EQ(sent.headers.get("X-Amz-Security-Token"), given.who.session_token.reveal());
  } else {
    const auto url = presign(given.request, given.payload_hash, given.who, where, given.time,
                             std::chrono::seconds(number_at(root, "expires")), keys, given.options);
    ASSERT_EQ(url, text_at(root, "url"));
    sent.query = url.substr(url.find('?') + 1);
  }
  expect_verified(sent, given);
  if (tamper) {
    expect_every_change_is_noticed(sent, given.who.access_key_id, given.payload_hash,
                                   given.who.secret_access_key, given.options.path);
  }
}

TEST(Sigv4, equals_botocore_byte_for_byte) {
  const char* const path = std::getenv("GANNET_TEST_SIGV4_CASES");
  if (path == nullptr) {
    GTEST_SKIP()
        << "Set GANNET_TEST_SIGV4_CASES to a file that tests/conformance/sigv4_cases.py wrote, to compare.";
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path;
  SigningKeyCache keys;
  int headers = 0;
  int queries = 0;
  std::string botocore;
  for (std::string line; std::getline(file, line);) {
    SCOPED_TRACE(line);
    const auto document = JsonDocument::parse(line);
    ASSERT_TRUE(document.has_value()) << document.error().message;
    const auto root = document->root();
    run(root, keys, (headers + queries) % 67 == 0);
    if (HasFailure()) return;
    botocore = text_at(root, "botocore");
    ++(text_at(root, "form") == "header" ? headers : queries);
  }
  std::cout << "Equal to botocore " << botocore << ": " << headers << " header and " << queries
            << " query cases\n";
  RecordProperty("header_cases", headers);
  RecordProperty("query_cases", queries);
  EXPECT_GE(headers + queries, 4000);
  EXPECT_GE(queries, 1000);
}

}  // namespace
}  // namespace gannet::core
