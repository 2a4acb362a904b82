#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <gannet/result.hpp>

namespace gannet::core::expression {

inline constexpr std::size_t maximum_operators = 300;

/// Keeps the first error. What notes one gives false, so that it can be returned at once.
class Refusal {
 public:
  explicit Refusal(std::string_view parameter) : parameter_(parameter) {}

  /// "Invalid ConditionExpression: " and what is wrong.
  bool invalid(std::string_view reason) {
    return whole("Invalid " + std::string(parameter_) + ": " + std::string(reason));
  }
  /// The message as it is.
  bool whole(std::string message) {
    if (message_.empty()) message_ = std::move(message);
    return false;
  }
  bool too_many_operators() {
    return invalid("The expression contains too many operators; operator count: " +
                   std::to_string(maximum_operators + 1));
  }
  [[nodiscard]] std::unexpected<Error> take() {
    return fail(ErrorKind::validation, "ValidationException", std::move(message_));
  }

 private:
  std::string_view parameter_;
  std::string message_;
};

}  // namespace gannet::core::expression
