#include "core/endpoints.hpp"

#include <utility>

#include "core/host_names.hpp"
#include "core/partitions.hpp"

namespace gannet::core {
namespace {

/// "FIPS", "dual-stack" or both.
std::string wishes_of(const EndpointChoice& choice) {
  if (choice.fips && choice.dual_stack) return "FIPS and dual-stack";
  return choice.fips ? "FIPS" : "dual-stack";
}

std::unexpected<Error> no_such_endpoint(const EndpointFacts& service, const EndpointChoice& choice,
                                        const Partition& partition) {
  std::string message(service.prefix);
  message.append(" has no ");
  if (choice.fips || choice.dual_stack) message.append(wishes_of(choice)).append(" ");
  message.append("endpoint in the region '").append(choice.region).append("' (partition ");
  message.append(partition.id).append("): ");
  message +=
      choice.fips || choice.dual_stack
          ? "set AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT otherwise, or take another region"
          : "take another region";
  return fail(ErrorKind::configuration, "NoSuchEndpoint", std::move(message));
}

const UncommonEndpoint* find_uncommon(const EndpointFacts& service, const EndpointChoice& choice,
                                      std::string_view where, bool global) {
  for (const UncommonEndpoint& one : service.uncommon) {
    if (one.where == where && one.fips == choice.fips && one.dual_stack == choice.dual_stack &&
        one.global == global)
      return &one;
  }
  return nullptr;
}

const UncommonEndpoint* find_uncommon(const EndpointFacts& service, const EndpointChoice& choice,
                                      const Partition& partition) {
  for (const bool global : {true, false}) {
    if (global && !choice.global) continue;
    for (const std::string_view where : {choice.region, partition.id}) {
      if (const auto* found = find_uncommon(service, choice, where, global)) return found;
    }
  }
  return nullptr;
}

std::string url_of(std::string_view url, std::string_view region) {
  constexpr std::string_view placeholder = "{Region}";
  std::string result(url);
  for (auto at = result.find(placeholder); at != std::string::npos; at = result.find(placeholder, at))
    result.replace(at, placeholder.size(), region);
  return result;
}

std::string common_host(const EndpointFacts& service, const EndpointChoice& choice) {
  const Partition& partition = partition_of(choice.region);
  std::string host(service.prefix);
  if (choice.fips) host.append("-fips");
  host.append(".").append(choice.region).append(".");
  host.append(choice.dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix);
  return host;
}

Result<Endpoint> from_the_user(const EndpointFacts& service, const EndpointChoice& choice) {
  if (choice.fips || choice.dual_stack) {
    return fail(ErrorKind::configuration, "InvalidEndpoint",
                "the endpoint URL " + quoted_url(*choice.custom_url) + "cannot be used together with " +
                    wishes_of(choice) + " endpoints: unset one of them (AWS_ENDPOINT_URL, " +
                    "AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT)");
  }
  // The rules of a service with endpoints of accounts refuse its own dual-stack host as a URL.
  if (!service.account_host.empty() && !choice.region.empty() &&
      *choice.custom_url ==
          "https://" + common_host(service, {.region = choice.region, .dual_stack = true})) {
    return fail(ErrorKind::configuration, "InvalidEndpoint",
                "the endpoint URL '" + *choice.custom_url +
                    "' is the dual-stack endpoint: set AWS_USE_DUALSTACK_ENDPOINT=true in its place");
  }
  auto url = custom_endpoint(*choice.custom_url);
  if (!url) return std::unexpected(std::move(url.error()));
  return Endpoint{.origin = std::move(url->origin),
                  .path = std::move(url->path),
                  .region = std::string(choice.region),
                  .custom = true};
}

}  // namespace

Error no_region() {
  return {.kind = ErrorKind::configuration,
          .code = "NoRegion",
          .message = "no region is set: set AWS_REGION, or `region` in the profile, or Config::region"};
}

Result<void> check_region(std::string_view region) {
  if (region.empty() || is_host_label(region)) return {};
  return fail(ErrorKind::configuration, "InvalidRegion",
              "the region '" + std::string(region) + "' is not one: it may hold letters, digits and hyphens");
}

std::string quoted_url(std::string_view url) {
  if (url.find('@') != std::string_view::npos) return {};
  std::string quoted("'");
  return quoted.append(url).append("' ");
}

Result<Url> custom_endpoint(const std::string& url) {
  auto parsed = parse_url(url);
  if (parsed) return parsed;
  return fail(ErrorKind::configuration, "InvalidEndpoint",
              "the endpoint URL " + quoted_url(url) + "cannot be used: " + parsed.error().message);
}

Result<Endpoint> regional_endpoint(const EndpointFacts& service, const EndpointChoice& choice) {
  if (auto good = check_region(choice.region); !good) return std::unexpected(std::move(good.error()));
  if (choice.custom_url) return from_the_user(service, choice);
  if (choice.region.empty()) return std::unexpected(no_region());

  const Partition& partition = partition_of(choice.region);
  if (const auto* uncommon = find_uncommon(service, choice, partition)) {
    if (uncommon->url.empty()) return no_such_endpoint(service, choice, partition);
    auto url = custom_endpoint(url_of(uncommon->url, choice.region));
    if (!url) return std::unexpected(std::move(url.error()));
    return Endpoint{
        .origin = std::move(url->origin),
        .path = std::move(url->path),
        .region = std::string(uncommon->signing_region.empty() ? choice.region : uncommon->signing_region),
        // Without TLS it is on the user's own machine: DynamoDB's region `local`.
        .custom = !uncommon->url.starts_with("https:")};
  }
  if ((choice.fips && !partition.supports_fips) || (choice.dual_stack && !partition.supports_dual_stack)) {
    return no_such_endpoint(service, choice, partition);
  }
  return Endpoint{.origin = {.tls = true, .host = common_host(service, choice), .port = 443},
                  .path = {},
                  .region = std::string(choice.region),
                  .custom = false};
}

}  // namespace gannet::core
