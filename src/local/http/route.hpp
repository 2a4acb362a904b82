#pragma once

#include <cstdint>
#include <string_view>

#include <gannet/http.hpp>

#include "core/sigv4.hpp"

namespace gannet::local {

enum class ServiceKind : std::uint8_t { dynamodb, s3, secretsmanager, sts };

/// The service's name in a signature's scope.
std::string_view signing_name(ServiceKind service) noexcept;

/// Which service a request is for: a signed one says so in its signature's scope. An unsigned one, or one
/// whose scope names no service of ours, is told apart by its target header, its form or its action; what is
/// left is S3's.
ServiceKind route(const HttpRequest& request, const core::ClaimedSignature* claim);

/// The operation in X-Amz-Target, if the target is that service's: what comes after its prefix. "" otherwise.
std::string_view target_operation(const HttpRequest& request, ServiceKind service);

}  // namespace gannet::local
