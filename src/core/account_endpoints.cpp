#include "core/account_endpoints.hpp"

#include <utility>

#include "core/arn.hpp"
#include "core/host_names.hpp"
#include "core/partitions.hpp"

namespace gannet::core {
namespace {

std::unexpected<Error> cannot_be(std::string reason) {
  return fail(ErrorKind::configuration, "AccountIdEndpoint",
              "the account's endpoint is required (AWS_ACCOUNT_ID_ENDPOINT_MODE), but " + std::move(reason) +
                  "; say preferred or disabled to go to the region's");
}

/// The account that owns the resource, if that is one of the service and region at hand.
std::string_view owner_of(std::string_view resource_arn, std::string_view service, std::string_view region) {
  const auto arn = parse_arn(resource_arn);
  const bool fits = arn && arn->service == service && arn->region == region && is_host_label(arn->account_id);
  return fits ? arn->account_id : std::string_view();
}

}  // namespace

Result<std::optional<std::string>> account_host(const EndpointFacts& service, const EndpointChoice& choice,
                                                AccountIdEndpointMode mode, std::string_view account_id,
                                                std::string_view resource_arn) {
  if (mode == AccountIdEndpointMode::disabled) return std::nullopt;
  const bool required = mode == AccountIdEndpointMode::required;
  const Partition& partition = partition_of(choice.region);
  if (choice.fips) {
    if (required) return cannot_be("accounts have no FIPS endpoints");
    return std::nullopt;
  }
  if (partition.id != "aws") {
    if (required) return cannot_be("accounts have none in the partition " + std::string(partition.id));
    return std::nullopt;
  }
  auto account = owner_of(resource_arn, service.prefix, choice.region);
  if (account.empty()) account = account_id;
  if (account.empty()) {
    if (required) return cannot_be("the credentials name no account: set AWS_ACCOUNT_ID");
    return std::nullopt;
  }
  if (!is_host_label(account)) {
    return fail(
        ErrorKind::configuration, "AccountIdEndpoint",
        "the account id '" + std::string(account) + "' of the credentials is not one: it has 12 digits");
  }
  std::string host(account);
  host.append(".").append(service.account_host).append(".").append(choice.region).append(".");
  host.append(choice.dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix);
  return host;
}

}  // namespace gannet::core
