#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include <gannet/log.hpp>
#include <gannet/secret.hpp>
#include <gannet/secretsmanager.hpp>

namespace gannet::secrets {

/// The members of a secret that is a JSON object. Text stands as it is, everything else as its JSON.
using SecretFields = std::map<std::string, Secret, std::less<>>;

/// Secrets Manager with a cache, for secrets that a service reads when it starts. A name is fetched when it is
/// first asked for, and kept; the least recently used of more than `cache_size` is dropped. Failures are not
/// kept. A cheap handle: copies share the cache; thread-safe. It logs names, never values.
class SecretsManager {
 public:
  explicit SecretsManager(secretsmanager::Client client, LogSink log = {}, std::size_t cache_size = 128);
  explicit SecretsManager(Config config, LogSink log = {}, std::size_t cache_size = 128);

  /// The current version's text; `secret_name` is a name or an ARN. A missing secret is `not_found`, a
  /// refused one `access_denied`: both messages name the secret, the latter the action to allow. A binary one
  /// is `validation`.
  [[nodiscard]] Task<Result<Secret>> get_secret(std::string secret_name) const;
  /// The same, read as a JSON object; `validation` where it is none.
  [[nodiscard]] Task<Result<SecretFields>> get_secret_json(std::string secret_name) const;

 private:
  class Cache;
  secretsmanager::Client client_;
  LogSink log_;
  std::shared_ptr<Cache> cache_;
};

}  // namespace gannet::secrets
