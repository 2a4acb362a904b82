#include <algorithm>
#include <array>
#include <string_view>

#include "dynamodb/codec.hpp"

namespace gannet::dynamodb {
namespace {

/// A transaction is cancelled for a reason an action; "None" of those that did not matter.
constexpr std::string_view no_reason = "None";
constexpr std::array throttling = {std::string_view("ThrottlingError"),
                                   std::string_view("ProvisionedThroughputExceeded")};
constexpr std::string_view conflict = "TransactionConflict";

bool is_throttling(const CancellationReason& reason) {
  return std::ranges::find(throttling, reason.code.value_or("")) != throttling.end();
}

}  // namespace

// A condition or a broken limit among the reasons would cancel the transaction again.
std::optional<core::FailureClass> failure_class(const Error& error) {
  const auto* cancelled = error.detail<TransactionCanceledException>();
  if (cancelled == nullptr || !cancelled->cancellation_reasons) return std::nullopt;
  bool conflicts = false;
  bool throttled = false;
  for (const CancellationReason& reason : *cancelled->cancellation_reasons) {
    if (!reason.code || *reason.code == no_reason) continue;
    if (is_throttling(reason)) {
      throttled = true;
    } else if (*reason.code == conflict) {
      conflicts = true;
    } else {
      return std::nullopt;
    }
  }
  if (throttled) return core::FailureClass::throttling;
  if (conflicts) return core::FailureClass::transient;
  return std::nullopt;
}

}  // namespace gannet::dynamodb
