#include "local/http/front.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checksums.hpp"
#include "core/json.hpp"
#include "core/sigv4.hpp"
#include "core/timestamps.hpp"
#include "core/xml.hpp"
#include "local/sts/sts.hpp"

namespace gannet::local {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view key_id = "AKIATEST000000000000";
const Secret secret("a/secret+key");
const Timestamp noon = *core::parse_iso8601("2026-01-31T12:00:00Z");

/// What a test sends, before and after it has been signed.
struct Sent {
  HttpRequest head{};
  std::string body{};
};

struct Signing {
  std::string service{};
  std::string region = "us-east-1";
  std::string key = std::string(key_id);
  Secret secret_key = secret;
  Secret token{};
  Timestamp time = noon;
};

Sent request_for(const std::string& service) {
  Sent sent;
  sent.head.origin = {.tls = false, .host = "localhost", .port = 4566};
  sent.head.headers.add("Host", "localhost:4566");
  if (service == "dynamodb" || service == "secretsmanager") {
    sent.head.method = "POST";
    sent.body = "{}";
    sent.head.headers.add("X-Amz-Target", service == "dynamodb" ? "DynamoDB_20120810.ListTables"
                                                                : "secretsmanager.ListSecrets");
    sent.head.headers.add("Content-Type", "application/x-amz-json-1.0");
  } else if (service == "sts") {
    sent.head.method = "POST";
    sent.body = "Action=GetCallerIdentity&Version=2011-06-15";
    sent.head.headers.add("Content-Type", "application/x-www-form-urlencoded");
  } else {
    sent.head.method = "PUT";
    sent.head.path = "/bucket/folder/a%20key";
    sent.head.query = "tagging=&x=1";
    sent.head.headers.add("x-amz-meta-color", "red");
    sent.body = "bytes";
  }
  return sent;
}

void sign(Sent& sent, const Signing& how) {
  core::SigningKeyCache keys;
  const bool s3 = how.service == "s3";
  core::sign(sent.head, core::sha256_hex(sent.body),
             {.access_key_id = how.key, .secret_access_key = how.secret_key, .session_token = how.token},
             {how.region, how.service}, how.time, keys,
             {.path = s3 ? core::PathRule::as_sent : core::PathRule::normalize_and_encode_again,
              .content_sha256_header = s3});
}

std::string body_text(const http::ServerResponse& response) {
  const auto bytes = response.body.in_memory();
  return bytes ? std::string(as_text(*bytes)) : "(a stream)";
}

/// The error code in whichever format the answer has it.
std::string code_of(const http::ServerResponse& response) {
  const auto text = body_text(response);
  if (const auto json = core::JsonDocument::parse(text)) {
    const auto type = json->root().find("__type");
    if (!type) return "(no __type)";
    const std::string_view name = *type->string();
    return std::string(name.substr(name.find('#') == name.npos ? 0 : name.find('#') + 1));
  }
  const auto xml = core::parse_xml(text);
  if (!xml) return "(neither JSON nor XML: " + text + ")";
  const auto* error = xml->name == "ErrorResponse" ? xml->find("Error") : &*xml;
  return std::string(error->text_of("Code"));
}

class FrontTest : public testing::Test {
 protected:
  FrontTest() {
    auto opened = Database::open(std::nullopt, false, context.get_executor());
    database = *std::move(opened);
    const auto json_service = [this](std::string name) {
      return [this, name](const Caller& caller, std::string_view operation, std::string_view body) {
        served.push_back(name + " " + std::string(operation) + " " + std::string(body) + " by " +
                         std::string(caller.access_key_id));
        if (failing) throw StoreError("disk full");
        return Reply{.body = "{}", .content_type = "application/x-amz-json-1.0"};
      };
    };
    Services services{
        .dynamodb = json_service("dynamodb"),
        .secretsmanager = json_service("secretsmanager"),
        .sts =
            [this](const Caller& caller, std::string_view form) {
              served.push_back("sts " + std::string(form));
              return sts.handle(caller, form);
            },
        .s3 = [this](const Caller& caller, http::ServerRequest request) -> Task<http::ServerResponse> {
          return s3(caller, std::move(request));
        },
        .s3_cross_origin =
            [](const HttpRequest& request) {
              return Headers{{"access-control-allow-origin", std::string(request.headers.get("origin"))}};
            },
    };
    front.emplace(facts, std::vector<AcceptedKey>{{std::string(key_id), secret}}, *database,
                  std::move(services));
  }

  Task<http::ServerResponse> s3(const Caller& caller, http::ServerRequest request) {
    served.push_back("s3 " + request.head.method + " " + request.head.path + " by " +
                     std::string(caller.access_key_id));
    if (failing) throw StoreError("disk full");
    co_return http::ServerResponse{};
  }

  http::ServerResponse answer(const Sent& sent) {
    http::ServerRequest request;
    request.head = sent.head;
    request.body = BodyReader(sent.body);
    std::optional<http::ServerResponse> response;
    boost::asio::co_spawn(context, front->handle(std::move(request)),
                          [&](const std::exception_ptr& thrown, http::ServerResponse given) {
                            if (thrown) std::rethrow_exception(thrown);
                            response = std::move(given);
                          });
    context.restart();
    context.run();
    return *std::move(response);
  }

  boost::asio::io_context context;
  Timestamp now = noon;
  std::vector<std::string> logged;
  CloudFacts facts{.account_id = "000000000000",
                   .region = "us-east-1",
                   .now = [this] { return now; },
                   .log = [this](LogLevel, std::string_view line) { logged.emplace_back(line); }};
  std::unique_ptr<Database> database;
  Sts sts{facts};
  std::vector<std::string> served;
  bool failing = false;
  std::optional<Front> front;
};

const std::vector<std::string> all_services = {"s3", "dynamodb", "secretsmanager", "sts"};

TEST_F(FrontTest, passes_signed_requests_to_the_service_of_their_scope) {
  for (const auto& service : all_services) {
    auto sent = request_for(service);
    sign(sent, {.service = service});
    EXPECT_EQ(answer(sent).status, 200) << service;
  }
  EXPECT_THAT(served, testing::ElementsAre("s3 PUT /bucket/folder/a%20key by AKIATEST000000000000",
                                           "dynamodb ListTables {} by AKIATEST000000000000",
                                           "secretsmanager ListSecrets {} by AKIATEST000000000000",
                                           "sts Action=GetCallerIdentity&Version=2011-06-15"));
}

struct WrongCase {
  const char* what;
  std::function<void(Sent&, Signing&)> make;
  std::map<std::string, std::string> expected;  ///< "status code" by service.
};

std::map<std::string, std::string> expect(const char* s3, const char* json, const char* sts) {
  return {{"s3", s3}, {"dynamodb", json}, {"secretsmanager", json}, {"sts", sts}};
}

const std::vector<WrongCase>& wrong_cases() {
  const auto no_match =
      expect("403 SignatureDoesNotMatch", "400 InvalidSignatureException", "403 SignatureDoesNotMatch");
  const auto header_outside =
      expect("403 AccessDenied", "400 InvalidSignatureException", "403 SignatureDoesNotMatch");
  const auto malformed = expect("400 AuthorizationHeaderMalformed", "400 IncompleteSignatureException",
                                "400 IncompleteSignature");
  const auto scope = expect("400 AuthorizationHeaderMalformed", "400 InvalidSignatureException",
                            "403 SignatureDoesNotMatch");
  const auto skew =
      expect("403 RequestTimeTooSkewed", "400 InvalidSignatureException", "403 SignatureDoesNotMatch");
  const auto signed_with = [](std::function<void(Signing&)> change) {
    return [change](Sent& sent, Signing& how) {
      change(how);
      sign(sent, how);
    };
  };
  const auto changed_after = [](std::function<void(Sent&)> change) {
    return [change](Sent& sent, Signing& how) {
      sign(sent, how);
      change(sent);
    };
  };
  static const std::vector<WrongCase> cases = {
      {"no signature", [](Sent&, Signing&) {},
       expect("403 AccessDenied", "400 MissingAuthenticationTokenException",
              "403 MissingAuthenticationToken")},
      {"an unknown key", signed_with([](Signing& how) { how.key = "AKIANOBODY0000000000"; }),
       expect("403 InvalidAccessKeyId", "400 UnrecognizedClientException", "403 InvalidClientTokenId")},
      {"a session token", signed_with([](Signing& how) { how.token = Secret("token"); }),
       expect("400 InvalidToken", "400 UnrecognizedClientException", "403 InvalidClientTokenId")},
      {"another secret", signed_with([](Signing& how) { how.secret_key = Secret("another"); }), no_match},
      {"sixteen minutes late", signed_with([](Signing& how) { how.time = noon - minutes(16); }), skew},
      {"sixteen minutes early", signed_with([](Signing& how) { how.time = noon + minutes(16); }), skew},
      {"another region", signed_with([](Signing& how) { how.region = "eu-west-1"; }), scope},
      {"an x-amz- header outside the signature",
       changed_after([](Sent& sent) { sent.head.headers.add("x-amz-more", "1"); }), header_outside},
      {"another method", changed_after([](Sent& sent) { sent.head.method = "DELETE"; }), no_match},
      {"another host", changed_after([](Sent& sent) { sent.head.headers.set("Host", "elsewhere:4566"); }),
       no_match},
      {"another path", changed_after([](Sent& sent) { sent.head.path += "x"; }), no_match},
      {"another query", changed_after([](Sent& sent) { sent.head.query += "&y=2"; }), no_match},
      {"another date",
       changed_after([](Sent& sent) { sent.head.headers.set("X-Amz-Date", "20260131T120001Z"); }), no_match},
      {"a signed header left out",
       [](Sent& sent, Signing& how) {
         sent.head.headers.add("x-extra", "1");
         sign(sent, how);
         sent.head.headers.remove("x-extra");
       },
       no_match},
      {"a signature of nothing but its begin",
       changed_after([](Sent& sent) { sent.head.headers.set("Authorization", "AWS4-HMAC-SHA256"); }),
       malformed},
      {"another scheme",
       changed_after([](Sent& sent) { sent.head.headers.set("Authorization", "Basic eHk6eno="); }),
       malformed},
  };
  return cases;
}

TEST_F(FrontTest, refuses_whatever_is_wrong_in_each_service_s_own_words) {
  for (const auto& wrong : wrong_cases()) {
    for (const auto& service : all_services) {
      auto sent = request_for(service);
      Signing how{.service = service};
      wrong.make(sent, how);
      const auto response = answer(sent);
      EXPECT_EQ(std::to_string(response.status) + " " + code_of(response), wrong.expected.at(service))
          << service << " with " << wrong.what << ": " << body_text(response);
    }
  }
  EXPECT_THAT(served, testing::IsEmpty());
}

/// As boto3 1.43 presigned it at noon for an hour: PutObject with a content type and an ACL. Its signature
/// was made by that program.
Sent older_url() {
  Sent sent;
  sent.head.method = "PUT";
  sent.head.path = "/bucket/folder/a%20key";
  sent.head.query =
      "AWSAccessKeyId=AKIATEST000000000000&Signature=Yj%2BbVLeebJvLSTZE1fToaj2cgp0%3D&content-type=image%"
      "2Fjpeg&x-amz-acl=private&Expires=1769864400";
  sent.head.headers.add("Host", "localhost:4566");
  sent.head.headers.add("Content-Type", "image/jpeg");
  sent.body = "bytes";
  return sent;
}

TEST_F(FrontTest, takes_urls_of_signature_version_2) {
  EXPECT_EQ(answer(older_url()).status, 200);
  EXPECT_THAT(served, testing::ElementsAre("s3 PUT /bucket/folder/a%20key by AKIATEST000000000000"));
}

TEST_F(FrontTest, refuses_urls_of_signature_version_2_changed_in_what_is_signed_or_late) {
  const auto changed = [](std::string_view from, std::string_view to) {
    return [from, to](Sent& sent) {
      const auto at = sent.head.query.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      sent.head.query.replace(at, from.size(), to);
    };
  };
  const std::vector<std::tuple<const char*, std::function<void(Sent&)>, const char*>> cases = {
      {"method", [](Sent& sent) { sent.head.method = "GET"; }, "403 SignatureDoesNotMatch"},
      {"path", [](Sent& sent) { sent.head.path += "x"; }, "403 SignatureDoesNotMatch"},
      {"bucket in the host", [](Sent& sent) { sent.head.headers.set("Host", "other.localhost:4566"); },
       "403 SignatureDoesNotMatch"},
      {"content type", [](Sent& sent) { sent.head.headers.set("Content-Type", "text/html"); },
       "403 SignatureDoesNotMatch"},
      {"md5", [](Sent& sent) { sent.head.headers.add("Content-MD5", "x"); }, "403 SignatureDoesNotMatch"},
      {"header", [](Sent& sent) { sent.head.headers.add("x-amz-tagging", "a=b"); },
       "403 SignatureDoesNotMatch"},
      {"header in the query", changed("x-amz-acl=private", "x-amz-acl=public-read"),
       "403 SignatureDoesNotMatch"},
      {"operation", [](Sent& sent) { sent.head.query += "&tagging"; }, "403 SignatureDoesNotMatch"},
      {"expiry", changed("Expires=17698644", "Expires=17698645"), "403 SignatureDoesNotMatch"},
      {"signature", changed("Signature=", "Signature=A"), "403 SignatureDoesNotMatch"},
      {"key", changed("AKIATEST", "AKIAREST"), "403 InvalidAccessKeyId"},
      {"token", [](Sent& sent) { sent.head.query += "&x-amz-security-token=t"; }, "400 InvalidToken"},
      {"no signature", changed("&Signature=", "&signature="), "403 AccessDenied"},
      {"no number", changed("Expires=1", "Expires=x"), "403 AccessDenied"},
      {"no time", changed("Expires=1", "Expires=99999999999999999"), "403 AccessDenied"},
      {"a second later", [this](Sent&) { now = noon + hours(1) + seconds(1); }, "403 AccessDenied"},
  };
  for (const auto& [what, change, expected] : cases) {
    now = noon;
    auto sent = older_url();
    change(sent);
    const auto response = answer(sent);
    EXPECT_EQ(std::to_string(response.status) + " " + code_of(response), expected) << what;
  }
  EXPECT_THAT(served, testing::IsEmpty());
  now = noon + hours(1);
  EXPECT_EQ(answer(older_url()).status, 200);
}

TEST_F(FrontTest, takes_signature_version_2_in_the_one_region_that_does) {
  facts.region = "eu-west-1";
  const auto response = answer(older_url());
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "InvalidRequest");
}

TEST_F(FrontTest, refuses_a_changed_body) {
  for (const auto& service : {"dynamodb", "secretsmanager", "sts"}) {
    auto sent = request_for(service);
    sign(sent, {.service = service});
    sent.body += " ";
    EXPECT_EQ(code_of(answer(sent)),
              std::string(service) == "sts" ? "SignatureDoesNotMatch" : "InvalidSignatureException");
  }
  EXPECT_THAT(served, testing::IsEmpty());
}

TEST_F(FrontTest, takes_a_date_at_the_edge_of_the_skew_that_is_allowed) {
  for (const auto& service : all_services) {
    const auto skew = std::string(service) == "s3" ? minutes(15) : minutes(5);
    for (const auto offset : {-skew, skew}) {
      auto sent = request_for(service);
      sign(sent, {.service = service, .time = noon + offset});
      EXPECT_EQ(answer(sent).status, 200) << service;
      sent = request_for(service);
      sign(sent,
           {.service = service, .time = noon + offset + (offset > minutes(0) ? minutes(1) : -minutes(1))});
      EXPECT_NE(answer(sent).status, 200) << service;
    }
  }
}

TEST_F(FrontTest, says_how_late_a_request_is) {
  auto sent = request_for("dynamodb");
  sign(sent, {.service = "dynamodb", .time = noon - hours(1)});
  EXPECT_THAT(body_text(answer(sent)),
              testing::HasSubstr("Signature expired: 20260131T110000Z is now earlier than 20260131T115500Z "
                                 "(20260131T120000Z - 5 min.)"));
}

TEST_F(FrontTest, tells_s3_clients_which_region_to_sign_for) {
  auto sent = request_for("s3");
  sign(sent, {.service = "s3", .region = "eu-west-1"});
  const auto xml = core::parse_xml(body_text(answer(sent)));
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->text_of("Region"), "us-east-1");
}

TEST_F(FrontTest, shows_what_s3_signed_where_a_signature_does_not_match) {
  auto sent = request_for("s3");
  sign(sent, {.service = "s3", .secret_key = Secret("another")});
  const auto xml = core::parse_xml(body_text(answer(sent)));
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->text_of("AWSAccessKeyId"), key_id);
  EXPECT_THAT(std::string(xml->text_of("CanonicalRequest")),
              testing::StartsWith("PUT\n/bucket/folder/a%20key\ntagging=&x=1\nhost:localhost:4566\n"));
  EXPECT_THAT(
      std::string(xml->text_of("StringToSign")),
      testing::StartsWith("AWS4-HMAC-SHA256\n20260131T120000Z\n20260131/us-east-1/s3/aws4_request\n"));
  EXPECT_THAT(std::string(xml->text_of("StringToSignBytes")), testing::StartsWith("41 57 53 34 2d"));
}

TEST_F(FrontTest, s3_needs_the_payload_s_hash) {
  auto sent = request_for("s3");
  core::SigningKeyCache keys;
  core::sign(sent.head, core::sha256_hex(sent.body),
             {.access_key_id = std::string(key_id), .secret_access_key = secret}, {"us-east-1", "s3"}, noon,
             keys, {.path = core::PathRule::as_sent});
  EXPECT_EQ(code_of(answer(sent)), "InvalidRequest");
  sent.head.headers.add("x-amz-content-sha256", "nonsense");
  sign(sent, {.service = "s3"});
  sent.head.headers.set("x-amz-content-sha256", "nonsense");
  EXPECT_EQ(code_of(answer(sent)), "InvalidArgument");
}

TEST_F(FrontTest, takes_browsers_preflights_and_forms_to_s3_unsigned) {
  Sent preflight = request_for("s3");
  preflight.head.method = "OPTIONS";
  EXPECT_EQ(answer(preflight).status, 200);
  Sent form = request_for("s3");
  form.head.method = "POST";
  form.head.headers.add("Content-Type", "multipart/form-data; boundary=x");
  EXPECT_EQ(answer(form).status, 200);
  EXPECT_THAT(served, testing::ElementsAre("s3 OPTIONS /bucket/folder/a%20key by ",
                                           "s3 POST /bucket/folder/a%20key by "));
}

TEST_F(FrontTest, lets_pages_of_other_origins_see_why_s3_refused_them) {
  auto sent = request_for("s3");
  sent.head.headers.add("Origin", "http://page.example");
  EXPECT_EQ(answer(sent).headers.get("access-control-allow-origin"), "http://page.example");
  auto other = request_for("dynamodb");
  other.head.headers.add("Origin", "http://page.example");
  EXPECT_FALSE(answer(other).headers.contains("access-control-allow-origin"));
}

TEST_F(FrontTest, refuses_operations_that_nobody_knows) {
  auto sent = request_for("dynamodb");
  sent.head.headers.set("X-Amz-Target", "secretsmanager.ListSecrets");
  sign(sent, {.service = "dynamodb"});
  EXPECT_EQ(code_of(answer(sent)), "UnknownOperationException");
  auto form = request_for("sts");
  form.body = "Action=Fly&Version=2011-06-15";
  sign(form, {.service = "sts"});
  const auto response = answer(form);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "InvalidAction");
}

TEST_F(FrontTest, refuses_a_body_that_is_too_large) {
  auto sent = request_for("dynamodb");
  sent.body.assign((16U << 20U) + 1, ' ');
  sign(sent, {.service = "dynamodb"});
  const auto response = answer(sent);
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(code_of(response), "RequestEntityTooLargeException");
}

TEST_F(FrontTest, names_every_answer_and_sums_dynamodb_s) {
  for (const auto& service : all_services) {
    auto sent = request_for(service);
    sign(sent, {.service = service});
    const auto response = answer(sent);
    EXPECT_TRUE(response.headers.contains(service == "s3" ? "x-amz-request-id" : "x-amzn-RequestId"))
        << service;
    EXPECT_EQ(response.headers.contains("x-amz-crc32"), service == "dynamodb");
  }
  auto sent = request_for("dynamodb");
  const auto refused = answer(sent);
  EXPECT_EQ(refused.headers.get("x-amz-crc32"), std::to_string(core::crc32(body_text(refused))));
}

TEST_F(FrontTest, answers_500_and_logs_why_where_the_store_fails) {
  failing = true;
  const std::map<std::string, std::string> expected = {{"s3", "InternalError"},
                                                       {"dynamodb", "InternalServerError"},
                                                       {"secretsmanager", "InternalServiceError"}};
  for (const auto& [service, code] : expected) {
    auto sent = request_for(service);
    sign(sent, {.service = service});
    const auto response = answer(sent);
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(code_of(response), code);
    EXPECT_THAT(body_text(response), testing::Not(testing::HasSubstr("disk full")));
    ASSERT_FALSE(logged.empty());
    EXPECT_THAT(logged.back(), testing::HasSubstr("disk full"));
  }
}

TEST_F(FrontTest, says_that_it_is_up_to_whoever_asks) {
  Sent sent;
  sent.head.path = "/_gannet/health";
  const auto response = answer(sent);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(body_text(response), R"({"status":"ok"})");
}

class PresignedTest : public FrontTest {
 protected:
  /// A presigned request as it comes in, with `x-amz-meta-color` signed.
  static Sent presigned(seconds expires = seconds(900), Timestamp time = noon) {
    Sent sent;
    sent.head = request_for("s3").head;
    core::SigningKeyCache keys;
    const auto url =
        core::presign(sent.head, core::unsigned_payload,
                      {.access_key_id = std::string(key_id), .secret_access_key = secret},
                      {"us-east-1", "s3"}, time, expires, keys, {.path = core::PathRule::as_sent});
    sent.head.query = url.substr(url.find('?') + 1);
    sent.body = "any bytes";
    return sent;
  }

  static void replace(std::string& text, const std::string& old, const std::string& with) {
    const auto at = text.find(old);
    ASSERT_NE(at, std::string::npos) << old << " in " << text;
    text.replace(at, old.size(), with);
  }
};

TEST_F(PresignedTest, is_taken_whatever_its_body) {
  auto sent = presigned();
  EXPECT_EQ(answer(sent).status, 200) << body_text(answer(sent));
  sent.body = "other bytes";
  EXPECT_EQ(answer(sent).status, 200);
}

TEST_F(PresignedTest, is_refused_when_any_signed_part_is_changed) {
  struct Case {
    const char* what;
    std::function<void(Sent&)> change;
    const char* code;
  };
  const std::vector<Case> cases = {
      {"method", [](Sent& sent) { sent.head.method = "GET"; }, "SignatureDoesNotMatch"},
      {"key", [](Sent& sent) { sent.head.path = "/bucket/folder/another"; }, "SignatureDoesNotMatch"},
      {"bucket", [](Sent& sent) { sent.head.path = "/other/folder/a%20key"; }, "SignatureDoesNotMatch"},
      {"host", [](Sent& sent) { sent.head.headers.set("Host", "127.0.0.1:4566"); }, "SignatureDoesNotMatch"},
      {"signed header", [](Sent& sent) { sent.head.headers.set("x-amz-meta-color", "blue"); },
       "SignatureDoesNotMatch"},
      {"signed header left out", [](Sent& sent) { sent.head.headers.remove("x-amz-meta-color"); },
       "SignatureDoesNotMatch"},
      {"header added", [](Sent& sent) { sent.head.headers.add("x-amz-acl", "public-read"); }, "AccessDenied"},
      {"query parameter", [](Sent& sent) { replace(sent.head.query, "x=1", "x=2"); },
       "SignatureDoesNotMatch"},
      {"query parameter added", [](Sent& sent) { sent.head.query += "&versionId=1"; },
       "SignatureDoesNotMatch"},
      {"expiry", [](Sent& sent) { replace(sent.head.query, "X-Amz-Expires=900", "X-Amz-Expires=901"); },
       "SignatureDoesNotMatch"},
      {"date", [](Sent& sent) { replace(sent.head.query, "20260131T120000Z", "20260131T120001Z"); },
       "SignatureDoesNotMatch"},
      {"signature", [](Sent& sent) { sent.head.query.back() = sent.head.query.back() == '0' ? '1' : '0'; },
       "SignatureDoesNotMatch"},
      {"key id", [](Sent& sent) { replace(sent.head.query, "AKIATEST", "AKIAREST"); }, "InvalidAccessKeyId"},
      {"region", [](Sent& sent) { replace(sent.head.query, "us-east-1", "us-west-1"); },
       "AuthorizationQueryParametersError"},
      {"signed headers", [](Sent& sent) { replace(sent.head.query, "host%3Bx-amz-meta-color", "host"); },
       "AccessDenied"},
      {"expiry over a week", [](Sent& sent) { replace(sent.head.query, "Expires=900", "Expires=604801"); },
       "AuthorizationQueryParametersError"},
      {"algorithm", [](Sent& sent) { replace(sent.head.query, "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"); },
       "AuthorizationQueryParametersError"},
      {"a second signature", [](Sent& sent) { sent.head.headers.add("Authorization", "AWS4-HMAC-SHA256 x"); },
       "InvalidArgument"},
  };
  for (const auto& changed : cases) {
    auto sent = presigned();
    changed.change(sent);
    const auto response = answer(sent);
    EXPECT_GE(response.status, 400) << changed.what;
    EXPECT_EQ(code_of(response), changed.code) << changed.what << ": " << body_text(response);
  }
  EXPECT_THAT(served, testing::IsEmpty());
}

TEST_F(PresignedTest, ends_to_the_second) {
  const auto sent = presigned(seconds(900));
  now = noon + seconds(900);
  EXPECT_EQ(answer(sent).status, 200);
  now += std::chrono::milliseconds(1);
  const auto late = answer(sent);
  EXPECT_EQ(late.status, 403);
  EXPECT_EQ(code_of(late), "AccessDenied");
  EXPECT_THAT(body_text(late), testing::HasSubstr("Request has expired"));
}

TEST_F(PresignedTest, is_not_taken_from_the_future) {
  const auto sent = presigned(seconds(900), noon + hours(1));
  const auto early = answer(sent);
  EXPECT_EQ(early.status, 403);
  EXPECT_THAT(body_text(early), testing::HasSubstr("Request is not yet valid"));
  now = noon + hours(1);
  EXPECT_EQ(answer(sent).status, 200);
}

TEST_F(PresignedTest, can_name_the_caller_too) {
  Sent sent;
  sent.head.origin = {.tls = false, .host = "localhost", .port = 4566};
  sent.head.headers.add("Host", "localhost:4566");
  sent.head.query = "Action=GetCallerIdentity&Version=2011-06-15";
  core::SigningKeyCache keys;
  const auto url = core::presign(sent.head, core::empty_sha256_hex,
                                 {.access_key_id = std::string(key_id), .secret_access_key = secret},
                                 {"us-east-1", "sts"}, noon, seconds(60), keys);
  sent.head.query = url.substr(url.find('?') + 1);
  const auto response = answer(sent);
  EXPECT_EQ(response.status, 200) << body_text(response);
  EXPECT_THAT(body_text(response), testing::HasSubstr("arn:aws:iam::000000000000:root"));
}

}  // namespace
}  // namespace gannet::local
