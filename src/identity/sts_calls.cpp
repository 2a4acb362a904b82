#include "identity/sts_calls.hpp"

#include <algorithm>
#include <utility>

#include "core/ascii.hpp"
#include "core/encoding.hpp"
#include "core/error_codes.hpp"
#include "core/timestamps.hpp"
#include "core/xml.hpp"
#include "identity/secret_texts.hpp"
#include "identity/services.hpp"
#include "runtime/call.hpp"

namespace gannet::identity {
namespace {

using std::chrono::seconds;

constexpr std::string_view version = "2011-06-15";
constexpr seconds shortest{900};
constexpr seconds longest{43'200};

void wipe_texts(core::XmlElement& element) {
  gannet::wipe(element.text);
  for (core::XmlElement& child : element.children) wipe_texts(child);
}

void parse_error(const runtime::Answer& answer, Error& error) {
  const auto root = core::parse_xml(answer.body);
  const core::XmlElement* element = nullptr;
  if (root) element = root->name == "Error" ? &*root : root->find("Error");
  if (element != nullptr) {
    error.code = element->text_of("Code");
    error.message = element->text_of("Message");
    error.request_id = root->text_of("RequestId");
  }
  if (error.code.empty()) error.code = core::code_of_status(answer.status);
  error.kind = core::kind_of(error.code, answer.status);
}

// Issues credentials and keeps nothing of it: a read.
constexpr runtime::Operation assume_role_operation{.service = &sts,
                                                   .name = "AssumeRole",
                                                   .repeatable = runtime::Repeatable::yes,
                                                   .parse_error = parse_error,
                                                   .reads = true};
constexpr runtime::Operation web_identity_operation{.service = &sts,
                                                    .name = "AssumeRoleWithWebIdentity",
                                                    .repeatable = runtime::Repeatable::yes,
                                                    .parse_error = parse_error,
                                                    .reads = true,
                                                    .sent_unsigned = true};

std::unexpected<Error> unreadable(const std::string& what) {
  return fail(ErrorKind::protocol, "SerializationException", "STS answered without " + what);
}

/// "123456789012" of "arn:aws:sts::123456789012:assumed-role/name/session".
std::string account_of(std::string_view arn) {
  for (int colons = 0; colons < 4; ++colons) {
    const auto colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return std::string(arn.substr(0, arn.find(':')));
}

Result<Credentials> read_credentials(core::XmlElement& root) {
  const auto* result = root.children.empty() ? nullptr : &root.children.front();
  for (const core::XmlElement& child : root.children) {
    if (child.name.ends_with("Result")) result = &child;
  }
  const auto* given = result == nullptr ? nullptr : result->find("Credentials");
  if (given == nullptr) return unreadable("Credentials");
  Credentials credentials{.access_key_id = std::string(given->text_of("AccessKeyId")),
                          .secret_access_key = Secret(given->text_of("SecretAccessKey")),
                          .session_token = Secret(given->text_of("SessionToken"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return unreadable("a pair of keys");
  credentials.expiration = core::parse_iso8601(given->text_of("Expiration"));
  if (!credentials.expiration) return unreadable("an Expiration that is a time");
  if (const auto* user = result->find("AssumedRoleUser"))
    credentials.account_id = account_of(user->text_of("Arn"));
  return credentials;
}

Result<void> read_answer(runtime::Answer& answer, void* output) {
  auto root = core::parse_xml(answer.body);
  gannet::wipe(answer.body);
  if (!root) {
    return fail(ErrorKind::protocol, "SerializationException",
                "the answer of STS cannot be read: " + root.error().message);
  }
  auto credentials = read_credentials(*root);
  wipe_texts(*root);
  if (!credentials) return std::unexpected(std::move(credentials.error()));
  *static_cast<Credentials*>(output) = std::move(*credentials);
  return {};
}

/// A form, wiped at its end.
class Form {
 public:
  explicit Form(std::string_view action) : text_("Action=") {
    text_.reserve(4096);  // So that no smaller copy of a secret stays behind.
    text_.append(action).append("&Version=").append(version);
  }
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;
  ~Form() { gannet::wipe(text_); }

  void add(std::string_view name, std::string_view value) {
    if (text_.size() + name.size() + 3 * value.size() > text_.capacity()) {
      std::string larger;
      larger.reserve(2 * text_.capacity() + name.size() + 3 * value.size());
      larger = text_;
      gannet::wipe(text_);
      text_.swap(larger);
    }
    text_.append("&").append(name).append("=");
    core::append_uri_encoded(text_, value);
  }
  void add_if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) add(name, value);
  }
  void add_policies(const std::string& policy, const std::vector<std::string>& arns) {
    add_if_any("Policy", policy);
    for (std::size_t i = 0; i < arns.size(); ++i)
      add("PolicyArns.member." + std::to_string(i + 1) + ".arn", arns[i]);
  }
  [[nodiscard]] runtime::Call call(const runtime::Operation& operation) const {
    runtime::Call call;
    call.operation = &operation;
    call.repeatable = operation.repeatable;
    call.request.method = "POST";
    call.request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    call.body = Body::borrowed(as_bytes(text_));
    return call;
  }

 private:
  std::string text_;
};

std::unexpected<Error> bad_option(const std::string& what) {
  return fail(ErrorKind::configuration, "InvalidRole", what);
}

Result<void> check_role(const std::string& role_arn, const std::string& session,
                        const std::optional<seconds>& duration) {
  if (!role_arn.starts_with("arn:"))
    return bad_option("'" + role_arn + "' is no role's ARN, as arn:aws:iam::123456789012:role/name is");
  const auto allowed = [](char c) {
    return core::is_alphanumeric(c) || std::string_view("_=,.@+-").find(c) != std::string_view::npos;
  };
  if (!session.empty() &&
      (session.size() < 2 || session.size() > 64 || !std::ranges::all_of(session, allowed))) {
    return bad_option("the role's session name '" + session +
                      "' is not made of 2 to 64 letters, digits and _=,.@+-");
  }
  if (duration && (*duration < shortest || *duration > longest)) {
    return bad_option("a role's credentials last from 900 to 43200 seconds, not " +
                      std::to_string(duration->count()));
  }
  return {};
}

}  // namespace

Result<void> check(const AssumeRoleOptions& options) {
  if (!options.mfa_serial.empty()) {
    return bad_option("the role " + options.role_arn + " wants a code of the MFA device " +
                      options.mfa_serial +
                      ", which a service cannot type in: leave mfa_serial out, or get a session with "
                      "`aws sts get-session-token` first and use its keys");
  }
  return check_role(options.role_arn, options.role_session_name, options.duration);
}

Result<void> check(const WebIdentityOptions& options) {
  if (options.token_file.empty()) return bad_option("there is no token file for " + options.role_arn);
  return check_role(options.role_arn, options.role_session_name, options.duration);
}

Task<Result<Credentials>> assume_role(Config config, AssumeRoleOptions options) {
  Form form("AssumeRole");
  form.add("RoleArn", options.role_arn);
  form.add("RoleSessionName", options.role_session_name);
  form.add_policies(options.policy, options.policy_arns);
  if (options.duration) form.add("DurationSeconds", std::to_string(options.duration->count()));
  std::size_t number = 0;
  for (const auto& [key, value] : options.tags) {
    const std::string tag = "Tags.member." + std::to_string(++number);
    form.add(tag + ".Key", key);
    form.add(tag + ".Value", value);
  }
  for (std::size_t i = 0; i < options.transitive_tag_keys.size(); ++i)
    form.add("TransitiveTagKeys.member." + std::to_string(i + 1), options.transitive_tag_keys[i]);
  form.add_if_any("ExternalId", options.external_id);
  form.add_if_any("SourceIdentity", options.source_identity);
  Credentials credentials;
  auto client = runtime::make_client(sts, std::move(config));
  auto call = form.call(assume_role_operation);
  auto done = co_await runtime::execute(std::move(client), std::move(call), read_answer, &credentials);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return credentials;
}

Task<Result<Credentials>> assume_role_with_web_identity(Config config, WebIdentityOptions options,
                                                        Secret token) {
  Form form("AssumeRoleWithWebIdentity");
  form.add("RoleArn", options.role_arn);
  form.add("RoleSessionName", options.role_session_name);
  form.add_policies(options.policy, options.policy_arns);
  if (options.duration) form.add("DurationSeconds", std::to_string(options.duration->count()));
  form.add("WebIdentityToken", token.reveal());
  Credentials credentials;
  config.observers = without(std::move(config.observers), token);
  auto client = runtime::make_client(sts, std::move(config));
  auto call = form.call(web_identity_operation);
  auto done = co_await runtime::execute(std::move(client), std::move(call), read_answer, &credentials);
  if (!done) {
    hide(done.error().message, token);
    co_return std::unexpected(std::move(done.error()));
  }
  co_return credentials;
}

}  // namespace gannet::identity
