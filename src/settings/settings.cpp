#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <gannet/settings.hpp>

#include "core/encoding.hpp"

namespace gannet::settings {
namespace {

Result<Secret> member(const secrets::SecretFields& fields, const std::string& secret_name,
                      std::string_view name) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.empty()) {
    return fail(ErrorKind::configuration, "IncompleteSecret",
                fmt::format("Secret {} has no member \"{}\"; add it to its JSON", secret_name, name));
  }
  return found->second;
}

Result<DatabaseCredentials> read_credentials(const secrets::SecretFields& fields,
                                             const std::string& secret_name) {
  DatabaseCredentials credentials;
  for (const auto& [name, text] :
       {std::pair{"username", &credentials.username}, std::pair{"host", &credentials.host},
        std::pair{"database", &credentials.database}}) {
    auto value = member(fields, secret_name, name);
    if (!value) return std::unexpected(std::move(value.error()));
    *text = value->reveal();
  }
  auto password = member(fields, secret_name, "password");
  if (!password) return std::unexpected(std::move(password.error()));
  credentials.password = std::move(*password);

  auto port = member(fields, secret_name, "port");
  if (!port) return std::unexpected(std::move(port.error()));
  const std::string& digits = port->reveal();
  const char* const end = digits.data() + digits.size();
  const auto [stop, trouble] = std::from_chars(digits.data(), end, credentials.port);
  if (trouble != std::errc() || stop != end || credentials.port == 0) {
    return fail(ErrorKind::configuration, "IncompleteSecret",
                fmt::format("Secret {}: its member \"port\" is not a number from 1 to 65535", secret_name));
  }
  return credentials;
}

}  // namespace

Secret database_url(const DatabaseCredentials& credentials) {
  const bool literal_v6 = credentials.host.find(':') != std::string::npos;
  std::string url;
  // Room for every character percent-encoded: no copy of the password is left behind by growing.
  url.reserve(32 + 3 * (credentials.username.size() + credentials.password.size() + credentials.host.size() +
                        credentials.database.size()));
  url += "postgresql://";
  core::append_uri_encoded(url, credentials.username);
  url += ':';
  core::append_uri_encoded(url, credentials.password.reveal());
  url += '@';
  url += literal_v6 ? '[' + credentials.host + ']' : core::uri_encode(credentials.host);
  url += ':' + std::to_string(credentials.port) + '/';
  core::append_uri_encoded(url, credentials.database);
  return Secret(std::move(url));
}

ServiceSettings ServiceSettings::from(const Environment& environment) {
  ServiceSettings settings;
  const auto take = [&](const char* variable, std::string& member) {
    if (auto value = environment.get(variable); value && !value->empty()) member = std::move(*value);
  };
  take("ENVIRONMENT", settings.environment);
  take("AWS_REGION", settings.aws_region);
  take("SERVICE_NAME", settings.service_name);
  take("DATABASE_SECRET_NAME", settings.database_secret_name);
  take("PARTNER_API_SECRET_NAME", settings.partner_api_secret_name);
  return settings;
}

Task<Result<Settings>> Settings::load(const ServiceSettings& service, secrets::SecretsManager secrets,
                                      LogSink log) {
  return fetch(service, std::move(secrets), std::move(log));
}

Task<Result<Settings>> Settings::fetch(ServiceSettings service, secrets::SecretsManager secrets,
                                       LogSink log) {
  if (log) log(LogLevel::info, "Loading secrets from AWS Secrets Manager...");
  const auto report = [&log](const Error& error) {
    if (log) log(LogLevel::error, "Failed to load secrets: " + error.message);
    return std::unexpected(error);
  };

  Settings settings;
  auto database = co_await secrets.get_secret_json(service.database_secret_name);
  if (!database) co_return report(database.error());
  auto credentials = read_credentials(*database, service.database_secret_name);
  if (!credentials) co_return report(credentials.error());
  settings.database_credentials_ = std::move(*credentials);
  settings.database_url_ = settings::database_url(settings.database_credentials_);

  auto partner = co_await secrets.get_secret_json(service.partner_api_secret_name);
  if (!partner) co_return report(partner.error());
  auto key = member(*partner, service.partner_api_secret_name, "partner_api_key");
  if (!key) co_return report(key.error());
  settings.partner_api_key_ = std::move(*key);

  settings.service_ = std::move(service);
  if (log) log(LogLevel::info, "Secrets loaded successfully");
  co_return settings;
}

}  // namespace gannet::settings
