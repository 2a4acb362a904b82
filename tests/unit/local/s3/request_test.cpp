#include "local/s3/request.hpp"

namespace gannet::local::s3 {
namespace {

TEST(Request, finds_the_bucket_in_the_host) {
  struct Case {
    std::string host;
    std::string bucket;
  };
  const std::vector<Case> cases{
      {"localhost", ""},
      {"localhost:4566", ""},
      {"127.0.0.1:4566", ""},
      {"[::1]:4566", ""},
      {"::1", ""},
      {"cloud", ""},
      {"cloud.example.com", ""},
      {"photos.localhost", "photos"},
      {"photos.localhost:4566", "photos"},
      {"photos.LOCALHOST:4566", "photos"},
      {"a.b.localhost:4566", "a.b"},
      {"s3.localhost:4566", ""},
      {"photos.s3.localhost", "photos"},
      {"s3.us-east-1.localhost", ""},
      {"photos.s3.eu-west-1.localhost:1", "photos"},
      {"s3.amazonaws.com", ""},
      {"s3.eu-west-1.amazonaws.com", ""},
      {"s3-eu-west-1.amazonaws.com", ""},
      {"photos.s3.amazonaws.com", "photos"},
      {"photos.s3.eu-west-1.amazonaws.com", "photos"},
      {"photos.s3-eu-west-1.amazonaws.com", "photos"},
      {"photos.s3.dualstack.eu-west-1.amazonaws.com", "photos"},
      {"my.s3.bucket.s3.eu-west-1.amazonaws.com", "my.s3.bucket"},
      {"photos.s3.gannet.example.com", "photos"},
  };
  for (const Case& each : cases) EXPECT_EQ(bucket_in_host(each.host), each.bucket) << each.host;
}

TEST(Request, takes_the_path_apart_without_ever_tidying_it) {
  struct Case {
    std::string path;
    std::string bucket;
    std::string key;
  };
  const std::vector<Case> cases{
      {"/", "", ""},
      {"/photos", "photos", ""},
      {"/photos/", "photos", ""},
      {"/photos/a/b", "photos", "a/b"},
      {"/photos//", "photos", "/"},
      {"/photos//a//b/", "photos", "/a//b/"},
      {"/photos/../../etc/passwd", "photos", "../../etc/passwd"},
      {"/photos/./a", "photos", "./a"},
      {"/photos/a%2Fb", "photos", "a/b"},
      {"/photos/a%252Fb", "photos", "a%2Fb"},
      {"/photos/a+b%20c%2B", "photos", "a+b c+"},
      {"/photos/%E2%9C%93", "photos", "\xE2\x9C\x93"},
      {"/photos/%01%7F", "photos", "\x01\x7F"},
  };
  for (const Case& each : cases) {
    const auto address = parse_address("localhost:4566", each.path);
    ASSERT_TRUE(address) << each.path;
    EXPECT_EQ(address->bucket, each.bucket) << each.path;
    EXPECT_EQ(address->key, each.key) << each.path;
  }
  const auto in_host = parse_address("Photos.localhost:4566", "/a/b");
  ASSERT_TRUE(in_host);
  EXPECT_EQ(in_host->bucket, "photos");
  EXPECT_EQ(in_host->key, "a/b");
}

TEST(Request, refuses_paths_that_name_no_key) {
  for (const char* path :
       {"/photos/%", "/photos/%4", "/photos/%zz", "/photos/%FF", "/photos/%C0%80", "/photos/%ED%A0%80"}) {
    const auto address = parse_address("localhost", path);
    ASSERT_FALSE(address) << path;
    EXPECT_EQ(address.error().code, "InvalidURI");
  }
  EXPECT_TRUE(parse_address("localhost", "/b/" + std::string(1024, 'k')));
  const auto too_long = parse_address("localhost", "/b/" + std::string(1025, 'k'));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, "KeyTooLongError");
}

TEST(Request, reads_the_query_of_a_presigned_request_as_headers_but_for_checksums) {
  core::ClaimedSignature claim;
  claim.presigned = true;
  Caller caller;
  caller.claim = &claim;
  Request request{.caller = &caller};
  request.query = {
      {"x-amz-meta-a", "1"}, {"X-Amz-Acl", "private"}, {"x-amz-checksum-crc32", "AAAAAA=="}, {"b", "2"}};
  EXPECT_EQ(request.header_or("x-amz-meta-a", ""), "1");
  EXPECT_EQ(request.header_or("x-amz-acl", ""), "private");
  EXPECT_EQ(request.header("x-amz-checksum-crc32"), nullptr);
  EXPECT_EQ(request.header("b"), nullptr);
  EXPECT_EQ(request.headers_with("x-amz-meta-").size(), 1U);
  claim.presigned = false;
  EXPECT_EQ(request.header("x-amz-meta-a"), nullptr);
  EXPECT_TRUE(request.headers_with("x-amz-meta-").empty());
}

}  // namespace
}  // namespace gannet::local::s3
