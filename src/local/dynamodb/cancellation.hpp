#pragma once

#include <string_view>
#include <vector>

#include "local/dynamodb/refusal.hpp"

/// How the service says that a transaction, or a write beside one, is not done.
namespace gannet::local::dynamodb {

/// Of a transaction that was cancelled; `reasons`: one for each action, in their order.
Refusal cancelled(std::vector<CancellationReason> reasons);

/// Of an operation on one item, or of a transaction, while another transaction has the item, or its first.
Refusal conflict(std::string_view operation, std::string_view body);

}  // namespace gannet::local::dynamodb
