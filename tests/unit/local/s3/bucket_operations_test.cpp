#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

std::vector<std::string> bucket_names(const S3Answer& answer) {
  std::vector<std::string> names;
  const core::XmlElement root = answer.xml();
  if (const core::XmlElement* buckets = root.find("Buckets")) {
    for (const core::XmlElement& bucket : buckets->children) names.emplace_back(bucket.text_of("Name"));
  }
  return names;
}

TEST(Buckets, are_made_found_listed_and_removed) {
  S3UnderTest s3;
  const S3Answer made = s3.put("/photos");
  EXPECT_EQ(made.outcome(), "200");
  EXPECT_EQ(made.header("Location"), "/photos");
  EXPECT_EQ(s3.put("/photos").outcome(), "409 BucketAlreadyOwnedByYou");
  EXPECT_EQ(s3.head("/photos").outcome(), "200");
  EXPECT_EQ(s3.head("/photos").header("x-amz-bucket-region"), "us-east-1");
  EXPECT_EQ(s3.put("/albums").outcome(), "200");
  EXPECT_EQ(bucket_names(s3.get("/")), (std::vector<std::string>{"albums", "photos"}));
  EXPECT_EQ(s3.remove("/photos").outcome(), "204");
  EXPECT_EQ(s3.head("/photos").outcome(), "404");
  EXPECT_EQ(s3.get("/photos").outcome(), "404 NoSuchBucket");
  EXPECT_EQ(s3.remove("/photos").outcome(), "404 NoSuchBucket");
}

TEST(Buckets, with_objects_are_not_removed_uploads_under_way_go_with_them) {
  S3UnderTest s3;
  s3.put("/photos");
  s3.put("/photos/a", "x");
  EXPECT_EQ(s3.remove("/photos").outcome(), "409 BucketNotEmpty");
  s3.remove("/photos/a");
  const std::string upload = s3.post("/photos/b?uploads").text_of("UploadId");
  s3.put("/photos/b?partNumber=1&uploadId=" + upload, "part");
  EXPECT_EQ(s3.files().size(), 1U);
  EXPECT_EQ(s3.remove("/photos").outcome(), "204");
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST(Buckets, refuse_names_that_s3_refuses) {
  S3UnderTest s3;
  EXPECT_EQ(s3.put("/No").outcome(), "400 InvalidBucketName");
  EXPECT_EQ(s3.put("/192.168.0.1").outcome(), "400 InvalidBucketName");
  EXPECT_EQ(s3.get("/Not_A_Bucket").outcome(), "400 InvalidBucketName");
}

TEST(Buckets, are_where_the_document_or_the_signature_says) {
  S3UnderTest s3;
  const auto document = [](const std::string& region) {
    return "<CreateBucketConfiguration "
           "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>" +
           region + "</LocationConstraint></CreateBucketConfiguration>";
  };
  EXPECT_EQ(s3.put("/here").outcome(), "200");
  EXPECT_EQ(s3.get("/here?location").xml().text, "");
  EXPECT_EQ(s3.put("/away", document("eu-west-1")).outcome(), "200");
  EXPECT_EQ(s3.get("/away?location").xml().text, "eu-west-1");
  EXPECT_EQ(s3.put("/wrong", document("us-east-1")).outcome(), "400 InvalidLocationConstraint");
  EXPECT_EQ(s3.put("/wrong", "<CreateBucketConfiguration>").outcome(), "400 MalformedXML");
  s3.claim.region = "eu-central-1";
  EXPECT_EQ(s3.put("/wrong").outcome(), "400 IllegalLocationConstraintException");
  EXPECT_EQ(s3.put("/wrong", document("eu-west-1")).outcome(), "400 IllegalLocationConstraintException");
  EXPECT_EQ(s3.put("/right", document("eu-central-1")).outcome(), "200");
}

TEST(Buckets, are_listed_in_pages) {
  S3UnderTest s3;
  for (const char* name : {"a-1", "a-2", "a-3", "b-1"}) s3.put("/" + std::string(name));
  S3Answer page = s3.get("/?max-buckets=2&prefix=a-");
  EXPECT_EQ(bucket_names(page), (std::vector<std::string>{"a-1", "a-2"}));
  page = s3.get("/?max-buckets=2&prefix=a-&continuation-token=" +
                core::uri_encode(page.text_of("ContinuationToken")));
  EXPECT_EQ(bucket_names(page), std::vector<std::string>{"a-3"});
  EXPECT_EQ(page.text_of("ContinuationToken"), "");
  EXPECT_EQ(s3.get("/?max-buckets=0").outcome(), "400 InvalidArgument");
  EXPECT_EQ(s3.get("/?continuation-token=%21").outcome(), "400 InvalidArgument");
}

TEST(Buckets, are_found_by_host_name_too) {
  S3UnderTest s3;
  EXPECT_EQ(s3.send({.method = "PUT", .target = "/", .host = "photos.localhost:4566"}).outcome(), "200");
  EXPECT_EQ(
      s3.send({.method = "PUT", .target = "/a/b", .body = "x", .host = "photos.s3.localhost"}).outcome(),
      "200");
  EXPECT_EQ(s3.get("/photos/a/b").body, "x");
  EXPECT_EQ(s3.send({.target = "/a/b", .host = "photos.s3.eu-west-1.amazonaws.com"}).body, "x");
}

TEST(Buckets, belong_to_one_account) {
  S3UnderTest s3;
  s3.put("/photos");
  EXPECT_EQ(s3.get("/photos", {{"x-amz-expected-bucket-owner", "000000000000"}}).outcome(), "200");
  EXPECT_EQ(s3.get("/photos", {{"x-amz-expected-bucket-owner", "111111111111"}}).outcome(),
            "403 AccessDenied");
}

TEST(Buckets, settings_are_answered_honestly) {
  S3UnderTest s3;
  s3.put("/photos");
  struct Case {
    std::string request;
    std::string outcome;
  };
  const std::vector<Case> cases{
      {"GET /photos?versioning", "200"},
      {"GET /photos?acl", "200"},
      {"GET /photos?logging", "200"},
      {"GET /photos?notification", "200"},
      {"GET /photos?requestPayment", "200"},
      {"GET /photos?ownershipControls", "200"},
      {"GET /photos?policy", "404 NoSuchBucketPolicy"},
      {"GET /photos?lifecycle", "404 NoSuchLifecycleConfiguration"},
      {"GET /photos?website", "404 NoSuchWebsiteConfiguration"},
      {"GET /photos?encryption", "404 ServerSideEncryptionConfigurationNotFoundError"},
      {"GET /photos?publicAccessBlock", "404 NoSuchPublicAccessBlockConfiguration"},
      {"GET /photos?object-lock", "404 ObjectLockConfigurationNotFoundError"},
      {"GET /photos?tagging", "404 NoSuchTagSet"},
      {"GET /photos?inventory&id=1", "501 NotImplemented"},
      {"PUT /photos?versioning", "501 NotImplemented"},
      {"PUT /photos?policy", "501 NotImplemented"},
      {"PUT /photos?acl", "400 AccessControlListNotSupported"},
      {"DELETE /photos?policy", "204"},
      {"DELETE /photos?versioning", "501 NotImplemented"},
      {"PATCH /photos", "405 MethodNotAllowed"},
      {"POST /photos", "405 MethodNotAllowed"},
      {"POST /", "405 MethodNotAllowed"},
  };
  for (const Case& each : cases) {
    const std::size_t space = each.request.find(' ');
    const S3Answer answer =
        s3.send({.method = each.request.substr(0, space), .target = each.request.substr(space + 1)});
    EXPECT_EQ(answer.outcome(), each.outcome) << each.request << "\n" << answer.body;
    if (answer.status >= 400) {
      EXPECT_NE(answer.text_of("Message"), "") << each.request;
    }
  }
  EXPECT_EQ(
      s3.put("/photos?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>")
          .outcome(),
      "204");
  EXPECT_NE(s3.get("/photos?tagging").body.find("<Key>a</Key><Value>1</Value>"), std::string::npos);
  EXPECT_EQ(s3.remove("/photos?tagging").outcome(), "204");
}

TEST(S3, refuses_unsigned_requests) {
  S3UnderTest s3;
  s3.put("/photos");
  s3.put("/photos/a", "x");
  for (const char* method : {"GET", "PUT", "DELETE", "POST"}) {
    EXPECT_EQ(s3.send({.method = method, .target = "/photos/a", .is_signed = false}).outcome(),
              "403 AccessDenied");
  }
  EXPECT_EQ(s3.send({.method = "HEAD", .target = "/photos/a", .is_signed = false}).outcome(), "403");
  EXPECT_EQ(s3.send({.method = "POST",
                     .target = "/photos",
                     .headers = {{"Content-Type", "multipart/form-data; boundary=x"}},
                     .is_signed = false})
                .outcome(),
            "501 NotImplemented");
}

TEST(S3, says_in_the_error_document_what_was_wrong_and_where) {
  S3UnderTest s3;
  const S3Answer answer = s3.get("/nowhere/key%20one");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("Content-Type"), "application/xml");
  EXPECT_EQ(answer.text_of("Code"), "NoSuchBucket");
  EXPECT_EQ(answer.text_of("BucketName"), "nowhere");
  EXPECT_EQ(answer.text_of("Resource"), "/nowhere/key%20one");
  EXPECT_EQ(answer.text_of("RequestId"), "REQUEST1");
  EXPECT_EQ(s3.get("/photos?a=%zz").outcome(), "400 InvalidURI");
}

}  // namespace
}  // namespace gannet::local
