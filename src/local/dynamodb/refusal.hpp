#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gannet::local::dynamodb {

/// Why one action of a transaction could not be done; code "None" where it could.
struct CancellationReason {
  std::string_view code = "None";  ///< A literal.
  std::string message{};
  std::string item{};  ///< As a refusal's.
};

/// What the service answers instead of doing what was asked. It is thrown: requests are refused deep within
/// the evaluation of expressions, and the store undoes a half-made change when an exception passes.
/// `DynamoDb::handle` alone catches it.
struct Refusal {
  std::string_view type;  ///< A literal: "ValidationException".
  std::string message;
  std::string item{};  ///< DynamoDB JSON of the item that failed a condition, where it was asked for.
  /// Of a transaction that was cancelled: one for each action, in their order.
  std::vector<CancellationReason> reasons{};
};

/// A ValidationException.
[[noreturn]] inline void refuse(std::string message) {
  throw Refusal{.type = "ValidationException", .message = std::move(message)};
}

}  // namespace gannet::local::dynamodb
