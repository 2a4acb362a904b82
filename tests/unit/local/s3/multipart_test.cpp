#include "local/s3/multipart.hpp"

#include "core/checksums.hpp"
#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

constexpr std::size_t part_size = 5 << 20;

std::string digest(core::ChecksumAlgorithm algorithm, std::string_view bytes) {
  core::Checksum checksum(algorithm);
  checksum.update(bytes);
  return checksum.finish();
}

std::string md5_hex(std::string_view bytes) {
  return core::hex(as_bytes(digest(core::ChecksumAlgorithm::md5, bytes)));
}

class Multipart : public testing::Test {
 protected:
  Multipart() {
    s3.put("/photos");
    for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 13 + i / 1000);
  }
  std::string begin(Headers headers = {}) {
    const S3Answer answer =
        s3.send({.method = "POST", .target = "/photos/a?uploads", .headers = std::move(headers)});
    EXPECT_EQ(answer.outcome(), "200") << answer.body;
    return answer.text_of("UploadId");
  }
  S3Answer part(const std::string& upload, int number, const std::string& bytes, Headers headers = {}) {
    return s3.put("/photos/a?partNumber=" + std::to_string(number) + "&uploadId=" + upload, bytes,
                  std::move(headers));
  }
  S3Answer complete(const std::string& upload, const std::vector<std::pair<int, std::string>>& parts,
                    Headers headers = {}, const std::string& more = "") {
    std::string document = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const auto& [number, etag] : parts) {
      document += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag + "</ETag>" +
                  more + "</Part>";
    }
    return s3.post("/photos/a?uploadId=" + upload, document + "</CompleteMultipartUpload>",
                   std::move(headers));
  }
  S3UnderTest s3;
  std::string big = std::string(part_size, '\0');
};

TEST_F(Multipart, makes_one_object_of_its_parts) {
  const std::string upload =
      begin({{"Content-Type", "image/png"}, {"x-amz-meta-a", "1"}, {"x-amz-tagging", "t=1"}});
  const std::string second = part(upload, 7, "the end").header("ETag");
  EXPECT_EQ(part(upload, 2, "replaced").outcome(), "200");
  const std::string first = part(upload, 2, big).header("ETag");
  EXPECT_EQ(first, "\"" + md5_hex(big) + "\"");
  part(upload, 9, "not named");
  EXPECT_EQ(s3.files().size(), 3U);
  EXPECT_EQ(s3.get("/photos/a").outcome(), "404 NoSuchKey");

  const S3Answer done = complete(upload, {{2, first}, {7, second}});
  ASSERT_EQ(done.outcome(), "200") << done.body;
  const std::string etag =
      "\"" +
      md5_hex(digest(core::ChecksumAlgorithm::md5, big) + digest(core::ChecksumAlgorithm::md5, "the end")) +
      "-2\"";
  EXPECT_EQ(done.text_of("ETag"), etag);
  EXPECT_EQ(done.text_of("Location"), "http://localhost:4566/photos/a");
  EXPECT_EQ(done.text_of("Bucket"), "photos");
  EXPECT_EQ(done.text_of("Key"), "a");
  EXPECT_EQ(s3.files().size(), 2U);

  const S3Answer whole = s3.get("/photos/a");
  EXPECT_EQ(whole.body, big + "the end");
  EXPECT_EQ(whole.header("ETag"), etag);
  EXPECT_EQ(whole.header("Content-Type"), "image/png");
  EXPECT_EQ(whole.header("x-amz-meta-a"), "1");
  EXPECT_EQ(whole.header("x-amz-tagging-count"), "1");
  const S3Answer range =
      s3.get("/photos/a",
             {{"Range", "bytes=" + std::to_string(part_size - 2) + "-" + std::to_string(part_size + 2)}});
  EXPECT_EQ(range.body, big.substr(part_size - 2) + "the");
  const S3Answer seventh = s3.get("/photos/a?partNumber=7");
  EXPECT_EQ(seventh.status, 206);
  EXPECT_EQ(seventh.body, "the end");
  EXPECT_EQ(seventh.header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(seventh.header("Content-Range"), "bytes " + std::to_string(part_size) + "-" +
                                                 std::to_string(part_size + 6) + "/" +
                                                 std::to_string(part_size + 7));
  EXPECT_EQ(s3.get("/photos/a?partNumber=1").outcome(), "416 InvalidPartNumber");

  EXPECT_EQ(s3.put("/photos/a", "replaced").outcome(), "200");
  EXPECT_EQ(s3.files().size(), 1U);
}

TEST_F(Multipart, completed_again_answers_the_same) {
  const std::string upload = begin();
  const std::string etag = part(upload, 1, "x").header("ETag");
  const S3Answer first = complete(upload, {{1, etag}});
  const S3Answer again = complete(upload, {{1, etag}});
  EXPECT_EQ(again.outcome(), "200");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(complete(upload, {{1, "other"}}).outcome(), "404 NoSuchUpload");
  EXPECT_EQ(part(upload, 2, "x").outcome(), "404 NoSuchUpload");
  s3.put("/photos/a", "later");
  EXPECT_EQ(complete(upload, {{1, etag}}).outcome(), "200");
  EXPECT_EQ(s3.get("/photos/a").body, "later");
}

TEST_F(Multipart, refuses_lists_of_parts_that_are_wrong) {
  const std::string upload = begin();
  const std::string one = part(upload, 1, "small").header("ETag");
  const std::string two = part(upload, 2, "small").header("ETag");
  EXPECT_EQ(complete(upload, {{2, two}, {1, one}}).outcome(), "400 InvalidPartOrder");
  EXPECT_EQ(complete(upload, {{1, one}, {1, one}}).outcome(), "400 InvalidPartOrder");
  EXPECT_EQ(complete(upload, {{1, one}, {3, two}}).outcome(), "400 InvalidPart");
  EXPECT_EQ(complete(upload, {{1, "\"other\""}}).outcome(), "400 InvalidPart");
  const S3Answer small = complete(upload, {{1, one}, {2, two}});
  EXPECT_EQ(small.outcome(), "400 EntityTooSmall");
  EXPECT_EQ(small.text_of("MinSizeAllowed"), "5242880");
  EXPECT_EQ(complete(upload, {}).outcome(), "400 MalformedXML");
  EXPECT_EQ(complete(upload, {{0, one}}).outcome(), "400 MalformedXML");
  EXPECT_EQ(complete(upload, {{10001, one}}).outcome(), "400 MalformedXML");
  EXPECT_EQ(s3.post("/photos/a?uploadId=" + upload, "<Complete").outcome(), "400 MalformedXML");
  EXPECT_EQ(s3.post("/photos/a?uploadId=" + upload, "").outcome(), "400 MalformedXML");
  EXPECT_EQ(complete("nothing", {{1, one}}).outcome(), "404 NoSuchUpload");
  EXPECT_EQ(complete(upload, {{1, one}}, {{"x-amz-mp-object-size", "6"}}).outcome(), "400 InvalidRequest");
  EXPECT_EQ(complete(upload, {{1, one}}, {{"If-Match", "\"x\""}}).outcome(), "404 NoSuchKey");
  s3.put("/photos/a", "there");
  EXPECT_EQ(complete(upload, {{1, one}}, {{"If-None-Match", "*"}}).outcome(), "412 PreconditionFailed");
  EXPECT_EQ(s3.get("/photos/a").body, "there");
  EXPECT_EQ(complete(upload, {{1, one}}).outcome(), "200");
  EXPECT_EQ(s3.files().size(), 1U);
}

TEST_F(Multipart, refuses_part_numbers_out_of_bounds) {
  const std::string upload = begin();
  for (const char* number : {"0", "10001", "-1", "x", ""}) {
    EXPECT_EQ(s3.put("/photos/a?partNumber=" + std::string(number) + "&uploadId=" + upload, "x").outcome(),
              "400 InvalidArgument");
  }
  EXPECT_EQ(part(upload, 10000, "x").outcome(), "200");
  EXPECT_EQ(s3.put("/photos/b?partNumber=1&uploadId=" + upload, "x").outcome(), "404 NoSuchUpload");
  EXPECT_EQ(part(upload, 1, "x", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}).outcome(), "400 BadDigest");
}

TEST_F(Multipart, aborted_leaves_nothing) {
  const std::string upload = begin();
  part(upload, 1, "x");
  EXPECT_EQ(s3.files().size(), 1U);
  EXPECT_EQ(s3.remove("/photos/a?uploadId=" + upload).outcome(), "204");
  EXPECT_EQ(s3.files().size(), 0U);
  EXPECT_EQ(s3.remove("/photos/a?uploadId=" + upload).outcome(), "404 NoSuchUpload");
  EXPECT_EQ(s3.get("/photos/a?uploadId=" + upload).outcome(), "404 NoSuchUpload");
}

TEST_F(Multipart, lists_its_parts_in_pages) {
  const std::string upload = begin();
  for (int number = 1; number <= 3; ++number)
    part(upload, number, std::string(static_cast<std::size_t>(number), 'x'));
  S3Answer page = s3.get("/photos/a?max-parts=2&uploadId=" + upload);
  EXPECT_EQ(page.text_of("IsTruncated"), "true");
  EXPECT_EQ(page.text_of("NextPartNumberMarker"), "2");
  EXPECT_EQ(page.text_of("MaxParts"), "2");
  page = s3.get("/photos/a?part-number-marker=2&uploadId=" + upload);
  EXPECT_EQ(page.text_of("IsTruncated"), "false");
  const core::XmlElement root = page.xml();
  ASSERT_NE(root.find("Part"), nullptr);
  EXPECT_EQ(root.find("Part")->text_of("PartNumber"), "3");
  EXPECT_EQ(root.find("Part")->text_of("Size"), "3");
}

TEST_F(Multipart, takes_a_checksum_over_those_of_its_parts) {
  const std::string upload = begin({{"x-amz-checksum-algorithm", "CRC32"}});
  const std::string crc = core::base64(digest(core::ChecksumAlgorithm::crc32, "hello"));
  EXPECT_EQ(part(upload, 1, "hello").outcome(), "400 InvalidRequest");
  EXPECT_EQ(part(upload, 1, "hello", {{"x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="}}).outcome(),
            "400 InvalidRequest");
  const S3Answer uploaded = part(upload, 1, "hello", {{"x-amz-checksum-crc32", crc}});
  EXPECT_EQ(uploaded.header("x-amz-checksum-crc32"), crc);
  const std::string etag = uploaded.header("ETag");
  EXPECT_EQ(complete(upload, {{1, etag}}).outcome(), "400 InvalidRequest");
  EXPECT_EQ(complete(upload, {{1, etag}}, {}, "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>").outcome(),
            "400 InvalidPart");
  const S3Answer done = complete(upload, {{1, etag}}, {}, "<ChecksumCRC32>" + crc + "</ChecksumCRC32>");
  ASSERT_EQ(done.outcome(), "200") << done.body;
  const std::string expected =
      core::base64(digest(core::ChecksumAlgorithm::crc32, digest(core::ChecksumAlgorithm::crc32, "hello"))) +
      "-1";
  EXPECT_EQ(done.text_of("ChecksumCRC32"), expected);
  EXPECT_EQ(done.text_of("ChecksumType"), "COMPOSITE");
  EXPECT_EQ(s3.head("/photos/a", {{"x-amz-checksum-mode", "ENABLED"}}).header("x-amz-checksum-crc32"),
            expected);
  EXPECT_NE(s3.get("/photos/a?attributes", {{"x-amz-object-attributes", "ObjectParts"}})
                .body.find("<PartNumber>1</PartNumber><Size>5</Size><ChecksumCRC32>" + crc),
            std::string::npos);
}

TEST_F(Multipart, joins_the_checksums_of_its_parts_where_that_is_possible) {
  for (const core::ChecksumAlgorithm algorithm :
       {core::ChecksumAlgorithm::crc32, core::ChecksumAlgorithm::crc32c,
        core::ChecksumAlgorithm::crc64nvme}) {
    const std::string upload = begin({{"x-amz-checksum-algorithm", std::string(s3::name_of(algorithm))},
                                      {"x-amz-checksum-type", "FULL_OBJECT"}});
    const std::string one = part(upload, 1, big).header("ETag");
    const std::string two = part(upload, 2, "tail").header("ETag");
    const std::string expected = core::base64(digest(algorithm, big + "tail"));
    const std::string header(s3::header_of(algorithm));
    EXPECT_EQ(complete(upload, {{1, one}, {2, two}}, {{header, core::base64(digest(algorithm, "other"))}})
                  .outcome(),
              "400 BadDigest");
    EXPECT_EQ(complete(upload, {{1, one}, {2, two}}, {{"x-amz-checksum-type", "COMPOSITE"}}).outcome(),
              "400 InvalidRequest");
    const S3Answer done = complete(upload, {{1, one}, {2, two}}, {{header, expected}});
    ASSERT_EQ(done.outcome(), "200") << done.body;
    EXPECT_EQ(done.text_of(s3::element_of(algorithm)), expected);
    EXPECT_EQ(done.text_of("ChecksumType"), "FULL_OBJECT");
  }
  for (const Headers& headers :
       {Headers{{"x-amz-checksum-algorithm", "SHA256"}, {"x-amz-checksum-type", "FULL_OBJECT"}},
        Headers{{"x-amz-checksum-algorithm", "CRC64NVME"}, {"x-amz-checksum-type", "COMPOSITE"}},
        Headers{{"x-amz-checksum-algorithm", "CRC8"}}, Headers{{"x-amz-checksum-type", "COMPOSITE"}}}) {
    EXPECT_EQ(s3.send({.method = "POST", .target = "/photos/a?uploads", .headers = headers}).outcome(),
              "400 InvalidRequest");
  }
}

}  // namespace
}  // namespace gannet::local
