#include "identity/sso_token.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Whatever the cached file holds: a token that was read is written so that it reads the same, and no error
// repeats any of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gannet::identity::parse_sso_token;
  using gannet::identity::write_sso_token;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto token = parse_sso_token(text, "file");
  if (!token) {
    if (!token.error().message.starts_with("file ") || token.error().message.size() > 80) std::abort();
    return 0;
  }
  const auto written = write_sso_token(*token);
  const auto again = parse_sso_token(written.reveal(), "file");
  if (!again || again->access_token != token->access_token || again->refresh_token != token->refresh_token ||
      again->client_secret != token->client_secret || write_sso_token(*again) != written) {
    std::abort();
  }
  return 0;
}
