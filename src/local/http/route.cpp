#include "local/http/route.hpp"

#include <array>
#include <utility>

namespace gannet::local {
namespace {

constexpr std::array<std::pair<ServiceKind, std::string_view>, 4> names = {{
    {ServiceKind::dynamodb, "dynamodb"},
    {ServiceKind::s3, "s3"},
    {ServiceKind::secretsmanager, "secretsmanager"},
    {ServiceKind::sts, "sts"},
}};

constexpr std::array<std::pair<ServiceKind, std::string_view>, 2> targets = {{
    {ServiceKind::dynamodb, "DynamoDB_20120810."},
    {ServiceKind::secretsmanager, "secretsmanager."},
}};

bool has_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    if (pair.substr(0, pair.find('=')) == name) return true;
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return false;
}

}  // namespace

std::string_view signing_name(ServiceKind service) noexcept {
  for (const auto& [kind, name] : names) {
    if (kind == service) return name;
  }
  return "";
}

ServiceKind route(const HttpRequest& request, const core::ClaimedSignature* claim) {
  if (claim != nullptr) {
    for (const auto& [kind, name] : names) {
      if (claim->service == name) return kind;
    }
  }
  const auto target = request.headers.get("x-amz-target");
  for (const auto& [kind, prefix] : targets) {
    if (target.starts_with(prefix)) return kind;
  }
  if (request.path == "/") {
    const auto type = request.headers.get("content-type");
    const bool form = iequals(type.substr(0, type.find(';')), "application/x-www-form-urlencoded");
    if ((form && request.method == "POST") || has_parameter(request.query, "Action")) return ServiceKind::sts;
  }
  return ServiceKind::s3;
}

std::string_view target_operation(const HttpRequest& request, ServiceKind service) {
  const auto target = request.headers.get("x-amz-target");
  for (const auto& [kind, prefix] : targets) {
    if (kind == service && target.starts_with(prefix)) return target.substr(prefix.size());
  }
  return "";
}

}  // namespace gannet::local
