#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/http.hpp>
#include <gannet/proxies.hpp>
#include <gannet/result.hpp>

/// What the variables of proxies mean.
namespace gannet::core {

/// A proxy as HTTPS_PROXY names it: `[http[s]://][user[:password]@]host[:port][/]`, user and password
/// percent-encoded. Without a scheme it is http; without a port, the scheme's own. Errors are of kind
/// `configuration`, say what is wrong and quote nothing: there may be a password in it.
Result<Proxy> parse_proxy(std::string_view text);

/// Where the proxy of a `Proxy::url` listens.
Result<Origin> proxy_origin(std::string_view url);

/// The value of Proxy-Authorization; empty if the proxy asks for none. An error for a user name that basic
/// authentication cannot carry.
Result<Secret> proxy_authorization(const Proxy& proxy);

/// The hosts of a `Proxies::no_proxy`. Immutable, thread-safe.
class NoProxy {
 public:
  explicit NoProxy(std::string_view list);
  /// Whether the host is to be reached directly.
  [[nodiscard]] bool covers(const Origin& origin) const noexcept;

 private:
  struct Address {
    std::array<unsigned char, 16> bytes{};  ///< IPv4 as IPv6 has it, ::ffff:a.b.c.d.
  };
  struct Entry {
    std::string name{};                ///< In lower case, without a leading dot.
    bool itself = true;                ///< The name, and not only what is below it.
    std::optional<Address> address{};  ///< Then the name is of no interest.
    unsigned prefix = 128;             ///< How many bits of the address count.
    std::uint16_t port = 0;            ///< 0: any.
  };
  static std::optional<Address> address_of(const std::string& text) noexcept;
  static std::optional<Entry> entry_of(std::string_view text);
  static bool matches(const Entry& entry, std::string_view host,
                      const std::optional<Address>& address) noexcept;

  bool all_ = false;
  std::vector<Entry> entries_;
};

}  // namespace gannet::core
