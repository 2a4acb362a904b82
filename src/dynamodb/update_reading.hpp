#pragma once

#include <cstdint>

#include <gannet/dynamodb/types.hpp>

namespace gannet::dynamodb {

/// What an update does when it is applied a second time, right after the first.
enum class SecondTime : std::uint8_t {
  same,       ///< It leaves what the first time left.
  refused,    ///< It is refused: the first time has made its condition false.
  different,  ///< It may do more: adds to a number or list again, removes the next element, swaps back.
};

/// Whether the service takes them for the same: numbers may be spelled differently.
bool is_equal(const AttributeValue& left, const AttributeValue& right);

/// Reads update and condition expression with their placeholders. What cannot be read, legacy parameters
/// included, counts as different.
SecondTime second_time(const UpdateItemInput& in);

}  // namespace gannet::dynamodb
