#include "core/proxy_rules.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <arpa/inet.h>

#include "core/ascii.hpp"
#include "core/encoding.hpp"

namespace gannet::core {
namespace {

std::unexpected<Error> unusable(const std::string& why) {
  return fail(ErrorKind::configuration, "InvalidProxy",
              why + "; a proxy looks like http://host:port or http://user:password@host:port");
}

/// Percent-decodes and wipes what it leaves behind.
Result<Secret> decoded(std::string_view text) {
  auto plain = uri_decode(text);
  if (!plain)
    return unusable("the proxy's user name or password has a % that is not followed by two hex digits");
  return Secret(std::move(*plain));
}

template <class Number>
std::optional<Number> number_of(std::string_view text, unsigned most) noexcept {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
  return static_cast<Number>(number);
}

}  // namespace

Result<Proxy> parse_proxy(std::string_view text) {
  const auto colon = text.find("://");
  std::string_view scheme = "http";
  if (colon != text.npos) {
    scheme = text.substr(0, colon);
    text.remove_prefix(colon + 3);
  }
  Proxy proxy;
  const auto authority = text.substr(0, text.find('/'));
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    const auto user = authority.substr(0, at);
    const auto end = std::min(user.find(':'), user.size());
    auto name = decoded(user.substr(0, end));
    if (!name) return std::unexpected(std::move(name.error()));
    auto password = decoded(user.substr(std::min(end + 1, user.size())));
    if (!password) return std::unexpected(std::move(password.error()));
    if (name->empty()) return unusable("the proxy's user name is empty");
    proxy.username = name->reveal();
    proxy.password = std::move(*password);
    text.remove_prefix(at + 1);
  }
  proxy.url.append(scheme).append("://").append(text);
  auto origin = proxy_origin(proxy.url);
  if (!origin) return std::unexpected(std::move(origin.error()));
  auto authorization = proxy_authorization(proxy);
  if (!authorization) return std::unexpected(std::move(authorization.error()));
  return proxy;
}

Result<Origin> proxy_origin(std::string_view url) {
  const auto colon = url.find("://");
  const auto scheme = url.substr(0, colon);
  if (colon != url.npos && !iequals(scheme, "http") && !iequals(scheme, "https"))
    return unusable("the proxy is neither an http:// nor an https:// one, and no other kind is supported");
  if (url.find('@') != url.npos)
    return unusable(
        "the proxy's address has an @ in it: in code, Proxy::username and Proxy::password say who we are; in "
        "a "
        "variable, an @ or a slash of the password must be percent-encoded");
  auto parsed = parse_url(url);
  if (!parsed)
    return fail(ErrorKind::configuration, "InvalidProxy",
                "the proxy's address cannot be used: " + parsed.error().message);
  if (!parsed->path.empty()) return unusable("the proxy's address has a path, which no proxy has");
  return std::move(parsed->origin);
}

Result<Secret> proxy_authorization(const Proxy& proxy) {
  if (proxy.username.empty()) {
    if (!proxy.password.empty()) return unusable("the proxy has a password, but no user name");
    return Secret();
  }
  if (proxy.username.find(':') != std::string::npos)
    return unusable("the proxy's user name has a colon, which basic authentication cannot carry");
  std::string pair;
  pair.reserve(proxy.username.size() + 1 + proxy.password.size());
  pair.append(proxy.username).append(":").append(proxy.password.reveal());
  std::string value;
  value.reserve(6 + (pair.size() + 2) / 3 * 4);
  value.append("Basic ");
  append_base64(value, pair);
  wipe(pair);
  return Secret(std::move(value));
}

NoProxy::NoProxy(std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(", \t\r\n"), list.size());
    const auto text = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (text == "*") all_ = true;
    if (auto entry = entry_of(text)) entries_.push_back(std::move(*entry));
  }
}

bool NoProxy::covers(const Origin& origin) const noexcept {
  if (all_) return true;
  if (entries_.empty()) return false;
  std::string_view host = origin.host;
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto address = address_of(origin.host);
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    return (entry.port == 0 || entry.port == origin.port) && matches(entry, host, address);
  });
}

std::optional<NoProxy::Address> NoProxy::address_of(const std::string& text) noexcept {
  Address address;
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) {
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &four, sizeof(four));
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<NoProxy::Entry> NoProxy::entry_of(std::string_view text) {
  Entry entry;
  std::string host;
  std::string_view port;
  std::string_view prefix;
  const bool bare_ipv6 = std::ranges::count(text, ':') > 1 && !text.starts_with('[');
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return std::nullopt;
    host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':' && text.front() != '/') return std::nullopt;
    if (text.starts_with(':')) port = text.substr(1);
    if (text.starts_with('/')) prefix = text.substr(1);
    if (!address_of(host) || (!text.empty() && port.empty() && prefix.empty())) return std::nullopt;
  } else {
    const auto slash = text.find('/');
    if (slash != text.npos) {
      prefix = text.substr(slash + 1);
      text = text.substr(0, slash);
      if (prefix.empty()) return std::nullopt;
    }
    const auto colon = bare_ipv6 ? text.npos : text.find(':');
    if (colon != text.npos) {
      port = text.substr(colon + 1);
      text = text.substr(0, colon);
      if (port.empty()) return std::nullopt;
    }
    host = text;
  }
  if (!port.empty()) {
    const auto number = number_of<std::uint16_t>(port, 65535);
    if (!number || *number == 0) return std::nullopt;
    entry.port = *number;
  }
  entry.address = address_of(host);
  if (!prefix.empty()) {
    if (!entry.address) return std::nullopt;
    const unsigned bits = host.find(':') == std::string::npos ? 32 : 128;
    const auto number = number_of<unsigned>(prefix, bits);
    if (!number) return std::nullopt;
    entry.prefix = 128 - bits + *number;
  }
  if (entry.address) return entry;
  if (host.starts_with("*.")) {
    entry.itself = false;
    host.erase(0, 1);
  }
  host.erase(0, std::min(host.find_first_not_of('.'), host.size()));
  if (host.ends_with('.')) host.pop_back();
  if (host.empty()) return std::nullopt;
  entry.name = lower(host);
  return entry;
}

bool NoProxy::matches(const Entry& entry, std::string_view host,
                      const std::optional<Address>& address) noexcept {
  if (entry.address) {
    if (!address) return false;
    const unsigned whole = entry.prefix / 8;
    const unsigned rest = entry.prefix % 8;
    if (!std::equal(address->bytes.begin(), address->bytes.begin() + whole, entry.address->bytes.begin()))
      return false;
    const auto mask = static_cast<unsigned char>(0xff00U >> rest);
    return rest == 0 || ((address->bytes[whole] ^ entry.address->bytes[whole]) & mask) == 0;
  }
  if (address || host.size() < entry.name.size()) return false;
  if (!iequals(host.substr(host.size() - entry.name.size()), entry.name)) return false;
  if (host.size() == entry.name.size()) return entry.itself;
  return host[host.size() - entry.name.size() - 1] == '.';
}

}  // namespace gannet::core
