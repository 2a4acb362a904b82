// A proxy's setting, then behind a line end the hosts that need none: a proxy that is read is one that can be
// used, its password is nowhere in its URL or in an error, and no list makes the matching fall over.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/proxy_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto setting = text.substr(0, text.find('\n'));
  const auto list = text.substr(std::min(setting.size() + 1, text.size()));
  const core::NoProxy direct(list);
  for (const char* host : {"example.com", "a.internal", "10.1.2.3", "fd00::1", "::1"})
    (void)direct.covers({.tls = true, .host = host, .port = 443});
  const auto proxy = core::parse_proxy(setting);
  if (!proxy) return 0;
  const auto origin = core::proxy_origin(proxy->url);
  if (!origin || origin->host.empty() || origin->port == 0) std::abort();
  if (proxy->url.find('@') != std::string::npos) std::abort();
  if (!core::proxy_authorization(*proxy)) std::abort();
  (void)direct.covers(*origin);
  return 0;
}
