// Any bytes as the credentials that a service or a process hands out: what is read can be sent, and no reason
// shows the secret beside it.

#include "identity/credential_document.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/json.hpp"

namespace {

void require(bool truth) {
  if (!truth) std::abort();
}

bool can_be_sent(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

void check_reason(std::string_view text) {
  const std::string reason = gannet::identity::reason_given(text);
  require(reason.size() <= 400);
  require(std::ranges::all_of(reason, [](char c) { return c >= ' ' && c <= '~'; }));
  const auto document = gannet::core::JsonDocument::parse(text);
  if (!document) return;
  for (const char* const name : {"SecretAccessKey", "Token", "SessionToken"}) {
    const auto found = document->root().find(name);
    const auto secret = found ? found->string() : std::nullopt;
    if (secret && secret->size() >= 8) require(reason.find(*secret) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gannet::identity::DocumentOf;
  if (size == 0) return 0;
  const auto writer = static_cast<DocumentOf>(data[0] % 3);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto read = gannet::identity::read_credential_document(text, writer, "source");
  if (!read) {
    require(read.error().kind == gannet::ErrorKind::configuration);
    require(read.error().message.starts_with("source: "));
  } else {
    require(!read->access_key_id.empty() && can_be_sent(read->access_key_id));
    require(!read->secret_access_key.empty() && can_be_sent(read->secret_access_key.reveal()));
    require(can_be_sent(read->session_token.reveal()) && can_be_sent(read->account_id));
    require(writer == DocumentOf::process || read->expiration.has_value());
  }
  check_reason(text);
  return 0;
}
