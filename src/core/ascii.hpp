#pragma once

#include <array>
#include <string>
#include <string_view>

/// What is asked of the characters of ASCII, whatever the locale.
namespace gannet::core {

inline constexpr auto lower_case = [] {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return table;
}();

inline char lower(char c) noexcept {
  return lower_case[static_cast<unsigned char>(c)];
}

inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

inline bool is_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// What stands for itself in a canonical request (RFC 3986, unreserved).
inline constexpr auto is_unreserved = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

}  // namespace gannet::core
