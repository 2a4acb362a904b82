#include "local/s3/cors.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/ascii.hpp"
#include "core/xml.hpp"
#include "local/s3/request.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t most_rules = 100;
constexpr std::string_view vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
constexpr std::string_view all_methods = "GET, PUT, POST, DELETE, HEAD";
/// What a page may read of an answer where no rule says it.
constexpr std::string_view exposed_by_default =
    "ETag, Accept-Ranges, Content-Range, Content-Length, Last-Modified, Content-Disposition, "
    "Content-Encoding, "
    "x-amz-request-id, x-amz-id-2, x-amz-version-id, x-amz-mp-parts-count, x-amz-checksum-crc32, "
    "x-amz-checksum-crc32c, x-amz-checksum-crc64nvme, x-amz-checksum-sha1, x-amz-checksum-sha256, "
    "x-amz-checksum-type";

/// `pattern` has at most one `*`, which stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view begin = pattern.substr(0, star);
  const std::string_view end = pattern.substr(star + 1);
  return text.size() >= begin.size() + end.size() && text.starts_with(begin) && text.ends_with(end);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

bool allows(const CorsRule& rule, const CorsQuestion& question) {
  const bool origin = std::ranges::any_of(
      rule.origins, [&](const std::string& pattern) { return matches(pattern, question.origin); });
  if (!origin || std::ranges::find(rule.methods, question.method) == rule.methods.end()) return false;
  return std::ranges::all_of(question.headers, [&](const std::string& header) {
    return std::ranges::any_of(rule.headers, [&](const std::string& pattern) {
      return matches(core::lower(pattern), core::lower(header));
    });
  });
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return names;
}

Outcome<std::vector<CorsRule>> parse_cors(std::string_view document) {
  const auto root = core::parse_xml(document);
  if (!root || root->name != "CORSConfiguration") return malformed_xml();
  std::vector<CorsRule> rules;
  for (const core::XmlElement& element : root->children) {
    if (element.name != "CORSRule") return malformed_xml();
    CorsRule rule;
    for (const core::XmlElement& part : element.children) {
      if (part.name == "ID") {
        rule.id = part.text;
      } else if (part.name == "AllowedOrigin") {
        rule.origins.push_back(part.text);
      } else if (part.name == "AllowedMethod") {
        rule.methods.push_back(part.text);
      } else if (part.name == "AllowedHeader") {
        rule.headers.push_back(part.text);
      } else if (part.name == "ExposeHeader") {
        rule.exposed.push_back(part.text);
      } else if (part.name == "MaxAgeSeconds") {
        rule.max_age = parse_number(part.text);
        if (!rule.max_age) return malformed_xml();
      } else {
        return malformed_xml();
      }
    }
    if (rule.origins.empty() || rule.methods.empty()) return malformed_xml();
    static constexpr std::array<std::string_view, 5> methods{"GET", "PUT", "POST", "DELETE", "HEAD"};
    for (const std::string& method : rule.methods) {
      if (std::ranges::find(methods, method) == methods.end()) {
        return invalid_request(
            fmt::format("Found unsupported HTTP method in CORS config. Unsupported method is {}", method));
      }
    }
    for (const std::string& origin : rule.origins) {
      if (std::ranges::count(origin, '*') > 1) {
        return invalid_request(
            fmt::format("AllowedOrigin \"{}\" can not have more than one wildcard.", origin));
      }
    }
    for (const std::string& header : rule.headers) {
      if (std::ranges::count(header, '*') > 1) {
        return invalid_request(
            fmt::format("AllowedHeader \"{}\" can not have more than one wildcard.", header));
      }
    }
    for (const std::string& header : rule.exposed) {
      if (header.find('*') != std::string::npos) {
        return invalid_request(
            fmt::format("ExposeHeader \"{}\" contains wildcard. We currently do not support "
                        "wildcard for ExposeHeader.",
                        header));
      }
    }
    rules.push_back(std::move(rule));
  }
  if (rules.empty() || rules.size() > most_rules) return malformed_xml();
  return rules;
}

std::string cors_document(const std::vector<CorsRule>& rules) {
  core::XmlWriter xml;
  xml.declaration();
  xml.open("CORSConfiguration", "http://s3.amazonaws.com/doc/2006-03-01/");
  for (const CorsRule& rule : rules) {
    xml.open("CORSRule");
    if (!rule.id.empty()) xml.element("ID", rule.id);
    for (const std::string& method : rule.methods) xml.element("AllowedMethod", method);
    for (const std::string& origin : rule.origins) xml.element("AllowedOrigin", origin);
    for (const std::string& header : rule.headers) xml.element("AllowedHeader", header);
    for (const std::string& header : rule.exposed) xml.element("ExposeHeader", header);
    if (rule.max_age) xml.element("MaxAgeSeconds", fmt::format("{}", *rule.max_age));
    xml.close("CORSRule");
  }
  xml.close("CORSConfiguration");
  return xml.take();
}

std::optional<Headers> cors_headers(const std::vector<CorsRule>& rules, const CorsQuestion& question) {
  const auto rule = std::ranges::find_if(rules, [&](const CorsRule& each) { return allows(each, question); });
  if (rule == rules.end()) return std::nullopt;
  Headers headers;
  if (std::ranges::find(rule->origins, "*") != rule->origins.end()) {
    headers.add("Access-Control-Allow-Origin", "*");
  } else {
    headers.add("Access-Control-Allow-Origin", question.origin);
    headers.add("Access-Control-Allow-Credentials", "true");
  }
  headers.add("Access-Control-Allow-Methods", joined(rule->methods));
  if (question.preflight && !question.headers.empty()) {
    headers.add("Access-Control-Allow-Headers", core::lower(joined(question.headers)));
  }
  if (!rule->exposed.empty()) headers.add("Access-Control-Expose-Headers", joined(rule->exposed));
  if (rule->max_age) headers.add("Access-Control-Max-Age", fmt::format("{}", *rule->max_age));
  headers.add("Vary", vary);
  return headers;
}

Headers permissive_cors_headers(const CorsQuestion& question) {
  Headers headers;
  headers.add("Access-Control-Allow-Origin", "*");
  headers.add("Access-Control-Allow-Methods", all_methods);
  if (question.preflight && !question.headers.empty()) {
    headers.add("Access-Control-Allow-Headers", core::lower(joined(question.headers)));
  }
  headers.add("Access-Control-Expose-Headers", exposed_by_default);
  if (question.preflight) headers.add("Access-Control-Max-Age", "3000");
  headers.add("Vary", vary);
  return headers;
}

}  // namespace gannet::local::s3
