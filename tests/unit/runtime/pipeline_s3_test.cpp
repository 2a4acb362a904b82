#include "core/checksums.hpp"
#include "core/sigv4.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

constexpr Operation put_object{.service = &s3_service,
                               .name = "PutObject",
                               .repeatable = Repeatable::yes,
                               .parse_error = parse_plain_error,
                               .takes_checksum = true};
constexpr Operation delete_objects{.service = &s3_service,
                                   .name = "DeleteObjects",
                                   .repeatable = Repeatable::yes,
                                   .checksum_required = true,
                                   .parse_error = parse_plain_error,
                                   .takes_checksum = true};
constexpr Operation complete_upload{.service = &s3_service,
                                    .name = "CompleteMultipartUpload",
                                    .repeatable = Repeatable::yes,
                                    .parse_error = parse_plain_error};

class PipelineS3 : public PipelineTest {
 protected:
  Call object(const Operation& operation, Body body) {
    Call call = call_of(operation, std::move(body));
    call.request.method = "PUT";
    call.request.path = "/a%20b/c.jpg";
    call.request.headers = {};
    call.bucket = "fetch-receipts";
    return call;
  }
  fakes::SentRequest sent_for(Call call) {
    transport->answer(200);
    const auto result = run(std::move(call));
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return transport->sent().back();
  }
};

TEST_F(PipelineS3, names_the_bucket_in_host_or_path) {
  auto sent = sent_for(object(put_object, "x"));
  EXPECT_EQ(sent.request.origin.host, "fetch-receipts.s3.us-east-1.amazonaws.com");
  EXPECT_EQ(sent.request.path, "/a%20b/c.jpg");
  config.endpoint_url = "http://localhost:4566";
  sent = sent_for(object(put_object, "x"));
  EXPECT_EQ(sent.request.origin.host, "localhost");
  EXPECT_EQ(sent.request.path, "/fetch-receipts/a%20b/c.jpg");
  Call bucket = object(put_object, {});
  bucket.request.path = "/";
  EXPECT_EQ(sent_for(std::move(bucket)).request.path, "/fetch-receipts");
  Call no_bucket = object(put_object, {});
  no_bucket.bucket.clear();
  no_bucket.request.path = "/";
  EXPECT_EQ(sent_for(std::move(no_bucket)).request.path, "/");
}

TEST_F(PipelineS3, hashes_the_body_only_where_the_connection_does_not_keep_it_whole) {
  const auto hash = [&](Body body) {
    return std::string(
        sent_for(object(put_object, std::move(body))).request.headers.get("x-amz-content-sha256"));
  };
  const auto stream = [] {
    return Body::reopenable([]() -> Result<std::unique_ptr<ByteSource>> { return Body("xyz").open(); }, 3);
  };
  EXPECT_EQ(hash("xyz"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(hash(stream()), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(hash({}), core::empty_sha256_hex);
  config.endpoint_url = "http://localhost:4566";
  EXPECT_EQ(hash("xyz"), core::sha256_hex("xyz"));
  EXPECT_EQ(hash(stream()), "UNSIGNED-PAYLOAD");
}

TEST_F(PipelineS3, sends_a_crc32_where_the_operation_takes_one) {
  const auto crc = [&](const Operation& operation, Body body) {
    return std::string(
        sent_for(object(operation, std::move(body))).request.headers.get("x-amz-checksum-crc32"));
  };
  EXPECT_EQ(crc(put_object, "123456789"), "y/Q5Jg==");  // The check value of CRC-32: cbf43926.
  EXPECT_EQ(crc(delete_objects, "123456789"), "y/Q5Jg==");
  EXPECT_EQ(crc(complete_upload, "123456789"), "");  // There it would speak of the whole object.
  config.endpoint_url = "http://localhost:4566";
  EXPECT_EQ(crc(put_object, "123456789"), "");  // The payload's SHA-256 is signed.
  EXPECT_EQ(crc(delete_objects, "123456789"), "y/Q5Jg==");
}

TEST_F(PipelineS3, sends_an_md5_too_where_a_checksum_is_required) {
  const auto md5 = [&](const Operation& operation, const char* algorithm) {
    Call call = object(operation, "123456789");
    if (algorithm != nullptr) call.request.headers.add("x-amz-sdk-checksum-algorithm", algorithm);
    return std::string(sent_for(std::move(call)).request.headers.get("content-md5"));
  };
  EXPECT_EQ(md5(delete_objects, nullptr), "JfnnlDI7RTiF9RgfG2JNCw==");
  EXPECT_EQ(md5(delete_objects, "SHA256"), "");
  EXPECT_EQ(md5(put_object, nullptr), "");
}

TEST_F(PipelineS3, leaves_a_checksum_that_was_given_alone) {
  for (const char* name : {"x-amz-checksum-sha256", "Content-MD5"}) {
    Call call = object(put_object, "123456789");
    call.request.headers.add(name, "given");
    const auto headers = sent_for(std::move(call)).request.headers;
    EXPECT_FALSE(headers.contains("x-amz-checksum-crc32")) << name;
    EXPECT_EQ(headers.get(name), "given");
  }
}

TEST_F(PipelineS3, takes_the_algorithm_that_was_asked_for) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"CRC32", "x-amz-checksum-crc32", "y/Q5Jg=="},
      {"CRC32C", "x-amz-checksum-crc32c", "4waSgw=="},
      {"SHA1", "x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
      {"SHA256", "x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
      {"SHA512", "x-amz-checksum-sha512",
       "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPU"
       "mclUVba1u1A6z1dPuo/+hQ=="},
      {"MD5", "x-amz-checksum-md5", "JfnnlDI7RTiF9RgfG2JNCw=="},
  };
  for (const auto& [algorithm, header, value] : cases) {
    Call call = object(put_object, "123456789");
    call.request.headers.add("x-amz-sdk-checksum-algorithm", algorithm);
    EXPECT_EQ(sent_for(std::move(call)).request.headers.get(header), value) << algorithm;
  }
}

/// "123456789", which can be opened again where it has a reader a time.
Body digits_in_pieces() {
  return Body::reopenable([]() -> Result<std::unique_ptr<ByteSource>> { return Body("123456789").open(); },
                          9);
}

TEST_F(PipelineS3, reads_a_body_once_for_the_checksum_that_was_asked_for) {
  for (const char* endpoint : {"https://store.example.com", "http://localhost:4566"}) {
    config.endpoint_url = endpoint;
    for (const Body& body : {Body("123456789"), digits_in_pieces()}) {
      Call call = object(put_object, body);
      call.request.headers.add("x-amz-sdk-checksum-algorithm", "SHA256");
      const auto sent = sent_for(std::move(call));
      EXPECT_EQ(sent.request.headers.get("x-amz-checksum-sha256"),
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")
          << endpoint;
      EXPECT_EQ(sent.body, "123456789");
      EXPECT_NE(sent.request.headers.get("authorization").find("x-amz-checksum-sha256"),
                std::string_view::npos);
    }
  }
}

TEST_F(PipelineS3, refuses_a_checksum_that_it_cannot_take) {
  struct Case {
    const char* algorithm;
    Body body;
    std::string message;
  };
  const auto once = [] { return Body::stream(std::move(*Body("123456789").open()), 9); };
  const Case cases[] = {
      {"XXHASH64", "123456789",
       "PutObject: a checksum by XXHASH64 cannot be computed here: give its value too"},
      {"XXHASH64", digits_in_pieces(), "PutObject: a checksum by XXHASH64 cannot be computed here"},
      {"ROT13", "123456789", "PutObject: a checksum by ROT13 cannot be computed here"},
      {"SHA256", once(),
       "PutObject: the checksum of a body that can be read once only cannot be sent before it"},
  };
  for (const Case& each : cases) {
    Call call = object(put_object, each.body);
    call.request.headers.add("x-amz-sdk-checksum-algorithm", each.algorithm);
    const auto result = run(std::move(call));
    ASSERT_FALSE(result.has_value()) << each.algorithm;
    EXPECT_EQ(result.error().kind, ErrorKind::validation);
    EXPECT_EQ(result.error().code, "InvalidInput");
    EXPECT_TRUE(result.error().message.starts_with(each.message)) << result.error().message;
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineS3, gives_a_body_that_cannot_be_read_for_its_checksum_as_the_error) {
  const auto unreadable = Body::reopenable(
      []() -> Result<std::unique_ptr<ByteSource>> {
        return fail(ErrorKind::configuration, "FileReadFailed", "it is gone");
      },
      9);
  Call call = object(put_object, unreadable);
  call.request.headers.add("x-amz-sdk-checksum-algorithm", "SHA256");
  EXPECT_EQ(run(std::move(call)).error().code, "FileReadFailed");
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineS3, takes_the_value_of_whichever_checksum_is_given) {
  for (const char* name : {"x-amz-checksum-sha512", "x-amz-checksum-md5", "x-amz-checksum-xxhash3"}) {
    for (const char* algorithm : {"", "XXHASH3"}) {
      Call call = object(put_object, "123456789");
      call.request.headers.add(name, "given");
      if (*algorithm != '\0') call.request.headers.add("x-amz-sdk-checksum-algorithm", algorithm);
      const auto headers = sent_for(std::move(call)).request.headers;
      EXPECT_EQ(headers.get(name), "given");
      EXPECT_FALSE(headers.contains("x-amz-checksum-crc32")) << name;
    }
  }
}

TEST_F(PipelineS3, does_not_take_content_md5_for_the_checksum_that_was_asked_for) {
  Call call = object(put_object, "123456789");
  call.request.headers.add("Content-MD5", "given");
  call.request.headers.add("x-amz-sdk-checksum-algorithm", "SHA256");
  EXPECT_TRUE(sent_for(std::move(call)).request.headers.contains("x-amz-checksum-sha256"));
}

TEST_F(PipelineS3, signs_the_path_as_it_is_sent) {
  Call call = object(put_object, "x");
  call.request.path = "/a/../b//c%2Fd";
  config.endpoint_url = "http://localhost:4566";
  const auto sent = sent_for(std::move(call));
  EXPECT_EQ(sent.request.path, "/fetch-receipts/a/../b//c%2Fd");
  const auto claim = core::parse_signature(sent.request);
  ASSERT_TRUE(claim.has_value() && claim->has_value());
  EXPECT_TRUE(core::verify_signature(sent.request, **claim, core::sha256_hex("x"),
                                     Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                     core::PathRule::as_sent));
}

TEST_F(PipelineS3, signs_as_s3_where_a_service_of_another_name_does) {
  static constexpr Service control{
      .id = "s3_control", .signing_name = "s3", .endpoint_prefix = "s3-control", .signs_as_s3 = true};
  static constexpr Operation create{.service = &control,
                                    .name = "CreateJob",
                                    .repeatable = Repeatable::yes,
                                    .checksum_required = true,
                                    .parse_error = parse_plain_error};
  Call call = call_of(create, "123456789");
  call.request.path = "/a/../b";
  const auto sent = sent_for(std::move(call));
  EXPECT_EQ(sent.request.headers.get("x-amz-content-sha256"), core::sha256_hex("123456789"));
  EXPECT_EQ(sent.request.headers.get("x-amz-checksum-crc32"), "y/Q5Jg==");
  EXPECT_FALSE(sent.request.headers.contains("content-md5"));
  const auto claim = core::parse_signature(sent.request);
  ASSERT_TRUE(claim.has_value() && claim->has_value());
  EXPECT_TRUE(core::verify_signature(sent.request, **claim, core::sha256_hex("123456789"),
                                     Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                     core::PathRule::as_sent));
}

TEST_F(PipelineS3, refuses_before_the_network_what_cannot_work) {
  Call arn = object(put_object, "x");
  arn.bucket = "arn:aws:s3:::fetch-receipts";
  EXPECT_EQ(run(std::move(arn)).error().kind, ErrorKind::validation);
  const auto endless =
      Body::reopenable([]() -> Result<std::unique_ptr<ByteSource>> { return Body("x").open(); }, {});
  const auto result = run(object(put_object, endless));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::validation);
  EXPECT_NE(result.error().message.find("length"), std::string::npos);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(PipelineS3, finds_the_error_inside_a_success_of_any_operation) {
  static constexpr auto parse_error = [](const Answer& answer, Error& error) {
    error.code = answer.body.find("Internal") != std::string::npos ? "InternalError" : "AccessDenied";
    error.kind = core::kind_of(error.code, answer.status);
  };
  static constexpr Operation list{.service = &s3_service,
                                  .name = "ListObjectsV2",
                                  .repeatable = Repeatable::yes,
                                  .parse_error = parse_error,
                                  .reads = true};
  static constexpr Operation put_tags{
      .service = &s3_service, .name = "PutTags", .repeatable = Repeatable::no, .parse_error = parse_error};
  constexpr const char* internal = "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>";
  transport->answer(200, internal).answer(200, "<ListBucketResult/>");
  EXPECT_EQ(run(object(list, {})).value(), "<ListBucketResult/>");
  EXPECT_EQ(told.front().reason, "transient, safe to repeat");
  transport->answer(200, "<Error><Code>AccessDenied</Code></Error>");
  const auto refused = run(object(list, {}));
  EXPECT_EQ(refused.error().kind, ErrorKind::access_denied);
  EXPECT_EQ(refused.error().applied, Applied::no);
  transport->answer(200, internal);
  EXPECT_EQ(run(object(put_tags, {})).error().kind, ErrorKind::outcome_unknown);
  // No blank answer is one, nor text that is no document.
  transport->answer(200, "").answer(200, R"({"Sid": "<Error>"})");
  EXPECT_TRUE(run(object(put_tags, {})).has_value());
  EXPECT_TRUE(run(object(list, {})).has_value());
}

TEST_F(PipelineS3, sends_the_same_bytes_and_hash_again) {
  config.endpoint_url = "http://localhost:4566";
  transport->fail(Delivery::wholly_sent);
  sent_for(object(put_object, "xyz"));
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].body, "xyz");
  EXPECT_EQ(sent[1].request.headers.size(), sent[0].request.headers.size());
  EXPECT_EQ(sent[1].request.headers.get("x-amz-content-sha256"), core::sha256_hex("xyz"));
}

}  // namespace
}  // namespace gannet::runtime
