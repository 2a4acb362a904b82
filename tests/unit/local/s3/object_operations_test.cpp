#include "core/checksums.hpp"
#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

constexpr std::string_view md5_of_hello = "\"5d41402abc4b2a76b9719d911017c592\"";

class Objects : public testing::Test {
 protected:
  Objects() { s3.put("/photos"); }
  S3UnderTest s3;
};

TEST_F(Objects, come_back_as_they_were_put) {
  const S3Answer put = s3.put("/photos/a", "hello",
                              {{"Content-Type", "text/plain"},
                               {"Cache-Control", "no-cache"},
                               {"Content-Disposition", "attachment"},
                               {"Content-Encoding", "aws-chunked, gzip"},
                               {"Content-Language", "de"},
                               {"Expires", "Sat, 31 Jan 2026 09:08:07 GMT"},
                               {"X-Amz-Meta-Colour", "blue"},
                               {"x-amz-meta-list", "1"},
                               {"x-amz-meta-list", "2"}});
  EXPECT_EQ(put.outcome(), "200");
  EXPECT_EQ(put.header("ETag"), md5_of_hello);
  for (const bool head : {false, true}) {
    const S3Answer answer = head ? s3.head("/photos/a") : s3.get("/photos/a");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, head ? "" : "hello");
    if (head) {
      EXPECT_EQ(answer.head_length, 5U);
    }
    EXPECT_EQ(answer.header("ETag"), md5_of_hello);
    EXPECT_EQ(answer.header("Last-Modified"), "Sat, 31 Jan 2026 09:08:07 GMT");
    EXPECT_EQ(answer.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(answer.header("Content-Type"), "text/plain");
    EXPECT_EQ(answer.header("Cache-Control"), "no-cache");
    EXPECT_EQ(answer.header("Content-Disposition"), "attachment");
    EXPECT_EQ(answer.header("Content-Encoding"), "gzip");
    EXPECT_EQ(answer.header("Content-Language"), "de");
    EXPECT_EQ(answer.header("Expires"), "Sat, 31 Jan 2026 09:08:07 GMT");
    EXPECT_EQ(answer.header("x-amz-meta-colour"), "blue");
    EXPECT_EQ(answer.header("x-amz-meta-list"), "1,2");
  }
  EXPECT_EQ(s3.put("/photos/b", "").header("ETag"), "\"d41d8cd98f00b204e9800998ecf8427e\"");
  EXPECT_EQ(s3.get("/photos/b").header("Content-Type"), "binary/octet-stream");
}

TEST_F(Objects, of_every_size_come_back_whole) {
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 262'144U, 262'145U, 1'000'000U}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    EXPECT_EQ(s3.send({.method = "PUT", .target = "/photos/a", .body = bytes, .piece = 10'000}).outcome(),
              "200");
    EXPECT_EQ(s3.get("/photos/a").body, bytes) << size;
  }
  EXPECT_EQ(s3.files().size(), 1U);
}

TEST_F(Objects, have_keys_that_are_kept_exactly) {
  const std::vector<std::string> keys{"..",
                                      "../..",
                                      "a//b",
                                      "/a",
                                      "a/",
                                      "./a",
                                      "a b",
                                      "a+b",
                                      "a%2Fb",
                                      "a\x01",
                                      "\xE2\x9C\x93",
                                      "a?b#c&d=e",
                                      "\"<>&'",
                                      std::string(1024, 'k'),
                                      "~",
                                      "tmp/x",
                                      "a\nb",
                                      " "};
  for (const std::string& key : keys) {
    EXPECT_EQ(s3.put("/photos/" + core::uri_encode(key, true), "of " + key).outcome(), "200") << key;
  }
  for (const std::string& key : keys) {
    EXPECT_EQ(s3.get("/photos/" + core::uri_encode(key)).body, "of " + key) << key;
  }
  std::vector<std::string> listed;
  for (const core::XmlElement& element : s3.get("/photos?list-type=2&encoding-type=url").xml().children) {
    if (element.name == "Contents") listed.push_back(core::uri_decode(element.text_of("Key")).value_or("?"));
  }
  std::vector<std::string> sorted = keys;
  std::ranges::sort(sorted);
  EXPECT_EQ(listed, sorted);
  EXPECT_EQ(s3.files().size(), keys.size());
  for (const std::string& key : keys)
    EXPECT_EQ(s3.remove("/photos/" + core::uri_encode(key)).outcome(), "204");
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST_F(Objects, are_replaced_and_removed_with_their_files) {
  s3.put("/photos/a", "one");
  s3.put("/photos/a", "two");
  EXPECT_EQ(s3.get("/photos/a").body, "two");
  EXPECT_EQ(s3.files().size(), 1U);
  EXPECT_EQ(s3.remove("/photos/a").outcome(), "204");
  EXPECT_EQ(s3.remove("/photos/a").outcome(), "204");
  EXPECT_EQ(s3.files().size(), 0U);
  EXPECT_EQ(s3.get("/photos/a").outcome(), "404 NoSuchKey");
  EXPECT_EQ(s3.head("/photos/a").outcome(), "404");
  EXPECT_EQ(s3.get("/photos/a").text_of("Key"), "a");
}

TEST_F(Objects, are_read_by_ranges) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>('a' + i % 26);
  s3.put("/photos/a", bytes);
  S3Answer answer = s3.get("/photos/a", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, "cde");
  EXPECT_EQ(answer.header("Content-Range"), "bytes 2-4/200000");
  answer = s3.get("/photos/a", {{"Range", "bytes=-100000"}});
  EXPECT_EQ(answer.body, bytes.substr(100'000));
  answer = s3.get("/photos/a", {{"Range", "bytes=0-1,5-6"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes);
  answer = s3.head("/photos/a", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.head_length, 3U);
  answer = s3.get("/photos/a", {{"Range", "bytes=200000-"}});
  EXPECT_EQ(answer.outcome(), "416 InvalidRange");
  EXPECT_EQ(answer.header("Content-Range"), "bytes */200000");
  EXPECT_EQ(answer.text_of("ActualObjectSize"), "200000");
  answer = s3.get("/photos/a", {{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}});
  EXPECT_EQ(answer.status, 200);
  answer = s3.get("/photos/a?partNumber=1");
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, bytes);
  EXPECT_EQ(s3.get("/photos/a?partNumber=2").outcome(), "416 InvalidPartNumber");
  EXPECT_EQ(s3.get("/photos/a?partNumber=0").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.get("/photos/a?partNumber=1", {{"Range", "bytes=0-1"}}).outcome(), "400 InvalidRequest");
}

TEST_F(Objects, are_read_on_conditions) {
  s3.put("/photos/a", "hello");
  const std::string etag(md5_of_hello);
  const std::string same = "Sat, 31 Jan 2026 09:08:07 GMT";
  const std::string before = "Sat, 31 Jan 2026 09:08:06 GMT";
  struct Case {
    Headers headers;
    std::string outcome;
  };
  const std::vector<Case> cases{
      {{{"If-Match", etag}}, "200"},
      {{{"If-Match", "\"x\""}}, "412 PreconditionFailed"},
      {{{"If-None-Match", etag}}, "304"},
      {{{"If-None-Match", "\"x\""}}, "200"},
      {{{"If-Modified-Since", same}}, "304"},
      {{{"If-Modified-Since", before}}, "200"},
      {{{"If-Unmodified-Since", same}}, "200"},
      {{{"If-Unmodified-Since", before}}, "412 PreconditionFailed"},
      {{{"If-Match", etag}, {"If-Unmodified-Since", before}}, "200"},
      {{{"If-None-Match", "\"x\""}, {"If-Modified-Since", same}}, "200"},
      {{{"If-Modified-Since", "yesterday"}}, "200"},
  };
  for (const Case& each : cases) {
    const S3Answer answer = s3.get("/photos/a", each.headers);
    EXPECT_EQ(answer.outcome(), each.outcome)
        << each.headers.begin()->name << ": " << each.headers.begin()->value;
    if (answer.status == 304) {
      EXPECT_EQ(answer.body, "");
      EXPECT_EQ(answer.header("ETag"), etag);
    }
  }
}

TEST_F(Objects, are_written_on_conditions) {
  EXPECT_EQ(s3.put("/photos/a", "1", {{"If-Match", "\"x\""}}).outcome(), "404 NoSuchKey");
  EXPECT_EQ(s3.put("/photos/a", "1", {{"If-None-Match", "*"}}).outcome(), "200");
  EXPECT_EQ(s3.put("/photos/a", "2", {{"If-None-Match", "*"}}).outcome(), "412 PreconditionFailed");
  EXPECT_EQ(s3.put("/photos/a", "2", {{"If-Match", "\"x\""}}).outcome(), "412 PreconditionFailed");
  const std::string etag = s3.head("/photos/a").header("ETag");
  EXPECT_EQ(s3.put("/photos/a", "2", {{"If-Match", etag}}).outcome(), "200");
  EXPECT_EQ(s3.put("/photos/a", "3", {{"If-Match", etag}}).outcome(), "412 PreconditionFailed");
  EXPECT_EQ(s3.get("/photos/a").body, "2");
  EXPECT_EQ(s3.remove("/photos/a", {{"If-Match", etag}}).outcome(), "412 PreconditionFailed");
  EXPECT_EQ(s3.files().size(), 1U);
}

TEST_F(Objects, answers_are_dressed_as_the_query_says) {
  s3.put("/photos/a", "hello", {{"Content-Type", "text/plain"}});
  const S3Answer answer = s3.get(
      "/photos/a?response-content-type=image%2Fpng&response-content-disposition=attachment%3B%20filename%3Da"
      "&response-cache-control=no-store&response-content-language=fr&response-expires=0&response-content-"
      "encoding=br");
  EXPECT_EQ(answer.header("Content-Type"), "image/png");
  EXPECT_EQ(answer.header("Content-Disposition"), "attachment; filename=a");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(answer.header("Content-Language"), "fr");
  EXPECT_EQ(answer.header("Expires"), "0");
  EXPECT_EQ(answer.header("Content-Encoding"), "br");
}

TEST_F(Objects, take_no_headers_from_a_query_that_would_break_an_answer) {
  s3.put("/photos/a", "hello");
  EXPECT_EQ(s3.get("/photos/a?response-content-type=a%0D%0AX-Evil:%201").outcome(), "400 InvalidArgument");
  s3.claim.presigned = true;
  EXPECT_EQ(s3.put("/photos/b?x-amz-meta-a%0Ab=1", "x").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.put("/photos/b?x-amz-meta-a%3Ab=1", "x").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.put("/photos/b?x-amz-meta-a=%01", "x").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.put("/photos/b?x-amz-meta-a=1%092", "x").outcome(), "200");
  EXPECT_EQ(s3.get("/photos/b").header("x-amz-meta-a"), "1\t2");
}

TEST_F(Objects, are_refused_when_their_head_is_wrong) {
  struct Case {
    Headers headers;
    std::string outcome;
  };
  const std::vector<Case> cases{
      {{{"x-amz-meta-a", std::string(2048, 'x')}}, "400 MetadataTooLarge"},
      {{{"x-amz-storage-class", "CHEAP"}}, "400 InvalidStorageClass"},
      {{{"x-amz-acl", "public-read"}}, "400 AccessControlListNotSupported"},
      {{{"x-amz-grant-read", "id=1"}}, "400 AccessControlListNotSupported"},
      {{{"x-amz-server-side-encryption", "ROT13"}}, "400 InvalidArgument"},
      {{{"x-amz-server-side-encryption-customer-algorithm", "AES256"}}, "501 NotImplemented"},
      {{{"x-amz-object-lock-mode", "GOVERNANCE"}}, "400 InvalidRequest"},
      {{{"x-amz-tagging", "a=1&a=2"}}, "400 InvalidTag"},
      {{{"x-amz-tagging", "%zz"}}, "400 InvalidArgument"},
      {{{"x-amz-meta-a", "one\ntwo"}}, "400 InvalidArgument"},
      {{{"Content-Length", "many"}}, "400 InvalidArgument"},
      {{{"Content-Length", "5368709121"}}, "400 EntityTooLarge"},
      {{{"If-None-Match", "\"x\""}}, "501 NotImplemented"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(s3.put("/photos/a", "x", each.headers).outcome(), each.outcome) << each.headers.begin()->name;
  }
  EXPECT_EQ(s3.send({.method = "PUT", .target = "/photos/a", .content_length = false}).outcome(),
            "411 MissingContentLength");
  EXPECT_EQ(s3.send({.method = "PUT",
                     .target = "/photos/a",
                     .headers = {{"Transfer-Encoding", "chunked"}},
                     .content_length = false})
                .outcome(),
            "501 NotImplemented");
  EXPECT_EQ(s3.get("/photos/a").outcome(), "404 NoSuchKey");
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST_F(Objects, keep_what_is_said_about_storage_and_encryption) {
  const S3Answer put = s3.put(
      "/photos/a", "x", {{"x-amz-storage-class", "STANDARD_IA"}, {"x-amz-server-side-encryption", "AES256"}});
  EXPECT_EQ(put.header("x-amz-server-side-encryption"), "AES256");
  const S3Answer head = s3.head("/photos/a");
  EXPECT_EQ(head.header("x-amz-storage-class"), "STANDARD_IA");
  EXPECT_EQ(head.header("x-amz-server-side-encryption"), "AES256");
  EXPECT_NE(s3.get("/photos").body.find("<StorageClass>STANDARD_IA</StorageClass>"), std::string::npos);
}

TEST_F(Objects, are_removed_many_at_once) {
  for (const char* key : {"a", "b", "c", "d%2Fe"}) s3.put("/photos/" + std::string(key), key);
  const std::string document =
      "<Delete "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object><Object><Key>never</"
      "Key>"
      "</Object><Object><Key>b</Key><VersionId>v1</VersionId></Object></Delete>";
  const auto md5 = [](std::string_view text) {
    core::Checksum checksum(core::ChecksumAlgorithm::md5);
    checksum.update(text);
    return core::base64(checksum.finish());
  };
  EXPECT_EQ(s3.post("/photos?delete", document).outcome(), "400 InvalidRequest");
  EXPECT_EQ(s3.post("/photos?delete", document, {{"Content-MD5", md5("other")}}).outcome(), "400 BadDigest");
  const S3Answer answer = s3.post("/photos?delete", document, {{"Content-MD5", md5(document)}});
  EXPECT_EQ(answer.outcome(), "200");
  std::vector<std::string> told;
  for (const core::XmlElement& element : answer.xml().children) {
    told.push_back(element.name + " " + std::string(element.text_of("Key")) +
                   std::string(element.text_of("Code")));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"Deleted a", "Deleted never", "Error bNoSuchVersion"}));
  const std::string quiet =
      "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object><Object><Key>d/e</Key></Object></Delete>";
  EXPECT_TRUE(s3.post("/photos?delete", quiet, {{"Content-MD5", md5(quiet)}}).xml().children.empty());
  EXPECT_EQ(s3.files().size(), 1U);
  std::string many = "<Delete>";
  for (int i = 0; i < 1001; ++i) many += "<Object><Key>k</Key></Object>";
  many += "</Delete>";
  for (const std::string& bad : {std::string("<Delete/>"), std::string("<Delete>"), std::string("<Other/>"),
                                 std::string(), std::string("<Delete><Object/></Delete>"), many}) {
    EXPECT_EQ(s3.post("/photos?delete", bad, {{"Content-MD5", md5(bad)}}).outcome(), "400 MalformedXML");
  }
}

TEST_F(Objects, carry_tags) {
  EXPECT_EQ(s3.put("/photos/a", "x", {{"x-amz-tagging", "colour=dark%20blue&size="}}).outcome(), "200");
  EXPECT_EQ(s3.head("/photos/a").header("x-amz-tagging-count"), "2");
  EXPECT_NE(s3.get("/photos/a?tagging").body.find("<Key>colour</Key><Value>dark blue</Value>"),
            std::string::npos);
  EXPECT_EQ(s3.put("/photos/a?tagging",
                   "<Tagging><TagSet><Tag><Key>k</Key><Value>v@1/2</Value></Tag></TagSet></Tagging>")
                .outcome(),
            "200");
  const core::XmlElement tagging = s3.get("/photos/a?tagging").xml();
  ASSERT_NE(tagging.find("TagSet"), nullptr);
  ASSERT_EQ(tagging.find("TagSet")->children.size(), 1U);
  EXPECT_EQ(tagging.find("TagSet")->children[0].text_of("Value"), "v@1/2");
  std::string eleven = "<Tagging><TagSet>";
  for (int i = 0; i < 11; ++i) eleven += "<Tag><Key>k" + std::to_string(i) + "</Key><Value/></Tag>";
  EXPECT_EQ(s3.put("/photos/a?tagging", eleven + "</TagSet></Tagging>").outcome(), "400 BadRequest");
  EXPECT_EQ(s3.put("/photos/a?tagging", "<Tagging/>").outcome(), "400 MalformedXML");
  EXPECT_EQ(s3.put("/photos/a", "x", {{"x-amz-tagging", "a=%3C"}}).outcome(), "400 InvalidTag");
  EXPECT_EQ(s3.remove("/photos/a?tagging").outcome(), "204");
  EXPECT_EQ(s3.head("/photos/a").header("x-amz-tagging-count"), "");
  EXPECT_EQ(s3.get("/photos/b?tagging").outcome(), "404 NoSuchKey");
}

TEST_F(Objects, tell_their_attributes) {
  s3.put("/photos/a", "hello", {{"x-amz-checksum-crc32", "NhCmhg=="}});
  const S3Answer answer = s3.get("/photos/a?attributes", {{"x-amz-object-attributes", "ETag,Checksum"},
                                                          {"x-amz-object-attributes", "ObjectSize"}});
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(answer.text_of("ETag"), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(answer.text_of("ObjectSize"), "5");
  ASSERT_NE(answer.xml().find("Checksum"), nullptr);
  EXPECT_EQ(answer.xml().find("Checksum")->text_of("ChecksumCRC32"), "NhCmhg==");
  EXPECT_EQ(answer.text_of("StorageClass"), "");
  EXPECT_EQ(s3.get("/photos/a?attributes").outcome(), "400 InvalidRequest");
  EXPECT_EQ(s3.get("/photos/a?attributes", {{"x-amz-object-attributes", "Colour"}}).outcome(),
            "400 InvalidArgument");
}

TEST_F(Objects, have_one_version) {
  s3.put("/photos/a", "x");
  EXPECT_EQ(s3.get("/photos/a?versionId=null").body, "x");
  EXPECT_EQ(s3.get("/photos/a?versionId=abc").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.remove("/photos/a?versionId=abc").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.get("/photos/a?acl").outcome(), "200");
  EXPECT_EQ(s3.put("/photos/a?acl", "", {{"x-amz-acl", "private"}}).outcome(), "200");
  EXPECT_EQ(s3.put("/photos/a?retention").outcome(), "501 NotImplemented");
  EXPECT_EQ(s3.post("/photos/a?select&select-type=2").outcome(), "501 NotImplemented");
  EXPECT_EQ(s3.post("/photos/a").outcome(), "405 MethodNotAllowed");
}

}  // namespace
}  // namespace gannet::local
