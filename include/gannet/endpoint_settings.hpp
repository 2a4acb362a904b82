#pragma once

namespace gannet {

/// Whether DynamoDB is called at the endpoint of the account that the credentials (or a table's ARN) name,
/// `ACCOUNT.ddb.REGION.amazonaws.com`, rather than at the region's.
enum class AccountIdEndpointMode {
  disabled,   ///< Always at the region's: the default here.
  preferred,  ///< At the account's where it is known and has one, else at the region's.
  required,   ///< At the account's; where that cannot be, the call fails before the network.
};

}  // namespace gannet
