#pragma once

#include <array>
#include <string_view>

#include "core/sigv4.hpp"
#include "core/stack_text.hpp"

/// From a canonical request to its signature.
namespace gannet::core {

using ShortText = StackText<512>;

/// `20260131/us-east-1/s3/aws4_request`
void write_scope(ShortText& out, std::string_view date, SigningScope where);

/// `date_time` as in 20260131T235959Z, of the day of `key`. In lower-case hex.
std::array<char, 64> signature_of(std::string_view canonical, std::string_view date_time, SigningScope where,
                                  const SigningKey& key);

inline std::string_view view_of(const std::array<char, 64>& signature) noexcept {
  return {signature.data(), signature.size()};
}

}  // namespace gannet::core
