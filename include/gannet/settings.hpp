#pragma once

#include <cstdint>
#include <string>

#include <gannet/config.hpp>
#include <gannet/log.hpp>
#include <gannet/secret.hpp>
#include <gannet/secrets.hpp>
#include <gannet/temporaries.hpp>

namespace gannet::settings {

/// What the database's secret holds. `host` and the rest are no secrets, the password is.
struct DatabaseCredentials {
  std::string username{};
  Secret password{};
  std::string host{};
  std::uint16_t port = 5432;
  std::string database{};
};

/// `postgresql://username:password@host:port/database`, every part percent-encoded.
Secret database_url(const DatabaseCredentials& credentials);

/// What a service is told by its environment; each member is named as its variable, in lower case.
struct ServiceSettings {
  std::string environment = "dev";
  std::string aws_region = "us-east-1";
  std::string service_name = "user-service";
  std::string database_secret_name = "prod/fetch/postgres-credentials";
  std::string partner_api_secret_name = "prod/fetch/partner-api-keys";

  /// Reads ENVIRONMENT, AWS_REGION, SERVICE_NAME, DATABASE_SECRET_NAME and PARTNER_API_SECRET_NAME. An empty
  /// variable counts as unset.
  static ServiceSettings from(const Environment& environment = Environment::process());
};

/// Settings and the secrets they name, read once, before the first request is taken. Immutable: share it as
/// you like.
class Settings {
 public:
  /// Fetches both secrets and computes everything, or fails: nothing is left for a request to find missing.
  /// The error names the secret and what is wrong with it (missing, denied and the action to allow, not JSON,
  /// a member missing).
  static Task<Result<Settings>> load(const ServiceSettings& service, secrets::SecretsManager secrets,
                                     LogSink log);
  GANNET_NAME_IT_FIRST(static Task<Result<Settings>> load(ServiceSettings&&, secrets::SecretsManager,
                                                          LogSink));

  [[nodiscard]] const ServiceSettings& service() const noexcept { return service_; }
  [[nodiscard]] const DatabaseCredentials& database_credentials() const noexcept {
    return database_credentials_;
  }
  [[nodiscard]] const Secret& database_url() const noexcept { return database_url_; }
  [[nodiscard]] const Secret& partner_api_key() const noexcept { return partner_api_key_; }

 private:
  Settings() = default;
  static Task<Result<Settings>> fetch(ServiceSettings service, secrets::SecretsManager secrets, LogSink log);

  ServiceSettings service_;
  DatabaseCredentials database_credentials_;
  Secret database_url_;
  Secret partner_api_key_;
};

}  // namespace gannet::settings
