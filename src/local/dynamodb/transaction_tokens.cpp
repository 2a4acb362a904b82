#include "local/dynamodb/transaction_tokens.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <gannet/bytes.hpp>

#include "core/checksums.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::JsonValue;
using core::JsonWriter;

constexpr std::string_view schema = R"(
  CREATE TABLE IF NOT EXISTS dynamodb_transaction_tokens (
    token TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    completed INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS dynamodb_transaction_tokens_by_age ON dynamodb_transaction_tokens (completed);
)";

/// An array under one of these names is a set's: what attributes of these names hold are objects.
constexpr std::array<std::string_view, 3> sets = {"SS", "NS", "BS"};

std::string canonical(JsonValue value, bool is_set = false);

std::string canonical_object(JsonValue object) {
  std::vector<std::pair<std::string_view, std::string>> members;
  for (auto member = object.begin(); member != object.end(); ++member) {
    if (member.value().is_null()) continue;
    const bool is_set = std::ranges::find(sets, member.key()) != sets.end();
    members.emplace_back(member.key(), canonical(member.value(), is_set));
  }
  std::ranges::sort(members);
  JsonWriter writer;
  writer.begin_object();
  for (const auto& [name, value] : members) {
    writer.key(name);
    writer.raw(value);
  }
  writer.end_object();
  return writer.take();
}

std::string canonical_array(JsonValue array, bool is_set) {
  std::vector<std::string> elements;
  for (const JsonValue element : array) elements.push_back(canonical(element));
  if (is_set) std::ranges::sort(elements);
  JsonWriter writer;
  writer.begin_array();
  for (const std::string& element : elements) writer.raw(element);
  writer.end_array();
  return writer.take();
}

std::string canonical(JsonValue value, bool is_set) {
  if (value.is_object()) return canonical_object(value);
  return value.is_array() ? canonical_array(value, is_set) : value.to_json();
}

}  // namespace

TransactionTokens::TransactionTokens(Database& database, const CloudFacts& facts)
    : database_(database), facts_(facts) {
  database_.execute(std::string(schema));
}

/// Tokens from then or before are forgotten.
std::int64_t TransactionTokens::oldest() const {
  return (facts_.now() - lifetime).time_since_epoch().count();
}

TransactionTokens::Use TransactionTokens::use_of(std::string_view token, std::string_view fingerprint) {
  auto row = database_.query(
      "SELECT fingerprint FROM dynamodb_transaction_tokens WHERE token = ? AND completed > ?");
  row.bind(1, token).bind(2, oldest());
  if (!row.step()) return Use::first;
  return row.blob(0) == fingerprint ? Use::repeated : Use::other_request;
}

void TransactionTokens::remember(std::string_view token, std::string_view fingerprint) {
  database_.write();
  database_.query("DELETE FROM dynamodb_transaction_tokens WHERE completed <= ?").bind(1, oldest()).run();
  database_.query("REPLACE INTO dynamodb_transaction_tokens (token, fingerprint, completed) VALUES (?, ?, ?)")
      .bind(1, token)
      .bind_blob(2, fingerprint)
      .bind(3, std::int64_t{facts_.now().time_since_epoch().count()})
      .run();
}

std::string fingerprint_of(JsonValue request) {
  return std::string(as_text(core::sha256(canonical(request))));
}

}  // namespace gannet::local::dynamodb
