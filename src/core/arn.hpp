#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gannet::core {

/// An Amazon resource name, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, in pieces of the text it was
/// read from.
struct Arn {
  std::string_view partition;
  std::string_view service;
  std::string_view region;      ///< May be empty.
  std::string_view account_id;  ///< May be empty.
  std::string_view resource;

  /// The `index`th part of the resource, which colons and slashes divide. None past the last.
  [[nodiscard]] std::optional<std::string_view> resource_part(std::size_t index) const noexcept;
};

/// None if `text` is no ARN: six parts at least, partition, service and resource not empty.
std::optional<Arn> parse_arn(std::string_view text) noexcept;

}  // namespace gannet::core
