#include "local/s3/bucket_name.hpp"

#include <algorithm>
#include <array>

#include "core/ascii.hpp"

namespace gannet::local::s3 {
namespace {

bool looks_like_address(std::string_view name) noexcept {
  return std::ranges::count(name, '.') == 3 && std::ranges::all_of(name, [](char character) {
           return character == '.' || core::is_digit(character);
         });
}

}  // namespace

bool is_bucket_name(std::string_view name) noexcept {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!core::is_lower_or_digit(name.front()) || !core::is_lower_or_digit(name.back())) return false;
  if (!std::ranges::all_of(name, [](char character) {
        return core::is_lower_or_digit(character) || character == '-' || character == '.';
      })) {
    return false;
  }
  if (name.find("..") != std::string_view::npos || looks_like_address(name)) return false;
  static constexpr std::array<std::string_view, 3> reserved_beginnings{"xn--", "sthree-", "amzn-s3-demo-"};
  static constexpr std::array<std::string_view, 5> reserved_ends{"-s3alias", "--ol-s3", ".mrap", "--x-s3",
                                                                 "--table-s3"};
  return std::ranges::none_of(reserved_beginnings,
                              [&](std::string_view text) { return name.starts_with(text); }) &&
         std::ranges::none_of(reserved_ends, [&](std::string_view text) { return name.ends_with(text); });
}

}  // namespace gannet::local::s3
