#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include <gannet/error.hpp>

#include "core/error_codes.hpp"
#include "core/retry_rules.hpp"

namespace gannet::protocols {

/// An error that the service's model says may be repeated.
struct RetryableError {
  std::string_view code;
  core::FailureClass failure_class;
};

/// The class of an error by its model's table. Some models deny that a ThrottlingException is throttling: a
/// code that says so itself is believed.
inline std::optional<core::FailureClass> failure_class(const Error& error,
                                                       std::span<const RetryableError> retryable) {
  const auto found = std::ranges::find(retryable, error.code, &RetryableError::code);
  if (found == retryable.end()) return std::nullopt;
  return core::is_throttling(error.code) ? core::FailureClass::throttling : found->failure_class;
}

}  // namespace gannet::protocols
