#include "core/host_names.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace gannet::core {
namespace {

bool is_dotted_quad(std::string_view text) noexcept {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit)) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_host_label(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool are_host_labels(std::string_view text) noexcept {
  while (true) {
    const auto dot = text.find('.');
    if (!is_host_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_address(std::string_view host) noexcept {
  return host.find(':') != std::string_view::npos || is_dotted_quad(host);
}

bool is_virtual_hostable_bucket(std::string_view bucket, bool allow_dots) noexcept {
  if (bucket.size() < 3 || bucket.size() > 63) return false;
  if (!is_lower_or_digit(bucket.front()) || !is_lower_or_digit(bucket.back())) return false;
  char before = 0;
  for (const char c : bucket) {
    if (c == '.') {
      if (!allow_dots || before == '.' || before == '-') return false;
    } else if (c == '-') {
      if (before == '.') return false;
    } else if (!is_lower_or_digit(c)) {
      return false;
    }
    before = c;
  }
  return !is_dotted_quad(bucket);
}

void prefix_host(Origin& origin, std::string_view prefix) {
  if (!is_address(origin.host)) origin.host.insert(0, prefix);
}

}  // namespace gannet::core
