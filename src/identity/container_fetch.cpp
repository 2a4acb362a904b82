#include "identity/container_fetch.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "credentials/secret_file.hpp"
#include "identity/credential_document.hpp"
#include "identity/metadata_service.hpp"
#include "identity/secret_texts.hpp"
#include "io/name_lookup.hpp"
#include "io/without_throwing.hpp"

namespace gannet::identity {
namespace {

using boost::asio::ip::address;

constexpr std::string_view ecs_endpoint = "http://169.254.170.2";
constexpr std::size_t longest_token = 16UL * 1024;

std::unexpected<Error> failure(std::string code, std::string message) {
  return fail(ErrorKind::configuration, std::move(code), std::move(message));
}

/// Where plain http may go: to this machine, and to the agents of ECS and EKS.
bool may_be_asked(address where) {
  if (where.is_v6() && where.to_v6().is_v4_mapped()) {
    where = make_address_v4(boost::asio::ip::v4_mapped, where.to_v6());
  }
  if (where.is_loopback()) return true;
  static const address agents[] = {boost::asio::ip::make_address("169.254.170.2"),
                                   boost::asio::ip::make_address("169.254.170.23"),
                                   boost::asio::ip::make_address("fd00:ec2::23")};
  return std::ranges::find(agents, where) != std::end(agents);
}

struct Target {
  Origin origin;
  std::string path;
  std::string query;
};

/// Splits a URI whose path and query are sent as they stand.
Result<Target> read_uri(const std::string& uri) {
  const auto authority = uri.find("://");
  const auto begin = authority == std::string::npos ? uri.size() : authority + 3;
  const auto slash = std::min(uri.find_first_of("/?#", begin), uri.size());
  auto url = parse_url(uri.substr(0, slash));
  if (!url) return std::unexpected(std::move(url.error()));
  const std::string rest = uri.substr(slash);
  if (std::ranges::any_of(rest, [](char c) { return c <= ' ' || c >= '\x7f' || c == '#'; })) {
    return failure("InvalidUrl", "its path has a character that must be percent-encoded");
  }
  const auto question = std::min(rest.find('?'), rest.size());
  Target target{.origin = std::move(url->origin), .path = rest.substr(0, question), .query = {}};
  if (target.path.empty()) target.path = "/";
  if (question < rest.size()) target.query = rest.substr(question + 1);
  return target;
}

Result<Secret> read_token_file(const std::filesystem::path& file) {
  auto token = credentials::read_secret_file(file, longest_token);
  if (token && !token->empty()) return token;
  return failure("UnreadableTokenFile",
                 "the authorization token (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE): " +
                     (token ? "the file " + file.string() + " is empty" : token.error().message));
}

/// The agent of a container. Thread-safe.
class ContainerAgent {
 public:
  ContainerAgent(const Config& config, ContainerCredentialsOptions options)
      : options_(std::move(options)),
        uri_(options_.relative_uri.empty() ? options_.full_uri
                                           : std::string(ecs_endpoint) + options_.relative_uri),
        service_(config, {.timeout = options_.timeout, .attempts = options_.attempts}) {}

  static Task<Result<Credentials>> credentials(std::shared_ptr<const ContainerAgent> self) {
    auto target = self->target();
    if (!target) co_return std::unexpected(std::move(target.error()));
    auto token = self->token();
    if (!token) co_return std::unexpected(std::move(token.error()));
    auto origins = co_await self->allowed_origins(target->origin);
    if (!origins) co_return std::unexpected(std::move(origins.error()));

    HttpRequest request{.method = "GET", .path = target->path, .query = target->query};
    request.headers.add("Host", target->origin.authority());
    request.headers.add("Accept", "application/json");
    if (!token->empty()) request.headers.add("Authorization", token->reveal());
    auto answer = co_await self->service_.ask(std::move(request), *origins);
    if (!answer) co_return self->unreachable(answer.error());
    if (answer->status != 200) co_return self->refused(*answer, *token);
    auto credentials = read_credential_document(answer->body.reveal(), DocumentOf::container, self->named());
    if (!credentials) hide(credentials.error().message, *token);
    co_return credentials;
  }

 private:
  /// Without a query: it may say more than a log should hold.
  [[nodiscard]] std::string named() const {
    return "the container's credentials at " + uri_.substr(0, uri_.find('?'));
  }

  [[nodiscard]] Result<Target> target() const {
    if (!options_.relative_uri.empty() && !options_.relative_uri.starts_with('/')) {
      return failure("InvalidConfiguration", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with '/'");
    }
    if (uri_.empty()) {
      return failure("InvalidConfiguration",
                     "the URI of the container's credentials is empty: set relative_uri or full_uri");
    }
    auto target = read_uri(uri_);
    if (!target) {
      return failure("InvalidConfiguration",
                     std::string(options_.relative_uri.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI"
                                                               : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") +
                         " cannot be used: " + target.error().message);
    }
    return target;
  }

  [[nodiscard]] Result<Secret> token() const {
    const bool of_file = !options_.authorization_token_file.empty();
    auto token = of_file ? read_token_file(options_.authorization_token_file)
                         : Result<Secret>(options_.authorization_token);
    if (!token) return token;
    for (const char c : token->reveal()) {
      if ((c < ' ' && c != '\t') || c == '\x7f') {
        return failure("InvalidAuthorizationToken",
                       std::string("the authorization token") +
                           (of_file ? " in " + options_.authorization_token_file.string()
                                    : " (AWS_CONTAINER_AUTHORIZATION_TOKEN)") +
                           " holds a line end or another character that no header can carry");
      }
    }
    return token;
  }

  /// Where the request goes. A name that is asked over http is resolved here, and what it stood for then is
  /// what is asked: it cannot come to stand for another host in between.
  [[nodiscard]] Task<Result<std::vector<Origin>>> allowed_origins(Origin origin) const {
    std::vector<Origin> origins{origin};
    if (origin.tls) co_return origins;
    boost::system::error_code is_name;
    std::vector<address> addresses{boost::asio::ip::make_address(origin.host, is_name)};
    if (is_name) {
      auto found = co_await io::addresses_of(origin.host, options_.timeout);
      if (!found) co_return unreachable(found.error());
      addresses = std::move(*found);
    }
    if (!std::ranges::all_of(addresses, may_be_asked)) {
      co_return failure("HostNotAllowed",
                        named() +
                            " are not asked for: with http the host must be a loopback address, "
                            "169.254.170.2, 169.254.170.23 or fd00:ec2::23, or a name for these "
                            "alone; use https for any other");
    }
    if (!is_name) co_return origins;
    origins.clear();
    for (const address& one : addresses) {
      origin.host = one.to_string();
      origins.push_back(origin);
    }
    co_return origins;
  }

  [[nodiscard]] std::unexpected<Error> unreachable(const Error& error) const {
    if (error.kind == ErrorKind::cancelled) return std::unexpected(error);
    return failure("NoContainerCredentials", named() + " did not come: " + error.message);
  }

  [[nodiscard]] std::unexpected<Error> refused(const MetadataAnswer& answer, const Secret& token) const {
    std::string reason = reason_given(answer.body.reveal());
    hide(reason, token);
    return failure("CredentialsRefused", named() + " were refused: HTTP " + std::to_string(answer.status) +
                                             (reason.empty() ? "" : ", " + reason));
  }

  const ContainerCredentialsOptions options_;
  const std::string uri_;
  const MetadataService service_;
};

}  // namespace

credentials::Fetch container_fetch(const Config& config, ContainerCredentialsOptions options) {
  return [agent = std::make_shared<const ContainerAgent>(config, std::move(options))] {
    return io::without_throwing(ContainerAgent::credentials(agent));
  };
}

std::optional<ContainerCredentialsOptions> container_options(const SettingsFound& settings) {
  const auto value = [&](const char* name) {
    auto setting = settings.variable(name);
    return setting ? std::move(setting->value) : std::string();
  };
  ContainerCredentialsOptions options;
  options.relative_uri = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  options.full_uri = value("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (options.relative_uri.empty() && options.full_uri.empty()) return std::nullopt;
  options.authorization_token_file = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  options.authorization_token = Secret(value("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  return options;
}

}  // namespace gannet::identity
