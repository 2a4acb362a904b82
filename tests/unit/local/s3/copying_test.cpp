#include "core/checksums.hpp"
#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

class Copying : public testing::Test {
 protected:
  Copying() {
    s3.put("/photos");
    s3.put("/albums");
    s3.put("/photos/a%20b%2B", "hello",
           {{"Content-Type", "text/plain"},
            {"x-amz-meta-a", "1"},
            {"x-amz-tagging", "t=1"},
            {"x-amz-checksum-crc32", "NhCmhg=="}});
  }
  S3Answer copy(const std::string& target, Headers headers) {
    if (!headers.contains("x-amz-copy-source")) headers.add("x-amz-copy-source", "/photos/a%20b%2B");
    return s3.put(target, "", std::move(headers));
  }
  S3UnderTest s3;
};

TEST_F(Copying, keeps_what_the_source_is) {
  const S3Answer answer = copy("/albums/c", {});
  ASSERT_EQ(answer.outcome(), "200") << answer.body;
  EXPECT_EQ(answer.xml().name, "CopyObjectResult");
  EXPECT_EQ(answer.text_of("ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(answer.text_of("LastModified"), "2026-01-31T09:08:07.000Z");
  EXPECT_EQ(answer.text_of("ChecksumCRC32"), "NhCmhg==");
  s3.remove("/photos/a%20b%2B");
  const S3Answer copied = s3.get("/albums/c");
  EXPECT_EQ(copied.body, "hello");
  EXPECT_EQ(copied.header("Content-Type"), "text/plain");
  EXPECT_EQ(copied.header("x-amz-meta-a"), "1");
  EXPECT_EQ(copied.header("x-amz-tagging-count"), "1");
  EXPECT_EQ(s3.files().size(), 1U);
}

TEST_F(Copying, replaces_what_it_is_told_to) {
  EXPECT_EQ(copy("/albums/c", {{"x-amz-metadata-directive", "REPLACE"},
                               {"Content-Type", "image/png"},
                               {"x-amz-meta-b", "2"},
                               {"x-amz-tagging-directive", "REPLACE"},
                               {"x-amz-storage-class", "STANDARD_IA"}})
                .outcome(),
            "200");
  const S3Answer copied = s3.get("/albums/c");
  EXPECT_EQ(copied.header("Content-Type"), "image/png");
  EXPECT_EQ(copied.header("x-amz-meta-a"), "");
  EXPECT_EQ(copied.header("x-amz-meta-b"), "2");
  EXPECT_EQ(copied.header("x-amz-tagging-count"), "");
  EXPECT_EQ(copied.header("x-amz-storage-class"), "STANDARD_IA");
  EXPECT_EQ(copy("/photos/a%20b%2B", {}).outcome(), "400 InvalidRequest");
  EXPECT_EQ(copy("/photos/a%20b%2B", {{"x-amz-metadata-directive", "REPLACE"}}).outcome(), "200");
  EXPECT_EQ(s3.get("/photos/a%20b%2B").body, "hello");
  EXPECT_EQ(s3.files().size(), 2U);
}

TEST_F(Copying, takes_another_checksum_when_asked) {
  const S3Answer answer = copy("/albums/c", {{"x-amz-checksum-algorithm", "SHA256"}});
  EXPECT_EQ(answer.text_of("ChecksumSHA256"), "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
  EXPECT_EQ(s3.get("/albums/c").body, "hello");
}

TEST_F(Copying, refuses_what_s3_refuses) {
  struct Case {
    Headers headers;
    std::string outcome;
  };
  const std::vector<Case> cases{
      {{{"x-amz-copy-source", "/nowhere/a"}}, "404 NoSuchBucket"},
      {{{"x-amz-copy-source", "/photos/never"}}, "404 NoSuchKey"},
      {{{"x-amz-copy-source", "/photos"}}, "400 InvalidArgument"},
      {{{"x-amz-copy-source", "/photos/"}}, "400 InvalidArgument"},
      {{{"x-amz-copy-source", "photos/%zz"}}, "400 InvalidArgument"},
      {{{"x-amz-copy-source", "photos/a%20b%2B?versionId=1"}}, "400 InvalidArgument"},
      {{{"x-amz-copy-source", "photos/a%20b%2B?versionId=null"}}, "200"},
      {{{"x-amz-metadata-directive", "MAYBE"}}, "400 InvalidArgument"},
      {{{"x-amz-checksum-algorithm", "CRC8"}}, "400 InvalidRequest"},
      {{{"x-amz-copy-source-if-match", "\"x\""}}, "412 PreconditionFailed"},
      {{{"x-amz-copy-source-if-none-match", "\"5d41402abc4b2a76b9719d911017c592\""}},
       "412 PreconditionFailed"},
      {{{"x-amz-copy-source-if-modified-since", "Sat, 31 Jan 2026 09:08:07 GMT"}}, "412 PreconditionFailed"},
      {{{"x-amz-copy-source-if-unmodified-since", "Sat, 31 Jan 2026 09:08:06 GMT"}},
       "412 PreconditionFailed"},
      {{{"x-amz-source-expected-bucket-owner", "111111111111"}}, "403 AccessDenied"},
      {{{"If-None-Match", "*"}}, "412 PreconditionFailed"},
  };
  s3.put("/albums/c", "there");
  for (const Case& each : cases) {
    EXPECT_EQ(copy("/albums/c", each.headers).outcome(), each.outcome) << each.headers.begin()->name;
    EXPECT_EQ(s3.files().size(), 2U);
  }
}

TEST_F(Copying, of_parts_takes_ranges) {
  std::string bytes(6 << 20, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 17 + i / 4096);
  s3.put("/photos/big", bytes);
  const std::string upload = s3.post("/albums/c?uploads").text_of("UploadId");
  const auto part = [&](int number, Headers headers) {
    headers.add("x-amz-copy-source", "photos/big");
    return s3.put("/albums/c?partNumber=" + std::to_string(number) + "&uploadId=" + upload, "",
                  std::move(headers));
  };
  const S3Answer whole = part(1, {});
  EXPECT_EQ(whole.xml().name, "CopyPartResult");
  const S3Answer range = part(2, {{"x-amz-copy-source-range", "bytes=100-299"}});
  EXPECT_EQ(part(3, {{"x-amz-copy-source-range", "bytes=0-" + std::to_string(bytes.size())}}).outcome(),
            "400 InvalidArgument");
  EXPECT_EQ(part(3, {{"x-amz-copy-source-range", "bytes=5-"}}).outcome(), "400 InvalidArgument");
  EXPECT_EQ(part(3, {{"x-amz-copy-source-range", "5-6"}}).outcome(), "400 InvalidArgument");
  const S3Answer done =
      s3.post("/albums/c?uploadId=" + upload,
              "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + whole.text_of("ETag") +
                  "</ETag></Part><Part><PartNumber>2</PartNumber><ETag>" + range.text_of("ETag") +
                  "</ETag></Part></CompleteMultipartUpload>");
  ASSERT_EQ(done.outcome(), "200") << done.body;
  EXPECT_EQ(s3.get("/albums/c").body, bytes + bytes.substr(100, 200));

  const S3Answer copied = copy("/albums/d", {{"x-amz-copy-source", "albums/c"}});
  ASSERT_EQ(copied.outcome(), "200");
  EXPECT_EQ(copied.text_of("ETag").find('-'), std::string::npos);
  EXPECT_EQ(s3.get("/albums/d").body, bytes + bytes.substr(100, 200));
}

}  // namespace
}  // namespace gannet::local
