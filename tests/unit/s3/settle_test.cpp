#include <gannet/s3.hpp>

#include "fakes/scripted_config.hpp"

namespace gannet::s3 {
namespace {

class SettleTest : public testing::Test {
 protected:
  SettleTest() {
    config.retry = {.max_attempts = 3, .base_delay = std::chrono::milliseconds(1), .jitter = Jitter::none};
  }
  [[nodiscard]] Client client() const { return Client(config); }
  /// One script a case.
  fakes::ScriptedTransport& script() {
    auto made = std::make_shared<fakes::ScriptedTransport>();
    config.transport = made;
    return *made;
  }
  static std::string error(std::string_view code) {
    return "<Error><Code>" + std::string(code) + "</Code><Message>no</Message></Error>";
  }

  fakes::VirtualTime time;
  Config config = fakes::scripted_config(nullptr, time);
  // The MD5s of "a" and "b"; the MD5 of both, one after the other, by md5sum.
  const CompleteMultipartUploadInput complete{
      .bucket = "receipts",
      .key = "lunch.jpg",
      .multipart_upload =
          CompletedMultipartUpload{
              .parts = {{{.e_tag = "\"0cc175b9c0f1b6a831c399e269772661\"", .part_number = 1},
                         {.e_tag = "\"92eb5ffee6ae2fec3ad71c777531578f\"", .part_number = 2}}}},
      .upload_id = "u"};
  static constexpr std::string_view whole = "\"96e024ba2074fe77e8e965ba43a704be-2\"";
};

TEST_F(SettleTest, an_upload_is_complete_when_the_object_is_there) {
  auto& transport = script();
  transport.answer(500).answer(404, error("NoSuchUpload")).answer(200, {}, {{"ETag", std::string(whole)}});
  const auto done = blocking(client().complete_multipart_upload(complete));
  ASSERT_TRUE(done.has_value()) << to_string(done.error());
  EXPECT_EQ(done->e_tag, whole);
  EXPECT_EQ(done->key, "lunch.jpg");
  EXPECT_EQ(transport.sent().at(2).request.method, "HEAD");
}

TEST_F(SettleTest, another_object_or_none_proves_nothing) {
  for (const int status : {200, 404}) {
    script().answer(500).answer(404, error("NoSuchUpload")).answer(status, {}, {{"ETag", "\"other\""}});
    const auto done = blocking(client().complete_multipart_upload(complete));
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().kind, ErrorKind::outcome_unknown);
  }
}

TEST_F(SettleTest, tags_that_are_no_md5_settle_nothing) {
  CompleteMultipartUploadInput encrypted = complete;
  encrypted.multipart_upload->parts->front().e_tag = "\"kms\"";
  script().answer(500).answer(404, error("NoSuchUpload"));
  const auto done = blocking(client().complete_multipart_upload(encrypted));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::outcome_unknown);
}

TEST_F(SettleTest, a_first_refusal_stands) {
  script().answer(404, error("NoSuchUpload"));
  EXPECT_EQ(blocking(client().complete_multipart_upload(complete)).error().kind, ErrorKind::not_found);
}

TEST_F(SettleTest, a_bucket_that_is_ours_was_made) {
  const CreateBucketInput create{.bucket = "receipts"};
  const auto refused_after_doubt = [this](std::string_view region) {
    script()
        .answer(503, error("ServiceUnavailable"))
        .answer(409, error("BucketAlreadyOwnedByYou"))
        .answer(200, {}, {{"x-amz-bucket-region", std::string(region)}});
  };
  refused_after_doubt("us-east-1");
  const auto made = blocking(client().create_bucket(create));
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  EXPECT_EQ(made->location, "/receipts");

  CreateBucketInput elsewhere = create;
  elsewhere.create_bucket_configuration.emplace().location_constraint = BucketLocationConstraint("EU");
  refused_after_doubt("eu-west-1");
  EXPECT_TRUE(blocking(client().create_bucket(elsewhere)).has_value());
  refused_after_doubt("eu-west-3");
  EXPECT_EQ(blocking(client().create_bucket(elsewhere)).error().applied, Applied::no);

  CreateBucketInput locked = create;
  locked.object_lock_enabled_for_bucket = true;
  script().answer(503, error("ServiceUnavailable")).answer(409, error("BucketAlreadyOwnedByYou"));
  EXPECT_EQ(blocking(client().create_bucket(locked)).error().kind, ErrorKind::outcome_unknown);

  script().answer(503, error("ServiceUnavailable")).answer(409, error("BucketAlreadyExists"));
  EXPECT_EQ(blocking(client().create_bucket(create)).error().kind, ErrorKind::already_exists);
}

TEST_F(SettleTest, an_upload_that_is_gone_was_aborted) {
  const AbortMultipartUploadInput abort{.bucket = "receipts", .key = "lunch.jpg", .upload_id = "u"};
  script().answer(500).answer(404, error("NoSuchUpload"));
  EXPECT_TRUE(blocking(client().abort_multipart_upload(abort)).has_value());
  script().answer(404, error("NoSuchUpload"));
  EXPECT_EQ(blocking(client().abort_multipart_upload(abort)).error().kind, ErrorKind::not_found);
}

TEST_F(SettleTest, a_success_that_is_empty_or_broken_off_is_none) {
  for (const char* said : {"", " \n", "<?xml version=\"1.0\"?>\n", "<CopyObjectResult><ETag>"}) {
    const CopyObjectInput copy{.bucket = "receipts", .copy_source = "other/lunch.jpg", .key = "lunch.jpg"};
    script().answer(200, said).answer(200, "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>");
    const auto copied = blocking(client().copy_object(copy));
    ASSERT_TRUE(copied.has_value()) << said << ": " << to_string(copied.error());
    EXPECT_EQ(copied->copy_object_result->e_tag, "\"e\"");
  }
}

}  // namespace
}  // namespace gannet::s3
