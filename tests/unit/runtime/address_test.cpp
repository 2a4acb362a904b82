#include "runtime/address.hpp"

#include <gmock/gmock.h>

#include "core/checksums.hpp"
#include "core/sigv4.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Service tables_service{
    .id = "tables", .signing_name = "dynamodb", .endpoint_prefix = "dynamodb", .account_host = "ddb"};
constexpr Operation read_table{.service = &tables_service,
                               .name = "ReadTable",
                               .repeatable = Repeatable::yes,
                               .parse_error = parse_plain_error,
                               .reads = true};
constexpr core::UncommonEndpoint one_place[] = {
    {.where = "aws", .url = "https://names.example", .signing_region = "us-west-2"}};
constexpr Service global_service{
    .id = "names", .signing_name = "names", .endpoint_prefix = "names", .uncommon_endpoints = one_place};
constexpr Operation read_name{
    .service = &global_service, .name = "ReadName", .parse_error = parse_plain_error, .reads = true};
constexpr Operation unsigned_name{
    .service = &global_service, .name = "AskName", .parse_error = parse_plain_error, .sent_unsigned = true};
constexpr Operation get_object{
    .service = &s3_service, .name = "GetObject", .parse_error = parse_plain_error, .reads = true};
constexpr Operation write_response{.service = &s3_service,
                                   .name = "WriteGetObjectResponse",
                                   .parse_error = parse_plain_error,
                                   .s3_purpose = {.object_lambda = true}};

/// Gives the credentials of one account after the other.
class AccountAfterAccount : public CredentialsProvider {
 public:
  explicit AccountAfterAccount(std::vector<std::string> accounts) : accounts_(std::move(accounts)) {}
  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    auto account = accounts_.at(std::min(next_++, accounts_.size() - 1));
    co_return std::make_shared<const Credentials>(Credentials{.access_key_id = "AKIDEXAMPLE",
                                                              .secret_access_key = Secret("secret"),
                                                              .account_id = std::move(account)});
  }

 private:
  std::vector<std::string> accounts_;
  std::size_t next_ = 0;
};

class Address : public PipelineTest {
 protected:
  fakes::SentRequest sent_for(Call call) {
    transport->answer(200, "{}");
    const auto result = run(std::move(call));
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return transport->sent().back();
  }
  static std::string scope_of(const HttpRequest& request) {
    const auto claim = core::parse_signature(request);
    if (!claim || !*claim) return "unsigned";
    return (*claim)->region + "/" + (*claim)->service;
  }
  Error error_of(Call call) {
    const auto result = run(std::move(call));
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(transport->count(), 0U);
    return result ? Error() : result.error();
  }
  static Call object_in(std::string bucket) {
    Call call = call_of(get_object, {});
    call.request.method = "GET";
    call.request.path = "/key";
    call.bucket = std::move(bucket);
    return call;
  }
};

TEST_F(Address, signs_for_the_region_of_a_service_that_has_one_place) {
  const auto sent = sent_for(call_of(read_name));
  EXPECT_EQ(sent.request.origin.host, "names.example");
  EXPECT_EQ(scope_of(sent.request), "us-west-2/names");
}

TEST_F(Address, follows_the_settings) {
  config.endpoints.use_fips = true;
  EXPECT_EQ(sent_for(call_of(read_operation)).request.origin.host, "plain-fips.us-east-1.amazonaws.com");
  config.endpoints.use_dual_stack = true;
  EXPECT_EQ(sent_for(call_of(read_operation)).request.origin.host, "plain-fips.us-east-1.api.aws");
  EXPECT_EQ(sent_for(object_in("pics")).request.origin.host,
            "pics.s3-fips.dualstack.us-east-1.amazonaws.com");
  config.endpoints = {.use_dual_stack = true, .s3_use_dual_stack = false, .s3_use_accelerate = true};
  EXPECT_EQ(sent_for(object_in("pics")).request.origin.host, "pics.s3-accelerate.amazonaws.com");
}

TEST_F(Address, tells_the_first_call_what_cannot_go_together) {
  config.endpoints.use_fips = true;
  config.endpoint_url = "http://localhost:4566";
  EXPECT_EQ(error_of(call_of(read_operation)).kind, ErrorKind::configuration);
  EXPECT_EQ(error_of(object_in("pics")).kind, ErrorKind::configuration);
}

TEST_F(Address, asks_for_a_region_only_to_sign_for) {
  config.region.clear();
  EXPECT_EQ(error_of(call_of(read_name)).code, "NoRegion");
  config.endpoint_url = "http://localhost:4566";
  EXPECT_EQ(error_of(call_of(read_name)).code, "NoRegion");
  EXPECT_EQ(scope_of(sent_for(call_of(unsigned_name)).request), "unsigned");
}

TEST_F(Address, signs_for_what_an_arn_names) {
  config.endpoints.s3_use_arn_region = true;
  auto sent = sent_for(object_in("arn:aws:s3:eu-west-1:123456789012:accesspoint/reports"));
  EXPECT_EQ(sent.request.origin.host, "reports-123456789012.s3-accesspoint.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.request.path, "/key");
  EXPECT_EQ(scope_of(sent.request), "eu-west-1/s3");
  sent = sent_for(object_in("arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/banner"));
  EXPECT_EQ(scope_of(sent.request), "us-east-1/s3-object-lambda");
  sent = sent_for(object_in("arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/accesspoint/reports"));
  EXPECT_EQ(sent.request.origin.host, "reports-123456789012.op-1.s3-outposts.us-east-1.amazonaws.com");
  EXPECT_EQ(scope_of(sent.request), "us-east-1/s3-outposts");
  sent = sent_for(object_in("pics"));
  EXPECT_EQ(scope_of(sent.request), "us-east-1/s3");
}

TEST_F(Address, presigns_for_what_an_arn_names) {
  config.endpoints.s3_use_arn_region = true;
  const auto presigned = presign_at_hand(*client_of(get_object),
                                         object_in("arn:aws:s3:eu-west-1:123456789012:accesspoint/reports"),
                                         std::chrono::seconds(60));
  ASSERT_TRUE(presigned.has_value()) << presigned.error().message;
  EXPECT_THAT(presigned->url.reveal(),
              StartsWith("https://reports-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/key?"));
  EXPECT_THAT(presigned->url.reveal(), HasSubstr("%2Feu-west-1%2Fs3%2Faws4_request"));
}

TEST_F(Address, answers_object_lambda_at_the_route_it_was_given) {
  Call call = call_of(write_response, "transformed");
  call.request.path = "/WriteGetObjectResponse";
  call.host_prefix = "io-cell1-route.";
  const auto sent = sent_for(std::move(call));
  EXPECT_EQ(sent.request.origin.host, "io-cell1-route.s3-object-lambda.us-east-1.amazonaws.com");
  EXPECT_EQ(sent.request.path, "/WriteGetObjectResponse");
  EXPECT_EQ(sent.request.headers.get("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(scope_of(sent.request), "us-east-1/s3-object-lambda");
}

// ---- endpoints of accounts ----

TEST_F(Address, goes_to_the_accounts_endpoint_only_if_asked_to) {
  config.credentials = std::make_shared<AccountAfterAccount>(std::vector<std::string>{"111111111111"});
  EXPECT_EQ(sent_for(call_of(read_table)).request.origin.host, "dynamodb.us-east-1.amazonaws.com");
  config.endpoints.account_id_mode = AccountIdEndpointMode::preferred;
  auto sent = sent_for(call_of(read_table));
  EXPECT_EQ(sent.request.origin.host, "111111111111.ddb.us-east-1.amazonaws.com");
  EXPECT_EQ(sent.request.headers.get("host"), "111111111111.ddb.us-east-1.amazonaws.com");
  Call on_arn = call_of(read_table);
  name_resource(on_arn, "arn:aws:dynamodb:us-east-1:222222222222:table/t");
  EXPECT_EQ(sent_for(std::move(on_arn)).request.origin.host, "222222222222.ddb.us-east-1.amazonaws.com");
  EXPECT_EQ(sent_for(call_of(read_operation)).request.origin.host, "plain.us-east-1.amazonaws.com");
  config.endpoint_url = "http://localhost:8000";
  EXPECT_EQ(sent_for(call_of(read_table)).request.origin.host, "localhost");
}

TEST_F(Address, goes_to_the_account_of_each_attempts_credentials) {
  config.credentials =
      std::make_shared<AccountAfterAccount>(std::vector<std::string>{"111111111111", "222222222222", ""});
  config.endpoints.account_id_mode = AccountIdEndpointMode::preferred;
  transport->answer(500, "InternalServerError").answer(500, "InternalServerError").answer(200, "{}");
  const auto result = run(call_of(read_table));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 3U);
  const char* const hosts[] = {"111111111111.ddb.us-east-1.amazonaws.com",
                               "222222222222.ddb.us-east-1.amazonaws.com",
                               "dynamodb.us-east-1.amazonaws.com"};
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].request.origin.host, hosts[i]);
    EXPECT_EQ(sent[i].request.headers.get("host"), hosts[i]);
    const auto claim = core::parse_signature(sent[i].request);
    ASSERT_TRUE(claim.has_value());
    ASSERT_TRUE(claim->has_value());
    EXPECT_TRUE(core::verify_signature(sent[i].request, **claim, core::sha256_hex("{}"), Secret("secret"),
                                       core::PathRule::normalize_and_encode_again))
        << hosts[i];
  }
}

TEST_F(Address, fails_before_the_network_where_the_account_is_required_and_unknown) {
  config.endpoints.account_id_mode = AccountIdEndpointMode::required;
  const auto error = error_of(call_of(read_table));
  EXPECT_EQ(error.kind, ErrorKind::configuration);
  EXPECT_EQ(error.code, "AccountIdEndpoint");
  EXPECT_EQ(error.applied, Applied::no);
}

TEST_F(Address, keeps_the_first_arn_alone) {
  Call call;
  name_resource(call, "plain-name");
  EXPECT_EQ(call.resource_arn, "");
  name_resource(call, "arn:one");
  name_resource(call, "arn:two");
  EXPECT_EQ(call.resource_arn, "arn:one");
}

}  // namespace
}  // namespace gannet::runtime
