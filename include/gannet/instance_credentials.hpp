#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet {

struct InstanceCredentialsOptions {
  /// Where the metadata service is, an http or https URL: AWS_EC2_METADATA_SERVICE_ENDPOINT. Empty: where
  /// EC2 has it, `http://169.254.169.254`, or `http://[fd00:ec2::254]` if `ipv6` says so.
  std::string endpoint{};
  bool ipv6 = false;      ///< AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is `IPv6`. `endpoint` counts for more.
  bool disabled = false;  ///< AWS_EC2_METADATA_DISABLED: asking is an error at once.
  std::chrono::milliseconds timeout{1'000};  ///< To connect, and again for each answer.
  /// How often each request is tried. One that cannot even connect within `timeout` is not repeated: then
  /// this is no EC2 instance.
  int attempts = 3;
};

/// The role of the EC2 instance that this program runs on, from the instance metadata service, version 2
/// alone. Asked when first needed and again ahead of the credentials' end, in the background; all callers
/// share one fetch. Never goes through a proxy. If the service, in an outage of its own, gives credentials
/// that have expired, they are used on and asked for again within ten minutes, as every AWS SDK does.
///
/// Uses the transport (or else the sockets), `background`, `time`, `ca_bundle` and user agent of `config`.
/// Errors are of kind `configuration` and name the step that failed.
std::shared_ptr<CredentialsProvider> instance_credentials(const Config& config,
                                                          InstanceCredentialsOptions options = {});

}  // namespace gannet
