#include "core/sigv4.hpp"

#include <iostream>
#include <set>
#include <thread>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "unit/core/tampering.hpp"

namespace gannet::core {
namespace {

using std::chrono::seconds;

// The keys of the examples in AWS's documentation.
const Secret s3_secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
const Secret iam_secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

Credentials who(std::string key, const Secret& secret, std::string token = "") {
  return {.access_key_id = std::move(key),
          .secret_access_key = secret,
          .session_token = Secret(std::move(token)),
          .expiration = {}};
}

Timestamp at(std::string_view text) {
  return parse_iso8601_basic(text).value();
}

Origin origin(std::string host) {
  return {.tls = true, .host = std::move(host), .port = 443};
}

ClaimedSignature claim_of(const HttpRequest& request) {
  const auto claim = parse_signature(request);
  EXPECT_TRUE(claim.has_value()) << claim.error().message;
  EXPECT_TRUE(claim->has_value());
  return claim->value();
}

struct Example {
  std::string_view name;
  HttpRequest request;
  std::string payload_hash;
  std::string_view signature;
};

// "Signature calculations for the Authorization header" in the S3 API reference, and its streaming example's
// seed.
std::vector<Example> s3_examples() {
  return {
      {"GET object",
       {.method = "GET",
        .origin = origin("examplebucket.s3.amazonaws.com"),
        .path = "/test.txt",
        .headers = {{"Range", "bytes=0-9"}}},
       std::string(empty_sha256_hex),
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"PUT object",
       {.method = "PUT",
        .origin = origin("examplebucket.s3.amazonaws.com"),
        .path = "/test%24file.text",
        .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                    {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
       sha256_hex("Welcome to Amazon S3."),
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"GET bucket lifecycle",
       {.method = "GET",
        .origin = origin("examplebucket.s3.amazonaws.com"),
        .path = "/",
        .query = "lifecycle"},
       std::string(empty_sha256_hex),
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"GET bucket",
       {.method = "GET",
        .origin = origin("examplebucket.s3.amazonaws.com"),
        .path = "/",
        .query = "max-keys=2&prefix=J"},
       std::string(empty_sha256_hex),
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
      {"streaming seed",
       {.method = "PUT",
        .origin = origin("s3.amazonaws.com"),
        .path = "/examplebucket/chunkObject.txt",
        .headers = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                    {"Content-Encoding", "aws-chunked"},
                    {"x-amz-decoded-content-length", "66560"},
                    {"Content-Length", "66824"}}},
       "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
       "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"},
  };
}

TEST(Sign, gives_the_signatures_of_the_s3_documentation) {
  SigningKeyCache keys;
  int changes = 0;
  for (const auto& example : s3_examples()) {
    SCOPED_TRACE(example.name);
    auto request = example.request;
    const SigningOptions options{.path = PathRule::as_sent, .content_sha256_header = true};
    sign(request, example.payload_hash, who("AKIAIOSFODNN7EXAMPLE", s3_secret), {"us-east-1", "s3"},
         at("20130524T000000Z"), keys, options);
    EXPECT_EQ(claim_of(request).signature, example.signature);
    changes += expect_every_change_is_noticed(request, "AKIAIOSFODNN7EXAMPLE", example.payload_hash,
                                              s3_secret, PathRule::as_sent);
  }
  EXPECT_GT(changes, 2000);
}

TEST(Sign, gives_the_signature_of_the_iam_documentation) {
  HttpRequest request{.method = "GET",
                      .origin = origin("iam.amazonaws.com"),
                      .path = "/",
                      .query = "Action=ListUsers&Version=2010-05-08",
                      .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}};
  SigningKeyCache keys;
  const SigningScope where{"us-east-1", "iam"};
  sign(request, empty_sha256_hex, who("AKIDEXAMPLE", iam_secret), where, at("20150830T123600Z"), keys);

  EXPECT_EQ(request.headers.get("Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  const std::string_view names[] = {"content-type", "host", "x-amz-date"};
  const auto canonical =
      canonical_request(request, names, empty_sha256_hex, PathRule::normalize_and_encode_again);
  EXPECT_EQ(canonical,
            "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
            "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
            "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n" +
                std::string(empty_sha256_hex));
  EXPECT_EQ(string_to_sign(canonical, at("20150830T123600Z"), where),
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  expect_every_change_is_noticed(request, "AKIDEXAMPLE", std::string(empty_sha256_hex), iam_secret,
                                 PathRule::normalize_and_encode_again);
}

TEST(Presign, gives_the_url_of_the_s3_documentation) {
  const HttpRequest request{
      .method = "GET", .origin = origin("examplebucket.s3.amazonaws.com"), .path = "/test.txt"};
  SigningKeyCache keys;
  const auto url =
      presign(request, unsigned_payload, who("AKIAIOSFODNN7EXAMPLE", s3_secret), {"us-east-1", "s3"},
              at("20130524T000000Z"), seconds(86400), keys, {.path = PathRule::as_sent});
  EXPECT_EQ(url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

HttpRequest sent(const HttpRequest& request, const std::string& url) {
  auto copy = request;
  copy.query = url.substr(url.find('?') + 1);
  return copy;
}

TEST(Presign, signs_headers_parameters_and_token_against_every_change) {
  const HttpRequest request{
      .method = "PUT",
      .origin = {.tls = false, .host = "localhost", .port = 4566},
      .path = "/fetch-receipts/receipts/123/caf%C3%A9%20%26.jpg",
      .query = "x-id=PutObject&a&empty=&a=2",
      .headers = {{"Content-Type", " image/jpeg ;  q=1 "}, {"x-amz-meta-a", "1"}, {"X-Amz-Meta-A", "2"}}};
  SigningKeyCache keys;
  const auto url =
      presign(request, unsigned_payload, who("AKIA/with/slash", s3_secret, "to+ken/=="), {"eu-west-1", "s3"},
              at("20260131T090807Z"), seconds(900), keys, {.path = PathRule::as_sent});
  EXPECT_TRUE(url.starts_with(
      "http://localhost:4566/fetch-receipts/receipts/123/caf%C3%A9%20%26.jpg?x-id=PutObject&a&"
      "empty=&a=2&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2Fwith%2Fslash%2F"))
      << url;
  const auto put = sent(request, url);
  const auto claim = claim_of(put);
  EXPECT_TRUE(claim.presigned);
  EXPECT_EQ(claim.access_key_id, "AKIA/with/slash");
  EXPECT_EQ(claim.date, "20260131");
  EXPECT_EQ(claim.region, "eu-west-1");
  EXPECT_EQ(claim.service, "s3");
  EXPECT_EQ(claim.session_token, "to+ken/==");
  EXPECT_EQ(claim.expires, seconds(900));
  EXPECT_EQ(claim.time, at("20260131T090807Z"));
  EXPECT_EQ(claim.signed_headers, (std::vector<std::string>{"content-type", "host", "x-amz-meta-a"}));
  EXPECT_GT(expect_every_change_is_noticed(put, "AKIA/with/slash", std::string(unsigned_payload), s3_secret,
                                           PathRule::as_sent),
            400);
}

TEST(Presign, signs_the_host_header_if_one_is_given) {
  const HttpRequest request{.method = "GET",
                            .origin = {.tls = false, .host = "127.0.0.1", .port = 4566},
                            .path = "/key",
                            .headers = {{"Host", "bucket.s3.localhost:4566"}}};
  SigningKeyCache keys;
  const auto url = presign(request, unsigned_payload, who("AKID", s3_secret), {"us-east-1", "s3"},
                           at("20260131T090807Z"), seconds(60), keys, {.path = PathRule::as_sent});
  EXPECT_TRUE(url.starts_with("http://127.0.0.1:4566/key?X-Amz-Algorithm="));
  auto get = sent(request, url);
  EXPECT_TRUE(is_accepted(get, "AKID", unsigned_payload, s3_secret, PathRule::as_sent));
  get.headers.remove("Host");  // the origin's own then counts
  EXPECT_FALSE(is_accepted(get, "AKID", unsigned_payload, s3_secret, PathRule::as_sent));
}

HttpRequest signed_get(Timestamp now = at("20260131T090807Z")) {
  HttpRequest request{.method = "GET",
                      .origin = origin("dynamodb.us-east-1.amazonaws.com"),
                      .path = "/",
                      .query = "b=2&a=%2F",
                      .headers = {{"X-Amz-Target", "DynamoDB_20120810.GetItem"}, {"User-Agent", "one"}}};
  SigningKeyCache keys;
  sign(request, empty_sha256_hex, who("AKID", s3_secret, "token"), {"us-east-1", "dynamodb"}, now, keys);
  return request;
}

TEST(Sign, replaces_what_an_earlier_signing_added) {
  auto again = signed_get(at("20250101T000000Z"));
  SigningKeyCache keys;
  sign(again, empty_sha256_hex, who("AKID", s3_secret, "token"), {"us-east-1", "dynamodb"},
       at("20260131T090807Z"), keys);
  const auto once = signed_get();
  EXPECT_EQ(again.headers.size(), once.headers.size());
  EXPECT_EQ(again.headers.get("Authorization"), once.headers.get("Authorization"));
}

TEST(Sign, leaves_alone_what_changes_on_the_way) {
  auto request = signed_get();
  request.headers.set("User-Agent", "two");
  request.headers.add("Connection", "close");
  request.headers.add("X-Amzn-Trace-Id", "Root=1");
  EXPECT_TRUE(
      is_accepted(request, "AKID", empty_sha256_hex, s3_secret, PathRule::normalize_and_encode_again));
  auto claim = claim_of(request);
  EXPECT_EQ(claim.signed_headers,
            (std::vector<std::string>{"host", "x-amz-date", "x-amz-security-token", "x-amz-target"}));
}

TEST(Sign, adds_the_session_token_after_signing_where_asked) {
  HttpRequest request{.method = "POST", .origin = origin("example.com")};
  SigningKeyCache keys;
  sign(request, empty_sha256_hex, who("AKID", s3_secret, "token"), {"us-east-1", "iot"},
       at("20260131T090807Z"), keys, {.session_token_unsigned = true});
  EXPECT_EQ(request.headers.get("X-Amz-Security-Token"), "token");
  const auto claim = claim_of(request);
  EXPECT_EQ(claim.signed_headers, (std::vector<std::string>{"host", "x-amz-date"}));
  EXPECT_EQ(unsigned_amz_headers(request, claim), (std::vector<std::string>{"x-amz-security-token"}));
}

TEST(CanonicalRequest, sorts_and_encodes_queries_by_their_meaning) {
  const struct {
    std::string_view query, canonical;
  } cases[] = {
      {"", ""},
      {"b=2&a=1", "a=1&b=2"},
      {"a", "a="},
      {"a=", "a="},
      {"=v", "=v"},
      {"&&a=1&", "a=1"},
      {"a=2&a=1&a", "a=&a=1&a=2"},
      {"a=1=2", "a=1%3D2"},
      {"a=x+y", "a=x%2By"},
      {"a=x%2By&a=x%20y", "a=x%20y&a=x%2By"},
      {"a=%2f", "a=%2F"},
      {"a=%41%7e", "a=A~"},
      {"a=/:@!*'()", "a=%2F%3A%40%21%2A%27%28%29"},
      {"a=漢", "a=%E6%BC%A2"},
      {"%E6%BC%A2=1&z=2", "%E6%BC%A2=1&z=2"},
      {"Param-3=c&Param=b&param=a", "Param=b&Param-3=c&param=a"},
      {"a1=2&a=1", "a=1&a1=2"},
      {"a=%zz&b=%", "a=%zz&b=%"},
  };
  for (const auto& [query, canonical] : cases) {
    const HttpRequest request{.method = "GET", .path = "/", .query = std::string(query)};
    EXPECT_EQ(canonical_request(request, {}, "hash", PathRule::as_sent),
              "GET\n/\n" + std::string(canonical) + "\n\n\nhash")
        << query;
  }
}

TEST(CanonicalRequest, makes_paths_by_each_rule) {
  const struct {
    std::string_view path, as_sent, again, normalized;
  } cases[] = {
      {"", "/", "/", "/"},
      {"/", "/", "/", "/"},
      {"/a/b", "/a/b", "/a/b", "/a/b"},
      {"/a%20b", "/a%20b", "/a%2520b", "/a%2520b"},
      {"/a b+", "/a b+", "/a%20b%2B", "/a%20b%2B"},
      {"//a//b//", "//a//b//", "//a//b//", "/a/b/"},
      {"/a/./b/../c", "/a/./b/../c", "/a/./b/../c", "/a/c"},
      {"/../..", "/../..", "/../..", "/"},
      {"/a/..", "/a/..", "/a/..", "/"},
      {"/.a/..b/...", "/.a/..b/...", "/.a/..b/...", "/.a/..b/..."},
      {"/ሴ", "/ሴ", "/%E1%88%B4", "/%E1%88%B4"},
  };
  for (const auto& expected : cases) {
    const HttpRequest request{.method = "GET", .path = std::string(expected.path)};
    const auto path = [&request](PathRule rule) {
      const auto canonical = canonical_request(request, {}, "", rule);
      return canonical.substr(4, canonical.find('\n', 4) - 4);
    };
    EXPECT_EQ(path(PathRule::as_sent), expected.as_sent);
    EXPECT_EQ(path(PathRule::encode_again), expected.again);
    EXPECT_EQ(path(PathRule::normalize_and_encode_again), expected.normalized);
  }
}

TEST(CanonicalRequest, trims_and_joins_header_values) {
  const HttpRequest request{.method = "GET",
                            .origin = origin("h"),
                            .path = "/",
                            .headers = {{"A", "  two   spaces\t\there  "},
                                        {"B", ""},
                                        {"C", " \t "},
                                        {"a", "2"},
                                        {"D", "\"x  y\""},
                                        {"E", "no change"}}};
  const std::string_view names[] = {"a", "b", "c", "d", "e", "host", "missing"};
  EXPECT_EQ(canonical_request(request, names, "", PathRule::as_sent),
            "GET\n/\n\na:two spaces here,2\nb:\nc:\nd:\"x y\"\ne:no change\nhost:h\nmissing:\n\n"
            "a;b;c;d;e;host;missing\n");
}

TEST(CanonicalRequest, takes_any_number_and_size_of_parts) {
  HttpRequest request{.method = "GET", .origin = origin("h"), .path = "/" + std::string(5000, ' ')};
  for (int i = 0; i < 100; ++i) {
    request.headers.add("x-amz-meta-" + std::to_string(i),
                        std::string(static_cast<std::size_t>(i) * 10, 'v'));
    request.query += "&k" + std::to_string(100 - i) + "=" + std::string(100, '+');
  }
  SigningKeyCache keys;
  sign(request, empty_sha256_hex, who("AKID", s3_secret, std::string(4000, 't')), {"us-east-1", "dynamodb"},
       at("20260131T090807Z"), keys);
  const auto claim = claim_of(request);
  EXPECT_EQ(claim.signed_headers.size(), 103U);
  EXPECT_TRUE(std::ranges::is_sorted(claim.signed_headers));
  EXPECT_TRUE(
      verify_signature(request, claim, empty_sha256_hex, s3_secret, PathRule::normalize_and_encode_again));
  request.headers.set("x-amz-meta-99", std::string(989, 'v'));
  EXPECT_FALSE(
      verify_signature(request, claim, empty_sha256_hex, s3_secret, PathRule::normalize_and_encode_again));
}

TEST(WithoutSignature, leaves_the_rest_of_the_query) {
  EXPECT_EQ(without_signature("a=1&X-Amz-Signature=ff&b"), "a=1&b");
  EXPECT_EQ(without_signature("X-Amz-Signature=ff"), "");
  EXPECT_EQ(without_signature("a=1&X-Amz-Signatures=ff"), "a=1&X-Amz-Signatures=ff");
  EXPECT_EQ(without_signature(""), "");
}

TEST(VerifySignature, takes_a_path_that_is_encoded_otherwise_but_means_the_same) {
  HttpRequest request{.method = "GET", .origin = origin("b.s3.amazonaws.com"), .path = "/a%21b%28c%29"};
  SigningKeyCache keys;
  sign(request, empty_sha256_hex, who("AKID", s3_secret), {"us-east-1", "s3"}, at("20260131T090807Z"), keys,
       {.path = PathRule::as_sent});
  request.path = "/a!b(c)";
  EXPECT_TRUE(is_accepted(request, "AKID", empty_sha256_hex, s3_secret, PathRule::as_sent));
  request.path = "/a!b(d)";
  EXPECT_FALSE(is_accepted(request, "AKID", empty_sha256_hex, s3_secret, PathRule::as_sent));
}

TEST(VerifySignature, refuses_a_query_with_a_broken_escape) {
  HttpRequest request{.method = "GET", .origin = origin("h"), .path = "/", .query = "a=%2"};
  SigningKeyCache keys;
  sign(request, empty_sha256_hex, who("AKID", s3_secret), {"us-east-1", "s3"}, at("20260131T090807Z"), keys);
  EXPECT_FALSE(
      is_accepted(request, "AKID", empty_sha256_hex, s3_secret, PathRule::normalize_and_encode_again));
}

TEST(UnsignedAmzHeaders, are_named_once_and_in_lower_case) {
  auto request = signed_get();
  EXPECT_TRUE(unsigned_amz_headers(request, claim_of(request)).empty());
  request.headers.add("X-Amz-Acl", "public-read");
  request.headers.add("x-amz-acl", "again");
  request.headers.add("X-Amz", "no prefix");
  request.headers.add("X-Other", "1");
  EXPECT_EQ(unsigned_amz_headers(request, claim_of(request)), (std::vector<std::string>{"x-amz-acl"}));
}

TEST(ParseSignature, finds_nothing_in_an_unsigned_request) {
  for (const auto* query :
       {"", "list-type=2&prefix=a", "X-Amz-Expires=5", "x-amz-algorithm=AWS4-HMAC-SHA256", "%", "a-b=%"}) {
    const auto claim = parse_signature({.method = "GET", .path = "/", .query = query});
    ASSERT_TRUE(claim.has_value()) << query;
    EXPECT_FALSE(claim->has_value()) << query;
  }
}

constexpr std::string_view good_credential = "AKID/20260131/us-east-1/s3/aws4_request";

TEST(ParseSignature, reads_headers_however_they_are_spaced) {
  for (const std::string_view authorization :
       {"AWS4-HMAC-SHA256 Credential=AKID/20260131/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
        "Signature=ab",
        "AWS4-HMAC-SHA256 "
        "Credential=AKID/20260131/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-date,Signature=ab",
        "AWS4-HMAC-SHA256   Signature=ab ,  "
        "Credential=AKID/20260131/us-east-1/s3/aws4_request,\tSignedHeaders=host;x-amz-date"}) {
    const auto claim = claim_of(
        {.method = "GET",
         .path = "/",
         .headers = {{"authorization", std::string(authorization)}, {"x-amz-date", "20260131T090807Z"}}});
    EXPECT_FALSE(claim.presigned);
    EXPECT_EQ(claim.access_key_id, "AKID");
    EXPECT_EQ(claim.signature, "ab");
    EXPECT_EQ(claim.signed_headers, (std::vector<std::string>{"host", "x-amz-date"}));
  }
}

TEST(ParseSignature, takes_the_date_header_where_there_is_no_other) {
  const std::string authorization = "AWS4-HMAC-SHA256 Credential=" + std::string(good_credential) +
                                    ", SignedHeaders=date;host, Signature=ab";
  for (const auto* date : {"Sat, 31 Jan 2026 09:08:07 GMT", "20260131T090807Z"}) {
    const auto claim = claim_of(
        {.method = "GET", .path = "/", .headers = {{"Authorization", authorization}, {"Date", date}}});
    EXPECT_EQ(claim.time, at("20260131T090807Z"));
  }
}

TEST(ParseSignature, says_what_is_wrong_with_a_header) {
  const std::string good =
      "AWS4-HMAC-SHA256 Credential=AKID/20260131/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=ab";
  const auto replaced = [&good](std::string_view from, std::string_view to) {
    auto text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const struct {
    std::string authorization, date;
    std::string_view message;
  } cases[] = {
      {"", "20260131T090807Z", "must begin with"},
      {"Bearer abc", "20260131T090807Z", "must begin with"},
      {"AWS AKID:signature", "20260131T090807Z", "must begin with"},
      {"AWS4-HMAC-SHA256", "20260131T090807Z", "must begin with"},
      {"AWS4-HMAC-SHA256 ,", "20260131T090807Z", "NAME=VALUE"},
      {"AWS4-HMAC-SHA256 Credential", "20260131T090807Z", "NAME=VALUE"},
      {replaced("Signature=ab", ""), "20260131T090807Z", "NAME=VALUE"},
      {replaced(", Signature=ab", ""), "20260131T090807Z", "no Signature"},
      {replaced("Signature=ab", "Signature="), "20260131T090807Z", "Signature is empty"},
      {replaced("SignedHeaders=host, ", ""), "20260131T090807Z", "no SignedHeaders"},
      {replaced("Credential=AKID/20260131/us-east-1/s3/aws4_request, ", ""), "20260131T090807Z",
       "no Credential"},
      {good + ", Signature=cd", "20260131T090807Z", "once each"},
      {good + ", Other=cd", "20260131T090807Z", "once each"},
      {replaced("AKID/", "/"), "20260131T090807Z", "Credential"},
      {replaced("AKID/2026", "2026"), "20260131T090807Z", "Credential"},
      {replaced("aws4_request", "aws5_request"), "20260131T090807Z", "Credential"},
      {replaced("us-east-1", ""), "20260131T090807Z", "Credential"},
      {replaced("20260131", "2026-1-31"), "20260131T090807Z", "Credential"},
      {replaced("20260131", "20260130"), "20260131T090807Z", "20260130"},
      {replaced("=host", "=x-amz-date"), "20260131T090807Z", "host"},
      {replaced("=host", "=Host"), "20260131T090807Z", "lower case"},
      {replaced("=host", "=host;host"), "20260131T090807Z", "different"},
      {replaced("=host", "=host;"), "20260131T090807Z", "SignedHeaders"},
      {replaced("=host", "="), "20260131T090807Z", "SignedHeaders"},
      {good, "", "X-Amz-Date"},
      {good, "2026-01-31T09:08:07Z", "X-Amz-Date"},
      {good, "20260131T090807", "X-Amz-Date"},
  };
  for (const auto& bad : cases) {
    SCOPED_TRACE(bad.authorization);
    const auto claim =
        parse_signature({.method = "GET",
                         .path = "/",
                         .headers = {{"Authorization", bad.authorization}, {"X-Amz-Date", bad.date}}});
    ASSERT_FALSE(claim.has_value());
    EXPECT_EQ(claim.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(claim.error().code, "IncompleteSignature");
    EXPECT_THAT(claim.error().message, testing::HasSubstr(bad.message));
  }
  const Header authorization{"Authorization", good};
  const Header date{"X-Amz-Date", "20260131T090807Z"};
  EXPECT_TRUE(parse_signature({.headers = {authorization, date}}).has_value());
  EXPECT_FALSE(parse_signature({.headers = {authorization, authorization, date}}).has_value());
  EXPECT_FALSE(parse_signature({.headers = {authorization, date, date}}).has_value());
  EXPECT_FALSE(parse_signature({.headers = {authorization, {"Date", "Sat, 31 Jan 2026"}}}).has_value());
}

TEST(ParseSignature, says_what_is_wrong_with_a_query) {
  const std::string good =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260131%2Fus-east-1%2Fs3%2Faws4_request"
      "&X-Amz-Date=20260131T090807Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=ab";
  ASSERT_TRUE(parse_signature({.query = good}).has_value());
  const auto replaced = [&good](std::string_view from, std::string_view to) {
    auto text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const struct {
    std::string query;
    std::string_view message;
  } cases[] = {
      {replaced("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), "X-Amz-Algorithm"},
      {replaced("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""), "X-Amz-Algorithm"},
      {"X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential"},
      {replaced("&X-Amz-Signature=ab", ""), "X-Amz-Signature"},
      {replaced("&X-Amz-Signature=ab", "&X-Amz-Signature"), "empty"},
      {replaced("&X-Amz-Date=20260131T090807Z", ""), "X-Amz-Date"},
      {replaced("20260131T090807Z", "20260131"), "X-Amz-Date"},
      {replaced("20260131T", "20260201T"), "20260201T090807Z"},
      {replaced("Expires=900", "Expires=0"), "from 1 to 604800"},
      {replaced("Expires=900", "Expires=604801"), "from 1 to 604800"},
      {replaced("Expires=900", "Expires=-1"), "from 1 to 604800"},
      {replaced("Expires=900", "Expires="), "from 1 to 604800"},
      {replaced("Expires=900", "Expires=900s"), "from 1 to 604800"},
      {replaced("Expires=900", "Expires=99999999999999999999"), "from 1 to 604800"},
      {replaced("&X-Amz-Expires=900", ""), "X-Amz-Expires"},
      {replaced("SignedHeaders=host", "SignedHeaders=content-type"), "host"},
      {replaced("%2Faws4_request", ""), "Credential"},
      {good + "&X-Amz-Signature=cd", "once only"},
      {good + "&X-Amz-Expires=5", "once only"},
      {good + "&a=%", "hexadecimal"},
  };
  for (const auto& bad : cases) {
    SCOPED_TRACE(bad.query);
    const auto claim = parse_signature({.method = "GET", .path = "/", .query = bad.query});
    ASSERT_FALSE(claim.has_value());
    EXPECT_EQ(claim.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(claim.error().code, "AuthorizationQueryParametersError");
    EXPECT_THAT(claim.error().message, testing::HasSubstr(bad.message));
  }
  const auto both = parse_signature({.query = good, .headers = {{"Authorization", "AWS4-HMAC-SHA256 x"}}});
  ASSERT_FALSE(both.has_value());
  EXPECT_THAT(both.error().message, testing::HasSubstr("not by both"));
}

TEST(SigningKey, is_the_one_of_the_iam_documentation) {
  const auto step = [](std::string_view key, std::string_view text) {
    const auto digest = hmac_sha256(key, text);
    return std::string(as_text(digest));
  };
  const auto raw =
      step(step(step(step("AWS4" + iam_secret.reveal(), "20150830"), "us-east-1"), "iam"), "aws4_request");
  EXPECT_EQ(hex(as_bytes(raw)), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
  const SigningKey key(iam_secret, "20150830", {"us-east-1", "iam"});
  EXPECT_EQ(key.sign_bytes("text"), hmac_sha256(raw, "text"));
  const auto digits = key.sign("text");
  EXPECT_EQ(std::string_view(digits.data(), digits.size()), hex(hmac_sha256(raw, "text")));
}

TEST(SigningKey, signs_the_chunks_of_the_s3_documentation) {
  const SigningKey key(s3_secret, "20130524", {"us-east-1", "s3"});
  const auto signature = key.sign(
      "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9\n" +
      std::string(empty_sha256_hex) + "\n" + sha256_hex(std::string(65536, 'a')));
  EXPECT_EQ(std::string_view(signature.data(), signature.size()),
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
}

TEST(SigningKeyCache, makes_a_key_once_a_day_region_service_and_secret) {
  SigningKeyCache keys;
  const auto first = keys.get(s3_secret, "20260131", {"us-east-1", "s3"});
  EXPECT_EQ(keys.get(s3_secret, "20260131", {"us-east-1", "s3"}), first);
  EXPECT_EQ(keys.get(who("AKID", s3_secret), "20260131", {"us-east-1", "s3"}), first);
  std::set<std::string> signatures;
  for (const auto& key : {first, keys.get(s3_secret, "20260201", {"us-east-1", "s3"}),
                          keys.get(s3_secret, "20260131", {"us-east-2", "s3"}),
                          keys.get(s3_secret, "20260131", {"us-east-1", "sts"}),
                          keys.get(iam_secret, "20260131", {"us-east-1", "s3"})}) {
    const auto signature = key->sign("text");
    signatures.emplace(signature.data(), signature.size());
  }
  EXPECT_EQ(signatures.size(), 5U);
  EXPECT_EQ(keys.get(s3_secret, "20260131", {"us-east-1", "s3"}), first);
}

TEST(SigningKeyCache, forgets_the_oldest_and_keeps_what_is_in_use) {
  SigningKeyCache keys;
  const auto held = keys.get(s3_secret, "20260131", {"us-east-1", "s3"});
  const auto before = held->sign("text");
  const std::weak_ptr<const SigningKey> unused = keys.get(s3_secret, "20260131", {"us-east-1", "sts"});
  for (int i = 0; i < 100; ++i) keys.get(s3_secret, "20260131", {"region-" + std::to_string(i), "s3"});
  EXPECT_TRUE(unused.expired());
  EXPECT_EQ(held->sign("text"), before);
}

TEST(SigningKeyCache, is_shared_by_threads) {
  SigningKeyCache keys;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t number = 0; number < wrong.size(); ++number) {
    threads.emplace_back([&keys, &wrong, number] {
      for (int i = 0; i < 500; ++i) {
        const std::string region = "region-" + std::to_string((i * 7 + static_cast<int>(number)) % 60);
        const SigningKey expected(s3_secret, "20260131", {region, "s3"});
        if (keys.get(s3_secret, "20260131", {region, "s3"})->sign("text") != expected.sign("text"))
          ++wrong[number];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace gannet::core
