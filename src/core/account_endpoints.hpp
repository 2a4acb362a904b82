#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gannet/endpoint_settings.hpp>
#include <gannet/result.hpp>

#include "core/endpoints.hpp"

/// Endpoints of an account's own: `ACCOUNT.ddb.REGION.SUFFIX` (DynamoDB).
namespace gannet::core {

/// The host for a call with credentials of `account_id` ("" if unknown) on `resource_arn` ("" if the call
/// names no ARN), whose account goes first; nothing where the region's endpoint serves. For a service with an
/// `account_host` and without an endpoint of the user's own. Errors are of kind `configuration`: the
/// account's endpoint is required and there is none, or the account id is none.
Result<std::optional<std::string>> account_host(const EndpointFacts& service, const EndpointChoice& choice,
                                                AccountIdEndpointMode mode, std::string_view account_id,
                                                std::string_view resource_arn);

}  // namespace gannet::core
