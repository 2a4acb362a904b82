#include "local/faults/requests.hpp"

#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "dynamodb_model.hpp"
#include "local/s3/operation_name.hpp"
#include "local/s3/request.hpp"
#include "secretsmanager_model.hpp"

namespace gannet::local {
namespace {

constexpr std::array<std::string_view, 5> conflicting_operations = {
    "DeleteItem", "PutItem", "TransactGetItems", "TransactWriteItems", "UpdateItem"};

constexpr std::array<std::string_view, 11> sts_operations = {
    "AssumeRole",        "AssumeRoleWithSAML",         "AssumeRoleWithWebIdentity",
    "AssumeRoot",        "DecodeAuthorizationMessage", "GetAccessKeyInfo",
    "GetCallerIdentity", "GetDelegatedAccessToken",    "GetFederationToken",
    "GetSessionToken",   "GetWebIdentityToken"};

std::string action_of(std::string_view form) {
  const auto fields = core::parse_query(form, true);
  if (!fields) return "";
  for (const auto& [name, value] : *fields) {
    if (name == "Action") return value;
  }
  return "";
}

/// The name in "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-abcdef"; what is no ARN as it is.
std::string_view secret_name(std::string_view name_or_arn) {
  constexpr std::string_view marker = ":secret:";
  const auto at = name_or_arn.starts_with("arn:") ? name_or_arn.find(marker) : std::string_view::npos;
  return at == std::string_view::npos ? name_or_arn : name_or_arn.substr(at + marker.size());
}

}  // namespace

bool is_operation(FaultService service, std::string_view name) {
  const auto asked = [&](FaultService one) { return service == one || service == FaultService::any; };
  return (asked(FaultService::dynamodb) && models::dynamodb::input_of(name) != nullptr) ||
         (asked(FaultService::secretsmanager) && models::secretsmanager::input_of(name) != nullptr) ||
         (asked(FaultService::s3) && s3::is_operation(name)) ||
         (asked(FaultService::sts) && std::ranges::find(sts_operations, name) != sts_operations.end());
}

bool may_conflict(std::string_view operation) {
  return std::ranges::find(conflicting_operations, operation) != conflicting_operations.end();
}

std::string operation_of(const HttpRequest& head, ServiceKind service, std::string_view body) {
  switch (service) {
    case ServiceKind::s3:
      return s3::operation_name(head);
    case ServiceKind::sts:
      return action_of(body.empty() ? std::string_view(head.query) : body);
    case ServiceKind::dynamodb:
    case ServiceKind::secretsmanager:
      return std::string(target_operation(head, service));
  }
  return "";
}

std::vector<std::string> s3_keys_of(const HttpRequest& head) {
  const auto address = s3::parse_address(head.headers.get("host"), head.path);
  if (!address || address->key.empty()) return {};
  return {address->key};
}

std::vector<std::string> secret_names_of(std::string_view body) {
  std::vector<std::string> names;
  const auto document = core::JsonDocument::parse(body);
  if (!document) return names;
  const auto add = [&](core::JsonValue value) {
    if (const auto text = value.string()) names.emplace_back(secret_name(*text));
  };
  for (const std::string_view member : {"SecretId", "Name"}) {
    if (const auto value = document->root().find(member)) add(*value);
  }
  if (const auto ids = document->root().find("SecretIdList")) {
    for (const core::JsonValue id : *ids) add(id);
  }
  return names;
}

}  // namespace gannet::local
