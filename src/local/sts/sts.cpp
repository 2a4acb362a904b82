#include "local/sts/sts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/encoding.hpp"
#include "core/xml.hpp"

namespace gannet::local {
namespace {

constexpr std::string_view version = "2011-06-15";
constexpr std::string_view xmlns = "https://sts.amazonaws.com/doc/2011-06-15/";

constexpr std::array<std::string_view, 10> unbuilt_actions = {
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetSessionToken",
    "GetWebIdentityToken",
};

using Form = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string> field(const std::optional<Form>& form, std::string_view name) {
  if (!form) return std::nullopt;
  const auto at = std::ranges::find(*form, name, &Form::value_type::first);
  if (at == form->end()) return std::nullopt;
  return at->second;
}

}  // namespace

Reply sts_error(int status, std::string_view code, std::string_view message, std::string_view request_id) {
  core::XmlWriter xml;
  xml.open("ErrorResponse", xmlns);
  xml.open("Error");
  xml.element("Type", status < 500 ? "Sender" : "Receiver");
  xml.element("Code", code);
  xml.element("Message", core::is_utf8(message) ? message : "The request is not UTF-8.");
  xml.close("Error");
  xml.element("RequestId", request_id);
  xml.close("ErrorResponse");
  return {.status = status, .body = xml.take(), .content_type = "text/xml"};
}

bool Sts::is_unsigned_operation(std::string_view form) {
  const auto action = field(core::parse_query(form, true), "Action");
  return action == "AssumeRoleWithWebIdentity" || action == "AssumeRoleWithSAML";
}

Reply Sts::handle(const Caller& caller, std::string_view form) {
  const auto fields = core::parse_query(form, true);
  if (!fields) {
    return sts_error(400, "MalformedQueryString", "The form has a % that two hex digits do not follow.",
                     caller.request_id);
  }
  const auto action = field(fields, "Action");
  const auto wanted_version = field(fields, "Version");
  if (!action) return sts_error(400, "MissingAction", "The form has no Action.", caller.request_id);
  if (wanted_version && *wanted_version != version) {
    return sts_error(400, "InvalidAction",
                     "Could not find operation " + *action + " for version " + *wanted_version +
                         "; STS speaks version 2011-06-15.",
                     caller.request_id);
  }
  if (std::ranges::find(unbuilt_actions, *action) != unbuilt_actions.end()) {
    return sts_error(
        400, "InvalidAction",
        "The local cloud's STS has no " + *action + ": its keys are the ones it was started with.",
        caller.request_id);
  }
  if (*action != "GetCallerIdentity") {
    return sts_error(400, "InvalidAction", "Could not find operation " + *action + " for version 2011-06-15.",
                     caller.request_id);
  }
  core::XmlWriter xml;
  xml.open("GetCallerIdentityResponse", xmlns);
  xml.open("GetCallerIdentityResult");
  xml.element("Arn", "arn:aws:iam::" + facts_.account_id + ":root");
  xml.element("UserId", facts_.account_id);
  xml.element("Account", facts_.account_id);
  xml.close("GetCallerIdentityResult");
  xml.open("ResponseMetadata");
  xml.element("RequestId", caller.request_id);
  xml.close("ResponseMetadata");
  xml.close("GetCallerIdentityResponse");
  return {.status = 200, .body = xml.take(), .content_type = "text/xml"};
}

}  // namespace gannet::local
