#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/http_server.hpp>
#include <gannet/local.hpp>

#include "core/sigv4.hpp"
#include "local/faults/injector.hpp"
#include "local/http/refusal.hpp"
#include "local/http/route.hpp"
#include "local/service.hpp"
#include "local/store/database.hpp"

namespace gannet::local {

/// What stands behind the front. The JSON services answer at once; S3 reads and writes bodies as they come.
struct Services {
  std::function<Reply(const Caller& caller, std::string_view operation, std::string_view body)> dynamodb{};
  std::function<Reply(const Caller& caller, std::string_view operation, std::string_view body)>
      secretsmanager{};
  std::function<Reply(const Caller& caller, std::string_view form)> sts{};
  std::function<Task<http::ServerResponse>(const Caller& caller, http::ServerRequest request)> s3{};
  /// The texts of the partition keys that a DynamoDB request is about.
  std::function<std::vector<std::string>(std::string_view operation, std::string_view body)> dynamodb_keys{};
  /// DynamoDB's answer while a transaction has the request's item.
  std::function<Reply(std::string_view operation, std::string_view body)> dynamodb_conflict{};
  /// What lets a page of another origin see the front's own answers on S3's behalf.
  std::function<Headers(const HttpRequest& request)> s3_cross_origin{};
};

/// The most bytes of a request's body that a service which is not S3 takes.
std::size_t maximum_body(ServiceKind service) noexcept;
http::ServerResponse response_of(Reply reply);
/// Adds the headers that every answer of the service has.
void stamp(http::ServerResponse& response, ServiceKind service, const std::string& request_id);

/// The cloud's door: tells services apart, verifies signatures, refuses in each service's words, and answers
/// only what has been committed. Runs on the cloud's thread; facts, database and faults must outlive it.
class Front {
 public:
  Front(const CloudFacts& facts, std::vector<AcceptedKey> keys, Database& database, Services services,
        FaultInjector* faults = nullptr);
  Task<http::ServerResponse> handle(http::ServerRequest request);

 private:
  struct Admission;

  /// Answers a request rightly. `facts` has the clock that signatures are checked by.
  Task<http::ServerResponse> serve(http::ServerRequest request, const CloudFacts& facts);
  Task<http::ServerResponse> answer(http::ServerRequest request, Admission admission);
  Task<http::ServerResponse> answer_whole(http::ServerRequest request, Admission admission);
  std::optional<Refusal> examine(const HttpRequest& head, const Admission& admission);
  std::optional<Refusal> examine_signature(const HttpRequest& head, const Admission& admission,
                                           std::string_view payload_hash);
  std::optional<Refusal> examine_body(const HttpRequest& head, const Admission& admission,
                                      std::string_view body);
  http::ServerResponse refuse(const HttpRequest& head, const Admission& admission,
                              const Refusal& refusal) const;
  http::ServerResponse dispatch(const Admission& admission, const HttpRequest& head, std::string_view body);
  const Secret* secret_of(std::string_view access_key_id) const;

  // With a fault plan in force: front_faults.cpp.
  Task<http::ServerResponse> handle_with_faults(http::ServerRequest request);
  Task<http::ServerResponse> go_wrong(http::ServerRequest request, FaultRule rule, ServiceKind service,
                                      std::string operation);
  Task<http::ServerResponse> serve_at_wrong_time(http::ServerRequest request, std::chrono::seconds offset);
  /// With the clock standing still: a signature counts as of when its request came.
  [[nodiscard]] CloudFacts facts_at_arrival() const;
  Task<void> apply_late(http::ServerRequest request, std::chrono::milliseconds delay);
  std::optional<FaultRule> decide_fault(const HttpRequest& head, ServiceKind service,
                                        const std::string& operation, std::string_view body);
  http::ServerResponse refuse_wrongly(const HttpRequest& head, ServiceKind service, Wrong wrong,
                                      std::string message) const;

  const CloudFacts& facts_;
  std::vector<AcceptedKey> keys_;
  Database& database_;
  Services services_;
  FaultInjector* faults_;
  core::SigningKeyCache signing_keys_;
};

}  // namespace gannet::local
