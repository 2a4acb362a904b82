#include <filesystem>
#include <fstream>

#include <gannet/s3_client.hpp>

#include "fakes/scripted_config.hpp"

namespace gannet::s3 {
namespace {

using fakes::LogLines;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class S3ClientTest : public testing::Test {
 protected:
  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  LogLines log;
  S3Client client{fakes::scripted_config(transport, time), "fetch-receipts", log.sink()};
};

class TemporaryFile {
 public:
  explicit TemporaryFile(std::uint64_t size) {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("gannet-s3-client-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::ofstream(path).put('x');
    std::filesystem::resize_file(path, size);
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

template <class Options>
concept UploadFileTakes = requires(const S3Client& client, Options&& options) {
  client.upload_file("path", "key", std::forward<Options>(options));
};
static_assert(UploadFileTakes<const UploadFileOptions&>);
static_assert(UploadFileTakes<UploadFileOptions> != GANNET_DESTROYS_TEMPORARIES_TWICE);

TEST_F(S3ClientTest, upload_urls_sign_the_content_type_and_are_never_logged) {
  auto url =
      blocking(client.generate_upload_url("receipts/u/a.jpg", std::chrono::seconds(900), "image/jpeg"));
  ASSERT_TRUE(url) << to_string(url.error());
  EXPECT_EQ(url->method, "PUT");
  EXPECT_THAT(url->url.reveal(),
              StartsWith("https://fetch-receipts.s3.us-east-1.amazonaws.com/receipts/u/a.jpg?"));
  EXPECT_THAT(url->url.reveal(), HasSubstr("X-Amz-Expires=900"));
  EXPECT_THAT(url->url.reveal(), HasSubstr("X-Amz-SignedHeaders=content-type%3Bhost"));
  EXPECT_EQ(url->headers.get("Content-Type"), "image/jpeg");
  EXPECT_EQ(url->expires, time.now() + std::chrono::seconds(900));
  EXPECT_THAT(log.lines, ElementsAre("info: Generated upload URL for receipts/u/a.jpg, expires in 900s"));
}

TEST_F(S3ClientTest, an_hour_is_the_default) {
  auto url = blocking(client.generate_upload_url("k"));
  ASSERT_TRUE(url);
  EXPECT_THAT(url->url.reveal(), HasSubstr("X-Amz-Expires=3600"));
  EXPECT_THAT(log.lines, ElementsAre("info: Generated upload URL for k, expires in 3600s"));
}

TEST_F(S3ClientTest, download_urls_are_for_get) {
  auto url = blocking(client.generate_download_url("receipts/u/a b.jpg"));
  ASSERT_TRUE(url);
  EXPECT_EQ(url->method, "GET");
  EXPECT_THAT(url->url.reveal(), HasSubstr("/receipts/u/a%20b.jpg?"));
  EXPECT_THAT(log.lines, ElementsAre("info: Generated download URL for receipts/u/a b.jpg"));
}

TEST_F(S3ClientTest, a_url_cannot_be_good_for_more_than_a_week_or_no_time_at_all) {
  for (const auto expires :
       {std::chrono::seconds(0), std::chrono::seconds(-1), std::chrono::seconds(604'801)}) {
    log.lines.clear();
    auto url = blocking(client.generate_upload_url("k", expires));
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().kind, ErrorKind::validation);
    EXPECT_THAT(log.lines, ElementsAre(StartsWith("error: Failed to generate upload URL: ")));
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(S3ClientTest, small_files_go_up_in_one_request) {
  const TemporaryFile file(1000);
  transport->answer(200, "", {{"ETag", "\"e\""}});
  auto uploaded = blocking(client.upload_file(file.path, "k"));
  ASSERT_TRUE(uploaded) << to_string(uploaded.error());
  ASSERT_EQ(transport->count(), 1U);
  EXPECT_EQ(transport->sent()[0].request.method, "PUT");
  EXPECT_EQ(transport->sent()[0].body.size(), 1000U);
  EXPECT_THAT(log.lines, ElementsAre("info: Uploaded " + file.path.string() + " to s3://fetch-receipts/k"));
}

TEST_F(S3ClientTest, large_files_go_up_in_parts) {
  const TemporaryFile file((11ULL << 20) + 1);
  transport
      ->answer(200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
      .answer(200, "", {{"ETag", "\"1\""}})
      .answer(200, "", {{"ETag", "\"2\""}})
      .answer(200, "", {{"ETag", "\"3\""}})
      .answer(200, "<CompleteMultipartUploadResult><ETag>e-3</ETag></CompleteMultipartUploadResult>");
  const UploadFileOptions options{.content_type = "application/pdf", .part_size = 5ULL << 20};
  auto uploaded = blocking(client.upload_file(file.path, "k", options));
  ASSERT_TRUE(uploaded) << to_string(uploaded.error());
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 5U);
  EXPECT_EQ(sent[0].request.headers.get("Content-Type"), "application/pdf");
  EXPECT_EQ(sent[1].body.size(), 5ULL << 20);
  EXPECT_EQ(sent[3].body.size(), (1ULL << 20) + 1);
  EXPECT_THAT(sent[3].request.query, HasSubstr("partNumber=3"));
  EXPECT_THAT(sent[4].body, HasSubstr("<PartNumber>3</PartNumber>"));
}

TEST_F(S3ClientTest, of_an_upload_in_parts_that_fails_nothing_is_left) {
  const TemporaryFile file(6ULL << 20);
  transport
      ->answer(200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
      .answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
      .answer(204);
  const UploadFileOptions options{.part_size = 5ULL << 20};
  auto uploaded = blocking(client.upload_file(file.path, "k", options));
  ASSERT_FALSE(uploaded);
  EXPECT_EQ(uploaded.error().kind, ErrorKind::access_denied);
  ASSERT_EQ(transport->count(), 3U);
  EXPECT_EQ(transport->sent()[2].request.method, "DELETE");
  EXPECT_THAT(transport->sent()[2].request.query, HasSubstr("uploadId=u"));
  EXPECT_THAT(log.lines, ElementsAre(StartsWith("error: Upload failed: ")));
}

TEST_F(S3ClientTest, a_file_that_is_not_there_is_an_error_with_its_name) {
  auto uploaded = blocking(client.upload_file("/nowhere/at-all.jpg", "k"));
  ASSERT_FALSE(uploaded);
  EXPECT_THAT(uploaded.error().message, HasSubstr("/nowhere/at-all.jpg"));
  EXPECT_EQ(transport->count(), 0U);
}

}  // namespace
}  // namespace gannet::s3
