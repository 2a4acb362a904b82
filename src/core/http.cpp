#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gannet/http.hpp>

#include "core/ascii.hpp"

namespace gannet {
namespace {

constexpr std::uint16_t default_port(bool tls) noexcept {
  return tls ? 443 : 80;
}

bool is_hex_digit(char c) noexcept {
  return core::hex_value(c) >= 0;
}

/// What RFC 3986 lets stand in a path as it is.
constexpr bool is_path_character(char c) noexcept {
  return core::is_alphanumeric(c) || std::string_view("/-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

std::unexpected<Error> bad_url(std::string_view what) {
  return fail(ErrorKind::configuration, "InvalidUrl",
              fmt::format("{}; an address looks like https://host:port/path", what));
}

bool is_ipv6(const std::string& text) noexcept {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_host_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.front() == '-') return false;
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (core::is_alphanumeric(c) || c == '-' || c == '_') {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return true;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    return bad_url("The port is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

Result<Origin> parse_authority(std::string_view text, bool tls) {
  Origin origin{.tls = tls, .host = {}, .port = default_port(tls)};
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return bad_url("The IPv6 address has no closing bracket");
    origin.host = text.substr(1, close - 1);
    if (!is_ipv6(origin.host)) return bad_url("The host in brackets is not an IPv6 address");
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':')
      return bad_url("Something other than a port follows the IPv6 address");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else {
    const auto colon = text.find(':');
    has_port = colon != text.npos;
    if (has_port) port = text.substr(colon + 1);
    origin.host = text.substr(0, colon);
    if (origin.host.empty()) return bad_url("The host is missing");
    if (!is_host_name(origin.host)) return bad_url("The host is neither a name nor an address");
  }
  origin.host = core::lower(origin.host);
  if (has_port) {
    auto number = parse_port(port);
    if (!number) return std::unexpected(std::move(number.error()));
    origin.port = *number;
  }
  return origin;
}

bool is_path(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
      i += 2;
    } else if (!is_path_character(text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string Origin::authority() const {
  const bool ipv6 = host.find(':') != host.npos;
  std::string text;
  text.reserve(host.size() + 8);
  if (ipv6) text += '[';
  text += host;
  if (ipv6) text += ']';
  if (port != default_port(tls)) {
    text += ':';
    text += fmt::format_int(port).c_str();
  }
  return text;
}

Result<Url> parse_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == text.npos) return bad_url("The address does not begin with http:// or https://");
  const auto scheme = text.substr(0, colon);
  const bool tls = iequals(scheme, "https");
  if (!tls && !iequals(scheme, "http")) return bad_url("The scheme is neither http nor https");
  text.remove_prefix(colon + 3);

  if (text.find('#') != text.npos) return bad_url("The address has a fragment (#...), which is never sent");
  if (text.find('?') != text.npos)
    return bad_url("The address has a query (?...), which an endpoint cannot have");
  const auto slash = std::min(text.find('/'), text.size());
  const auto authority = text.substr(0, slash);
  // The message must not quote it: what stands before the @ may be a password.
  if (authority.find('@') != authority.npos)
    return bad_url("The address has a user name, which is not supported");
  auto origin = parse_authority(authority, tls);
  if (!origin) return std::unexpected(std::move(origin.error()));

  auto path = text.substr(slash);
  if (!is_path(path))
    return bad_url("The path has a character that must be percent-encoded, or a broken %XX");
  while (path.ends_with('/')) path.remove_suffix(1);
  return Url{.origin = std::move(*origin), .path = std::string(path)};
}

void Headers::set(std::string_view name, std::string_view value) {
  const auto first =
      std::ranges::find_if(fields_, [name](const Header& field) { return iequals(field.name, name); });
  if (first == fields_.end()) return add(name, value);
  first->value = value;
  fields_.erase(std::remove_if(first + 1, fields_.end(),
                               [name](const Header& field) { return iequals(field.name, name); }),
                fields_.end());
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const Header& field) { return iequals(field.name, name); });
}

const std::string* Headers::find(std::string_view name) const noexcept {
  for (const auto& field : fields_) {
    if (iequals(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const noexcept {
  const auto* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

bool iequals(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] != right[i] && core::lower(left[i]) != core::lower(right[i])) return false;
  }
  return true;
}

}  // namespace gannet
