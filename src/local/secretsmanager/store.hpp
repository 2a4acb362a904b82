#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

#include "local/service.hpp"
#include "local/store/database.hpp"

/// Secrets as rows: what is kept of them and how they are found. What may be done to them is
/// SecretsManager's matter.
namespace gannet::local::secretsmanager {

inline constexpr std::string_view current = "AWSCURRENT";
inline constexpr std::string_view previous = "AWSPREVIOUS";

using Tags = std::vector<std::pair<std::string, std::string>>;

struct SecretRow {
  std::int64_t id = 0;
  std::string name{};
  std::string arn{};
  std::string description{};
  std::string kms_key_id{};
  std::string type{};
  Timestamp created{};
  Timestamp changed{};
  std::optional<Timestamp> accessed{};  ///< To the day, as the service keeps it.
  std::optional<Timestamp> deletion{};  ///< When it will be gone, once it is marked for deletion.
};

struct Value {
  bool binary = false;
  Secret bytes{};
  friend bool operator==(const Value& left, const Value& right) noexcept {
    return left.binary == right.binary && left.bytes == right.bytes;
  }
};

struct VersionRow {
  std::string id{};
  Timestamp created{};
  std::optional<Timestamp> accessed{};
  std::vector<std::string> stages{};  ///< In alphabetical order.
};

/// Runs on the cloud's thread; every change is part of the turn's transaction. Throws StoreError.
class Store {
 public:
  Store(Database& database, const CloudFacts& facts);

  /// The secret that a name, a whole ARN or an ARN without its six random characters means. Secrets whose
  /// time of deletion has passed are removed and not found.
  std::optional<SecretRow> find(std::string_view secret_id);
  std::optional<SecretRow> find_by_name(std::string_view name);
  /// In the order of their making.
  std::vector<SecretRow> all();
  /// `row.id` and `row.arn` are chosen here and filled in.
  void insert(SecretRow& row);
  void update(const SecretRow& row);
  void erase(const SecretRow& row);
  /// A name's ARN with six random characters, as a new secret gets.
  std::string new_arn(std::string_view name) const;

  Tags tags(const SecretRow& secret);
  void set_tag(const SecretRow& secret, std::string_view key, std::string_view value);
  void remove_tag(const SecretRow& secret, std::string_view key);

  /// Newest first; without the ones that have no stage unless `with_deprecated`.
  std::vector<VersionRow> versions(const SecretRow& secret, bool with_deprecated);
  std::optional<VersionRow> version(const SecretRow& secret, std::string_view version_id);
  std::optional<std::string> version_at(const SecretRow& secret, std::string_view stage);
  std::optional<Value> value(const SecretRow& secret, std::string_view version_id);
  void insert_version(const SecretRow& secret, std::string_view version_id, const Value& value);
  /// Removes the oldest versions without a stage until at most `keep` versions are left.
  void trim_versions(const SecretRow& secret, std::size_t keep);
  /// Notes, to the day, that the version was read.
  void touch(const SecretRow& secret, std::string_view version_id);

  /// Gives the stage to that version alone.
  void set_stage(const SecretRow& secret, std::string_view stage, std::string_view version_id);
  void remove_stage(const SecretRow& secret, std::string_view stage);

 private:
  SecretRow read_secret(const Query& query) const;
  std::optional<SecretRow> unless_gone(std::optional<SecretRow> secret);

  Database& database_;
  const CloudFacts& facts_;
};

}  // namespace gannet::local::secretsmanager
