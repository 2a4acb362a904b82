#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/encoding.hpp"
#include "local/secretsmanager/answer.hpp"
#include "local/secretsmanager/filter.hpp"
#include "local/secretsmanager/secrets_manager.hpp"

namespace gannet::local {

using secretsmanager::refused;
using secretsmanager::SecretRow;
using secretsmanager::VersionRow;
using secretsmanager::write_text;
using secretsmanager::write_text_unless_empty;
using secretsmanager::write_texts;
using secretsmanager::write_time;

namespace {

constexpr std::size_t default_page = 100;
constexpr std::size_t default_batch_page = 20;

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

}  // namespace

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

}  // namespace gannet::local
