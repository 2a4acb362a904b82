#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/http_server.hpp>

#include "local/s3/failure.hpp"
#include "local/service.hpp"

namespace gannet::local::s3 {

/// Which bucket and key a request is about.
struct Address {
  std::string bucket{};  ///< "" for the service itself.
  std::string key{};     ///< Decoded; "" for the bucket itself.
  bool in_host = false;  ///< The bucket was in the Host header.
};

/// The bucket in a host name, if it names one: what comes before `.localhost`, `.s3.localhost`, or `.s3.` and
/// `.s3-` of any longer name. Names without that, addresses, and hosts of one label have none: the bucket is
/// in the path.
std::string_view bucket_in_host(std::string_view host) noexcept;

/// Takes host and path apart. The path is percent-decoded exactly once; `+` stands for itself, and neither
/// dots nor slashes mean anything.
Outcome<Address> parse_address(std::string_view host, std::string_view path);

/// One request on its way through the service.
struct Request {
  const Caller* caller = nullptr;
  HttpRequest head{};
  BodyReader body{};
  Address address{};
  std::vector<std::pair<std::string, std::string>> query{};
  std::string id{};
  /// Files that this request put in their place: removed again if it fails.
  std::vector<std::string> added_files{};
  /// Files that no row names any more once this request's rows are committed.
  std::vector<std::string> freed_files{};

  [[nodiscard]] const std::string& bucket() const noexcept { return address.bucket; }
  [[nodiscard]] const std::string& key() const noexcept { return address.key; }
  /// The query parameter's value; nullptr when it is not there.
  [[nodiscard]] const std::string* parameter(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view parameter_or(std::string_view name,
                                              std::string_view otherwise) const noexcept;
  /// A header's value, or nullptr. Of a presigned request `x-amz-*` parameters of the query count as headers,
  /// except for checksums: SDKs sign those of an empty body into URLs, and S3 passes over them.
  [[nodiscard]] const std::string* header(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view header_or(std::string_view name, std::string_view otherwise) const noexcept;
  /// Every header whose name begins with `prefix`, names in lower case, repeated ones joined by commas.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers_with(std::string_view prefix) const;
};

/// A whole decimal number without a sign.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

}  // namespace gannet::local::s3
