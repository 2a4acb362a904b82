#pragma once

#include <chrono>
#include <optional>

namespace gannet {

/// How the wait before an attempt is spread: over the whole interval from zero (full), or not at all.
enum class Jitter { full, none };

/// How often and how slowly a failed request is repeated; whether it may be repeated at all is not policy but
/// fact, and decided elsewhere. The wait before attempt n + 1 is `rand(0, 1) * min(base_delay * 2^(n - 1),
/// max_delay)`.
struct RetryPolicy {
  /// First try included; 1 switches repeating off. Unset: 3, for DynamoDB 4.
  std::optional<int> max_attempts{};
  /// Unset: 50 ms, for DynamoDB 25 ms, after throttling 1 s. When set it holds for every kind of failure.
  std::optional<std::chrono::milliseconds> base_delay{};
  std::chrono::milliseconds max_delay{20'000};
  Jitter jitter = Jitter::full;
};

}  // namespace gannet
