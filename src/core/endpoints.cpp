#include "core/endpoints.hpp"

#include <algorithm>

#include "core/encoding.hpp"

namespace gannet::core {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_lower_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}
bool is_alphanumeric(char c) noexcept {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_host_label(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_dotted_quad(std::string_view text) noexcept {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit)) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

bool is_address(std::string_view host) noexcept {
  return host.find(':') != std::string_view::npos || is_dotted_quad(host);
}

}  // namespace

std::string_view dns_suffix(std::string_view region) noexcept {
  struct Partition {
    std::string_view region_prefix;
    std::string_view suffix;
  };
  static constexpr Partition partitions[] = {
      {"cn-", "amazonaws.com.cn"},   {"eusc-", "amazonaws.eu"},      {"us-iso-", "c2s.ic.gov"},
      {"us-isob-", "sc2s.sgov.gov"}, {"eu-isoe-", "cloud.adc-e.uk"}, {"us-isof-", "csp.hci.ic.gov"},
  };
  for (const Partition& partition : partitions) {
    if (region.starts_with(partition.region_prefix)) return partition.suffix;
  }
  return "amazonaws.com";  // aws and aws-us-gov
}

Result<Endpoint> regional_endpoint(std::string_view endpoint_prefix, std::string_view region,
                                   const std::optional<std::string>& custom_url) {
  if (region.empty()) {
    return fail(ErrorKind::configuration, "NoRegion",
                "no region is set: set AWS_REGION, or `region` in the profile, or Config::region");
  }
  if (!is_host_label(region)) {
    return fail(
        ErrorKind::configuration, "InvalidRegion",
        "the region '" + std::string(region) + "' is not one: it may hold letters, digits and hyphens");
  }
  if (custom_url) {
    auto url = parse_url(*custom_url);
    if (!url) {
      return fail(ErrorKind::configuration, "InvalidEndpoint",
                  "the endpoint URL '" + *custom_url + "' cannot be used: " + url.error().message);
    }
    return Endpoint{.origin = std::move(url->origin),
                    .path = std::move(url->path),
                    .region = std::string(region),
                    .custom = true};
  }
  std::string host;
  host.append(endpoint_prefix).append(".").append(region).append(".").append(dns_suffix(region));
  return Endpoint{.origin = {.tls = true, .host = std::move(host), .port = 443},
                  .path = {},
                  .region = std::string(region),
                  .custom = false};
}

bool is_virtual_hostable_bucket(std::string_view bucket, bool allow_dots) noexcept {
  if (bucket.size() < 3 || bucket.size() > 63) return false;
  if (!is_lower_or_digit(bucket.front()) || !is_lower_or_digit(bucket.back())) return false;
  char before = 0;
  for (const char c : bucket) {
    if (c == '.') {
      if (!allow_dots || before == '.' || before == '-') return false;
    } else if (c == '-') {
      if (before == '.') return false;
    } else if (!is_lower_or_digit(c)) {
      return false;
    }
    before = c;
  }
  return !is_dotted_quad(bucket);
}

Result<BucketEndpoint> bucket_endpoint(const Endpoint& endpoint, std::string_view bucket,
                                       S3Addressing addressing) {
  if (bucket.starts_with("arn:")) {
    return fail(
        ErrorKind::validation, "UnsupportedBucket",
        "the bucket '" + std::string(bucket) +
            "' is an ARN: access points and other ARNs are not supported yet; give the bucket's name");
  }
  if (bucket.find('/') != std::string_view::npos || bucket == "." || bucket == "..") {
    return fail(
        ErrorKind::validation, "InvalidBucketName",
        "'" + std::string(bucket) + "' cannot be a bucket's name; give the name alone, the key apart");
  }
  const bool wanted =
      addressing == S3Addressing::virtual_host || (addressing == S3Addressing::automatic && !endpoint.custom);
  if (wanted && !is_address(endpoint.origin.host) &&
      is_virtual_hostable_bucket(bucket, !endpoint.origin.tls)) {
    BucketEndpoint found{.origin = endpoint.origin, .path = endpoint.path, .virtual_host = true};
    found.origin.host.insert(0, ".").insert(0, bucket);
    return found;
  }
  BucketEndpoint found{.origin = endpoint.origin, .path = endpoint.path, .virtual_host = false};
  found.path += '/';
  append_uri_encoded(found.path, bucket);
  return found;
}

void prefix_host(Origin& origin, std::string_view prefix) {
  if (!is_address(origin.host)) origin.host.insert(0, prefix);
}

}  // namespace gannet::core
