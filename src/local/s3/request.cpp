#include "local/s3/request.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/ascii.hpp"
#include "core/encoding.hpp"

namespace gannet::local::s3 {
namespace {

constexpr std::size_t longest_key = 1024;

std::string_view without_port(std::string_view host) noexcept {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.find(':') != colon) return host;
  return host.substr(0, colon);
}

bool is_address(std::string_view host) noexcept {
  return host.find(':') != std::string_view::npos || host.starts_with('[') ||
         std::ranges::all_of(host,
                             [](char character) { return core::is_digit(character) || character == '.'; });
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && iequals(text.substr(text.size() - end.size()), end);
}

/// Query parameters that count as headers of a presigned request.
bool stands_for_header(std::string_view name) noexcept {
  const auto begins = [name](std::string_view prefix) {
    return name.size() > prefix.size() && iequals(name.substr(0, prefix.size()), prefix);
  };
  return begins("x-amz-") && !begins("x-amz-checksum-") && !begins("x-amz-sdk-");
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view bucket_in_host(std::string_view host) noexcept {
  host = without_port(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (is_address(host)) return {};
  // A service name that begins the host leaves no bucket: `s3.localhost`, `s3.eu-west-1.amazonaws.com`.
  if (iequals(host.substr(0, 3), "s3.") || iequals(host.substr(0, 3), "s3-")) return {};
  // The last one counts: a bucket's own name may hold the same letters.
  for (std::size_t at = host.size(); at-- > 1;) {
    if (host[at] != '.' || at + 4 > host.size()) continue;
    if (iequals(host.substr(at + 1, 2), "s3") && (host[at + 3] == '.' || host[at + 3] == '-')) {
      return host.substr(0, at);
    }
  }
  constexpr std::string_view local = ".localhost";
  if (ends_with_ignoring_case(host, local)) return host.substr(0, host.size() - local.size());
  return {};
}

Outcome<Address> parse_address(std::string_view host, std::string_view path) {
  Address address;
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view in_host = bucket_in_host(host);
  std::string_view key = path;
  if (!in_host.empty()) {
    address.bucket = core::lower(in_host);
    address.in_host = true;
  } else {
    const std::size_t slash = path.find('/');
    const auto bucket = core::uri_decode(path.substr(0, slash));
    if (!bucket)
      return refuse(400, "InvalidURI", "Couldn't parse the specified URI.", "URI", std::string(path));
    address.bucket = *bucket;
    key = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  auto decoded = core::uri_decode(key);
  if (!decoded || !core::is_utf8(*decoded)) {
    return refuse(400, "InvalidURI", "Couldn't parse the specified URI.", "URI", std::string(path));
  }
  if (decoded->size() > longest_key) {
    Failure failure{.status = 400, .code = "KeyTooLongError", .message = "Your key is too long"};
    failure.facts.emplace_back("Size", fmt::format("{}", decoded->size()));
    failure.facts.emplace_back("MaxSizeAllowed", fmt::format("{}", longest_key));
    return std::unexpected(std::move(failure));
  }
  address.key = std::move(*decoded);
  return address;
}

const std::string* Request::parameter(std::string_view name) const noexcept {
  for (const auto& [parameter_name, value] : query) {
    if (parameter_name == name) return &value;
  }
  return nullptr;
}

std::string_view Request::parameter_or(std::string_view name, std::string_view otherwise) const noexcept {
  const std::string* value = parameter(name);
  return value == nullptr ? otherwise : std::string_view(*value);
}

const std::string* Request::header(std::string_view name) const noexcept {
  if (const std::string* value = head.headers.find(name)) return value;
  if (caller != nullptr && caller->claim != nullptr && caller->claim->presigned && stands_for_header(name)) {
    for (const auto& [parameter_name, value] : query) {
      if (iequals(parameter_name, name)) return &value;
    }
  }
  return nullptr;
}

std::string_view Request::header_or(std::string_view name, std::string_view otherwise) const noexcept {
  const std::string* value = header(name);
  return value == nullptr ? otherwise : std::string_view(*value);
}

std::vector<std::pair<std::string, std::string>> Request::headers_with(std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto take = [&](std::string_view name, const std::string& value) {
    if (name.size() <= prefix.size() || !iequals(name.substr(0, prefix.size()), prefix)) return;
    std::string lower = core::lower(name);
    for (auto& [known, joined] : found) {
      if (known == lower) {
        joined += ',';
        joined += value;
        return;
      }
    }
    found.emplace_back(std::move(lower), value);
  };
  for (const Header& field : head.headers) take(field.name, field.value);
  if (caller != nullptr && caller->claim != nullptr && caller->claim->presigned &&
      stands_for_header(prefix)) {
    for (const auto& [name, value] : query) {
      if (head.headers.find(name) == nullptr) take(name, value);
    }
  }
  return found;
}

}  // namespace gannet::local::s3
