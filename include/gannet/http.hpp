#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/result.hpp>

namespace gannet {

/// Where requests go: scheme, host and port of an http or https URL.
struct Origin {
  bool tls = true;
  std::string host{};  ///< A name or an IPv4 address; an IPv6 address without its brackets.
  std::uint16_t port = 443;

  /// The Host header's value: the port only where it is not the scheme's own, an IPv6 address in brackets.
  [[nodiscard]] std::string authority() const;
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// An origin and the path below which requests go (`http://host:port/prefix`).
struct Url {
  Origin origin{};
  std::string path{};  ///< As written, percent-encoded, without a trailing slash; "" for the root.
};

/// Parses an absolute http or https URL without query, fragment or user name. Errors name the part that is
/// wrong.
Result<Url> parse_url(std::string_view text);

struct Header {
  std::string name{};
  std::string value{};
};

/// Header fields in the order they came. Names compare without regard to ASCII case; repeated names are kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  void add(std::string_view name, std::string_view value) {
    fields_.emplace_back(std::string(name), std::string(value));
  }
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// The first field of that name, or nullptr; valid until the headers change.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;  ///< "" when absent.
  [[nodiscard]] bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }

  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  void reserve(std::size_t count) { fields_.reserve(count); }

 private:
  std::vector<Header> fields_;
};

/// A request without its body. Path and query are kept exactly as they go on the wire: percent-encoded, never
/// normalized.
struct HttpRequest {
  std::string method = "GET";
  Origin origin{};
  std::string path = "/";
  std::string query{};  ///< Without the question mark; "" for none.
  Headers
      headers{};  ///< Host, Content-Length and Transfer-Encoding are the transport's matter, if not given.
};

/// ASCII case-insensitive comparison, as HTTP field names and many values want it.
bool iequals(std::string_view left, std::string_view right) noexcept;

}  // namespace gannet
