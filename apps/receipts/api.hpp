#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gannet/http_server.hpp>
#include <gannet/log.hpp>
#include <gannet/s3_client.hpp>
#include <gannet/secret.hpp>

#include "user_repository.hpp"

namespace receipts {

struct ApiLimits {
  std::size_t body_bytes = 1 << 20;           ///< A JSON request; over it: 413.
  std::uint64_t receipt_bytes = 25ULL << 20;  ///< A receipt; a larger one is removed when it is completed.
  std::chrono::seconds upload_url{900};       ///< How long an upload URL is good for.
  std::chrono::seconds download_url{900};     ///< How long a download URL is good for.
};

/// The service's HTTP interface: users and rewards, and the receipts' way to S3 and back. Answers are JSON;
/// what is wrong with a request is told as FastAPI tells it. Thread-safe; must outlive the requests it
/// answers.
class Api {
 public:
  Api(UserRepository users, gannet::s3::S3Client receipts, gannet::Secret api_key, gannet::LogSink log,
      ApiLimits limits = {});

  /// Answers one request; what handlers throw becomes a logged 500.
  [[nodiscard]] gannet::Task<gannet::http::ServerResponse> handle(gannet::http::ServerRequest request) const;

 private:
  using Response = gannet::http::ServerResponse;
  struct Request;
  struct Route;
  static const std::vector<Route>& routes();

  gannet::Task<Response> route(Request& request) const;
  gannet::Task<Response> health(Request& request) const;
  gannet::Task<Response> readiness(Request& request) const;
  gannet::Task<Response> upload_url(Request& request) const;
  gannet::Task<Response> complete(Request& request) const;
  gannet::Task<Response> download_url(Request& request) const;
  gannet::Task<Response> get_user(Request& request) const;
  gannet::Task<Response> put_user(Request& request) const;
  gannet::Task<Response> get_rewards(Request& request) const;
  gannet::Task<Response> add_reward(Request& request) const;
  gannet::Task<Response> batch_get_users(Request& request) const;

  Response failed(const Request& request, const gannet::Error& error) const;

  UserRepository users_;
  gannet::s3::S3Client receipts_;
  gannet::Secret api_key_;
  gannet::LogSink log_;
  ApiLimits limits_;
};

}  // namespace receipts
