#include "local/secretsmanager/secrets_manager.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "local/secretsmanager/answer.hpp"
#include "local/secretsmanager/random_password.hpp"

namespace gannet::local {

using secretsmanager::no_such_secret;
using secretsmanager::refusal;
using secretsmanager::refused;
using secretsmanager::SecretRow;
using secretsmanager::write_text;

namespace {

constexpr std::array<std::string_view, 9> unbuilt_operations = {
    "CancelRotateSecret", "DeleteResourcePolicy",         "GetResourcePolicy",
    "PutResourcePolicy",  "RemoveRegionsFromReplication", "ReplicateSecretToRegions",
    "RotateSecret",       "StopReplicationToReplica",     "ValidateResourcePolicy",
};

Reply error_reply(const Error& error) {
  core::JsonWriter json;
  json.begin_object();
  write_text(json, "__type", error.code);
  write_text(json, "Message", core::is_utf8(error.message) ? error.message : "The request is not UTF-8.");
  json.end_object();
  return {.status = error.http_status, .body = json.take(), .content_type = "application/x-amz-json-1.1"};
}

}  // namespace

struct SecretsManager::Entry {
  std::string_view operation;
  Answer (SecretsManager::*run)(Input& input);
  bool writes;
};

SecretsManager::SecretsManager(Database& database, const CloudFacts& facts)
    : facts_(facts), database_(database), store_(database, facts) {}

Reply SecretsManager::handle(const Caller& /*caller*/, std::string_view operation, std::string_view body) {
  static constexpr auto entries = std::to_array<Entry>({
      {"BatchGetSecretValue", &SecretsManager::batch_get_secret_value, false},
      {"CreateSecret", &SecretsManager::create_secret, true},
      {"DeleteSecret", &SecretsManager::delete_secret, true},
      {"DescribeSecret", &SecretsManager::describe_secret, false},
      {"GetRandomPassword", &SecretsManager::get_random_password, false},
      {"GetSecretValue", &SecretsManager::get_secret_value, false},
      {"ListSecretVersionIds", &SecretsManager::list_secret_version_ids, false},
      {"ListSecrets", &SecretsManager::list_secrets, false},
      {"PutSecretValue", &SecretsManager::put_secret_value, true},
      {"RestoreSecret", &SecretsManager::restore_secret, true},
      {"TagResource", &SecretsManager::tag_resource, true},
      {"UntagResource", &SecretsManager::untag_resource, true},
      {"UpdateSecret", &SecretsManager::update_secret, true},
      {"UpdateSecretVersionStage", &SecretsManager::update_secret_version_stage, true},
  });
  const auto entry = std::ranges::find(entries, operation, &Entry::operation);
  if (entry == entries.end()) {
    if (std::ranges::find(unbuilt_operations, operation) != unbuilt_operations.end()) {
      return error_reply(refusal("UnsupportedOperationException",
                                 "The local cloud's Secrets Manager has no " + std::string(operation) +
                                     ": it keeps no rotation, replicas or resource policies."));
    }
    return error_reply(refusal("UnknownOperationException", "Secrets Manager has no such operation."));
  }
  const auto document = core::JsonDocument::parse(body);
  if (!document) return error_reply(refusal("SerializationException", document.error().message));
  if (!document->root().is_object()) {
    return error_reply(refusal("SerializationException", "The request's body must be a JSON object."));
  }
  Input input(document->root());
  const auto run = [&] { return (this->*entry->run)(input); };
  auto answer = entry->writes ? database_.atomically(run) : run();
  if (!answer) return error_reply(answer.error());
  return {.status = 200, .body = std::move(*answer), .content_type = "application/x-amz-json-1.1"};
}

SecretsManager::Answer SecretsManager::get_random_password(Input& input) {
  secretsmanager::PasswordRules rules;
  rules.length = static_cast<std::size_t>(input.integer("PasswordLength", 1, 4096).value_or(32));
  rules.exclude_characters = input.text("ExcludeCharacters", 0, 4096).value_or("");
  rules.exclude_numbers = input.boolean("ExcludeNumbers");
  rules.exclude_punctuation = input.boolean("ExcludePunctuation");
  rules.exclude_uppercase = input.boolean("ExcludeUppercase");
  rules.exclude_lowercase = input.boolean("ExcludeLowercase");
  rules.include_space = input.boolean("IncludeSpace");
  rules.require_each_included_type = input.boolean("RequireEachIncludedType", true);
  if (input.error()) return std::unexpected(*input.error());
  std::random_device device;
  auto password = random_password(rules, [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(device);
  });
  if (!password) return std::unexpected(password.error());
  core::JsonWriter json;
  json.begin_object();
  write_text(json, "RandomPassword", *password);
  json.end_object();
  wipe(*password);
  return json.take();
}

Result<SecretRow> SecretsManager::find(std::string_view secret_id) {
  auto secret = store_.find(secret_id);
  if (!secret) return no_such_secret();
  return *std::move(secret);
}

Result<SecretRow> SecretsManager::find_usable(std::string_view secret_id) {
  auto secret = find(secret_id);
  if (secret && secret->deletion) {
    return refused("InvalidRequestException",
                   "You can't perform this operation on the secret because it was marked for deletion.");
  }
  return secret;
}

}  // namespace gannet::local
