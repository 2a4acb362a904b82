#include "core/encoding.hpp"
#include "core/sigv4.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

using namespace std::chrono_literals;

constexpr Operation get_object{
    .service = &s3_service, .name = "GetObject", .parse_error = parse_plain_error, .reads = true};
constexpr Operation form_operation{
    .service = &plain_service, .name = "GetCallerIdentity", .parse_error = parse_plain_error, .reads = true};

class Presign : public PipelineTest {
 protected:
  static Call object() {
    Call call;
    call.operation = &get_object;
    call.request.method = "GET";
    call.request.path = "/test.txt";
    call.bucket = "examplebucket";
    return call;
  }
  Result<PresignedRequest> presigned(Call call, std::chrono::seconds expires) {
    return presign_at_hand(*client_of(*call.operation), std::move(call), expires);
  }
};

// The example of the S3 user guide, "Authenticating Requests: Using Query Parameters".
TEST_F(Presign, gives_the_url_of_awss_own_example) {
  const auto client_time = fakes::VirtualTime(Timestamp(std::chrono::seconds(1'369'353'600)));
  config.time = client_time.source();
  config.endpoint_url = "https://s3.amazonaws.com";
  config.s3_addressing = S3Addressing::virtual_host;
  config.credentials =
      static_credentials({.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                          .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")});
  const auto request = presigned(object(), 86'400s);
  ASSERT_TRUE(request.has_value()) << request.error().message;
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->headers.size(), 0U);
  EXPECT_EQ(request->expires, Timestamp(std::chrono::seconds(1'369'353'600 + 86'400)));
  EXPECT_TRUE(request->url.reveal().starts_with("https://examplebucket.s3.amazonaws.com/test.txt?"));
  EXPECT_NE(request->url.reveal().find(
                "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
            std::string::npos)
      << request->url.reveal();
}

TEST_F(Presign, gives_the_same_by_the_call_that_may_wait) {
  const auto client = client_of(get_object);
  const auto waited = blocking(presign(client, object(), 60s));
  const auto at_hand = presign_at_hand(*client, object(), 60s);
  ASSERT_TRUE(waited.has_value() && at_hand.has_value());
  EXPECT_EQ(waited->url, at_hand->url);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(Presign, refuses_a_checksum_of_a_body_that_nobody_knows) {
  Call put = object();
  put.request.headers.add("x-amz-sdk-checksum-algorithm", "SHA256");
  Call given = put;
  given.request.headers.add("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");
  EXPECT_EQ(presigned(std::move(put), 60s).error().code, "InvalidInput");
  EXPECT_TRUE(presigned(std::move(given), 60s).has_value());
}

TEST_F(Presign, signs_the_headers_that_have_to_be_sent) {
  Call call = object();
  call.request.method = "PUT";
  call.request.headers.add("content-type", "image/jpeg");
  const auto request = presigned(std::move(call), 900s);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->headers.get("content-type"), "image/jpeg");
  EXPECT_NE(request->url.reveal().find("X-Amz-SignedHeaders=content-type%3Bhost"), std::string::npos);
}

TEST_F(Presign, is_good_for_a_second_to_seven_days) {
  EXPECT_TRUE(presigned(object(), 1s).has_value());
  EXPECT_TRUE(presigned(object(), 604'800s).has_value());
  for (const auto expires : {0s, -5s, 604'801s}) {
    const auto request = presigned(object(), expires);
    ASSERT_FALSE(request.has_value()) << expires.count();
    EXPECT_EQ(request.error().kind, ErrorKind::validation);
  }
}

TEST_F(Presign, moves_the_form_of_a_query_service_into_the_url) {
  Call call = call_of(form_operation, "Action=GetCallerIdentity&Version=2011-06-15");
  call.request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  const auto request = presigned(std::move(call), 60s);
  ASSERT_TRUE(request.has_value()) << request.error().message;
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->headers.size(), 0U);
  EXPECT_NE(request->url.reveal().find("Action=GetCallerIdentity&Version=2011-06-15&"), std::string::npos);
}

TEST_F(Presign, refuses_an_operation_whose_input_is_its_body) {
  const auto request = presigned(call_of(read_operation, "{}"), 60s);
  ASSERT_FALSE(request.has_value());
  EXPECT_EQ(request.error().kind, ErrorKind::validation);
}

TEST_F(Presign, fails_cleanly_without_region_credentials_or_serialized_call) {
  const Config good = config;
  config.region.clear();
  EXPECT_EQ(presigned(object(), 60s).error().kind, ErrorKind::configuration);
  config = good;
  config.credentials = nullptr;
  EXPECT_EQ(presigned(object(), 60s).error().kind, ErrorKind::configuration);
  EXPECT_EQ(blocking(presign(client_of(get_object), object(), 60s)).error().kind, ErrorKind::configuration);
  struct NotAtHand : CredentialsProvider {
    Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
      co_return std::make_shared<const Credentials>(
          Credentials{.access_key_id = "AKIDLATER", .secret_access_key = Secret("s")});
    }
  };
  config.credentials = std::make_shared<NotAtHand>();
  EXPECT_EQ(presigned(object(), 60s).error().kind, ErrorKind::configuration);
  EXPECT_TRUE(blocking(presign(client_of(get_object), object(), 60s)).has_value());
  const auto unserialized = fail(ErrorKind::validation, "ParamValidation", "no key");
  EXPECT_EQ(presign_at_hand(*client_of(get_object), unserialized, 60s).error().message, "no key");
}

}  // namespace
}  // namespace gannet::runtime
