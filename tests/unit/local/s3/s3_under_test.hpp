#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/encoding.hpp"
#include "core/xml.hpp"
#include "local/s3/s3.hpp"

namespace gannet::local {

/// A folder that goes with this.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-s3-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Bytes in pieces of a given size; after `cut`, if given, an error.
class PiecesSource final : public ByteSource {
 public:
  PiecesSource(std::string bytes, std::size_t piece, std::optional<std::size_t> cut = std::nullopt)
      : bytes_(std::move(bytes)), piece_(piece), cut_(cut) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    if (cut_ && position_ >= *cut_)
      co_return fail(ErrorKind::network, "ConnectionClosed", "the client went away");
    std::size_t count = std::min({piece_, buffer.size(), bytes_.size() - position_});
    if (cut_) count = std::min(count, *cut_ - position_);
    std::copy_n(as_bytes(bytes_).begin() + static_cast<std::ptrdiff_t>(position_), count, buffer.begin());
    position_ += count;
    co_return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::optional<std::size_t> cut_;
  std::size_t position_ = 0;
};

struct S3Answer {
  int status = 0;
  Headers headers{};
  std::string body{};
  std::optional<std::uint64_t> head_length{};

  [[nodiscard]] std::string header(std::string_view name) const { return std::string(headers.get(name)); }
  /// The body as XML; an element named `unreadable` when it is none.
  [[nodiscard]] core::XmlElement xml() const {
    auto parsed = core::parse_xml(body);
    if (parsed) return std::move(*parsed);
    core::XmlElement unreadable;
    unreadable.name = "unreadable";
    unreadable.text = body;
    return unreadable;
  }
  [[nodiscard]] std::string text_of(std::string_view element) const {
    return std::string(xml().text_of(element));
  }
  /// "200", or "404 NoSuchKey".
  [[nodiscard]] std::string outcome() const {
    const std::string code = status < 400 || body.empty() ? std::string() : text_of("Code");
    return std::to_string(status) + (code.empty() ? "" : " " + code);
  }
};

/// The S3 service without a front: requests are taken as signed.
class S3UnderTest {
 public:
  explicit S3UnderTest(bool on_disk = false) : on_disk_(on_disk) { start(); }

  /// Ends the service as it stands and starts it again on what it left. Only what is on a disk is still
  /// there.
  void restart() {
    stop();
    start();
  }
  void stop() {
    s3_.reset();
    database_.reset();
  }
  void start() {
    std::optional<std::filesystem::path> file;
    if (on_disk_) file = folder_.path() / "database";
    auto opened = Database::open(file, false, context_.get_executor());
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    s3_ = std::make_unique<S3>(*database_, facts_, objects(), false);
  }

  struct Sent {
    std::string method = "GET";
    std::string target = "/";  ///< Path and query, as on the wire.
    std::string body{};
    Headers headers{};
    std::string host = "localhost:4566";
    bool is_signed = true;
    bool content_length = true;
    std::optional<std::size_t> piece{};  ///< The body comes in pieces of this size.
    std::optional<std::size_t> cut{};    ///< And breaks off after so many bytes.
  };

  S3Answer send(Sent sent) {
    http::ServerRequest request;
    request.head.method = sent.method;
    const std::size_t question = sent.target.find('?');
    request.head.path = sent.target.substr(0, question);
    if (question != std::string::npos) request.head.query = sent.target.substr(question + 1);
    request.head.headers = std::move(sent.headers);
    request.head.headers.add("Host", sent.host);
    const bool brings_body = sent.method == "PUT" || sent.method == "POST";
    if (brings_body && sent.content_length && !request.head.headers.contains("content-length")) {
      request.head.headers.add("Content-Length", std::to_string(sent.body.size()));
    }
    if (!claim.presigned && !request.head.headers.contains("x-amz-content-sha256")) {
      request.head.headers.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    }
    if (sent.piece || sent.cut) {
      request.body = BodyReader(
          "", std::make_unique<PiecesSource>(std::move(sent.body), sent.piece.value_or(65536), sent.cut));
    } else {
      request.body = BodyReader(std::move(sent.body));
    }
    const Caller caller{.access_key_id = sent.is_signed ? "AKID" : "",
                        .claim = sent.is_signed ? &claim : nullptr,
                        .secret_access_key = sent.is_signed ? &secret : nullptr,
                        .request_id = "REQUEST1"};
    std::optional<S3Answer> answer;
    boost::asio::co_spawn(context_, whole(*s3_, caller, std::move(request)),
                          [&](std::exception_ptr thrown, S3Answer given) {
                            if (thrown) std::rethrow_exception(thrown);
                            answer = std::move(given);
                          });
    context_.restart();
    while (!answer && context_.run_one() != 0) {
    }
    return std::move(*answer);
  }
  S3Answer get(std::string target, Headers headers = {}) {
    return send({.target = std::move(target), .headers = std::move(headers)});
  }
  S3Answer head(std::string target, Headers headers = {}) {
    return send({.method = "HEAD", .target = std::move(target), .headers = std::move(headers)});
  }
  S3Answer put(std::string target, std::string body = "", Headers headers = {}) {
    return send({.method = "PUT",
                 .target = std::move(target),
                 .body = std::move(body),
                 .headers = std::move(headers)});
  }
  S3Answer post(std::string target, std::string body = "", Headers headers = {}) {
    return send({.method = "POST",
                 .target = std::move(target),
                 .body = std::move(body),
                 .headers = std::move(headers)});
  }
  S3Answer remove(std::string target, Headers headers = {}) {
    return send({.method = "DELETE", .target = std::move(target), .headers = std::move(headers)});
  }

  [[nodiscard]] std::filesystem::path objects() const { return folder_.path() / "objects"; }
  /// The files below the objects folder, `tmp` included.
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(objects())) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }

  Database& database() { return *database_; }
  boost::asio::io_context& context() { return context_; }
  S3& service() { return *s3_; }

  core::ClaimedSignature claim{.access_key_id = "AKID",
                               .date = "20260131",
                               .region = "us-east-1",
                               .service = "s3",
                               .signed_headers = {},
                               .signature = std::string(64, '0'),
                               .time = {},
                               .session_token = {}};
  Secret secret{"secret"};
  Timestamp now{std::chrono::milliseconds(1'769'850'487'123)};  // 2026-01-31T09:08:07.123Z
  std::vector<std::string> logged;

 private:
  static Task<S3Answer> whole(S3& s3, const Caller& caller, http::ServerRequest request) {
    const bool head = request.head.method == "HEAD";
    http::ServerResponse response = co_await s3.handle(caller, std::move(request));
    S3Answer answer{
        .status = response.status, .headers = response.headers, .head_length = response.head_length};
    EXPECT_TRUE(!head || response.body.size() == 0U);
    auto opened = response.body.open();
    if (!opened) throw std::runtime_error(opened.error().message);
    std::vector<std::byte> buffer(100'000);
    while (true) {
      const auto count = co_await (*opened)->read_some(buffer);
      if (!count) throw std::runtime_error(count.error().message);
      if (*count == 0) break;
      answer.body += as_text(std::span(buffer).first(*count));
    }
    EXPECT_EQ(response.body.size(), answer.body.size());
    co_return answer;
  }

  bool on_disk_;
  TemporaryFolder folder_;
  boost::asio::io_context context_;
  CloudFacts facts_{.account_id = "000000000000",
                    .region = "us-east-1",
                    .now = [this] { return now; },
                    .log = [this](LogLevel, std::string_view line) { logged.emplace_back(line); }};
  std::unique_ptr<Database> database_;
  std::unique_ptr<S3> s3_;
};

}  // namespace gannet::local
