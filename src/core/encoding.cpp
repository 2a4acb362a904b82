#include "core/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "core/ascii.hpp"

namespace gannet::core {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";
constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t not_a_digit = 0xff;

constexpr auto base64_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(not_a_digit);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(base64_alphabet[i])] = i;
  return values;
}();

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += c == '+' && plus_is_space ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    out += lower_digits[value >> 4];
    out += lower_digits[value & 15];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

void append_base64(std::string& out, std::string_view bytes) {
  const auto start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    const std::uint32_t group = std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2];
    *to++ = base64_alphabet[group >> 18];
    *to++ = base64_alphabet[group >> 12 & 63];
    *to++ = base64_alphabet[group >> 6 & 63];
    *to++ = base64_alphabet[group & 63];
  }
  if (left == 0) return;
  const std::uint32_t group = std::uint32_t{from[0]} << 16 | (left == 2 ? std::uint32_t{from[1]} << 8 : 0);
  *to++ = base64_alphabet[group >> 18];
  *to++ = base64_alphabet[group >> 12 & 63];
  *to++ = left == 2 ? base64_alphabet[group >> 6 & 63] : '=';
  *to = '=';
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return std::string();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::size_t digits = text.size() - padding;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto value = base64_values[static_cast<unsigned char>(text[i])];
    if (value == not_a_digit) return std::nullopt;
    group = group << 6 | value;
    if (i % 4 == 3) {
      out += static_cast<char>(group >> 16 & 0xff);
      out += static_cast<char>(group >> 8 & 0xff);
      out += static_cast<char>(group & 0xff);
      group = 0;
    }
  }
  if (padding == 1) {
    if ((group & 3) != 0) return std::nullopt;
    out += static_cast<char>(group >> 10 & 0xff);
    out += static_cast<char>(group >> 2 & 0xff);
  } else if (padding == 2) {
    if ((group & 15) != 0) return std::nullopt;
    out += static_cast<char>(group >> 4 & 0xff);
  }
  return out;
}

void append_uri_encoded(std::string& out, std::string_view text, bool keep_slash) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_unreserved[c] || (c == '/' && keep_slash)) continue;
    out.append(text, run, i - run);
    const char encoded[] = {'%', upper_digits[c >> 4], upper_digits[c & 15]};
    out.append(encoded, sizeof encoded);
    run = i + 1;
  }
  out.append(text, run);
}

std::string uri_encode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  append_uri_encoded(out, text, keep_slash);
  return out;
}

std::optional<std::string> uri_decode(std::string_view text) {
  return percent_decode(text, false);
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query,
                                                                            bool plus_is_space) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), piece.size() + 1));
    if (piece.empty()) continue;
    const auto equals = std::min(piece.find('='), piece.size());
    auto name = percent_decode(piece.substr(0, equals), plus_is_space);
    auto value = percent_decode(piece.substr(std::min(piece.size(), equals + 1)), plus_is_space);
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

bool is_utf8(std::string_view text) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  const auto continues = [&](std::ptrdiff_t place) { return (at[place] & 0xc0) == 0x80; };
  while (at < end) {
    std::uint64_t eight = 0;
    if (end - at >= 8) {
      std::memcpy(&eight, at, 8);
      if ((eight & 0x8080808080808080U) == 0) {
        at += 8;
        continue;
      }
    }
    const unsigned char c = *at;
    const auto left = end - at;
    if (c < 0x80) {
      at += 1;
    } else if (c >= 0xc2 && c <= 0xdf) {
      if (left < 2 || !continues(1)) return false;
      at += 2;
    } else if (c >= 0xe0 && c <= 0xef) {
      if (left < 3 || !continues(1) || !continues(2)) return false;
      if (c == 0xe0 && at[1] < 0xa0) return false;  // overlong
      if (c == 0xed && at[1] > 0x9f) return false;  // a surrogate
      at += 3;
    } else if (c >= 0xf0 && c <= 0xf4) {
      if (left < 4 || !continues(1) || !continues(2) || !continues(3)) return false;
      if (c == 0xf0 && at[1] < 0x90) return false;  // overlong
      if (c == 0xf4 && at[1] > 0x8f) return false;  // past U+10FFFF
      at += 4;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace gannet::core
