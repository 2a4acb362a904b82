#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <gannet/attribute_value.hpp>

/// Keys as blobs that compare under memcmp as the service orders them: text by its UTF-8 bytes, binary by its
/// bytes, numbers by value.
namespace gannet::local::dynamodb {

inline constexpr std::size_t maximum_partition_key_size = 2048;
inline constexpr std::size_t maximum_sort_key_size = 1024;

/// The blob of an S, N or B value.
std::string encode_key(const AttributeValue& value);

/// A partition's blob: four bytes of hash, then the key. Items of one partition lie together, the partitions
/// in the hash's order, so that the segments of a parallel scan are ranges.
std::string encode_partition_key(const AttributeValue& value);
/// The lowest partition blob of segment `segment` of `total`; of segment `total`: above all.
std::string segment_start(std::size_t segment, std::size_t total);

/// Above every blob of a key.
std::string above_all_keys();
/// The lowest blob above every one that begins with `prefix`.
std::string above_prefix(std::string prefix);
/// The lowest blob above `key`.
std::string next_key(std::string key);

}  // namespace gannet::local::dynamodb
