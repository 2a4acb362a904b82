#pragma once

#include <span>
#include <string_view>

/// Partitions of AWS: groups of regions with accounts and domain names of their own.
namespace gannet::core {

struct Partition {
  std::string_view id;                      ///< "aws", "aws-cn", "aws-us-gov" ...
  std::string_view dns_suffix;              ///< "amazonaws.com"
  std::string_view dual_stack_dns_suffix;   ///< "api.aws": hosts with IPv4 and IPv6 addresses.
  std::string_view implicit_global_region;  ///< What services without regions sign for.
  bool supports_fips;
  bool supports_dual_stack;
  std::span<const std::string_view> regions;
  /// Regions that are not known yet: one of these, then a word, a hyphen and a number.
  std::span<const std::string_view> region_prefixes;
};

/// All there are, "aws" first: made from models/partitions.json.
std::span<const Partition> partitions() noexcept;

/// The partition that has `region` or would have it by its name; "aws" for a name that fits nowhere.
const Partition& partition_of(std::string_view region) noexcept;

}  // namespace gannet::core
