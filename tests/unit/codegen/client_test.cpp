#include <memory>
#include <string>

#include <gannet/dynamodb.hpp>
#include <gannet/s3.hpp>
#include <gannet/secretsmanager.hpp>
#include <gannet/sts.hpp>
#include <gtest/gtest.h>

#include "fakes/scripted_transport.hpp"
#include "fakes/virtual_time.hpp"

// Generated clients, driven whole: from a typed input to the request on the wire and back to a typed output.

namespace gannet {
namespace {

class GeneratedClient : public testing::Test {
 protected:
  Config config() {
    Config made;
    made.region = "us-east-1";
    made.credentials =
        static_credentials({.access_key_id = "AKIDEXAMPLE", .secret_access_key = Secret("secret")});
    made.transport = transport;
    made.time = time.source();
    return made;
  }
  [[nodiscard]] fakes::SentRequest sent() const { return transport->sent().front(); }

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
};

TEST_F(GeneratedClient, gets_an_item) {
  const dynamodb::Client client(config());
  transport->answer(200,
                    R"({"Item": {"PK": {"S": "USER#1"}, "points": {"N": "12"}}, "Unknown": [1, {"a": null}],
                             "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5, "Table": null}})");
  const dynamodb::GetItemInput request{.table_name = "fetch-data",
                                       .key = {{"PK", "USER#1"}, {"SK", "USER#1"}}};
  const auto found = blocking(client.get_item(request));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->item->at("PK").s(), "USER#1");
  EXPECT_EQ(found->item->at("points").n(), "12");
  EXPECT_EQ(*found->consumed_capacity->capacity_units, 0.5);
  EXPECT_FALSE(found->consumed_capacity->table);
  EXPECT_EQ(sent().request.headers.get("X-Amz-Target"), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(sent().request.headers.get("Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(sent().body, R"({"TableName":"fetch-data","Key":{"PK":{"S":"USER#1"},"SK":{"S":"USER#1"}}})");
}

TEST_F(GeneratedClient, gives_the_details_of_a_modelled_error) {
  const dynamodb::Client client(config());
  transport->answer(400, R"({"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                             "message": "The conditional request failed", "Item": {"PK": {"S": "x"}}})");
  const dynamodb::PutItemInput request{
      .table_name = "t", .item = {{"PK", "x"}}, .condition_expression = "attribute_not_exists(PK)"};
  const auto done = blocking(client.put_item(request));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::condition_failed);
  EXPECT_EQ(done.error().code, "ConditionalCheckFailedException");
  EXPECT_EQ(done.error().message, "The conditional request failed");
  const auto* details = done.error().detail<dynamodb::ConditionalCheckFailedException>();
  ASSERT_NE(details, nullptr);
  EXPECT_EQ(details->item->at("PK").s(), "x");
}

TEST_F(GeneratedClient, gives_the_reasons_of_a_cancelled_transaction) {
  const dynamodb::Client client(config());
  transport->answer(400, R"({"__type": "TransactionCanceledException", "Message": "cancelled",
                             "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]})");
  const dynamodb::TransactWriteItemsInput request{.transact_items = {{}}};
  const auto done = blocking(client.transact_write_items(request));
  ASSERT_FALSE(done);
  const auto* details = done.error().detail<dynamodb::TransactionCanceledException>();
  ASSERT_NE(details, nullptr);
  ASSERT_EQ(details->cancellation_reasons->size(), 2U);
  EXPECT_EQ(details->cancellation_reasons->at(1).code, "ConditionalCheckFailed");
}

TEST_F(GeneratedClient, repeats_after_an_error_that_the_model_calls_retryable) {
  const dynamodb::Client client(config());
  transport->answer(400, R"({"__type": "ReplicatedWriteConflictException"})").answer(200, "{}");
  const dynamodb::PutItemInput request{.table_name = "t", .item = {{"PK", "x"}}};
  EXPECT_TRUE(blocking(client.put_item(request)));
  EXPECT_EQ(transport->count(), 2U);
}

TEST_F(GeneratedClient, refuses_what_breaks_a_limit_before_the_network) {
  const dynamodb::Client client(config());
  struct Case {
    dynamodb::QueryInput input;
    std::string message;
  };
  const Case cases[] = {
      {{}, "Query: table_name must have 1 to 1024 characters, has 0"},
      {{.table_name = std::string(1025, 'x')}, "Query: table_name must have 1 to 1024 characters, has 1025"},
      {{.table_name = "t", .limit = 0}, "Query: limit must be at least 1, is 0"},
      {{.table_name = "t", .index_name = "ab"}, "Query: index_name must have 3 to 255 characters, has 2"},
      {{.table_name = "t", .attributes_to_get = std::vector<std::string>()},
       "Query: attributes_to_get must have at least 1 elements, has 0"},
  };
  for (const Case& each : cases) {
    const auto done = blocking(client.query(each.input));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::validation);
    EXPECT_EQ(done.error().message, each.message);
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, names_the_place_of_what_breaks_a_limit) {
  const dynamodb::Client client(config());
  dynamodb::BatchGetItemInput input;
  input.request_items["music"].keys.resize(101);
  const auto done = blocking(client.batch_get_item(input));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message,
            "BatchGetItem: request_items[\"music\"].keys must have 1 to 100 elements, has 101");
  const dynamodb::CreateTableInput table{
      .attribute_definitions = std::vector<dynamodb::AttributeDefinition>{{.attribute_name = "PK"}},
      .table_name = "t"};
  const auto made = blocking(client.create_table(table));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "CreateTable: attribute_definitions[0].attribute_type must be given");
}

TEST_F(GeneratedClient, refuses_text_that_is_not_utf8) {
  const dynamodb::Client client(config());
  const dynamodb::GetItemInput request{.table_name = "t", .key = {{"PK", "\xFF"}}};
  const auto done = blocking(client.get_item(request));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::validation);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, names_the_place_of_an_answer_it_cannot_read) {
  const dynamodb::Client client(config());
  transport->answer(200, R"({"Table": {"KeySchema": [{"KeyType": "HASH"}, {"AttributeName": 5}]}})");
  const dynamodb::DescribeTableInput request{.table_name = "t"};
  const auto done = blocking(client.describe_table(request));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::protocol);
  EXPECT_NE(done.error().message.find("Table.KeySchema[1].AttributeName must be a string, is a number"),
            std::string::npos)
      << done.error().message;
}

TEST_F(GeneratedClient, keeps_enumerations_it_does_not_know) {
  const dynamodb::Client client(config());
  transport->answer(200,
                    R"({"Table": {"TableStatus": "HIBERNATING", "CreationDateTime": 1.769850487123E9}})");
  const dynamodb::DescribeTableInput request{.table_name = "t"};
  const auto done = blocking(client.describe_table(request));
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(*done->table->table_status, dynamodb::TableStatus::unknown);
  EXPECT_EQ(done->table->table_status->text(), "HIBERNATING");
  EXPECT_EQ(*done->table->creation_date_time, Timestamp(std::chrono::milliseconds(1'769'850'487'123)));
}

TEST_F(GeneratedClient, makes_a_client_token_once_for_all_attempts) {
  const secretsmanager::Client client(config());
  transport->answer(500).answer(200, R"({"ARN": "arn", "Name": "n", "VersionId": "v"})");
  const secretsmanager::CreateSecretInput request{.name = "prod/db", .secret_string = Secret("hush")};
  const auto made = blocking(client.create_secret(request));
  ASSERT_TRUE(made) << to_string(made.error());
  ASSERT_EQ(transport->count(), 2U);
  EXPECT_EQ(transport->sent()[0].body, transport->sent()[1].body);
  EXPECT_NE(sent().body.find("\"ClientRequestToken\":\""), std::string::npos);
  EXPECT_NE(sent().body.find("\"SecretString\":\"hush\""), std::string::npos);
}

TEST_F(GeneratedClient, reads_secrets_as_secrets) {
  const secretsmanager::Client client(config());
  transport->answer(200,
                    R"({"SecretString": "hush", "SecretBinary": "AAH/", "VersionStages": ["AWSCURRENT"]})");
  const secretsmanager::GetSecretValueInput request{.secret_id = "s"};
  const auto found = blocking(client.get_secret_value(request));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->secret_string->reveal(), "hush");
  EXPECT_EQ(found->secret_binary->reveal(), std::string("\0\1\xFF", 3));
}

TEST_F(GeneratedClient, knows_the_kinds_of_a_services_errors) {
  struct Case {
    std::string code;
    ErrorKind kind;
  };
  const Case cases[] = {{"ResourceNotFoundException", ErrorKind::not_found},
                        {"ResourceExistsException", ErrorKind::already_exists},
                        {"DecryptionFailure", ErrorKind::access_denied},
                        {"AccessDeniedException", ErrorKind::access_denied},
                        {"UnrecognizedClientException", ErrorKind::unauthenticated}};
  for (const Case& each : cases) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    const secretsmanager::Client client(config());
    transport->answer(400, R"({"__type": ")" + each.code + R"(", "Message": "no"})");
    const secretsmanager::GetSecretValueInput request{.secret_id = "s"};
    const auto found = blocking(client.get_secret_value(request));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, each.kind) << each.code;
    EXPECT_EQ(found.error().message, "no");
  }
}

TEST_F(GeneratedClient, asks_who_it_is) {
  const sts::Client client(config());
  transport->answer(200, R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <GetCallerIdentityResult><Arn>arn:aws:iam::1:user/me</Arn><UserId>U</UserId><Account>1</Account>
      </GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
      </GetCallerIdentityResponse>)");
  const sts::GetCallerIdentityInput request;
  const auto found = blocking(client.get_caller_identity(request));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(*found->arn, "arn:aws:iam::1:user/me");
  EXPECT_EQ(sent().body, "Action=GetCallerIdentity&Version=2011-06-15");
}

TEST_F(GeneratedClient, gives_the_session_token_of_a_role_as_a_secret) {
  const sts::Client client(config());
  transport->answer(200, R"(<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>K</AccessKeyId>
      <SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>
      </Credentials></AssumeRoleResult></AssumeRoleResponse>)");
  const sts::AssumeRoleInput request{.role_arn = "arn:aws:iam::123456789012:role/r",
                                     .role_session_name = "me"};
  const auto assumed = blocking(client.assume_role(request));
  ASSERT_TRUE(assumed) << to_string(assumed.error());
  EXPECT_EQ(assumed->credentials->secret_access_key, Secret("S"));
  EXPECT_EQ(assumed->credentials->session_token, Secret("T"));
}

TEST_F(GeneratedClient, reads_a_query_services_errors) {
  const sts::Client client(config());
  transport->answer(
      403, R"(<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>
                            <RequestId>the-id</RequestId></ErrorResponse>)");
  const sts::AssumeRoleInput request{.role_arn = "arn:aws:iam::123456789012:role/r",
                                     .role_session_name = "me"};
  const auto done = blocking(client.assume_role(request));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::access_denied);
  EXPECT_EQ(done.error().code, "AccessDenied");
  EXPECT_EQ(done.error().request_id, "the-id");
}

TEST_F(GeneratedClient, gives_the_message_in_the_details_of_an_xml_error) {
  const sts::Client client(config());
  transport->answer(400, R"(<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>
                            <Message>it is too old</Message></Error></ErrorResponse>)");
  const sts::AssumeRoleWithWebIdentityInput request{.role_arn = "arn:aws:iam::123456789012:role/r",
                                                    .role_session_name = "me",
                                                    .web_identity_token = Secret("token")};
  const auto done = blocking(client.assume_role_with_web_identity(request));
  ASSERT_FALSE(done);
  const auto* details = done.error().detail<sts::ExpiredTokenException>();
  ASSERT_NE(details, nullptr) << to_string(done.error());
  EXPECT_EQ(details->message, "it is too old");
}

TEST_F(GeneratedClient, streams_an_object) {
  const s3::Client client(config());
  transport->answer_in_pieces(200, {"hel", "lo"},
                              {{"Content-Length", "5"},
                               {"ETag", "\"e\""},
                               {"x-amz-meta-Origin", "phone"},
                               {"Last-Modified", "Sat, 31 Jan 2026 09:08:07 GMT"},
                               {"Expires", "when it rains"}});
  const s3::GetObjectInput request{.bucket = "my-bucket", .key = "a b/../c"};
  auto found = blocking(client.get_object(request));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(*found->content_length, 5);
  EXPECT_EQ(*found->e_tag, "\"e\"");
  EXPECT_EQ(found->metadata->at("Origin"), "phone");
  EXPECT_EQ(*found->last_modified, Timestamp(std::chrono::milliseconds(1'769'850'487'000)));
  EXPECT_FALSE(found->expires);
  EXPECT_EQ(blocking(found->body.read_all(100)).value(), "hello");
  EXPECT_EQ(sent().request.origin.host, "my-bucket.s3.us-east-1.amazonaws.com");
  EXPECT_EQ(sent().request.path, "/a%20b/../c");
}

TEST_F(GeneratedClient, takes_the_checksum_of_a_file_that_it_was_asked_for) {
  const s3::Client client(config());
  transport->answer(200);
  const auto again = []() -> Result<std::unique_ptr<ByteSource>> { return Body("123456789").open(); };
  const s3::PutObjectInput request{.body = Body::reopenable(again, 9),
                                   .bucket = "my-bucket",
                                   .checksum_algorithm = s3::ChecksumAlgorithm::sha256,
                                   .key = "k"};
  const auto put = blocking(client.put_object(request));
  ASSERT_TRUE(put) << to_string(put.error());
  EXPECT_EQ(sent().request.headers.get("x-amz-checksum-sha256"),
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");
  EXPECT_EQ(sent().body, "123456789");
}

TEST_F(GeneratedClient, knows_a_head_answers_error_by_its_status) {
  const s3::Client client(config());
  transport->answer(404);
  const s3::HeadObjectInput request{.bucket = "my-bucket", .key = "k"};
  const auto found = blocking(client.head_object(request));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_EQ(found.error().http_status, 404);
}

TEST_F(GeneratedClient, reads_the_odd_answer_of_a_buckets_location) {
  const s3::Client client(config());
  transport
      ->answer(
          200,
          R"(<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>)")
      .answer(200, R"(<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>)");
  const s3::GetBucketLocationInput request{.bucket = "my-bucket"};
  const auto ireland = blocking(client.get_bucket_location(request));
  ASSERT_TRUE(ireland) << to_string(ireland.error());
  EXPECT_EQ(*ireland->location_constraint, s3::BucketLocationConstraint::eu_west_1);
  const auto virginia = blocking(client.get_bucket_location(request));
  ASSERT_TRUE(virginia);
  EXPECT_FALSE(virginia->location_constraint);
}

TEST_F(GeneratedClient, lists_objects) {
  const s3::Client client(config());
  transport->answer(
      200, R"(<ListBucketResult><Name>my-bucket</Name><IsTruncated>true</IsTruncated><MaxKeys>2</MaxKeys>
      <NextContinuationToken>n</NextContinuationToken>
      <Contents><Key>a&amp;b</Key><Size>12</Size><LastModified>2026-01-31T09:08:07.000Z</LastModified></Contents>
      <Contents><Key>c</Key><Size>0</Size><StorageClass>STANDARD</StorageClass></Contents>
      <CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>)");
  const s3::ListObjectsV2Input request{.bucket = "my-bucket", .max_keys = 2};
  const auto found = blocking(client.list_objects_v2(request));
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->contents->size(), 2U);
  EXPECT_EQ(*found->contents->at(0).key, "a&b");
  EXPECT_EQ(*found->contents->at(0).size, 12);
  EXPECT_EQ(*found->contents->at(1).storage_class, s3::ObjectStorageClass::standard);
  EXPECT_EQ(*found->common_prefixes->at(0).prefix, "p/");
  EXPECT_TRUE(*found->is_truncated);
  EXPECT_EQ(sent().request.query, "list-type=2&max-keys=2");
}

TEST_F(GeneratedClient, refuses_a_key_that_xml_would_make_another) {
  const s3::Client client(config());
  for (const char* key : {"a\xFF", "a\x01"}) {
    const s3::DeleteObjectsInput request{.bucket = "my-bucket", .delete_ = {.objects = {{.key = key}}}};
    const auto done = blocking(client.delete_objects(request));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::validation);
    EXPECT_EQ(done.error().message,
              "DeleteObjects: Key must not hold bytes that are not UTF-8, nor control characters: XML cannot "
              "carry them");
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, refuses_a_header_that_would_break_out) {
  const s3::Client client(config());
  const s3::PutObjectInput smuggled{
      .bucket = "my-bucket", .content_type = "text/plain\r\nX-Evil: 1", .key = "k"};
  const auto done = blocking(client.put_object(smuggled));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "PutObject: content_type must not hold line breaks or zero bytes");
  const s3::PutObjectInput bad_key{
      .bucket = "my-bucket",
      .key = "k",
      .metadata = std::map<std::string, std::string, std::less<>>{{"a: b", "c"}}};
  EXPECT_EQ(blocking(client.put_object(bad_key)).error().kind, ErrorKind::validation);
  const s3::GetObjectInput no_bucket{.key = "k"};
  EXPECT_EQ(blocking(client.get_object(no_bucket)).error().message, "GetObject: bucket must be given");
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, refuses_metadata_of_which_one_would_be_lost) {
  const s3::Client client(config());
  const s3::PutObjectInput request{
      .bucket = "my-bucket",
      .key = "k",
      .metadata = std::map<std::string, std::string, std::less<>>{{"Camera", "a"}, {"camera", "b"}}};
  const auto done = blocking(client.put_object(request));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::validation);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, finds_the_error_in_a_success) {
  const s3::Client client(config());
  transport->answer(200, "<Error><Code>AccessDenied</Code><Message>not yours</Message></Error>");
  const s3::CopyObjectInput request{.bucket = "my-bucket", .copy_source = "other/k ey", .key = "k"};
  const auto done = blocking(client.copy_object(request));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::access_denied);
  EXPECT_EQ(sent().request.headers.get("x-amz-copy-source"), "other/k%20ey");
}

TEST_F(GeneratedClient, finds_the_error_in_a_list_that_failed) {
  const s3::Client client(config());
  transport->answer(200, "<Error><Code>InternalError</Code><Message>try again</Message></Error>")
      .answer(200, "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>");
  const s3::ListObjectsV2Input request{.bucket = "my-bucket"};
  const auto found = blocking(client.list_objects_v2(request));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->contents->size(), 1U);
  EXPECT_EQ(transport->count(), 2U);
}

TEST_F(GeneratedClient, presigns_without_a_request) {
  const s3::Client client(config());
  const s3::PutObjectInput request{
      .bucket = "my-bucket", .content_type = "image/jpeg", .key = "receipts/1/a.jpg"};
  const auto made = blocking(client.presign_put_object(request, std::chrono::seconds(900)));
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(made->method, "PUT");
  EXPECT_TRUE(
      made->url.reveal().starts_with("https://my-bucket.s3.us-east-1.amazonaws.com/receipts/1/a.jpg?"));
  EXPECT_NE(made->url.reveal().find("X-Amz-Expires=900"), std::string::npos);
  EXPECT_EQ(made->headers.get("Content-Type"), "image/jpeg");
  const auto again = client.presign_put_object_at_hand(request, std::chrono::seconds(900));
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->url, made->url);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, does_not_repeat_a_write_that_may_have_been_applied) {
  const dynamodb::Client client(config());
  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  const dynamodb::UpdateItemInput increment{
      .table_name = "t", .key = {{"PK", "x"}}, .update_expression = "ADD n :one"};
  const auto done = blocking(client.update_item(increment));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(transport->count(), 1U);
}

TEST_F(GeneratedClient, repeats_a_put_without_a_condition) {
  const dynamodb::Client client(config());
  transport->fail(Delivery::wholly_sent).answer(200, "{}");
  const dynamodb::PutItemInput put{.table_name = "t", .item = {{"PK", "x"}}};
  EXPECT_TRUE(blocking(client.put_item(put)));
  EXPECT_EQ(transport->count(), 2U);
}

TEST_F(GeneratedClient, repeats_a_statement_that_selects_and_knows_that_it_changed_nothing) {
  const dynamodb::Client client(config());
  for (int i = 0; i < 8; ++i) transport->answer(500);
  const dynamodb::ExecuteStatementInput select{.statement = "select * from t"};
  const auto read = blocking(client.execute_statement(select));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::service);
  EXPECT_EQ(read.error().applied, Applied::no);
  EXPECT_GT(transport->count(), 1U);
  const auto before = transport->count();
  const dynamodb::ExecuteStatementInput insert{.statement = "INSERT INTO t VALUE {'PK': 'x'}"};
  const auto written = blocking(client.execute_statement(insert));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(transport->count(), before + 1);
}

// ---- endpoints ----

TEST_F(GeneratedClient, goes_to_the_account_that_owns_the_table_where_that_is_wanted) {
  auto made = config();
  made.endpoints.account_id_mode = AccountIdEndpointMode::preferred;
  const dynamodb::Client client(made);
  const std::string table = "arn:aws:dynamodb:us-east-1:222222222222:table/t";
  const std::string host = "222222222222.ddb.us-east-1.amazonaws.com";
  const auto last_host = [&] { return transport->sent().back().request.origin.host; };

  transport->answer(200, "{}").answer(200, "{}").answer(200, "{}").answer(200, "{}").answer(200, "{}");
  const dynamodb::GetItemInput get{.table_name = table, .key = {{"PK", "x"}}};
  ASSERT_TRUE(blocking(client.get_item(get)).has_value());
  EXPECT_EQ(last_host(), host);
  const dynamodb::GetItemInput by_name{.table_name = "t", .key = {{"PK", "x"}}};
  ASSERT_TRUE(blocking(client.get_item(by_name)).has_value());
  EXPECT_EQ(last_host(), "dynamodb.us-east-1.amazonaws.com");

  dynamodb::BatchGetItemInput batch;
  batch.request_items[table].keys.push_back({{"PK", "x"}});
  ASSERT_TRUE(blocking(client.batch_get_item(batch)).has_value());
  EXPECT_EQ(last_host(), host);
  const dynamodb::TransactGetItemsInput read_all{
      .transact_items = {{.get = {.key = {{"PK", "x"}}, .table_name = table}}}};
  ASSERT_TRUE(blocking(client.transact_get_items(read_all)).has_value());
  EXPECT_EQ(last_host(), host);
  const dynamodb::TransactWriteItemsInput write_all{
      .transact_items = {{.delete_ = dynamodb::Delete{.key = {{"PK", "x"}}, .table_name = table}}}};
  ASSERT_TRUE(blocking(client.transact_write_items(write_all)).has_value());
  EXPECT_EQ(last_host(), host);
}

TEST_F(GeneratedClient, signs_in_at_the_older_global_endpoint_only_if_asked_to) {
  auto made = config();
  const sts::GetCallerIdentityInput who;
  transport->answer(200, "<GetCallerIdentityResponse/>").answer(200, "<GetCallerIdentityResponse/>");
  static_cast<void>(blocking(sts::Client(made).get_caller_identity(who)));
  EXPECT_EQ(transport->sent().back().request.origin.host, "sts.us-east-1.amazonaws.com");
  made.endpoints.sts_global = true;
  static_cast<void>(blocking(sts::Client(made).get_caller_identity(who)));
  EXPECT_EQ(transport->sent().back().request.origin.host, "sts.amazonaws.com");
}

TEST_F(GeneratedClient, answers_s3_object_lambda_where_it_waits) {
  const s3::Client client(config());
  transport->answer(200);
  const s3::WriteGetObjectResponseInput answer{.request_route = "io-cell1-route",
                                               .request_token = "token",
                                               .body = Body("TRANSFORMED"),
                                               .status_code = 200};
  const auto done = blocking(client.write_get_object_response(answer));
  ASSERT_TRUE(done.has_value()) << to_string(done.error());
  const auto request = sent().request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.origin.host, "io-cell1-route.s3-object-lambda.us-east-1.amazonaws.com");
  EXPECT_EQ(request.path, "/WriteGetObjectResponse");
  EXPECT_EQ(request.headers.get("x-amz-request-token"), "token");
  EXPECT_EQ(request.headers.get("x-amz-request-route"), "io-cell1-route");
  EXPECT_EQ(request.headers.get("x-amz-fwd-status"), "200");
  EXPECT_EQ(request.headers.get("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_NE(request.headers.get("authorization").find("/us-east-1/s3-object-lambda/aws4_request"),
            std::string_view::npos);
  EXPECT_EQ(sent().body, "TRANSFORMED");
}

TEST_F(GeneratedClient, refuses_a_route_that_is_no_host_label) {
  const s3::Client client(config());
  const s3::WriteGetObjectResponseInput answer{.request_route = "evil.example/", .request_token = "token"};
  const auto done = blocking(client.write_get_object_response(answer));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::validation);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(GeneratedClient, sees_to_directory_buckets_at_their_control_endpoint_and_refuses_their_objects) {
  const s3::Client client(config());
  transport->answer(200, "<ListAllMyDirectoryBucketsResult/>");
  const s3::ListDirectoryBucketsInput all;
  ASSERT_TRUE(blocking(client.list_directory_buckets(all)).has_value());
  EXPECT_EQ(sent().request.origin.host, "s3express-control.us-east-1.amazonaws.com");
  const s3::GetObjectInput object{.bucket = "pics--use1-az4--x-s3", .key = "a.jpg"};
  const auto refused = blocking(client.get_object(object));
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("CreateSession"), std::string::npos);
  const s3::CreateBucketInput on_access_point{.bucket =
                                                  "arn:aws:s3:us-east-1:123456789012:accesspoint/reports"};
  EXPECT_EQ(blocking(client.create_bucket(on_access_point)).error().code, "InvalidArn");
}

}  // namespace
}  // namespace gannet
