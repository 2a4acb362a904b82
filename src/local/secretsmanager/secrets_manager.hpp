#pragma once

#include <string_view>

#include <gannet/result.hpp>

#include "core/json.hpp"
#include "local/secretsmanager/input.hpp"
#include "local/secretsmanager/store.hpp"
#include "local/service.hpp"
#include "local/store/database.hpp"

namespace gannet::local {

/// Secrets Manager's operations over JSON 1.1, as the service answers them. Runs on the cloud's thread; what
/// it wrote is safe once `Database::committed` has returned. Throws StoreError. The database and the facts
/// must outlive it.
class SecretsManager {
 public:
  SecretsManager(Database& database, const CloudFacts& facts);
  /// `operation` as in X-Amz-Target after the dot. Secret values are in the answer's body and nowhere else.
  Reply handle(const Caller& caller, std::string_view operation, std::string_view body);

 private:
  using Input = secretsmanager::Input;
  using Answer = Result<std::string>;
  struct Entry;

  Answer create_secret(Input& input);
  Answer get_secret_value(Input& input);
  Answer put_secret_value(Input& input);
  Answer update_secret(Input& input);
  Answer describe_secret(Input& input);
  Answer list_secrets(Input& input);
  Answer list_secret_version_ids(Input& input);
  Answer delete_secret(Input& input);
  Answer restore_secret(Input& input);
  Answer tag_resource(Input& input);
  Answer untag_resource(Input& input);
  Answer get_random_password(Input& input);
  Answer batch_get_secret_value(Input& input);
  Answer update_secret_version_stage(Input& input);

  Result<secretsmanager::SecretRow> find(std::string_view secret_id);
  Result<secretsmanager::SecretRow> find_usable(std::string_view secret_id);
  void make_current(const secretsmanager::SecretRow& secret, std::string_view version_id);
  /// Keeps a new version under that token. Nothing new is kept if the same value came under it before.
  Result<std::string> add_version(const secretsmanager::SecretRow& secret,
                                  std::optional<std::string_view> token, const secretsmanager::Value& value,
                                  const std::vector<std::string_view>& stages);
  Result<void> write_value(core::JsonWriter& json, const secretsmanager::SecretRow& secret,
                           std::optional<std::string_view> version_id, std::optional<std::string_view> stage);
  void write_description(core::JsonWriter& json, const secretsmanager::SecretRow& secret,
                         std::string_view versions_member);

  const CloudFacts& facts_;
  Database& database_;
  secretsmanager::Store store_;
};

}  // namespace gannet::local
