#include "local/dynamodb/key_codec.hpp"

#include <cstdint>

#include "core/checksums.hpp"
#include "core/decimal.hpp"

namespace gannet::local::dynamodb {

using core::Decimal;

namespace {

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((number >> shift) & 0xFFU);
  return bytes;
}

}  // namespace

std::string encode_key(const AttributeValue& value) {
  if (const auto* text = value.if_s()) return *text;
  if (const auto* bytes = value.if_b()) return std::string(as_text(*bytes));
  std::string key;
  if (const auto number = Decimal::parse(value.n())) number->append_key(key);
  return key;
}

std::string encode_partition_key(const AttributeValue& value) {
  const std::string key = encode_key(value);
  // A CRC alone keeps the order of short keys in its high bits; the multiplication stirs them.
  const std::uint32_t hash = core::crc32(key) * 2'654'435'761U;
  return big_endian(hash ^ (hash >> 15U)) + key;
}

std::string segment_start(std::size_t segment, std::size_t total) {
  if (segment >= total) return above_all_keys();
  return big_endian(static_cast<std::uint32_t>((static_cast<std::uint64_t>(segment) << 32U) / total));
}

std::string above_all_keys() {
  return std::string(maximum_partition_key_size + 5, '\xFF');
}

std::string above_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (prefix.empty()) return above_all_keys();
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string next_key(std::string key) {
  key += '\0';
  return key;
}

}  // namespace gannet::local::dynamodb
