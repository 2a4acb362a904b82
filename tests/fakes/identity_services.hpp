#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gannet/transport.hpp>

#include "core/encoding.hpp"
#include "core/json.hpp"

namespace gannet::fakes {

/// STS, IAM Identity Center, a container's agent and the instance metadata service, told apart by their
/// paths. The keys they give are named after what was asked for: the role `arn:aws:iam::1:role/one` has the
/// key id `one`, the secret `secret-of-one` and the token `token-of-one`. tests/conformance/profile_cases.py
/// answers alike. Thread-safe.
class IdentityServices : public Transport {
 public:
  struct Answer {
    int status = 200;
    std::string body{};
    Headers headers{};
  };
  /// What was asked, with the members that profile_cases.py writes down.
  using Asked = std::map<std::string, std::string>;
  /// Answers in place of these services where it gives something.
  using Instead = std::function<std::optional<Answer>(const Asked& asked)>;

  /// Of what is given, in both of the forms that the services write.
  std::string expiration = "2999-01-01T00:00:00Z";
  std::string expiration_milliseconds = "32472144000000";

  void instead(Instead answer) {
    const std::lock_guard lock(mutex_);
    instead_ = std::move(answer);
  }
  [[nodiscard]] std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    asked_.clear();
    requests_.clear();
  }

  Answer answer(const HttpRequest& request, const std::string& body) {
    const Asked asked = read(request, body);
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (!asked.empty()) asked_.push_back(asked);
    if (instead_) {
      if (auto other = instead_(asked)) return *other;
    }
    return usual(request, asked);
  }

  Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest& request, Body body,
                                                         AttemptLimits /*limits*/) override {
    const auto bytes = body.in_memory();
    auto given = answer(request, bytes ? std::string(as_text(*bytes)) : std::string());
    co_return HttpResponse{.status = given.status,
                           .headers = std::move(given.headers),
                           .body = BodyReader(std::move(given.body))};
  }

  static Answer sts_error(int status, const std::string& code, const std::string& message = "no") {
    return {.status = status,
            .body =
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender"
                "</Type><Code>" +
                code + "</Code><Message>" + message +
                "</Message></Error><RequestId>request-7</RequestId></ErrorResponse>"};
  }
  static Answer json_error(int status, const std::string& code, const std::string& message = "no") {
    return {.status = status,
            .body = R"({"message":")" + message + "\"}",
            .headers = {{"x-amzn-errortype", code}}};
  }

 private:
  static std::string field(const std::vector<std::pair<std::string, std::string>>& form,
                           std::string_view name) {
    const auto found = std::ranges::find(form, name, &std::pair<std::string, std::string>::first);
    return found == form.end() ? std::string() : found->second;
  }

  static Asked read(const HttpRequest& request, const std::string& body) {
    if (request.path == "/federation/credentials") {
      const auto query = core::parse_query(request.query).value();
      return {{"call", "GetRoleCredentials"},
              {"host", request.origin.host},
              {"role", field(query, "role_name")},
              {"account", field(query, "account_id")},
              {"bearer", std::string(request.headers.get("x-amz-sso_bearer_token"))}};
    }
    if (request.path == "/token") {
      const auto form = core::JsonDocument::parse(body).value();
      const auto text = [&](std::string_view name) {
        const auto member = form.root().find(name);
        return member ? std::string(member->string().value_or("")) : std::string();
      };
      return {{"call", "CreateToken"},          {"host", request.origin.host},
              {"grant", text("grantType")},     {"client", text("clientId")},
              {"secret", text("clientSecret")}, {"refresh", text("refreshToken")}};
    }
    if (request.path.starts_with("/latest/")) {
      if (request.method != "PUT") return {};
      return {{"call", "instance"}};
    }
    const auto form = core::parse_query(body, true);
    if (!form || field(*form, "Action").empty())
      return {{"call", "container"}, {"url", request.origin.host + request.path}};
    std::string session = field(*form, "RoleSessionName");
    if (session.starts_with("gannet-")) session.clear();
    std::string signed_by(request.headers.get("authorization"));
    signed_by.erase(0, std::min(signed_by.size(), signed_by.find("Credential=") + 11));
    signed_by.erase(std::min(signed_by.size(), signed_by.find('/')));
    return {{"call", field(*form, "Action")},
            {"role", field(*form, "RoleArn")},
            {"session", session},
            {"signed_by", signed_by},
            {"external_id", field(*form, "ExternalId")},
            {"duration", field(*form, "DurationSeconds")},
            {"token", field(*form, "WebIdentityToken")}};
  }

  [[nodiscard]] Answer usual(const HttpRequest& request, const Asked& asked) const {
    const std::string call = asked.empty() ? "" : asked.at("call");
    if (call == "GetRoleCredentials") {
      if (asked.at("bearer") == "refused")
        return json_error(401, "UnauthorizedException", "Session token not found or invalid");
      return {.body = R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"secret-of-SSO",)"
                      R"("sessionToken":"token-of-SSO","expiration":)" +
                      expiration_milliseconds + "}}"};
    }
    if (call == "CreateToken") {
      if (asked.at("refresh") == "refused") {
        return {.status = 400,
                .body = R"({"error":"invalid_grant","error_description":"no"})",
                .headers = {{"x-amzn-errortype", "InvalidGrantException"}}};
      }
      return {.body = R"({"accessToken":"fresh-token","tokenType":"Bearer","expiresIn":28800,)"
                      R"("refreshToken":"refresh-2"})"};
    }
    if (call == "container") return {.body = agent("CONTAINER")};
    if (call == "instance")
      return {.body = "imds-token", .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
    if (request.path.ends_with("security-credentials/") || request.path.ends_with("security-credentials"))
      return {.body = "machine"};
    if (request.path.starts_with("/latest/")) return {.body = agent("INSTANCE")};
    const std::string& role = asked.at("role");
    const std::string name = role.substr(role.rfind('/') + 1);
    return {.body = "<" + call + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + call +
                    "Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/" + name +
                    "/x</Arn></AssumedRoleUser><Credentials><AccessKeyId>" + name +
                    "</AccessKeyId><SecretAccessKey>secret-of-" + name +
                    "</SecretAccessKey><SessionToken>token-of-" + name + "</SessionToken><Expiration>" +
                    expiration + "</Expiration></Credentials></" + call + "Result></" + call + "Response>"};
  }

  [[nodiscard]] std::string agent(const std::string& name) const {
    return R"({"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2020-01-01T00:00:00Z","AccessKeyId":")" +
           name + R"(","SecretAccessKey":"secret-of-)" + name + R"(","Token":"token-of-)" + name +
           R"(","Expiration":")" + expiration + "\"}";
  }

  mutable std::mutex mutex_;
  Instead instead_;
  std::vector<Asked> asked_;
  std::vector<HttpRequest> requests_;
};

}  // namespace gannet::fakes
