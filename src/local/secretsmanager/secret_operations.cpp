#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "local/secretsmanager/answer.hpp"
#include "local/secretsmanager/secrets_manager.hpp"

namespace gannet::local {

using secretsmanager::begin_with_name;
using secretsmanager::current;
using secretsmanager::name_answer;
using secretsmanager::no_such_secret;
using secretsmanager::refusal;
using secretsmanager::refused;
using secretsmanager::SecretRow;
using secretsmanager::Tags;
using secretsmanager::write_text;
using secretsmanager::write_text_unless_empty;
using secretsmanager::write_texts;
using secretsmanager::write_time;

namespace {

constexpr std::size_t maximum_tags = 50;
constexpr std::int64_t default_recovery_days = 30;

bool is_name(std::string_view name) {
  return std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("-/_+=.@!").find(letter) != std::string_view::npos;
  });
}

}  // namespace

SecretsManager::Answer SecretsManager::create_secret(Input& input) {
  const auto name = input.required_text("Name", 1, 512);
  const auto token = input.text("ClientRequestToken", 32, 64);
  const auto description = input.text("Description", 0, 2048);
  const auto key = input.text("KmsKeyId", 0, 2048);
  const auto type = input.text("Type", 0, 256);
  const auto value = input.value();
  const auto tags = input.tags();
  if (input.error()) return std::unexpected(*input.error());
  if (!is_name(name)) {
    return refused(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
        "-/_+=.@!");
  }
  if (input.whole("AddReplicaRegions")) {
    return refused("InvalidParameterException",
                   "The local cloud keeps no replicas: leave AddReplicaRegions out.");
  }
  if (const auto there = store_.find_by_name(name)) {
    if (there->deletion) {
      return refused(
          "InvalidRequestException",
          "You can't create this secret because a secret with this name is already scheduled for deletion.");
    }
    if (token && value) {
      if (const auto kept = store_.value(*there, *token)) {
        if (*kept == *value) return name_answer(*there, *token);
        return token_in_use(*token, *there);
      }
    }
    return refused("ResourceExistsException",
                   "The operation failed because the secret " + std::string(name) + " already exists.");
  }
  SecretRow secret;
  secret.name = name;
  secret.description = description.value_or("");
  secret.kms_key_id = key.value_or("");
  secret.type = type.value_or("");
  secret.created = secret.changed = facts_.now();
  store_.insert(secret);
  if (tags) {
    for (const auto& [tag, text] : *tags) store_.set_tag(secret, tag, text);
  }
  if (!value) return name_answer(secret);
  const auto version_id = add_version(secret, token, *value, {current});
  if (!version_id) return std::unexpected(version_id.error());
  return name_answer(secret, *version_id);
}

SecretsManager::Answer SecretsManager::update_secret(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto token = input.text("ClientRequestToken", 32, 64);
  const auto description = input.text("Description", 0, 2048);
  const auto key = input.text("KmsKeyId", 0, 2048);
  const auto type = input.text("Type", 0, 256);
  const auto value = input.value();
  if (input.error()) return std::unexpected(*input.error());
  auto secret = find_usable(secret_id);
  if (!secret) return std::unexpected(secret.error());
  std::optional<std::string> version_id;
  if (value) {
    auto added = add_version(*secret, token, *value, {current});
    if (!added) return std::unexpected(added.error());
    version_id = *std::move(added);
  }
  if (description) secret->description = *description;
  if (key) secret->kms_key_id = *key;
  if (type) secret->type = *type;
  secret->changed = facts_.now();
  store_.update(*secret);
  return name_answer(*secret, version_id);
}

SecretsManager::Answer SecretsManager::describe_secret(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  if (input.error()) return std::unexpected(*input.error());
  const auto secret = find(secret_id);
  if (!secret) return std::unexpected(secret.error());
  core::JsonWriter json;
  write_description(json, *secret, "VersionIdsToStages");
  return json.take();
}

void SecretsManager::write_description(core::JsonWriter& json, const SecretRow& secret,
                                       std::string_view versions_member) {
  begin_with_name(json, secret);
  write_text_unless_empty(json, "Type", secret.type);
  write_text_unless_empty(json, "Description", secret.description);
  write_text_unless_empty(json, "KmsKeyId", secret.kms_key_id);
  write_time(json, "LastChangedDate", secret.changed);
  write_time(json, "LastAccessedDate", secret.accessed);
  write_time(json, "DeletedDate", secret.deletion);
  if (const auto tags = store_.tags(secret); !tags.empty()) {
    json.key("Tags");
    json.begin_array();
    for (const auto& [tag, text] : tags) {
      json.begin_object();
      write_text(json, "Key", tag);
      write_text(json, "Value", text);
      json.end_object();
    }
    json.end_array();
  }
  if (const auto versions = store_.versions(secret, false); !versions.empty()) {
    json.key(versions_member);
    json.begin_object();
    for (const auto& version : versions) write_texts(json, version.id, version.stages);
    json.end_object();
  }
  write_time(json, "CreatedDate", secret.created);
  json.end_object();
}

SecretsManager::Answer SecretsManager::delete_secret(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto days = input.integer("RecoveryWindowInDays", INT64_MIN, INT64_MAX);
  const bool force = input.boolean("ForceDeleteWithoutRecovery");
  if (input.error()) return std::unexpected(*input.error());
  if (days && force) {
    return refused("InvalidParameterException",
                   "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  if (days && (*days < 7 || *days > 30)) {
    return refused("InvalidParameterException",
                   "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  }
  const auto now = facts_.now();
  auto secret = store_.find(secret_id);
  if (!secret && !force) return no_such_secret();
  if (!secret) {
    // The service answers a forced deletion of what is not there as if it had been.
    secret.emplace();
    secret->name = secret_id;
    secret->arn = secret_id.starts_with("arn:") ? std::string(secret_id) : store_.new_arn(secret_id);
    secret->deletion = now;
  } else if (force) {
    store_.erase(*secret);
    secret->deletion = now;
  } else if (secret->deletion) {
    return refused(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was already scheduled for deletion.");
  } else {
    secret->deletion = now + std::chrono::days(days.value_or(default_recovery_days));
    store_.update(*secret);
  }
  core::JsonWriter json;
  begin_with_name(json, *secret);
  write_time(json, "DeletionDate", secret->deletion);
  json.end_object();
  return json.take();
}

SecretsManager::Answer SecretsManager::restore_secret(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  if (input.error()) return std::unexpected(*input.error());
  auto secret = find(secret_id);
  if (!secret) return std::unexpected(secret.error());
  secret->deletion.reset();
  store_.update(*secret);
  return name_answer(*secret);
}

SecretsManager::Answer SecretsManager::tag_resource(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto tags = input.tags();
  if (!tags) {
    input.refuse(
        refusal("ValidationException",
                "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must "
                "not be null"));
  }
  if (input.error()) return std::unexpected(*input.error());
  const auto secret = find_usable(secret_id);
  if (!secret) return std::unexpected(secret.error());
  auto after = store_.tags(*secret);
  for (const auto& tag : *tags) {
    if (std::ranges::find(after, tag.first, &Tags::value_type::first) == after.end()) after.push_back(tag);
  }
  if (after.size() > maximum_tags) {
    return refused("LimitExceededException",
                   "A secret can have at most " + std::to_string(maximum_tags) + " tags.");
  }
  for (const auto& [tag, text] : *tags) store_.set_tag(*secret, tag, text);
  return std::string("{}");
}

SecretsManager::Answer SecretsManager::untag_resource(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto keys = input.texts("TagKeys", 0, 200, 1, 128);
  if (!keys) {
    input.refuse(
        refusal("ValidationException",
                "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member "
                "must not be null"));
  }
  if (input.error()) return std::unexpected(*input.error());
  const auto secret = find_usable(secret_id);
  if (!secret) return std::unexpected(secret.error());
  for (const auto tag : *keys) store_.remove_tag(*secret, tag);
  return std::string("{}");
}

}  // namespace gannet::local
