#pragma once

#include <optional>

namespace gannet {

/// Whether DynamoDB is called at the endpoint of the account that the credentials (or a table's ARN) name,
/// `ACCOUNT.ddb.REGION.amazonaws.com`, rather than at the region's.
enum class AccountIdEndpointMode {
  disabled,   ///< Always at the region's: the default here.
  preferred,  ///< At the account's where it is known and has one, else at the region's.
  required,   ///< At the account's; where that cannot be, the call fails before the network.
};

/// Which of AWS's endpoints are called. With an endpoint URL of one's own, FIPS, dual-stack and accelerated
/// endpoints are errors of kind `configuration`, told by the first call; so are those that a partition does
/// not have. What is not set is false.
struct EndpointSettings {
  /// Endpoints with FIPS 140 cryptography. AWS_USE_FIPS_ENDPOINT, `use_fips_endpoint`.
  std::optional<bool> use_fips{};
  /// Endpoints with IPv4 and IPv6 addresses. AWS_USE_DUALSTACK_ENDPOINT, `use_dualstack_endpoint`.
  std::optional<bool> use_dual_stack{};
  /// The same for S3 alone, where it goes before the one for all. `s3 = use_dualstack_endpoint`.
  std::optional<bool> s3_use_dual_stack{};
  /// Buckets by S3 Transfer Acceleration, which they must have enabled. `s3 = use_accelerate_endpoint`.
  std::optional<bool> s3_use_accelerate{};
  /// A bucket's ARN may name another region than `Config::region`, and is followed there.
  /// AWS_S3_USE_ARN_REGION, `s3_use_arn_region`, `s3 = use_arn_region`.
  std::optional<bool> s3_use_arn_region{};
  /// us-east-1 is `s3.amazonaws.com`, as of old. AWS_S3_US_EAST_1_REGIONAL_ENDPOINT = legacy,
  /// `s3_us_east_1_regional_endpoint`, `s3 = us_east_1_regional_endpoint`.
  std::optional<bool> s3_us_east_1_global{};
  /// Multi-Region Access Points are refused as disabled. (They are not supported: SigV4a.)
  /// AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS, `s3_disable_multiregion_access_points`.
  std::optional<bool> s3_disable_multi_region_access_points{};
  /// The older regions share `sts.amazonaws.com`. AWS_STS_REGIONAL_ENDPOINTS = legacy,
  /// `sts_regional_endpoints`.
  std::optional<bool> sts_global{};
  /// `disabled` where unset. AWS_ACCOUNT_ID_ENDPOINT_MODE, `account_id_endpoint_mode`.
  std::optional<AccountIdEndpointMode> account_id_mode{};
};

}  // namespace gannet
