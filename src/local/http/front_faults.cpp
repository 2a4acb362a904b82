#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/checksums.hpp"
#include "core/timestamps.hpp"
#include "local/faults/requests.hpp"
#include "local/http/front.hpp"
#include "local/http/request_id.hpp"

/// What the front does when the fault plan wants something to go wrong. See FaultKind for what each means.
namespace gannet::local {
namespace {

/// Bodies of requests that are to be applied late are kept in memory.
constexpr std::size_t maximum_late_body = std::size_t{64} << 20;

/// A body that could not be read, for whoever tries to read it again.
class UnreadableBody final : public ByteSource {
 public:
  explicit UnreadableBody(Error error) : error_(std::move(error)) {}
  Task<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::unexpected(error_); }

 private:
  Error error_;
};

BodyReader reader_of(Result<std::string> body) {
  if (body) return BodyReader(*std::move(body));
  return BodyReader(std::string(), std::make_unique<UnreadableBody>(std::move(body.error())));
}

/// So that the client has sent all of its request, and knows it.
Task<void> receive_all(BodyReader& body) {
  std::vector<std::byte> buffer(16 * 1024);
  for (;;) {
    const auto count = co_await body.read_some(buffer);
    if (!count || *count == 0) co_return;
  }
}

http::ServerResponse no_answer() {
  return {.status = 0};
}

bool is_about_items(std::string_view operation) {
  return operation == "Query" || operation == "Scan" || operation.find("Item") != std::string_view::npos;
}

struct Throttling {
  Wrong wrong;
  const char* message;
};

Throttling throttling_of(ServiceKind service, std::string_view operation) {
  if (service == ServiceKind::s3) return {Wrong::throttled, "Please reduce your request rate."};
  if (service != ServiceKind::dynamodb || !is_about_items(operation)) {
    return {Wrong::throttled, "Rate exceeded"};
  }
  return {Wrong::throughput_exceeded,
          "The level of configured provisioned throughput for the table was exceeded. Consider increasing "
          "your provisioning level with the UpdateTable API."};
}

void spoil_crc32(http::ServerResponse& response) {
  const auto body = response.body.in_memory();
  const auto right = core::crc32(body ? as_text(*body) : std::string_view());
  response.headers.set("x-amz-crc32", std::to_string(right ^ 1U));
}

}  // namespace

Task<http::ServerResponse> Front::handle_with_faults(http::ServerRequest request) {
  const auto claimed = core::parse_signature(request.head);
  const auto service = route(request.head, claimed && claimed->has_value() ? &claimed->value() : nullptr);
  std::string body;
  if (service != ServiceKind::s3) {
    // Its keys are in there.
    auto whole = co_await request.body.read_all(maximum_body(service));
    const bool cut = !whole;
    if (whole) body = *whole;
    request.body = reader_of(std::move(whole));
    if (cut) co_return co_await serve(std::move(request), facts_);  // It would not have been applied anyway.
  }
  std::string operation = operation_of(request.head, service, body);
  auto rule = decide_fault(request.head, service, operation, body);
  if (!rule) co_return co_await serve(std::move(request), facts_);
  co_return co_await go_wrong(std::move(request), *std::move(rule), service, std::move(operation));
}

std::optional<FaultRule> Front::decide_fault(const HttpRequest& head, ServiceKind service,
                                             const std::string& operation, std::string_view body) {
  const auto keys = [&]() -> std::vector<std::string> {
    switch (service) {
      case ServiceKind::s3:
        return s3_keys_of(head);
      case ServiceKind::secretsmanager:
        return secret_names_of(body);
      case ServiceKind::dynamodb:
        return services_.dynamodb_keys ? services_.dynamodb_keys(operation, body)
                                       : std::vector<std::string>();
      case ServiceKind::sts:
        break;
    }
    return {};
  };
  return faults_->decide({.service = service, .operation = operation, .keys = keys});
}

Task<http::ServerResponse> Front::go_wrong(http::ServerRequest request, FaultRule rule, ServiceKind service,
                                           std::string operation) {
  const bool refuses = rule.fault == FaultKind::throttle || rule.fault == FaultKind::error_before ||
                       rule.fault == FaultKind::expired_credentials || rule.fault == FaultKind::cut_before;
  if (refuses) co_await receive_all(request.body);
  const HttpRequest head = request.head;
  const auto internal_error = [&] {
    return refuse_wrongly(head, service, Wrong::internal,
                          "We encountered an internal error. Please try again.");
  };
  switch (rule.fault) {
    case FaultKind::throttle: {
      const auto throttling = throttling_of(service, operation);
      co_return refuse_wrongly(head, service, throttling.wrong, throttling.message);
    }
    case FaultKind::conflict: {
      const auto body = co_await request.body.read_all(maximum_body(service));
      auto response = response_of(services_.dynamodb_conflict(operation, body.value_or("")));
      stamp(response, service, new_request_id(service));
      co_return response;
    }
    case FaultKind::expired_credentials:
      co_return refuse_wrongly(head, service, Wrong::expired_token,
                               service == ServiceKind::s3
                                   ? "The provided token has expired."
                                   : "The security token included in the request is expired");
    case FaultKind::error_before:
      co_return internal_error();
    case FaultKind::cut_before:
      co_return no_answer();
    case FaultKind::error_after:
      co_await serve(std::move(request), facts_);
      co_return internal_error();
    case FaultKind::cut_after:
      co_await serve(std::move(request), facts_);
      co_return no_answer();
    case FaultKind::apply_late: {
      request.body = reader_of(co_await request.body.read_all(maximum_late_body));
      const auto executor = co_await boost::asio::this_coro::executor;
      boost::asio::co_spawn(executor, apply_late(std::move(request), rule.delay),
                            [log = facts_.log](const std::exception_ptr& failed) {
                              if (failed && log) log(LogLevel::error, "A request was not applied late.");
                            });
      co_return no_answer();
    }
    case FaultKind::delay: {
      const CloudFacts then = facts_at_arrival();
      co_await faults_->pause(rule.delay);
      co_return co_await serve(std::move(request), then);
    }
    case FaultKind::trickle: {
      auto response = co_await serve(std::move(request), facts_);
      response.pace = http::ServerResponse::Pace{
          .piece = rule.piece, .between = [this, delay = rule.delay] { return faults_->pause(delay); }};
      co_return response;
    }
    case FaultKind::wrong_crc32: {
      auto response = co_await serve(std::move(request), facts_);
      spoil_crc32(response);
      co_return response;
    }
    case FaultKind::wrong_date:
      co_return co_await serve_at_wrong_time(std::move(request), rule.offset);
  }
  co_return no_answer();
}

Task<http::ServerResponse> Front::serve_at_wrong_time(http::ServerRequest request,
                                                      std::chrono::seconds offset) {
  CloudFacts wrong = facts_;
  wrong.now = [this, offset] { return facts_.now() + offset; };
  auto response = co_await serve(std::move(request), wrong);
  response.headers.set("Date", core::rfc822(wrong.now()));
  co_return response;
}

CloudFacts Front::facts_at_arrival() const {
  CloudFacts then = facts_;
  then.now = [arrived = facts_.now()] { return arrived; };
  return then;
}

Task<void> Front::apply_late(http::ServerRequest request, std::chrono::milliseconds delay) {
  const CloudFacts then = facts_at_arrival();
  const bool passed = co_await faults_->pause(delay);
  if (!passed) co_return;
  const std::string what = request.head.method + " " + request.head.path;
  const auto response = co_await serve(std::move(request), then);
  if (facts_.log) {
    facts_.log(LogLevel::info, "Applied late: " + what + ", with status " + std::to_string(response.status) +
                                   " that nobody sees.");
  }
}

http::ServerResponse Front::refuse_wrongly(const HttpRequest& head, ServiceKind service, Wrong wrong,
                                           std::string message) const {
  const std::string request_id = new_request_id(service);
  const Refusal refusal{.wrong = wrong, .message = std::move(message)};
  auto response = answer_of(refusal, service, head.path, request_id);
  if (service == ServiceKind::s3 && services_.s3_cross_origin) {
    for (const auto& field : services_.s3_cross_origin(head)) response.headers.add(field.name, field.value);
  }
  stamp(response, service, request_id);
  return response;
}

}  // namespace gannet::local
