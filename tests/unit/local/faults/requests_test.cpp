#include "local/faults/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/s3/operation_name.hpp"
#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

HttpRequest request_of(std::string method, std::string path, std::string query = "") {
  HttpRequest head{.method = std::move(method), .path = std::move(path), .query = std::move(query)};
  head.headers.add("Host", "localhost:4566");
  return head;
}

TEST(FaultRequests, to_s3_have_the_names_that_the_sdks_give_them) {
  struct Row {
    HttpRequest head;
    const char* name;
  };
  const std::vector<Row> all = {
      {request_of("GET", "/"), "ListBuckets"},
      {request_of("POST", "/"), ""},
      {request_of("PUT", "/bucket"), "CreateBucket"},
      {request_of("HEAD", "/bucket/"), "HeadBucket"},
      {request_of("DELETE", "/bucket"), "DeleteBucket"},
      {request_of("GET", "/bucket"), "ListObjects"},
      {request_of("GET", "/bucket", "list-type=2&prefix=a"), "ListObjectsV2"},
      {request_of("GET", "/bucket", "versions"), "ListObjectVersions"},
      {request_of("GET", "/bucket", "uploads="), "ListMultipartUploads"},
      {request_of("GET", "/bucket", "location"), "GetBucketLocation"},
      {request_of("PUT", "/bucket", "cors"), "PutBucketCors"},
      {request_of("DELETE", "/bucket", "tagging"), "DeleteBucketTagging"},
      {request_of("PUT", "/bucket", "lifecycle"), "PutBucketLifecycleConfiguration"},
      {request_of("DELETE", "/bucket", "lifecycle"), "DeleteBucketLifecycle"},
      {request_of("POST", "/bucket", "delete"), "DeleteObjects"},
      {request_of("GET", "/bucket/key"), "GetObject"},
      {request_of("GET", "/bucket/key", "tagging"), "GetObjectTagging"},
      {request_of("GET", "/bucket/key", "uploadId=x"), "ListParts"},
      {request_of("GET", "/bucket/key", "attributes"), "GetObjectAttributes"},
      {request_of("HEAD", "/bucket/a/b"), "HeadObject"},
      {request_of("PUT", "/bucket/key"), "PutObject"},
      {request_of("PUT", "/bucket/key", "partNumber=1&uploadId=x"), "UploadPart"},
      {request_of("DELETE", "/bucket/key"), "DeleteObject"},
      {request_of("DELETE", "/bucket/key", "uploadId=x"), "AbortMultipartUpload"},
      {request_of("POST", "/bucket/key", "uploads"), "CreateMultipartUpload"},
      {request_of("POST", "/bucket/key", "uploadId=x"), "CompleteMultipartUpload"},
      {request_of("PATCH", "/bucket/key"), ""},
      {request_of("GET", "/bucket/%zz"), ""},
  };
  for (const auto& [head, name] : all) {
    EXPECT_EQ(operation_of(head, ServiceKind::s3, ""), name)
        << head.method << " " << head.path << "?" << head.query;
    EXPECT_EQ(s3::is_operation(name), *name != '\0') << name;
  }
  auto copy = request_of("PUT", "/bucket/key");
  copy.headers.add("x-amz-copy-source", "other/key");
  EXPECT_EQ(operation_of(copy, ServiceKind::s3, ""), "CopyObject");
  copy.query = "partNumber=1&uploadId=x";
  EXPECT_EQ(operation_of(copy, ServiceKind::s3, ""), "UploadPartCopy");
  EXPECT_FALSE(s3::is_operation("PutObjects"));
  EXPECT_FALSE(s3::is_operation("GetBucket"));
}

TEST(FaultRequests, have_their_operation_in_target_or_form) {
  auto json = request_of("POST", "/");
  json.headers.add("X-Amz-Target", "DynamoDB_20120810.PutItem");
  EXPECT_EQ(operation_of(json, ServiceKind::dynamodb, "{}"), "PutItem");
  json.headers.set("X-Amz-Target", "secretsmanager.GetSecretValue");
  EXPECT_EQ(operation_of(json, ServiceKind::secretsmanager, "{}"), "GetSecretValue");
  EXPECT_EQ(operation_of(json, ServiceKind::dynamodb, "{}"), "");
  const auto form = request_of("POST", "/");
  EXPECT_EQ(operation_of(form, ServiceKind::sts, "Version=1&Action=GetCallerIdentity"), "GetCallerIdentity");
  EXPECT_EQ(operation_of(form, ServiceKind::sts, "%"), "");
  EXPECT_EQ(operation_of(request_of("GET", "/", "Action=AssumeRole"), ServiceKind::sts, ""), "AssumeRole");
}

TEST(FaultRequests, to_s3_have_the_object_s_key) {
  EXPECT_THAT(s3_keys_of(request_of("GET", "/bucket/a%20b/c")), ElementsAre("a b/c"));
  EXPECT_THAT(s3_keys_of(request_of("GET", "/bucket")), IsEmpty());
}

TEST(FaultRequests, to_secrets_manager_have_the_names_of_secrets) {
  EXPECT_THAT(secret_names_of(R"({"SecretId":"prod/db"})"), ElementsAre("prod/db"));
  EXPECT_THAT(secret_names_of(R"({"SecretId":"arn:aws:secretsmanager:us-east-1:0:secret:prod/db-a1b2c3"})"),
              ElementsAre("prod/db-a1b2c3"));
  EXPECT_THAT(secret_names_of(R"({"Name":"new","SecretString":"x"})"), ElementsAre("new"));
  EXPECT_THAT(secret_names_of(R"({"SecretIdList":["a","b",5]})"), ElementsAre("a", "b"));
  for (const char* const none : {"", "{", "[]", "5", R"({"SecretId":5,"SecretIdList":"a"})"}) {
    EXPECT_THAT(secret_names_of(none), IsEmpty()) << none;
  }
}

TEST(FaultRequests, to_dynamodb_have_the_partition_keys_of_all_their_items) {
  dynamodb::ServiceUnderTest service;
  service.make_people();
  service.ask("CreateTable", R"({"TableName":"numbers","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})");
  const auto keys = [&](std::string_view operation, std::string_view body) {
    return service.partition_keys(operation, body);
  };
  EXPECT_THAT(keys("GetItem", R"({"TableName":"people","Key":{"SK":{"S":"s"},"PK":{"S":"a"}}})"),
              ElementsAre("a"));
  EXPECT_THAT(keys("PutItem", R"({"TableName":"people","Item":{"v":{"S":"s"},"PK":{"S":"a"}}})"),
              ElementsAre("a"));
  EXPECT_THAT(keys("UpdateItem", R"({"TableName":"numbers","Key":{"id":{"N":"12"}}})"), ElementsAre("12"));
  EXPECT_THAT(keys("UpdateItem", R"({"TableName":"numbers","Key":{"id":{"N":"1.20e1"}}})"),
              ElementsAre("12"));
  EXPECT_THAT(keys("Query", R"({"TableName":"people","KeyConditionExpression":"PK = :p AND SK > :s",
                                "ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"x"}}})"),
              ElementsAre("a"));
  EXPECT_THAT(keys("Query", R"({"TableName":"numbers","KeyConditionExpression":"#i = :p",
                                "ExpressionAttributeNames":{"#i":"id"},
                                "ExpressionAttributeValues":{":p":{"N":"012.0"}}})"),
              ElementsAre("12"));
  EXPECT_THAT(keys("BatchGetItem", R"({"RequestItems":{"people":{"Keys":[{"PK":{"S":"a"}},{"PK":{"S":"b"}}]},
                                                       "numbers":{"Keys":[{"id":{"N":"1"}}]}}})"),
              ElementsAre("a", "b", "1"));
  EXPECT_THAT(keys("BatchWriteItem", R"({"RequestItems":{"people":[{"PutRequest":{"Item":{"PK":{"S":"a"}}}},
                                                                   {"DeleteRequest":{"Key":{"PK":{"S":"b"}}}}]}})"),
              ElementsAre("a", "b"));
  EXPECT_THAT(keys("TransactWriteItems", R"({"TransactItems":[
                  {"Put":{"TableName":"people","Item":{"PK":{"S":"a"}}}},
                  {"Update":{"TableName":"numbers","Key":{"id":{"N":"2"}}}},
                  {"ConditionCheck":{"TableName":"people","Key":{"PK":{"S":"c"}}}}]})"),
              ElementsAre("a", "2", "c"));
  EXPECT_THAT(keys("TransactGetItems",
                   R"({"TransactItems":[{"Get":{"TableName":"people","Key":{"PK":{"S":"a"}}}}]})"),
              ElementsAre("a"));
  for (const char* const none :
       {"", "{", "[]", "5", R"({"TableName":"people"})", R"({"TableName":5,"Key":{}})",
        R"({"TableName":"nowhere","Key":{"PK":{"S":"a"}}})", R"({"TableName":"people","Key":{"PK":5}})",
        R"({"TableName":"people","Key":[]})", R"({"TransactItems":5})", R"({"TransactItems":[5]})",
        R"({"RequestItems":[]})", R"({"RequestItems":{"people":{"Keys":5}}})",
        R"({"TableName":"people","KeyConditionExpression":"PK ="})"}) {
    for (const char* const operation : {"GetItem", "Query"})
      EXPECT_THAT(keys(operation, none), IsEmpty()) << none;
  }
}

}  // namespace
}  // namespace gannet::local
