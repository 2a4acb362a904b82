#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "local/secretsmanager/answer.hpp"
#include "local/secretsmanager/secrets_manager.hpp"
#include "local/uuid.hpp"

namespace gannet::local {

using secretsmanager::begin_with_name;
using secretsmanager::current;
using secretsmanager::name_answer;
using secretsmanager::previous;
using secretsmanager::refused;
using secretsmanager::SecretRow;
using secretsmanager::Value;
using secretsmanager::VersionRow;
using secretsmanager::write_text;
using secretsmanager::write_texts;
using secretsmanager::write_time;

namespace {

constexpr std::size_t maximum_versions = 100;
constexpr std::size_t maximum_stages = 20;

}  // namespace

SecretsManager::Answer SecretsManager::get_secret_value(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto version_id = input.text("VersionId", 32, 64);
  const auto stage = input.text("VersionStage", 1, 256);
  if (input.error()) return std::unexpected(*input.error());
  const auto secret = find_usable(secret_id);
  if (!secret) return std::unexpected(secret.error());
  core::JsonWriter json;
  if (auto written = write_value(json, *secret, version_id, stage); !written)
    return std::unexpected(written.error());
  return json.take();
}

Result<void> SecretsManager::write_value(core::JsonWriter& json, const SecretRow& secret,
                                         std::optional<std::string_view> version_id,
                                         std::optional<std::string_view> stage) {
  std::optional<VersionRow> version;
  if (version_id) {
    version = store_.version(secret, *version_id);
    if (!version) {
      return refused(
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret value for VersionId: " + std::string(*version_id));
    }
    if (stage && std::ranges::find(version->stages, *stage) == version->stages.end()) {
      return refused("InvalidRequestException",
                     "You provided a VersionStage that is not associated to the provided VersionId.");
    }
  } else {
    const auto wanted = stage.value_or(current);
    if (const auto at = store_.version_at(secret, wanted)) version = store_.version(secret, *at);
    if (!version) {
      return refused(
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret value for staging label: " + std::string(wanted));
    }
  }
  const auto value = store_.value(secret, version->id);
  store_.touch(secret, version->id);
  begin_with_name(json, secret);
  write_text(json, "VersionId", version->id);
  if (value->binary) {
    json.key("SecretBinary");
    json.base64(value->bytes.reveal());
  } else {
    write_text(json, "SecretString", value->bytes.reveal());
  }
  if (!version->stages.empty()) write_texts(json, "VersionStages", version->stages);
  write_time(json, "CreatedDate", version->created);
  json.end_object();
  return {};
}

SecretsManager::Answer SecretsManager::put_secret_value(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto token = input.text("ClientRequestToken", 32, 64);
  const auto value = input.value();
  const auto stages = input.texts("VersionStages", 1, maximum_stages, 1, 256);
  if (input.error()) return std::unexpected(*input.error());
  if (!value)
    return refused("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
  auto secret = find_usable(secret_id);
  if (!secret) return std::unexpected(secret.error());
  const auto version_id =
      add_version(*secret, token, *value, stages.value_or(std::vector<std::string_view>{current}));
  if (!version_id) return std::unexpected(version_id.error());
  secret->changed = facts_.now();
  store_.update(*secret);
  const auto version = store_.version(*secret, *version_id);
  core::JsonWriter json;
  begin_with_name(json, *secret);
  write_text(json, "VersionId", *version_id);
  write_texts(json, "VersionStages", version->stages);
  json.end_object();
  return json.take();
}

Result<std::string> SecretsManager::add_version(const SecretRow& secret,
                                                std::optional<std::string_view> token, const Value& value,
                                                const std::vector<std::string_view>& stages) {
  const std::string version_id = token ? std::string(*token) : random_uuid();
  if (const auto there = store_.value(secret, version_id)) {
    if (*there != value) return token_in_use(version_id, secret);
    return version_id;
  }
  const bool first = store_.versions(secret, true).empty();
  store_.insert_version(secret, version_id, value);
  for (const auto stage : stages) {
    if (stage == current) {
      make_current(secret, version_id);
    } else {
      store_.set_stage(secret, stage, version_id);
    }
  }
  if (first) make_current(secret, version_id);
  store_.trim_versions(secret, maximum_versions);
  return version_id;
}

void SecretsManager::make_current(const SecretRow& secret, std::string_view version_id) {
  const auto before = store_.version_at(secret, current);
  if (before == version_id) return;
  store_.set_stage(secret, current, version_id);
  if (before) {
    store_.set_stage(secret, previous, *before);
  }
}

SecretsManager::Answer SecretsManager::update_secret_version_stage(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto stage = input.required_text("VersionStage", 1, 256);
  const auto from = input.text("RemoveFromVersionId", 32, 64);
  const auto to = input.text("MoveToVersionId", 32, 64);
  if (input.error()) return std::unexpected(*input.error());
  auto secret = find_usable(secret_id);
  if (!secret) return std::unexpected(secret.error());
  for (const auto& version_id : {from, to}) {
    if (version_id && !store_.version(*secret, *version_id)) {
      return refused("InvalidParameterException", "Not a valid version: " + std::string(*version_id));
    }
  }
  const auto at = store_.version_at(*secret, stage);
  if (from && at != *from) {
    return refused("InvalidParameterException",
                   "Version stage " + std::string(stage) + " not found in version " + std::string(*from));
  }
  if (at && !from && at != to) {
    return refused("InvalidParameterException",
                   "The parameter RemoveFromVersionId can't be empty. Staging label " + std::string(stage) +
                       " is currently attached to version " + *at +
                       ", so you must explicitly reference that version in RemoveFromVersionId.");
  }
  if (!to && stage == current) {
    return refused(
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely "
        "removed.");
  }
  if (to) {
    const auto version = store_.version(*secret, *to);
    const bool has_it = std::ranges::find(version->stages, stage) != version->stages.end();
    if (!has_it && version->stages.size() >= maximum_stages) {
      return refused("LimitExceededException", "A version can have at most 20 staging labels.");
    }
    if (stage == current) {
      make_current(*secret, *to);
    } else {
      store_.set_stage(*secret, stage, *to);
    }
  } else if (at) {
    store_.remove_stage(*secret, stage);
  }
  secret->changed = facts_.now();
  store_.update(*secret);
  return name_answer(*secret);
}

}  // namespace gannet::local
