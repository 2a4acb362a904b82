// Arbitrary requests through the local cloud's front, to all four services on state in memory.
//
// An input is a request as text: a line with the method and the target, header lines, an empty line, the
// body. Where the first line begins with the name of a service and a space, the request is signed for it, so
// that it gets past the door.

#include "local/http/front.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core/checksums.hpp"
#include "core/sigv4.hpp"
#include "core/timestamps.hpp"
#include "local/data_folder.hpp"
#include "local/dynamodb/dynamodb.hpp"
#include "local/s3/s3.hpp"
#include "local/secretsmanager/secrets_manager.hpp"
#include "local/sts/sts.hpp"

namespace {

namespace local = gannet::local;

const gannet::Timestamp now = *gannet::core::parse_iso8601("2026-01-31T12:00:00Z");

void log_line(gannet::LogLevel, std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

/// A cloud without threads and sockets.
struct Cloud {
  boost::asio::io_context context;
  local::CloudFacts facts{
      .account_id = "000000000000", .region = "us-east-1", .now = [] { return now; }, .log = log_line};
  std::unique_ptr<local::DataFolder> folder = *local::DataFolder::open(std::nullopt);
  std::unique_ptr<local::Database> database =
      *local::Database::open(std::nullopt, false, context.get_executor());
  local::DynamoDb dynamodb{*database, facts};
  local::S3 s3{*database, facts, folder->objects(), false};
  local::SecretsManager secretsmanager{*database, facts};
  local::Sts sts{facts};
  local::Front front{facts, {local::AcceptedKey{}}, *database, services()};

  local::Services services() {
    return {
        .dynamodb = [this](const local::Caller& caller, std::string_view operation,
                           std::string_view body) { return dynamodb.handle(caller, operation, body); },
        .secretsmanager =
            [this](const local::Caller& caller, std::string_view operation, std::string_view body) {
              return secretsmanager.handle(caller, operation, body);
            },
        .sts = [this](const local::Caller& caller,
                      std::string_view form) { return sts.handle(caller, form); },
        .s3 = [this](const local::Caller& caller,
                     gannet::http::ServerRequest request) { return s3.handle(caller, std::move(request)); }};
  }
};

gannet::Task<int> answer(Cloud& cloud, gannet::http::ServerRequest request) {
  const auto response = co_await cloud.front.handle(std::move(request));
  if (auto source = response.body.open()) {
    std::byte buffer[4096];
    for (;;) {
      const auto size = co_await (*source)->read_some(buffer);
      if (!size || *size == 0) break;
    }
  }
  co_return response.status;
}

std::string_view take_until(std::string_view& text, std::string_view end) {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + end.size());
  return taken;
}

gannet::http::ServerRequest parse(std::string_view text) {
  gannet::http::ServerRequest request;
  auto& head = request.head;
  head.origin = {.tls = false, .host = "localhost", .port = 4566};
  auto first = take_until(text, "\n");
  std::string service;
  for (const std::string_view name : {"dynamodb ", "secretsmanager ", "sts ", "s3 "}) {
    if (!first.starts_with(name)) continue;
    service = name.substr(0, name.size() - 1);
    first.remove_prefix(name.size());
    break;
  }
  head.method = take_until(first, " ");
  head.path = take_until(first, "?");
  head.query = first;
  head.headers.add("Host", "localhost:4566");
  for (auto line = take_until(text, "\n"); !line.empty(); line = take_until(text, "\n")) {
    const auto name = take_until(line, ":");
    head.headers.add(name, line.substr(line.starts_with(' ') ? 1 : 0));
  }
  if (!service.empty()) {
    const local::AcceptedKey key;
    gannet::core::SigningKeyCache keys;
    const bool s3 = service == "s3";
    const auto* const payload = head.headers.find("x-amz-content-sha256");
    const std::string payload_hash = payload != nullptr ? *payload : gannet::core::sha256_hex(text);
    gannet::core::sign(
        head, payload_hash, {.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key},
        {"us-east-1", service}, now, keys,
        {.path = s3 ? gannet::core::PathRule::as_sent : gannet::core::PathRule::normalize_and_encode_again,
         .content_sha256_header = s3});
  }
  request.body = gannet::BodyReader(std::string(text));
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // State is kept for a while, so that one input's bucket is another's; then it begins anew.
  static std::unique_ptr<Cloud> cloud;
  static int uses = 0;
  if (uses++ % 512 == 0) {
    cloud.reset();
    cloud = std::make_unique<Cloud>();
  }
  auto request = parse({reinterpret_cast<const char*>(data), size});
  int status = 0;
  boost::asio::co_spawn(cloud->context, answer(*cloud, std::move(request)),
                        [&](const std::exception_ptr& thrown, int given) {
                          if (thrown) std::rethrow_exception(thrown);
                          status = given;
                        });
  cloud->context.restart();
  cloud->context.run();
  // No request may make the cloud fail, nor leave it waiting.
  if (status < 200 || status == 500 || status > 599) {
    std::fprintf(stderr, "status %d\n", status);
    std::abort();
  }
  return 0;
}
