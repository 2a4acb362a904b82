#pragma once

#include <variant>

#include <gannet/config.hpp>
#include <gannet/credentials.hpp>
#include <gannet/result.hpp>

#include "core/endpoints.hpp"
#include "core/s3_endpoints.hpp"

/// Where a client's calls go.
namespace gannet::runtime {

struct Call;
struct ClientState;
struct Service;

/// What is known before any call, or why there is no endpoint, which the first call tells. The latter for S3.
using Endpoints = std::variant<Result<core::Endpoint>, Result<core::S3Endpoints>>;

Endpoints endpoints_of(const Service& service, const Config& config);

/// Puts origin, path and bucket into the request, and into the call what it is signed for. Errors: no region,
/// an endpoint that is none, an impossible bucket.
Result<void> address(const ClientState& client, Call& call);

/// Sends the call to the endpoint of the account that signs it, or of the ARN that it names, where the
/// service has such endpoints and they are wanted. For each attempt anew, before it is signed: `who` may
/// change.
Result<void> address_account(const ClientState& client, Call& call, const Credentials& who);

}  // namespace gannet::runtime
