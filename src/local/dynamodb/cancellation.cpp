#include "local/dynamodb/cancellation.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/json.hpp"

namespace gannet::local::dynamodb {
namespace {

constexpr std::string_view ongoing = "Transaction is ongoing for the item";

std::size_t actions_in(std::string_view body) {
  const auto document = core::JsonDocument::parse(body);
  const auto actions = document ? document->root().find("TransactItems") : std::nullopt;
  return actions ? actions->size() : 0;
}

}  // namespace

Refusal cancelled(std::vector<CancellationReason> reasons) {
  std::string codes;
  for (const CancellationReason& reason : reasons) {
    if (!codes.empty()) codes += ", ";
    codes += reason.code;
  }
  return {.type = "TransactionCanceledException",
          .message = fmt::format(
              "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes),
          .item = {},
          .reasons = std::move(reasons)};
}

Refusal conflict(std::string_view operation, std::string_view body) {
  if (!operation.starts_with("Transact"))
    return {.type = "TransactionConflictException", .message = std::string(ongoing)};
  std::vector<CancellationReason> reasons(std::max<std::size_t>(actions_in(body), 1));
  reasons.front() = {.code = "TransactionConflict", .message = std::string(ongoing)};
  return cancelled(std::move(reasons));
}

}  // namespace gannet::local::dynamodb
