#pragma once

#include <optional>

#include "core/endpoints.hpp"
#include "core/retry_rules.hpp"
#include "runtime/call.hpp"

/// The services that are asked for credentials.
namespace gannet::identity {

/// As models/sts.json has them.
inline constexpr core::UncommonEndpoint sts_endpoints[] = {
    {.where = "aws-global", .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "ap-northeast-1",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "ap-south-1",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "ap-southeast-1",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "ap-southeast-2",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "ca-central-1",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "eu-central-1",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "eu-north-1",
     .global = true,
     .url = "https://sts.amazonaws.com",
     .signing_region = "us-east-1"},
    {.where = "eu-west-1", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "eu-west-2", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "eu-west-3", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "sa-east-1", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "us-east-1", .global = true, .url = "https://sts.amazonaws.com"},
    {.where = "us-east-2", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "us-west-1", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "us-west-2", .global = true, .url = "https://sts.amazonaws.com", .signing_region = "us-east-1"},
    {.where = "aws-us-gov", .fips = true, .url = "https://sts.{Region}.amazonaws.com"},
};
inline constexpr core::UncommonEndpoint portal_endpoints[] = {
    {.where = "aws-us-gov", .fips = true, .url = "https://portal.sso.{Region}.amazonaws.com"},
};
inline constexpr core::UncommonEndpoint token_endpoints[] = {
    {.where = "aws-us-gov", .fips = true, .url = "https://oidc.{Region}.amazonaws.com"},
};

/// STS may not yet know the keys with which the identity's provider has signed its token, and does so a
/// moment later.
inline std::optional<core::FailureClass> sts_failure_class(const Error& error) {
  if (error.code == "InvalidIdentityToken") return core::FailureClass::transient;
  return std::nullopt;
}

inline constexpr runtime::Service sts{.id = "sts",
                                      .signing_name = "sts",
                                      .endpoint_prefix = "sts",
                                      .failure_class = sts_failure_class,
                                      .uncommon_endpoints = sts_endpoints};
/// Of IAM Identity Center: gives credentials to who has a token.
inline constexpr runtime::Service portal{.id = "sso",
                                         .signing_name = "awsssoportal",
                                         .endpoint_prefix = "portal.sso",
                                         .uncommon_endpoints = portal_endpoints};
/// Of IAM Identity Center: refreshes tokens.
inline constexpr runtime::Service token_service{.id = "sso_oidc",
                                                .signing_name = "sso-oauth",
                                                .endpoint_prefix = "oidc",
                                                .uncommon_endpoints = token_endpoints};

}  // namespace gannet::identity
