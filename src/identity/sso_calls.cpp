#include "identity/sso_calls.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "core/error_codes.hpp"
#include "core/json.hpp"
#include "core/timestamps.hpp"
#include "identity/secret_texts.hpp"
#include "identity/services.hpp"
#include "io/time_source.hpp"
#include "runtime/call.hpp"

namespace gannet::identity {
namespace {

std::string text_of(core::JsonValue object, std::string_view key) {
  const auto member = object.find(key);
  return member ? std::string(member->string().value_or("")) : std::string();
}

void parse_error(const runtime::Answer& answer, Error& error) {
  error.code = core::bare_code(answer.headers.get("x-amzn-errortype"));
  if (const auto document = core::JsonDocument::parse(answer.body); document) {
    const auto root = document->root();
    error.message = text_of(root, "message");
    if (error.message.empty()) error.message = text_of(root, "error_description");
    if (error.code.empty()) error.code = core::bare_code(text_of(root, "__type"));
    if (error.code.empty()) error.code = text_of(root, "error");
  }
  if (error.code.empty()) error.code = core::code_of_status(answer.status);
  error.kind = core::kind_of(error.code, answer.status);
}

constexpr runtime::Operation get_role_credentials_operation{.service = &portal,
                                                            .name = "GetRoleCredentials",
                                                            .repeatable = runtime::Repeatable::yes,
                                                            .parse_error = parse_error,
                                                            .reads = true,
                                                            .sent_unsigned = true};
// A refresh token may be good for one use. To repeat the call after an answer was lost is at worst refused,
// and not to repeat it would lose the session as surely.
constexpr runtime::Operation create_token_operation{.service = &token_service,
                                                    .name = "CreateToken",
                                                    .repeatable = runtime::Repeatable::yes,
                                                    .parse_error = parse_error,
                                                    .sent_unsigned = true};

std::unexpected<Error> unreadable(std::string_view who, const std::string& what) {
  return fail(ErrorKind::protocol, "SerializationException", std::string(who) + " answered " + what);
}

Result<void> read_role_credentials(runtime::Answer& answer, void* output) {
  constexpr std::string_view who = "the portal of IAM Identity Center";
  const auto document = core::JsonDocument::parse_secret(answer.body);
  gannet::wipe(answer.body);
  if (!document) return unreadable(who, "with something that is not JSON");
  const auto given = document->root().find("roleCredentials");
  if (!given || !given->is_object()) return unreadable(who, "without roleCredentials");
  auto& credentials = *static_cast<Credentials*>(output);
  credentials.access_key_id = text_of(*given, "accessKeyId");
  credentials.secret_access_key = Secret(text_of(*given, "secretAccessKey"));
  credentials.session_token = Secret(text_of(*given, "sessionToken"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return unreadable(who, "without a pair of keys");
  const auto expiration = given->find("expiration");
  const auto milliseconds = expiration ? expiration->number() : std::nullopt;
  if (milliseconds) credentials.expiration = core::from_epoch_seconds(*milliseconds / 1000);
  if (!credentials.expiration) return unreadable(who, "without an expiration that is a time");
  return {};
}

struct NewToken {
  Secret access_token;
  Secret refresh_token;
  std::chrono::seconds lasts{0};
};

Result<void> read_new_token(runtime::Answer& answer, void* output) {
  constexpr std::string_view who = "the token service of IAM Identity Center";
  const auto document = core::JsonDocument::parse_secret(answer.body);
  gannet::wipe(answer.body);
  if (!document) return unreadable(who, "with something that is not JSON");
  auto& token = *static_cast<NewToken*>(output);
  token.access_token = Secret(text_of(document->root(), "accessToken"));
  token.refresh_token = Secret(text_of(document->root(), "refreshToken"));
  if (token.access_token.empty()) return unreadable(who, "without an accessToken");
  const auto lasts = document->root().find("expiresIn");
  const auto seconds = lasts ? lasts->integer() : std::nullopt;
  constexpr std::int64_t longest = 366LL * 24 * 3600;
  if (!seconds || *seconds < 1 || *seconds > longest)
    return unreadable(who, "without an expiresIn that is a time");
  token.lasts = std::chrono::seconds(*seconds);
  return {};
}

}  // namespace

Task<Result<Credentials>> get_role_credentials(Config config, SsoOptions options, Secret access_token) {
  runtime::Call call;
  call.operation = &get_role_credentials_operation;
  call.repeatable = runtime::Repeatable::yes;
  call.request.path = "/federation/credentials";
  call.request.query = "role_name=" + core::uri_encode(options.role_name) +
                       "&account_id=" + core::uri_encode(options.account_id);
  call.request.headers.add("x-amz-sso_bearer_token", access_token.reveal());
  config.observers = without(std::move(config.observers), access_token);
  auto client = runtime::make_client(portal, std::move(config));
  Credentials credentials;
  auto done =
      co_await runtime::execute(std::move(client), std::move(call), read_role_credentials, &credentials);
  if (!done) {
    hide(done.error().message, access_token);
    co_return std::unexpected(std::move(done.error()));
  }
  credentials.account_id = options.account_id;
  co_return credentials;
}

Task<Result<SsoToken>> refresh_token(Config config, SsoToken token) {
  std::string room;
  room.reserve(2 * (token.client_id.size() + token.client_secret.size() + token.refresh_token.size()) + 128);
  core::JsonWriter out(std::move(room));
  const std::pair<std::string_view, std::string_view> members[] = {
      {"clientId", token.client_id},
      {"clientSecret", token.client_secret.reveal()},
      {"grantType", "refresh_token"},
      {"refreshToken", token.refresh_token.reveal()}};
  out.begin_object();
  for (const auto& [key, value] : members) {
    out.key(key);
    out.string(value);
  }
  out.end_object();
  const Secret body(out.take());
  runtime::Call call;
  call.operation = &create_token_operation;
  call.repeatable = runtime::Repeatable::yes;
  call.request.method = "POST";
  call.request.path = "/token";
  call.request.headers.add("Content-Type", "application/json");
  call.body = Body::borrowed(as_bytes(body.reveal()));
  const TimeSource time = config.time;
  for (const Secret* secret : {&token.client_secret, &token.refresh_token})
    config.observers = without(std::move(config.observers), *secret);
  auto client = runtime::make_client(token_service, std::move(config));
  NewToken fresh;
  auto done = co_await runtime::execute(std::move(client), std::move(call), read_new_token, &fresh);
  if (!done) {
    for (const Secret* secret : {&token.client_secret, &token.refresh_token})
      hide(done.error().message, *secret);
    co_return std::unexpected(std::move(done.error()));
  }
  token.access_token = std::move(fresh.access_token);
  if (!fresh.refresh_token.empty()) token.refresh_token = std::move(fresh.refresh_token);
  token.expires_at = io::now_of(time) + fresh.lasts;
  co_return token;
}

}  // namespace gannet::identity
