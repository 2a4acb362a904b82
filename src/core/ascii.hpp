#pragma once

#include <array>
#include <cstdint>
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

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_lower_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}

constexpr bool is_alphanumeric(char c) noexcept {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

inline constexpr auto hex_values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::int8_t value = 0; value < 16; ++value) {
    table[static_cast<unsigned char>("0123456789abcdef"[value])] = value;
    table[static_cast<unsigned char>("0123456789ABCDEF"[value])] = value;
  }
  return table;
}();

/// That of a hex digit, in either case; -1 for any other character.
inline int hex_value(char c) noexcept {
  return hex_values[static_cast<unsigned char>(c)];
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
