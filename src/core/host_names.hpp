#pragma once

#include <string_view>

#include <gannet/http.hpp>

/// What may stand in a host's name.
namespace gannet::core {

/// 1 to 63 letters, digits and hyphens, neither end a hyphen.
bool is_host_label(std::string_view text) noexcept;
/// Host labels with dots between them.
bool are_host_labels(std::string_view text) noexcept;
/// An IPv4 or IPv6 address, before which nothing can stand.
bool is_address(std::string_view host) noexcept;
/// Whether `bucket` may stand before S3's host name; dots only where no certificate has to match it.
bool is_virtual_hostable_bucket(std::string_view bucket, bool allow_dots) noexcept;
/// `prefix` before the host, unless that is an address.
void prefix_host(Origin& origin, std::string_view prefix);

}  // namespace gannet::core
