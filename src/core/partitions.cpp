#include "core/partitions.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace gannet::core {
namespace {

/// "central-1": a word, a hyphen, a number.
bool is_word_and_number(std::string_view text) noexcept {
  const auto hyphen = text.find('-');
  if (hyphen == 0 || hyphen == std::string_view::npos || hyphen + 1 == text.size()) return false;
  return std::ranges::all_of(text.substr(0, hyphen), [](char c) { return is_alphanumeric(c) || c == '_'; }) &&
         std::ranges::all_of(text.substr(hyphen + 1), is_digit);
}

}  // namespace

const Partition& partition_of(std::string_view region) noexcept {
  for (const Partition& partition : partitions()) {
    if (std::ranges::find(partition.regions, region) != partition.regions.end()) return partition;
  }
  for (const Partition& partition : partitions()) {
    for (const std::string_view prefix : partition.region_prefixes) {
      if (region.starts_with(prefix) && is_word_and_number(region.substr(prefix.size()))) return partition;
    }
  }
  return partitions().front();
}

}  // namespace gannet::core
