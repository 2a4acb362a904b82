#include "local/secretsmanager/store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

namespace gannet::local::secretsmanager {
namespace {

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS secrets (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, arn TEXT NOT NULL UNIQUE, description TEXT NOT NULL,
  kms_key_id TEXT NOT NULL, type TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL, accessed INTEGER,
  deletion INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS secret_tags (
  secret INTEGER NOT NULL REFERENCES secrets(id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (secret, key)) STRICT;
CREATE TABLE IF NOT EXISTS secret_versions (
  number INTEGER PRIMARY KEY AUTOINCREMENT, secret INTEGER NOT NULL REFERENCES secrets(id), id TEXT NOT NULL,
  created INTEGER NOT NULL, accessed INTEGER, binary INTEGER NOT NULL, value BLOB NOT NULL, UNIQUE (secret, id)) STRICT;
CREATE TABLE IF NOT EXISTS secret_stages (
  secret INTEGER NOT NULL REFERENCES secrets(id), stage TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (secret, stage)) STRICT;
)";

std::int64_t to_integer(Timestamp time) {
  return time.time_since_epoch().count();
}

Timestamp to_time(std::int64_t milliseconds) {
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

std::optional<Timestamp> optional_time(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return to_time(query.integer(column));
}

void bind_optional(Query& query, int parameter, std::optional<Timestamp> time) {
  if (time) {
    query.bind(parameter, to_integer(*time));
  } else {
    query.bind_null(parameter);
  }
}

Timestamp day_of(Timestamp time) {
  return std::chrono::floor<std::chrono::days>(time);
}

}  // namespace

Store::Store(Database& database, const CloudFacts& facts) : database_(database), facts_(facts) {
  database_.execute(schema);
}

std::string Store::new_arn(std::string_view name) const {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  thread_local std::random_device device;
  std::uniform_int_distribution<std::size_t> pick(0, alphabet.size() - 1);
  std::string arn = "arn:aws:secretsmanager:" + facts_.region + ":" + facts_.account_id + ":secret:";
  arn += name;
  arn += '-';
  for (int i = 0; i < 6; ++i) arn += alphabet[pick(device)];
  return arn;
}

#define SECRET_COLUMNS "id, name, arn, description, kms_key_id, type, created, changed, accessed, deletion"

SecretRow Store::read_secret(const Query& query) const {
  SecretRow row;
  row.id = query.integer(0);
  row.name = query.text(1);
  row.arn = query.text(2);
  row.description = query.text(3);
  row.kms_key_id = query.text(4);
  row.type = query.text(5);
  row.created = to_time(query.integer(6));
  row.changed = to_time(query.integer(7));
  row.accessed = optional_time(query, 8);
  row.deletion = optional_time(query, 9);
  return row;
}

std::optional<SecretRow> Store::unless_gone(std::optional<SecretRow> secret) {
  if (secret && secret->deletion && *secret->deletion <= facts_.now()) {
    erase(*secret);
    return std::nullopt;
  }
  return secret;
}

std::optional<SecretRow> Store::find_by_name(std::string_view name) {
  std::optional<SecretRow> found;
  {
    auto query = database_.query("SELECT " SECRET_COLUMNS " FROM secrets WHERE name = ?1");
    query.bind(1, name);
    if (query.step()) found = read_secret(query);
  }
  return unless_gone(std::move(found));
}

std::optional<SecretRow> Store::find(std::string_view secret_id) {
  if (!secret_id.starts_with("arn:")) return find_by_name(secret_id);
  std::optional<SecretRow> found;
  {
    auto query = database_.query("SELECT " SECRET_COLUMNS " FROM secrets WHERE arn = ?1");
    query.bind(1, secret_id);
    if (query.step()) found = read_secret(query);
  }
  if (found) return unless_gone(std::move(found));
  const std::string prefix = "arn:aws:secretsmanager:" + facts_.region + ":" + facts_.account_id + ":secret:";
  if (!secret_id.starts_with(prefix)) return std::nullopt;
  return find_by_name(secret_id.substr(prefix.size()));
}

std::vector<SecretRow> Store::all() {
  std::vector<SecretRow> rows;
  {
    auto query = database_.query("SELECT " SECRET_COLUMNS " FROM secrets ORDER BY id");
    while (query.step()) rows.push_back(read_secret(query));
  }
  std::erase_if(rows, [this](const SecretRow& row) { return !unless_gone(row); });
  return rows;
}

void Store::insert(SecretRow& row) {
  row.arn = new_arn(row.name);
  database_.write();
  auto query = database_.query(
      "INSERT INTO secrets (name, arn, description, kms_key_id, type, created, changed) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id");
  query.bind(1, row.name).bind(2, row.arn).bind(3, row.description).bind(4, row.kms_key_id).bind(5, row.type);
  query.bind(6, to_integer(row.created)).bind(7, to_integer(row.changed));
  if (query.step()) row.id = query.integer(0);
  query.run();
}

void Store::update(const SecretRow& row) {
  database_.write();
  auto query = database_.query(
      "UPDATE secrets SET description = ?2, kms_key_id = ?3, type = ?4, changed = ?5, accessed = ?6, "
      "deletion = ?7 "
      "WHERE id = ?1");
  query.bind(1, row.id).bind(2, row.description).bind(3, row.kms_key_id).bind(4, row.type);
  query.bind(5, to_integer(row.changed));
  bind_optional(query, 6, row.accessed);
  bind_optional(query, 7, row.deletion);
  query.run();
}

void Store::erase(const SecretRow& row) {
  database_.write();
  for (const auto* sql :
       {"DELETE FROM secret_stages WHERE secret = ?1", "DELETE FROM secret_versions WHERE secret = ?1",
        "DELETE FROM secret_tags WHERE secret = ?1", "DELETE FROM secrets WHERE id = ?1"}) {
    database_.query(sql).bind(1, row.id).run();
  }
}

Tags Store::tags(const SecretRow& secret) {
  Tags tags;
  auto query = database_.query("SELECT key, value FROM secret_tags WHERE secret = ?1 ORDER BY rowid");
  query.bind(1, secret.id);
  while (query.step()) tags.emplace_back(query.text(0), query.text(1));
  return tags;
}

void Store::set_tag(const SecretRow& secret, std::string_view key, std::string_view value) {
  database_.write();
  auto query = database_.query(
      "INSERT INTO secret_tags (secret, key, value) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (secret, key) DO UPDATE SET value = excluded.value");
  query.bind(1, secret.id).bind(2, key).bind(3, value).run();
}

void Store::remove_tag(const SecretRow& secret, std::string_view key) {
  database_.write();
  database_.query("DELETE FROM secret_tags WHERE secret = ?1 AND key = ?2")
      .bind(1, secret.id)
      .bind(2, key)
      .run();
}

std::vector<VersionRow> Store::versions(const SecretRow& secret, bool with_deprecated) {
  std::vector<VersionRow> versions;
  {
    auto query = database_.query(
        "SELECT id, created, accessed FROM secret_versions WHERE secret = ?1 ORDER BY number DESC");
    query.bind(1, secret.id);
    while (query.step()) {
      VersionRow row;
      row.id = query.text(0);
      row.created = to_time(query.integer(1));
      row.accessed = optional_time(query, 2);
      versions.push_back(std::move(row));
    }
  }
  {
    auto query = database_.query("SELECT version, stage FROM secret_stages WHERE secret = ?1 ORDER BY stage");
    query.bind(1, secret.id);
    while (query.step()) {
      const auto at = std::ranges::find(versions, query.text(0), &VersionRow::id);
      if (at != versions.end()) at->stages.emplace_back(query.text(1));
    }
  }
  if (!with_deprecated) std::erase_if(versions, [](const VersionRow& row) { return row.stages.empty(); });
  return versions;
}

std::optional<VersionRow> Store::version(const SecretRow& secret, std::string_view version_id) {
  VersionRow row;
  {
    auto query =
        database_.query("SELECT created, accessed FROM secret_versions WHERE secret = ?1 AND id = ?2");
    query.bind(1, secret.id).bind(2, version_id);
    if (!query.step()) return std::nullopt;
    row.id = version_id;
    row.created = to_time(query.integer(0));
    row.accessed = optional_time(query, 1);
  }
  auto query =
      database_.query("SELECT stage FROM secret_stages WHERE secret = ?1 AND version = ?2 ORDER BY stage");
  query.bind(1, secret.id).bind(2, version_id);
  while (query.step()) row.stages.emplace_back(query.text(0));
  return row;
}

std::optional<std::string> Store::version_at(const SecretRow& secret, std::string_view stage) {
  auto query = database_.query("SELECT version FROM secret_stages WHERE secret = ?1 AND stage = ?2");
  query.bind(1, secret.id).bind(2, stage);
  if (!query.step()) return std::nullopt;
  return std::string(query.text(0));
}

std::optional<Value> Store::value(const SecretRow& secret, std::string_view version_id) {
  auto query = database_.query("SELECT binary, value FROM secret_versions WHERE secret = ?1 AND id = ?2");
  query.bind(1, secret.id).bind(2, version_id);
  if (!query.step()) return std::nullopt;
  return Value{.binary = query.integer(0) != 0, .bytes = Secret(query.blob(1))};
}

void Store::insert_version(const SecretRow& secret, std::string_view version_id, const Value& value) {
  database_.write();
  auto query = database_.query(
      "INSERT INTO secret_versions (secret, id, created, binary, value) VALUES (?1, ?2, ?3, ?4, ?5)");
  query.bind(1, secret.id).bind(2, version_id).bind(3, to_integer(facts_.now()));
  query.bind(4, static_cast<std::int64_t>(value.binary)).bind_blob(5, value.bytes.reveal());
  query.run();
}

void Store::trim_versions(const SecretRow& secret, std::size_t keep) {
  database_.write();
  auto query = database_.query(
      "DELETE FROM secret_versions WHERE secret = ?1 "
      "AND id NOT IN (SELECT version FROM secret_stages WHERE secret = ?1) "
      "AND number NOT IN (SELECT number FROM secret_versions WHERE secret = ?1 ORDER BY number DESC LIMIT "
      "?2)");
  query.bind(1, secret.id).bind(2, static_cast<std::int64_t>(keep)).run();
}

void Store::touch(const SecretRow& secret, std::string_view version_id) {
  const auto today = day_of(facts_.now());
  const auto row = version(secret, version_id);
  if (secret.accessed != today) {
    database_.write();
    database_.query("UPDATE secrets SET accessed = ?2 WHERE id = ?1")
        .bind(1, secret.id)
        .bind(2, to_integer(today))
        .run();
  }
  if (row && row->accessed != today) {
    database_.write();
    auto query = database_.query("UPDATE secret_versions SET accessed = ?3 WHERE secret = ?1 AND id = ?2");
    query.bind(1, secret.id).bind(2, version_id).bind(3, to_integer(today)).run();
  }
}

void Store::set_stage(const SecretRow& secret, std::string_view stage, std::string_view version_id) {
  database_.write();
  auto query = database_.query(
      "INSERT INTO secret_stages (secret, stage, version) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (secret, stage) DO UPDATE SET version = excluded.version");
  query.bind(1, secret.id).bind(2, stage).bind(3, version_id).run();
}

void Store::remove_stage(const SecretRow& secret, std::string_view stage) {
  database_.write();
  database_.query("DELETE FROM secret_stages WHERE secret = ?1 AND stage = ?2")
      .bind(1, secret.id)
      .bind(2, stage)
      .run();
}

}  // namespace gannet::local::secretsmanager
