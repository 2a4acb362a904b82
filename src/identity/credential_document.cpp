#include "identity/credential_document.hpp"

#include <optional>
#include <utility>

#include <gannet/secret.hpp>

#include "core/json.hpp"
#include "core/timestamps.hpp"
#include "identity/secret_texts.hpp"

namespace gannet::identity {
namespace {

using core::JsonValue;

constexpr std::size_t deepest_document = 16;
constexpr std::size_t longest_reason = 400;

std::unexpected<Error> malformed(const std::string& source, const std::string& what) {
  return fail(ErrorKind::configuration, "MalformedCredentials", source + ": " + what);
}

/// A member that is there and not null.
std::optional<JsonValue> member(const JsonValue& root, std::string_view name) {
  auto found = root.find(name);
  if (found && found->is_null()) found.reset();
  return found;
}

/// Text that goes into the headers of requests.
Result<std::string_view> header_text(const JsonValue& root, std::string_view name,
                                     const std::string& source) {
  const auto found = member(root, name);
  if (!found) return malformed(source, std::string(name) + " is missing");
  const auto text = found->string();
  if (!text || text->empty()) return malformed(source, std::string(name) + " is no text, or empty");
  if (!is_key_text(*text)) {
    return malformed(source, std::string(name) + " holds characters that no request can carry");
  }
  return *text;
}

std::string one_of_the_texts(const JsonValue& root, std::string_view upper, std::string_view lower) {
  for (const std::string_view name : {upper, lower}) {
    const auto found = member(root, name);
    const auto text = found ? found->string() : std::nullopt;
    if (text && !text->empty()) return std::string(*text);
  }
  return {};
}

/// The document's own account of a failure, without what it says elsewhere and must not be seen.
std::string reason_in(const JsonValue& root) {
  const std::string code = one_of_the_texts(root, "Code", "code");
  std::string text = one_of_the_texts(root, "Message", "message");
  if (!code.empty()) text.insert(0, text.empty() ? code : code + ": ");
  for (const std::string_view name : {"SecretAccessKey", "Token", "SessionToken"}) {
    if (const auto found = member(root, name); found && found->string())
      hide(text, Secret(std::string(*found->string())));
  }
  std::string reason = text.substr(0, longest_reason);
  wipe(text);
  for (char& c : reason) {
    if (c < ' ' || c > '~') c = '?';
  }
  return reason;
}

Result<void> check_head(const JsonValue& root, DocumentOf writer, const std::string& source) {
  if (writer == DocumentOf::process) {
    const auto version = member(root, "Version");
    if (!version) return malformed(source, "Version is missing; it must be 1");
    if (version->integer() != 1) return malformed(source, "Version must be the number 1");
    return {};
  }
  const auto code = member(root, "Code");
  const bool refused = writer == DocumentOf::instance ? !code || code->string() != "Success"
                                                      : !member(root, "AccessKeyId").has_value();
  if (!refused) return {};
  const std::string reason = reason_in(root);
  if (reason.empty()) {
    return malformed(source, writer == DocumentOf::instance ? "Code is not Success, and no reason is given"
                                                            : "AccessKeyId is missing");
  }
  return fail(ErrorKind::configuration, "CredentialsRefused", source + ": there are none: " + reason);
}

}  // namespace

Result<Credentials> read_credential_document(std::string_view text, DocumentOf writer,
                                             const std::string& source) {
  if (text.size() > longest_document) return malformed(source, "the document is too long");
  const auto document = core::JsonDocument::parse_secret(text, deepest_document);
  if (!document) return malformed(source, "it is not valid JSON");
  const JsonValue root = document->root();
  if (!root.is_object()) return malformed(source, "it is not a JSON object");
  if (auto head = check_head(root, writer, source); !head) return std::unexpected(std::move(head.error()));

  const bool of_process = writer == DocumentOf::process;
  const std::string_view token_name = of_process ? "SessionToken" : "Token";
  const auto key = header_text(root, "AccessKeyId", source);
  if (!key) return std::unexpected(key.error());
  const auto secret = header_text(root, "SecretAccessKey", source);
  if (!secret) return std::unexpected(secret.error());

  Credentials credentials;
  credentials.access_key_id = *key;
  credentials.secret_access_key = Secret(*secret);
  if (!of_process || member(root, token_name)) {
    const auto token = header_text(root, token_name, source);
    if (!token) return std::unexpected(token.error());
    credentials.session_token = Secret(*token);
  }
  if (const auto end = member(root, "Expiration"); end || !of_process) {
    const auto written = end ? end->string() : std::nullopt;
    credentials.expiration = written ? core::parse_iso8601(*written) : std::nullopt;
    if (!credentials.expiration) {
      return malformed(source,
                       end ? "Expiration is no time like 2026-01-31T09:08:07Z" : "Expiration is missing");
    }
  }
  if (const auto account = member(root, "AccountId"); account && account->string()) {
    const auto id = *account->string();
    if (!is_key_text(id)) return malformed(source, "AccountId is no account number");
    credentials.account_id = id;
  }
  return credentials;
}

std::string reason_given(std::string_view text) {
  if (text.empty() || text.size() > longest_document) return {};
  const auto document = core::JsonDocument::parse_secret(text, deepest_document);
  return document && document->root().is_object() ? reason_in(document->root()) : std::string();
}

}  // namespace gannet::identity
