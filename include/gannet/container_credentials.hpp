#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/secret.hpp>

namespace gannet {

struct ContainerCredentialsOptions {
  /// Path and query at ECS's own address, 169.254.170.2: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI. Counts for
  /// more than `full_uri`.
  std::string relative_uri{};
  /// AWS_CONTAINER_CREDENTIALS_FULL_URI, of EKS Pod Identity and others. With https any host; with http only
  /// loopback addresses, 169.254.170.2 (ECS), 169.254.170.23 and fd00:ec2::23 (EKS), or a name all of whose
  /// addresses are among these.
  std::string full_uri{};
  /// Sent as the Authorization header: AWS_CONTAINER_AUTHORIZATION_TOKEN.
  Secret authorization_token{};
  /// Read anew for every fetch, and goes before the token: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.
  std::filesystem::path authorization_token_file{};
  std::chrono::milliseconds timeout{2'000};  ///< To connect, and again for each answer.
  int attempts = 3;  ///< How often a request is tried that met a fault of the network or a 5xx.
};

/// The role of an ECS task or a pod on EKS, from the agent that its container is told of. Asked when first
/// needed and again ahead of the credentials' end, in the background; all callers share one fetch. Never
/// goes through a proxy.
///
/// Uses the transport (or else the sockets), `background`, `time`, `ca_bundle` and user agent of `config`.
/// Errors are of kind `configuration`; they name the URI, never the token.
std::shared_ptr<CredentialsProvider> container_credentials(const Config& config,
                                                           ContainerCredentialsOptions options);

}  // namespace gannet
