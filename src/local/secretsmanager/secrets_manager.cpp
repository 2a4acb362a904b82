#include "local/secretsmanager/secrets_manager.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <utility>

#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "local/secretsmanager/filter.hpp"
#include "local/secretsmanager/random_password.hpp"
#include "local/uuid.hpp"

namespace gannet::local {

using secretsmanager::current;
using secretsmanager::Filter;
using secretsmanager::previous;
using secretsmanager::refusal;
using secretsmanager::SecretRow;
using secretsmanager::Tags;
using secretsmanager::Value;
using secretsmanager::VersionRow;

namespace {

constexpr std::size_t maximum_versions = 100;
constexpr std::size_t maximum_stages = 20;
constexpr std::size_t maximum_tags = 50;
constexpr std::int64_t default_recovery_days = 30;
constexpr std::size_t default_page = 100;
constexpr std::size_t default_batch_page = 20;

constexpr std::array<std::string_view, 9> not_built = {
    "CancelRotateSecret", "DeleteResourcePolicy",         "GetResourcePolicy",
    "PutResourcePolicy",  "RemoveRegionsFromReplication", "ReplicateSecretToRegions",
    "RotateSecret",       "StopReplicationToReplica",     "ValidateResourcePolicy",
};

std::unexpected<Error> refused(std::string code, std::string message) {
  return std::unexpected(refusal(std::move(code), std::move(message)));
}

std::unexpected<Error> no_such_secret() {
  return refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

std::unexpected<Error> token_in_use(std::string_view token, const SecretRow& secret) {
  return refused("ResourceExistsException",
                 "You can't use ClientRequestToken " + std::string(token) +
                     " because that value is already in use for a version of secret " + secret.arn + ".");
}

bool is_name(std::string_view name) {
  return std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("-/_+=.@!").find(letter) != std::string_view::npos;
  });
}

void write_time(core::JsonWriter& json, std::string_view name, Timestamp time) {
  json.key(name);
  json.raw(core::epoch_seconds(time));
}

void write_time(core::JsonWriter& json, std::string_view name, std::optional<Timestamp> time) {
  if (time) write_time(json, name, *time);
}

void write_text(core::JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  json.string(text);
}

void write_text_unless_empty(core::JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) write_text(json, name, text);
}

template <class Texts>
void write_texts(core::JsonWriter& json, std::string_view name, const Texts& texts) {
  json.key(name);
  json.begin_array();
  for (const auto& text : texts) json.string(text);
  json.end_array();
}

void begin_with_name(core::JsonWriter& json, const SecretRow& secret) {
  json.begin_object();
  write_text(json, "ARN", secret.arn);
  write_text(json, "Name", secret.name);
}

std::string name_answer(const SecretRow& secret, std::optional<std::string_view> version_id = std::nullopt) {
  core::JsonWriter json;
  begin_with_name(json, secret);
  if (version_id) write_text(json, "VersionId", *version_id);
  json.end_object();
  return json.take();
}

/// What a list is sorted by, as text that sorts the same, unique to the secret.
std::string sort_key(const SecretRow& secret, std::string_view sort_by) {
  const auto digits = [](std::int64_t number) {
    std::string text = std::to_string(number);
    return std::string(20 - text.size(), '0') + text;
  };
  std::string key;
  if (sort_by == "name") {
    key = secret.name + '\0';
  } else if (sort_by == "last-changed-date") {
    key = digits(secret.changed.time_since_epoch().count());
  } else if (sort_by == "last-accessed-date") {
    key = digits(secret.accessed ? secret.accessed->time_since_epoch().count() : 0);
  }
  return key + digits(secret.id);
}

/// Sorts `rows`, drops what comes up to `next_token`, keeps `limit` and gives the token for the rest ("" for
/// none).
Result<std::string> cut_page(std::vector<SecretRow>& rows, std::string_view sort_by, bool descending,
                             std::optional<std::string_view> next_token, std::size_t limit) {
  std::string after;
  if (next_token) {
    auto decoded = core::from_base64(*next_token);
    if (!decoded || decoded->empty()) return refused("InvalidNextTokenException", "Invalid NextToken.");
    after = std::move(*decoded);
  }
  std::vector<std::pair<std::string, SecretRow>> sorted;
  sorted.reserve(rows.size());
  for (auto& row : rows) {
    std::string key = sort_key(row, sort_by);
    if (next_token && (descending ? key >= after : key <= after)) continue;
    sorted.emplace_back(std::move(key), std::move(row));
  }
  std::ranges::sort(sorted, [&](const auto& left, const auto& right) {
    return descending ? left.first > right.first : left.first < right.first;
  });
  std::string token;
  if (sorted.size() > limit) {
    sorted.resize(limit);
    token = core::base64(sorted.back().first);
  }
  rows.clear();
  for (auto& [key, row] : sorted) rows.push_back(std::move(row));
  return token;
}

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
    if (std::ranges::find(not_built, operation) != not_built.end()) {
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

void SecretsManager::make_current(const SecretRow& secret, std::string_view version_id) {
  const auto before = store_.version_at(secret, current);
  if (before == version_id) return;
  store_.set_stage(secret, current, version_id);
  if (before) {
    store_.set_stage(secret, previous, *before);
  }
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

SecretsManager::Answer SecretsManager::batch_get_secret_value(Input& input) {
  const auto ids = input.texts("SecretIdList", 1, 20, 1, 2048);
  const auto filters = read_filters(input);
  const auto limit = input.integer("MaxResults", 1, 20);
  const auto next_token = input.text("NextToken", 1, 4096);
  if (input.error()) return std::unexpected(*input.error());
  if (ids && !filters.empty()) {
    return refused("InvalidParameterException",
                   "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  }
  if (!ids && filters.empty()) {
    return refused("InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided.");
  }
  if (ids && limit) {
    return refused(
        "InvalidParameterException",
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
  }
  std::vector<std::pair<std::string, Error>> errors;
  std::vector<SecretRow> secrets;
  std::string token;
  if (ids) {
    for (const auto id : *ids) {
      if (auto secret = find_usable(id)) {
        secrets.push_back(*std::move(secret));
      } else {
        errors.emplace_back(id, secret.error());
      }
    }
  } else {
    secrets = store_.all();
    std::erase_if(secrets, [&](const SecretRow& row) {
      return row.deletion || !passes(filters, row, store_.tags(row), facts_.region);
    });
    auto next = cut_page(secrets, "created-date", false, next_token,
                         limit ? static_cast<std::size_t>(*limit) : default_batch_page);
    if (!next) return std::unexpected(next.error());
    token = *std::move(next);
  }
  core::JsonWriter json;
  json.begin_object();
  json.key("SecretValues");
  json.begin_array();
  for (const auto& secret : secrets) {
    core::JsonWriter one;
    if (auto written = write_value(one, secret, std::nullopt, std::nullopt)) {
      json.raw(one.text());
    } else {
      errors.emplace_back(secret.name, written.error());
    }
  }
  json.end_array();
  json.key("Errors");
  json.begin_array();
  for (const auto& [id, error] : errors) {
    json.begin_object();
    write_text(json, "SecretId", id);
    write_text(json, "ErrorCode", error.code);
    write_text(json, "Message", error.message);
    json.end_object();
  }
  json.end_array();
  write_text_unless_empty(json, "NextToken", token);
  json.end_object();
  return json.take();
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

SecretsManager::Answer SecretsManager::describe_secret(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  if (input.error()) return std::unexpected(*input.error());
  const auto secret = find(secret_id);
  if (!secret) return std::unexpected(secret.error());
  core::JsonWriter json;
  write_description(json, *secret, "VersionIdsToStages");
  return json.take();
}

SecretsManager::Answer SecretsManager::list_secrets(Input& input) {
  const auto limit = input.integer("MaxResults", 1, 100);
  const auto next_token = input.text("NextToken", 1, 4096);
  const auto filters = read_filters(input);
  const auto order = input.text("SortOrder", 1, 16).value_or("asc");
  const auto sort_by = input.text("SortBy", 1, 32).value_or("created-date");
  const bool deleted_too = input.boolean("IncludePlannedDeletion");
  if (input.error()) return std::unexpected(*input.error());
  if (order != "asc" && order != "desc") {
    return refused(
        "ValidationException",
        "1 validation error detected: Value '" + std::string(order) +
            "' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [asc, desc]");
  }
  static constexpr std::array<std::string_view, 4> sorts = {"created-date", "last-accessed-date",
                                                            "last-changed-date", "name"};
  if (std::ranges::find(sorts, sort_by) == sorts.end()) {
    return refused("ValidationException",
                   "1 validation error detected: Value '" + std::string(sort_by) +
                       "' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: "
                       "[created-date, last-accessed-date, last-changed-date, name]");
  }
  auto secrets = store_.all();
  std::erase_if(secrets, [&](const SecretRow& row) {
    return (row.deletion && !deleted_too) || !passes(filters, row, store_.tags(row), facts_.region);
  });
  const auto token = cut_page(secrets, sort_by, order == "desc", next_token,
                              limit ? static_cast<std::size_t>(*limit) : default_page);
  if (!token) return std::unexpected(token.error());
  core::JsonWriter json;
  json.begin_object();
  json.key("SecretList");
  json.begin_array();
  for (const auto& secret : secrets) write_description(json, secret, "SecretVersionsToStages");
  json.end_array();
  write_text_unless_empty(json, "NextToken", *token);
  json.end_object();
  return json.take();
}

SecretsManager::Answer SecretsManager::list_secret_version_ids(Input& input) {
  const auto secret_id = input.required_text("SecretId", 1, 2048);
  const auto limit = static_cast<std::size_t>(input.integer("MaxResults", 1, 100).value_or(default_page));
  const auto next_token = input.text("NextToken", 1, 4096);
  const bool deprecated_too = input.boolean("IncludeDeprecated");
  if (input.error()) return std::unexpected(*input.error());
  const auto secret = find(secret_id);
  if (!secret) return std::unexpected(secret.error());
  const auto versions = store_.versions(*secret, deprecated_too);
  auto at = versions.begin();
  if (next_token) {
    const auto last = core::from_base64(*next_token);
    if (last) at = std::ranges::find(versions, *last, &VersionRow::id);
    if (!last || at == versions.end()) return refused("InvalidNextTokenException", "Invalid NextToken.");
    ++at;
  }
  core::JsonWriter json;
  json.begin_object();
  json.key("Versions");
  json.begin_array();
  std::string token;
  for (std::size_t count = 0; at != versions.end(); ++at, ++count) {
    if (count == limit) {
      token = core::base64(std::prev(at)->id);
      break;
    }
    json.begin_object();
    write_text(json, "VersionId", at->id);
    if (!at->stages.empty()) write_texts(json, "VersionStages", at->stages);
    write_time(json, "LastAccessedDate", at->accessed);
    write_time(json, "CreatedDate", at->created);
    json.end_object();
  }
  json.end_array();
  write_text_unless_empty(json, "NextToken", token);
  write_text(json, "ARN", secret->arn);
  write_text(json, "Name", secret->name);
  json.end_object();
  return json.take();
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
