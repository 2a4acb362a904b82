#include "local/s3/s3.hpp"

#include <fstream>
#include <functional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

TEST(S3, keeps_its_state_over_a_restart) {
  S3UnderTest s3(true);
  s3.put("/photos");
  s3.put("/photos/a", "hello", {{"x-amz-meta-a", "1"}});
  const std::string upload = s3.post("/photos/b?uploads").text_of("UploadId");
  const std::string etag = s3.put("/photos/b?partNumber=1&uploadId=" + upload, "part").header("ETag");
  s3.restart();
  EXPECT_EQ(s3.get("/photos/a").body, "hello");
  EXPECT_EQ(s3.get("/photos/a").header("x-amz-meta-a"), "1");
  const std::string document = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag +
                               "</ETag></Part></CompleteMultipartUpload>";
  const S3Answer done = s3.post("/photos/b?uploadId=" + upload, document);
  EXPECT_EQ(done.outcome(), "200");
  s3.restart();
  EXPECT_EQ(s3.get("/photos/b").body, "part");
  EXPECT_EQ(s3.post("/photos/b?uploadId=" + upload, document).body, done.body);
  EXPECT_TRUE(s3.logged.empty());
}

TEST(S3, sweeps_files_without_rows_and_rows_without_files_at_start) {
  S3UnderTest s3(true);
  s3.put("/photos");
  s3.put("/photos/kept", "kept");
  const auto kept = s3.files().at(0);
  s3.put("/photos/lost", "lost");
  for (const auto& file : s3.files()) {
    if (file != kept) std::filesystem::remove(file);
  }
  const std::string upload = s3.post("/photos/b?uploads").text_of("UploadId");
  s3.put("/photos/b?partNumber=1&uploadId=" + upload, "part");
  for (const auto& file : s3.files()) {
    if (file != kept) std::filesystem::remove(file);
  }
  // What an upload that was cut off by the end of the process leaves: half a file aside, a whole one without
  // its row.
  const std::string orphan = "00" + std::string(30, 'f');
  std::filesystem::create_directories(s3.objects() / "00");
  std::ofstream(s3.objects() / "00" / orphan) << "whole";
  std::ofstream(s3.objects() / "tmp" / orphan) << "ha";
  s3.restart();
  EXPECT_EQ(s3.files(), std::vector<std::filesystem::path>{kept});
  EXPECT_EQ(s3.get("/photos/kept").body, "kept");
  EXPECT_EQ(s3.get("/photos/lost").outcome(), "404 NoSuchKey");
  EXPECT_EQ(s3.get("/photos/b?uploadId=" + upload).xml().find("Part"), nullptr);
  EXPECT_EQ(s3.logged.size(), 2U);
}

TEST(S3, answers_500_and_logs_when_a_file_is_gone) {
  S3UnderTest s3;
  s3.put("/photos");
  s3.put("/photos/a", "hello");
  std::filesystem::remove(s3.files().at(0));
  EXPECT_EQ(s3.get("/photos/a").outcome(), "500 InternalError");
  ASSERT_EQ(s3.logged.size(), 1U);
  EXPECT_NE(s3.logged[0].find("GET /photos/a"), std::string::npos);
}

TEST(S3, ends_the_connection_of_a_client_that_waits_to_send_nothing) {
  S3UnderTest s3;
  s3.put("/photos");
  EXPECT_EQ(s3.put("/photos/a", "", {{"Expect", "100-continue"}}).header("Connection"), "close");
  EXPECT_EQ(s3.put("/photos/a", "x", {{"Expect", "100-continue"}}).header("Connection"), "");
  EXPECT_EQ(s3.put("/photos/a", "").header("Connection"), "");
}

/// Gives its bytes when `held` expires.
class HeldSource final : public ByteSource {
 public:
  HeldSource(std::string bytes, boost::asio::steady_timer& held) : bytes_(std::move(bytes)), held_(&held) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    co_await held_->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    const std::size_t count = std::min(buffer.size(), bytes_.size());
    std::copy_n(as_bytes(bytes_).begin(), count, buffer.begin());
    bytes_.erase(0, count);
    co_return count;
  }

 private:
  std::string bytes_;
  boost::asio::steady_timer* held_;
};

/// Starts a PUT of "late" whose body is held back, does `meanwhile`, lets the body come, and gives the
/// status.
int status_of_held_put(S3UnderTest& s3, const std::string& key, const std::string& query,
                       const Headers& headers, const std::function<void()>& meanwhile) {
  boost::asio::steady_timer held(s3.context(), boost::asio::steady_timer::time_point::max());
  http::ServerRequest request;
  request.head.method = "PUT";
  request.head.path = "/photos/" + key;
  request.head.query = query;
  request.head.headers = headers;
  request.head.headers.add("Host", "localhost");
  request.head.headers.add("Content-Length", "4");
  request.head.headers.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  request.body = BodyReader("", std::make_unique<HeldSource>("late", held));
  const Caller caller{
      .access_key_id = "AKID", .claim = &s3.claim, .secret_access_key = &s3.secret, .request_id = "R"};
  int status = 0;
  boost::asio::co_spawn(s3.context(), s3.service().handle(caller, std::move(request)),
                        [&](std::exception_ptr thrown, http::ServerResponse response) {
                          EXPECT_EQ(thrown, nullptr);
                          status = response.status;
                        });
  s3.context().restart();
  s3.context().poll();
  EXPECT_EQ(status, 0);
  meanwhile();
  held.expires_at(boost::asio::steady_timer::time_point::min());
  s3.context().restart();
  s3.context().run();
  return status;
}

TEST(S3, looks_again_at_the_bucket_once_the_body_has_come) {
  S3UnderTest s3;
  s3.put("/photos");
  EXPECT_EQ(status_of_held_put(s3, "a", "", {}, [&] { EXPECT_EQ(s3.remove("/photos").status, 204); }), 404);
  EXPECT_EQ(status_of_held_put(s3, "a", "", {}, [] {}), 404);
  s3.put("/photos");
  EXPECT_EQ(status_of_held_put(s3, "a", "", {},
                               [&] {
                                 s3.remove("/photos");
                                 s3.put("/photos");
                               }),
            404);
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST(S3, looks_again_at_the_conditions_once_the_body_has_come) {
  S3UnderTest s3;
  s3.put("/photos");
  EXPECT_EQ(status_of_held_put(s3, "a", "", {{"If-None-Match", "*"}}, [&] { s3.put("/photos/a", "first"); }),
            412);
  EXPECT_EQ(s3.get("/photos/a").body, "first");
  const std::string etag = s3.head("/photos/a").header("ETag");
  EXPECT_EQ(status_of_held_put(s3, "a", "", {{"If-Match", etag}}, [&] { s3.put("/photos/a", "second"); }),
            412);
  EXPECT_EQ(status_of_held_put(s3, "a", "", {}, [&] { s3.put("/photos/a", "third"); }), 200);
  EXPECT_EQ(s3.get("/photos/a").body, "late");
  EXPECT_EQ(s3.files().size(), 1U);
}

TEST(S3, looks_again_at_the_upload_once_the_part_has_come) {
  S3UnderTest s3;
  s3.put("/photos");
  const std::string upload = s3.post("/photos/a?uploads").text_of("UploadId");
  const std::string query = "partNumber=1&uploadId=" + upload;
  EXPECT_EQ(status_of_held_put(s3, "a", query, {}, [&] { s3.remove("/photos/a?uploadId=" + upload); }), 404);
  EXPECT_EQ(s3.files().size(), 0U);
}

TEST(S3, gives_the_whole_of_what_was_there_when_it_was_asked) {
  S3UnderTest s3;
  s3.put("/photos");
  const std::string bytes(300'000, 'o');
  s3.put("/photos/a", bytes);
  http::ServerRequest request;
  request.head.path = "/photos/a";
  request.head.headers = {{"Host", "localhost"}, {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}};
  const Caller caller{
      .access_key_id = "AKID", .claim = &s3.claim, .secret_access_key = &s3.secret, .request_id = "R"};
  std::optional<http::ServerResponse> response;
  boost::asio::co_spawn(
      s3.context(), s3.service().handle(caller, std::move(request)),
      [&](std::exception_ptr, http::ServerResponse given) { response.emplace(std::move(given)); });
  s3.context().restart();
  s3.context().run();
  ASSERT_TRUE(response);
  s3.put("/photos/a", "replaced");
  auto source = response->body.open();
  ASSERT_TRUE(source);
  std::string read;
  std::vector<std::byte> buffer(65'536);
  while (true) {
    const auto count = blocking((*source)->read_some(buffer));
    ASSERT_TRUE(count);
    if (*count == 0) break;
    read += as_text(std::span(buffer).first(*count));
  }
  EXPECT_EQ(read, bytes);
  EXPECT_EQ(s3.files().size(), 2U);
  source->reset();
  response.reset();
  EXPECT_EQ(s3.files().size(), 1U);
}

}  // namespace
}  // namespace gannet::local
