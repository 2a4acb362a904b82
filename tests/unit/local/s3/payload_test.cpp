#include <algorithm>

#include "core/checksums.hpp"
#include "core/timestamps.hpp"
#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

class Payloads : public testing::Test {
 protected:
  Payloads() { s3.put("/photos"); }
  S3Answer put(std::string body, Headers headers, std::optional<std::size_t> piece = std::nullopt) {
    return s3.send({.method = "PUT",
                    .target = "/photos/a",
                    .body = std::move(body),
                    .headers = std::move(headers),
                    .piece = piece});
  }
  S3UnderTest s3;
};

TEST_F(Payloads, are_checked_against_every_digest) {
  struct Case {
    Header header;
    std::string outcome;
  };
  const std::vector<Case> cases{
      {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}, "200"},
      {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkA=="}, "400 BadDigest"},
      {{"Content-MD5", "short"}, "400 InvalidDigest"},
      {{"x-amz-content-sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}, "200"},
      {{"x-amz-content-sha256", "0000000000000000000000000000000000000000000000000000000000000000"},
       "400 XAmzContentSHA256Mismatch"},
      {{"x-amz-content-sha256", "abc"}, "400 InvalidArgument"},
      {{"x-amz-checksum-crc32", "NhCmhg=="}, "200"},
      {{"x-amz-checksum-crc32", "NhCmhw=="}, "400 BadDigest"},
      {{"x-amz-checksum-crc32", "NhCmhg"}, "400 InvalidRequest"},
      {{"x-amz-checksum-crc32c", "mnG7TA=="}, "200"},
      {{"x-amz-checksum-crc32c", "AAAAAA=="}, "400 BadDigest"},
      {{"x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="}, "200"},
      {{"x-amz-checksum-sha1", "NhCmhg=="}, "400 InvalidRequest"},
      {{"x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}, "200"},
      {{"x-amz-checksum-sha512",
        "m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXa"
        "DEZjR1wuXDre9G9zvN7AQw=="},
       "200"},
      {{"x-amz-checksum-sha512", "NhCmhg=="}, "400 InvalidRequest"},
      {{"x-amz-checksum-md5", "XUFAKrxLKna5cZ2REBfFkg=="}, "200"},
      {{"x-amz-checksum-md5", "XUFAKrxLKna5cZ2REBfFkA=="}, "400 BadDigest"},
      {{"x-amz-sdk-checksum-algorithm", "CRC32"}, "400 InvalidRequest"},
      {{"x-amz-sdk-checksum-algorithm", "MD5"}, "400 InvalidRequest"},
      {{"x-amz-trailer", "x-amz-checksum-crc32"}, "400 InvalidRequest"},
  };
  for (const Case& each : cases) {
    const S3Answer answer = put("hello", {each.header});
    EXPECT_EQ(answer.outcome(), each.outcome) << each.header.name << ": " << each.header.value << "\n"
                                              << answer.body;
    if (answer.status == 200 && each.header.name.starts_with("x-amz-checksum")) {
      EXPECT_EQ(answer.header(each.header.name), each.header.value);
      EXPECT_EQ(answer.header("x-amz-checksum-type"), "FULL_OBJECT");
      EXPECT_EQ(s3.get("/photos/a").header(each.header.name), "");
      EXPECT_EQ(s3.get("/photos/a", {{"x-amz-checksum-mode", "ENABLED"}}).header(each.header.name),
                each.header.value);
      EXPECT_EQ(s3.get("/photos/a", {{"x-amz-checksum-mode", "ENABLED"}, {"Range", "bytes=0-1"}})
                    .header(each.header.name),
                "");
    }
  }
  EXPECT_EQ(
      put("hello", {{"x-amz-checksum-crc32", "NhCmhg=="}, {"x-amz-checksum-crc32c", "mnG7TA=="}}).outcome(),
      "400 InvalidRequest");
}

TEST_F(Payloads, of_the_wrong_length_leave_nothing) {
  EXPECT_EQ(put("hello", {{"Content-Length", "6"}}).outcome(), "400 IncompleteBody");
  EXPECT_EQ(put("hello", {{"Content-Length", "4"}}).outcome(), "400 IncompleteBody");
  for (const std::size_t cut : {0U, 1U, 4U}) {
    EXPECT_EQ(s3.send({.method = "PUT", .target = "/photos/a", .body = "hello", .cut = cut}).outcome(),
              "400 IncompleteBody");
  }
  EXPECT_EQ(s3.get("/photos/a").outcome(), "404 NoSuchKey");
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST_F(Payloads, of_presigned_requests_need_no_hash) {
  s3.claim.presigned = true;
  EXPECT_EQ(put("hello", {}).outcome(), "200");
  s3.claim.presigned = false;
  http::ServerRequest request;
  EXPECT_EQ(put("hello", {{"x-amz-content-sha256", ""}}).outcome(), "400 InvalidRequest");
}

TEST_F(Payloads, in_unsigned_chunks_are_checked_against_their_trailer) {
  const auto headers = [](std::string decoded, std::string trailer = "x-amz-checksum-crc32") {
    return Headers{{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                   {"Content-Encoding", "aws-chunked"},
                   {"x-amz-decoded-content-length", std::move(decoded)},
                   {"x-amz-sdk-checksum-algorithm", "CRC32"},
                   {"x-amz-trailer", std::move(trailer)}};
  };
  const std::string body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
  for (const std::size_t piece : {1U, 7U, 1000U}) {
    const S3Answer answer = put(body, headers("5"), piece);
    EXPECT_EQ(answer.outcome(), "200") << answer.body;
    EXPECT_EQ(answer.header("x-amz-checksum-crc32"), "NhCmhg==");
    EXPECT_EQ(s3.get("/photos/a").body, "hello");
    EXPECT_EQ(s3.get("/photos/a").header("Content-Encoding"), "");
    s3.remove("/photos/a");
  }
  struct Case {
    std::string body;
    Headers headers;
    std::string outcome;
  };
  const std::vector<Case> cases{
      {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhw==\r\n\r\n", headers("5"), "400 BadDigest"},
      {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:??\r\n\r\n", headers("5"), "400 InvalidRequest"},
      {"5\r\nhello\r\n0\r\n\r\n", headers("5"), "400 MalformedTrailerError"},
      {body, headers("4"), "400 IncompleteBody"},
      {body, headers("6"), "400 IncompleteBody"},
      {body.substr(0, body.size() - 2), headers("5"), "400 IncompleteBody"},
      {body + "x", headers("5"), "400 IncompleteBody"},
      {"hello", headers("5"), "400 IncompleteBody"},
      {"1\r\nh\r\n4\r\nello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", headers("5"),
       "403 InvalidChunkSizeError"},
      {body, headers("5", "x-amz-checksum-sha256"), "400 InvalidRequest"},
      {body, headers("5", "x-amz-meta-a"), "400 InvalidRequest"},
      {body, headers("five"), "400 InvalidArgument"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(put(each.body, each.headers).outcome(), each.outcome) << each.body;
  }
  EXPECT_EQ(put(body, {{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                       {"x-amz-trailer", "x-amz-checksum-crc32"}})
                .outcome(),
            "411 MissingContentLength");
  EXPECT_EQ(s3.files().size(), 0U);
}

/// The example of S3's documentation ("Signature calculations for the Authorization header: transferring
/// payload in multiple chunks"), with its signatures.
class SignedChunks : public Payloads {
 protected:
  SignedChunks() {
    s3.secret = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    s3.claim.date = "20130524";
    s3.claim.time = core::parse_iso8601_basic("20130524T000000Z").value_or(Timestamp());
  }
  static std::string chunk(std::string_view size, std::string_view signature, std::string_view bytes) {
    std::string text(size);
    text += ";chunk-signature=";
    text += signature;
    text += "\r\n";
    text += bytes;
    if (size != "0") text += "\r\n";
    return text;
  }
};

TEST_F(SignedChunks, are_verified_one_by_one) {
  s3.claim.signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  const std::string body =
      chunk("10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            std::string(65536, 'a')) +
      chunk("400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            std::string(1024, 'a')) +
      chunk("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", "") + "\r\n";
  const Headers headers{{"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
                        {"Content-Encoding", "aws-chunked"},
                        {"x-amz-decoded-content-length", "66560"}};
  EXPECT_EQ(put(body, headers, 1000).outcome(), "200");
  EXPECT_EQ(s3.get("/photos/a").body, std::string(66560, 'a'));
  s3.remove("/photos/a");
  // One letter changed anywhere that is signed.
  for (const std::size_t position : {body.find("ad80") + 1, std::size_t{200}, body.size() - 10}) {
    std::string changed = body;
    changed[position] = changed[position] == 'b' ? 'c' : 'b';
    EXPECT_EQ(put(changed, headers).outcome(), "403 SignatureDoesNotMatch") << position;
  }
  s3.claim.signature[0] = '5';
  EXPECT_EQ(put(body, headers).outcome(), "403 SignatureDoesNotMatch");
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST_F(SignedChunks, are_verified_with_their_trailers) {
  s3.claim.signature = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
  const std::string body =
      chunk("10000", "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            std::string(65536, 'a')) +
      chunk("400", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            std::string(1024, 'a')) +
      chunk("0", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", "") +
      "x-amz-checksum-crc32c:sOO8/Q==\r\n"
      "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
  const Headers headers{{"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"},
                        {"Content-Encoding", "aws-chunked"},
                        {"x-amz-trailer", "x-amz-checksum-crc32c"},
                        {"x-amz-decoded-content-length", "66560"}};
  const S3Answer answer = put(body, headers);
  EXPECT_EQ(answer.outcome(), "200") << answer.body;
  EXPECT_EQ(answer.header("x-amz-checksum-crc32c"), "sOO8/Q==");
  std::string changed = body;
  changed[changed.find("sOO8")] = 't';
  EXPECT_EQ(put(changed, headers).outcome(), "403 SignatureDoesNotMatch");
  changed = body.substr(0, body.find("x-amz-trailer-signature")) + "\r\n";
  EXPECT_EQ(put(changed, headers).outcome(), "403 SignatureDoesNotMatch");
}

TEST_F(Payloads, signed_in_ways_that_are_not_here_are_refused_clearly) {
  EXPECT_EQ(put("", {{"x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}}).outcome(),
            "501 NotImplemented");
}

}  // namespace
}  // namespace gannet::local
