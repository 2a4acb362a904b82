#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gannet::local::dynamodb {

/// What the service answers instead of doing what was asked. It is thrown: requests are refused deep within
/// the evaluation of expressions, and the store undoes a half-made change when an exception passes.
/// `DynamoDb::handle` alone catches it.
struct Refusal {
  std::string_view type;  ///< A literal: "ValidationException".
  std::string message;
  std::string item{};  ///< DynamoDB JSON of the item that failed a condition, where it was asked for.
};

/// A ValidationException.
[[noreturn]] inline void refuse(std::string message) {
  throw Refusal{.type = "ValidationException", .message = std::move(message)};
}

}  // namespace gannet::local::dynamodb
