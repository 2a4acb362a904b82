#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gannet/dynamodb.hpp>
#include <gannet/log.hpp>

namespace receipts {

/// A user: the attributes the service knows, and any others as they are stored.
struct User {
  std::string user_id{};
  std::optional<std::string> name{};
  std::optional<std::string> email{};
  gannet::Item attributes{};  ///< Beside the above; never `PK`, `SK` or `entity_type`.
};

/// A reward of a user.
struct Reward {
  std::string reward_id{};
  std::optional<std::string> title{};
  std::optional<std::int64_t> points{};
  gannet::Item attributes{};  ///< Beside the above; never `PK`, `SK` or `entity_type`.
};

/// Users and their rewards in one table: `PK` is `USER#id`, `SK` is `USER#id` for the user and `REWARD#id`
/// for a reward, and every item says its `entity_type`. Throttled requests are repeated after 0.5 s and 1 s,
/// by the client itself: put no other retry around it. A cheap handle; thread-safe.
///
/// Ids that are empty, hold a `#` or make a key too long are refused on write; on read they are used as they
/// are.
class UserRepository {
 public:
  explicit UserRepository(gannet::Config config, std::string table_name = "fetch-data",
                          gannet::LogSink log = {});

  /// Nothing for an unknown user, nor where there is no such table (which is logged).
  [[nodiscard]] gannet::Task<gannet::Result<std::optional<User>>> get_user(std::string user_id) const;
  /// Creates or replaces the user. Safe to repeat.
  [[nodiscard]] gannet::Task<gannet::Result<void>> save_user(User user) const;
  /// Every reward, page after page, in the order of their ids.
  [[nodiscard]] gannet::Task<gannet::Result<std::vector<Reward>>> get_user_rewards(std::string user_id) const;
  /// Adds a reward once: `condition_failed` where the user has one of that id.
  [[nodiscard]] gannet::Task<gannet::Result<void>> add_reward(std::string user_id, Reward reward) const;
  /// Those of the users that exist, in the order asked for, each once. Any number of ids: they are asked for
  /// in chunks of 100, and what the service leaves over is asked for again.
  [[nodiscard]] gannet::Task<gannet::Result<std::vector<User>>> batch_get_users(
      std::vector<std::string> user_ids) const;

  [[nodiscard]] const gannet::dynamodb::Client& client() const noexcept { return client_; }
  [[nodiscard]] const std::string& table_name() const noexcept { return table_name_; }

 private:
  gannet::Error logged(gannet::Error error) const;

  gannet::dynamodb::Client client_;
  std::string table_name_;
  gannet::LogSink log_;
  gannet::RetryPolicy retry_;
  gannet::TimeSource time_;
};

/// The policy of the original pattern: 3 attempts, 0.5 s, then 1 s.
gannet::RetryPolicy user_repository_retry_policy();

}  // namespace receipts
