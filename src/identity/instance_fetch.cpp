#include "identity/instance_fetch.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/ascii.hpp"
#include "core/endpoints.hpp"
#include "identity/credential_document.hpp"
#include "identity/metadata_service.hpp"
#include "io/time_source.hpp"
#include "io/without_throwing.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view ipv4_endpoint = "http://169.254.169.254";
constexpr std::string_view ipv6_endpoint = "http://[fd00:ec2::254]";
constexpr std::string_view token_path = "/latest/api/token";
constexpr std::string_view roles_path = "/latest/meta-data/iam/security-credentials/";
constexpr seconds token_life = 6h;  ///< What is asked for; the longest there is.
/// A token that ends so soon is renewed first.
constexpr milliseconds token_margin = 1min;
constexpr std::size_t longest_token = 4096;

std::unexpected<Error> failure(std::string code, std::string message) {
  return fail(ErrorKind::configuration, std::move(code), std::move(message));
}

bool is_role_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return core::is_alphanumeric(c) || std::string_view("+=,.@-_").find(c) != std::string_view::npos;
  });
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= longest_token &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// The metadata service of an instance, with the token of our session there. Thread-safe.
class InstanceMetadata {
 public:
  InstanceMetadata(const Config& config, InstanceCredentialsOptions options)
      : options_(std::move(options)),
        endpoint_(!options_.endpoint.empty() ? options_.endpoint
                                             : std::string(options_.ipv6 ? ipv6_endpoint : ipv4_endpoint)),
        service_(
            config,
            {.timeout = options_.timeout, .attempts = options_.attempts, .repeats_connect_timeouts = false}) {
  }

  static Task<Result<Credentials>> credentials(std::shared_ptr<InstanceMetadata> self) {
    if (self->options_.disabled) {
      co_return failure("InstanceMetadataDisabled",
                        "the instance metadata service is not asked: AWS_EC2_METADATA_DISABLED is set");
    }
    const auto url = parse_url(self->endpoint_);
    if (!url) {
      co_return failure("InvalidConfiguration", "the endpoint of the instance metadata service " +
                                                    core::quoted_url(self->endpoint_) +
                                                    "cannot be used: " + url.error().message);
    }
    const std::string path(roles_path);
    const std::string role_name = "the name of its role";
    auto roles = co_await self->get(*url, path, role_name);
    if (!roles) co_return std::unexpected(std::move(roles.error()));
    const std::string& list = roles->body.reveal();
    const std::string role = list.substr(0, list.find_first_of("\r\n"));
    if (roles->status == 404 || role.empty()) {
      co_return failure("NoInstanceRole",
                        self->named() + " knows of no role: attach an instance profile to this instance");
    }
    if (!is_role_name(role)) co_return self->unexpected(role_name, "with no name of a role");

    const std::string credentials_path = path + role;
    const std::string role_credentials = "the credentials of its role";
    auto document = co_await self->get(*url, credentials_path, role_credentials);
    if (!document) co_return std::unexpected(std::move(document.error()));
    if (document->status == 404) {
      co_return failure("NoInstanceRole", self->named() + " has no credentials of the role " + role);
    }
    auto credentials = read_credential_document(document->body.reveal(), DocumentOf::instance,
                                                self->named() + ", credentials of the role " + role);
    if (credentials) self->extend_if_expired(*credentials);
    co_return credentials;
  }

 private:
  [[nodiscard]] std::string named() const { return "the instance metadata service at " + endpoint_; }

  /// An answer that has nothing of what was asked for.
  [[nodiscard]] std::unexpected<Error> unexpected(const std::string& what, const std::string& how) const {
    return failure("InstanceMetadataRefused", named() + ", asked for " + what + ", answered " + how);
  }

  [[nodiscard]] std::unexpected<Error> unreachable(const std::string& what, const Error& error) const {
    if (error.kind == ErrorKind::cancelled) return std::unexpected(error);
    std::string message = named() + ", asked for " + what + ", gave no answer: " + error.message;
    if (error.kind == ErrorKind::timeout && error.code != "ConnectTimeout") {
      message += "; in a container on EC2 the instance's metadata hop limit must be 2 or more";
    } else {
      message += "; this program may not run on EC2";
    }
    return failure("NoInstanceMetadata", std::move(message));
  }

  /// In an outage of its own the service gives credentials that have expired, and AWS takes them all the
  /// same.
  void extend_if_expired(Credentials& credentials) const {
    const auto now = io::now_of(service_.time());
    if (!credentials.expiration || *credentials.expiration > now) return;
    const auto extension = 5min + milliseconds(static_cast<milliseconds::rep>(io::random_of(service_.time()) *
                                                                              milliseconds(5min).count()));
    credentials.expiration = now + extension;
  }

  /// A 200 or a 404 of `path`, asked with a token, and with a new one if the service no longer takes it.
  Task<Result<MetadataAnswer>> get(const Url& url, std::string path, std::string what) {
    for (bool fresh = false;; fresh = true) {
      if (fresh) forget_token();
      auto token = co_await session_token(url);
      if (!token) co_return std::unexpected(std::move(token.error()));
      HttpRequest request{.method = "GET", .path = url.path + path};
      request.headers.add("x-aws-ec2-metadata-token", token->reveal());
      const std::vector<Origin> origins{url.origin};
      auto answer = co_await service_.ask(std::move(request), origins);
      if (!answer) co_return unreachable(what, answer.error());
      if (answer->status == 200 || answer->status == 404) co_return answer;
      if (answer->status == 401 && !fresh) continue;
      co_return unexpected(what, "HTTP " + std::to_string(answer->status));
    }
  }

  Task<Result<Secret>> session_token(const Url& url) {
    if (auto token = kept_token()) co_return std::move(*token);
    HttpRequest request{.method = "PUT", .path = url.path + std::string(token_path)};
    request.headers.add("x-aws-ec2-metadata-token-ttl-seconds", std::to_string(token_life.count()));
    const std::vector<Origin> origins{url.origin};
    const std::string what = "a session token";
    const auto asked_at = io::now_of(service_.time());
    auto answer = co_await service_.ask(std::move(request), origins);
    if (!answer) co_return unreachable(what, answer.error());
    if (answer->status == 403) co_return unexpected(what, "HTTP 403: it is switched off on this instance");
    if (answer->status != 200) co_return unexpected(what, "HTTP " + std::to_string(answer->status));
    if (!is_token(answer->body.reveal())) co_return unexpected(what, "with none");
    keep_token(answer->body, asked_at, answer->headers.get("x-aws-ec2-metadata-token-ttl-seconds"));
    co_return std::move(answer->body);
  }

  std::optional<Secret> kept_token() {
    const auto now = io::now_of(service_.time());
    const std::lock_guard lock(mutex_);
    if (token_.empty() || now + token_margin >= token_ends_) return std::nullopt;
    return token_;
  }
  void keep_token(const Secret& token, Timestamp asked_at, std::string_view told_life) {
    seconds life = token_life;
    unsigned told = 0;
    if (std::from_chars(told_life.data(), told_life.data() + told_life.size(), told).ec == std::errc()) {
      life = std::min(life, seconds(told));
    }
    const std::lock_guard lock(mutex_);
    token_ = token;
    token_ends_ = asked_at + life;
  }
  void forget_token() {
    const std::lock_guard lock(mutex_);
    token_ = Secret();
  }

  const InstanceCredentialsOptions options_;
  const std::string endpoint_;
  const MetadataService service_;
  std::mutex mutex_;
  Secret token_;
  Timestamp token_ends_{};
};

/// Where a setting is read from. `name` is the profile's key, and what `explain` calls it.
struct Named {
  const char* variable;
  const char* name;
  bool in_profile = true;

  [[nodiscard]] std::optional<Setting> find(const SettingsFound& settings) const {
    return in_profile ? settings.find(variable, name) : settings.variable(variable);
  }
};
constexpr Named disabled_by{"AWS_EC2_METADATA_DISABLED", "ec2_metadata_disabled", false};
constexpr Named endpoint_by{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint"};
constexpr Named mode_by{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode"};
constexpr Named timeout_by{"AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"};
constexpr Named attempts_by{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts"};

Result<milliseconds> limit_in_seconds(const Setting& setting) {
  double number = 0;
  const char* end = setting.value.data() + setting.value.size();
  const auto read = std::from_chars(setting.value.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !(number > 0) || number > 3600) {
    return bad_setting(setting, "is not a number of seconds above 0, up to 3600");
  }
  return milliseconds(static_cast<milliseconds::rep>(std::ceil(number * 1000)));
}

}  // namespace

credentials::Fetch instance_fetch(const Config& config, InstanceCredentialsOptions options) {
  return [metadata = std::make_shared<InstanceMetadata>(config, std::move(options))] {
    return io::without_throwing(InstanceMetadata::credentials(metadata));
  };
}

Result<InstanceCredentialsOptions> instance_options(const SettingsFound& settings) {
  InstanceCredentialsOptions options;
  // As every SDK has it: what is not `true` is false.
  const auto disabled = disabled_by.find(settings);
  options.disabled = disabled && iequals(disabled->value, "true");
  if (options.disabled) return options;

  if (const auto endpoint = endpoint_by.find(settings)) {
    auto url = endpoint_setting(*endpoint);
    if (!url) return std::unexpected(std::move(url.error()));
    options.endpoint = std::move(*url);
  }
  if (const auto mode = mode_by.find(settings)) {
    options.ipv6 = iequals(mode->value, "IPv6");
    if (!options.ipv6 && !iequals(mode->value, "IPv4")) return bad_setting(*mode, "is neither IPv4 nor IPv6");
  }
  if (const auto timeout = timeout_by.find(settings)) {
    const auto limit = limit_in_seconds(*timeout);
    if (!limit) return std::unexpected(limit.error());
    options.timeout = *limit;
  }
  if (const auto attempts = attempts_by.find(settings)) {
    const auto number = positive_number(*attempts);
    if (!number) return std::unexpected(number.error());
    options.attempts = *number;
  }
  return options;
}

void note_instance_settings(Config& config, const SettingsFound& settings) {
  for (const Named& setting : {disabled_by, endpoint_by, mode_by, timeout_by, attempts_by})
    note(config, setting.name, setting.find(settings));
}

}  // namespace gannet::identity
