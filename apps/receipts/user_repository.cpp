#include "user_repository.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace receipts {
namespace {

using gannet::AttributeValue;
using gannet::ErrorKind;
using gannet::fail;
using gannet::Item;
using gannet::LogLevel;
using gannet::Result;
using gannet::Task;

constexpr std::string_view user_prefix = "USER#";
constexpr std::string_view reward_prefix = "REWARD#";
constexpr std::size_t longest_sort_key = 1024;  // DynamoDB developer guide, "Quotas", bytes of UTF-8
constexpr std::size_t batch_size = 100;         // BatchGetItem

std::string user_key(std::string_view user_id) {
  return fmt::format("{}{}", user_prefix, user_id);
}
std::string reward_key(std::string_view reward_id) {
  return fmt::format("{}{}", reward_prefix, reward_id);
}

Item primary_key(std::string partition_key, std::string sort_key) {
  Item key;
  key.emplace("PK", std::move(partition_key));
  key.emplace("SK", std::move(sort_key));
  return key;
}

Result<void> check_id(std::string_view what, std::string_view id, std::string_view prefix) {
  if (id.empty()) return fail(ErrorKind::validation, "InvalidId", fmt::format("{} must not be empty", what));
  if (id.find('#') != std::string_view::npos) {
    return fail(ErrorKind::validation, "InvalidId",
                fmt::format("{} must not contain '#', which separates the parts of a key", what));
  }
  if (prefix.size() + id.size() > longest_sort_key) {
    return fail(ErrorKind::validation, "InvalidId",
                fmt::format("{} must have at most {} bytes, has {}", what, longest_sort_key - prefix.size(),
                            id.size()));
  }
  return {};
}

/// The item to write: what is given beside the typed attributes, and over it what the table's layout rules.
Result<Item> make_item(Item attributes, std::string_view entity_type, Item key) {
  for (const char* reserved : {"PK", "SK", "entity_type"}) {
    if (attributes.contains(reserved)) {
      return fail(
          ErrorKind::validation, "ReservedAttribute",
          fmt::format("attribute {} cannot be set: it is made from the id and the kind of item", reserved));
    }
  }
  attributes.merge(key);
  attributes.emplace("entity_type", entity_type);
  return attributes;
}

void put_text(Item& item, const char* name, std::optional<std::string> text) {
  if (text) item.insert_or_assign(name, AttributeValue(std::move(*text)));
}

/// Takes a text attribute out of the item; one of another type stays where it is.
std::optional<std::string> take_text(Item& item, std::string_view name) {
  const auto found = item.find(name);
  if (found == item.end() || found->second.if_s() == nullptr) return std::nullopt;
  std::string text = *found->second.if_s();
  item.erase(found);
  return text;
}

std::optional<std::int64_t> take_integer(Item& item, std::string_view name) {
  const auto found = item.find(name);
  const std::string* const digits = found == item.end() ? nullptr : found->second.if_n();
  if (digits == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const auto [stop, trouble] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (trouble != std::errc() || stop != digits->data() + digits->size()) return std::nullopt;
  item.erase(found);
  return value;
}

/// Removes what the table's layout adds, and gives the sort key's id.
std::string take_id(Item& item, std::string_view prefix) {
  std::string id;
  if (const auto sort_key = item.find("SK"); sort_key != item.end() && sort_key->second.if_s() != nullptr) {
    const std::string& text = *sort_key->second.if_s();
    id = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  }
  for (const char* layout : {"PK", "SK", "entity_type"}) item.erase(layout);
  return id;
}

User read_user(Item item) {
  User user;
  user.user_id = take_id(item, user_prefix);
  user.name = take_text(item, "name");
  user.email = take_text(item, "email");
  user.attributes = std::move(item);
  return user;
}

Reward read_reward(Item item) {
  Reward reward;
  reward.reward_id = take_id(item, reward_prefix);
  reward.title = take_text(item, "title");
  reward.points = take_integer(item, "points");
  reward.attributes = std::move(item);
  return reward;
}

void say(const gannet::LogSink& log, LogLevel level, const std::string& line) {
  if (log) log(level, line);
}

/// The delay as the original prints it: always with a fraction.
std::string seconds_text(std::chrono::milliseconds delay) {
  const std::string text = fmt::format("{:g}", std::chrono::duration<double>(delay).count());
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

gannet::Config with_pattern(gannet::Config config, const gannet::LogSink& log) {
  config.retry = user_repository_retry_policy();
  if (log) {
    config.observers.emplace_back([log](const gannet::AttemptEvent& event) {
      if (!event.will_retry || event.error == nullptr || event.error->kind != ErrorKind::throttled) return;
      log(LogLevel::warning, fmt::format("Throttled, retrying in {}s (attempt {}/{})",
                                         seconds_text(event.delay), event.attempt, event.max_attempts));
    });
  }
  return config;
}

}  // namespace

gannet::RetryPolicy user_repository_retry_policy() {
  return {.max_attempts = 3, .base_delay = std::chrono::milliseconds(500), .jitter = gannet::Jitter::none};
}

UserRepository::UserRepository(gannet::Config config, std::string table_name, gannet::LogSink log)
    : client_(with_pattern(config, log)),
      table_name_(std::move(table_name)),
      log_(std::move(log)),
      retry_(user_repository_retry_policy()),
      time_(std::move(config.time)) {}

gannet::Error UserRepository::logged(gannet::Error error) const {
  say(log_, LogLevel::error, "DynamoDB error: " + error.code);
  return error;
}

Task<Result<std::optional<User>>> UserRepository::get_user(std::string user_id) const {
  const UserRepository self = *this;  // the handle may end before the call
  const gannet::dynamodb::GetItemInput input{.table_name = self.table_name_,
                                             .key = primary_key(user_key(user_id), user_key(user_id))};
  auto found = co_await self.client_.get_item(input);
  if (!found) {
    if (found.error().code == "ResourceNotFoundException") {
      say(self.log_, LogLevel::warning, fmt::format("Table {} not found", self.table_name_));
      co_return std::nullopt;
    }
    co_return std::unexpected(self.logged(std::move(found.error())));
  }
  if (!found->item) co_return std::nullopt;
  co_return read_user(std::move(*found->item));
}

Task<Result<void>> UserRepository::save_user(User user) const {
  const UserRepository self = *this;
  if (auto valid = check_id("user_id", user.user_id, user_prefix); !valid) co_return valid;
  put_text(user.attributes, "name", std::move(user.name));
  put_text(user.attributes, "email", std::move(user.email));
  auto item = make_item(std::move(user.attributes), "USER",
                        primary_key(user_key(user.user_id), user_key(user.user_id)));
  if (!item) co_return std::unexpected(std::move(item.error()));

  const gannet::dynamodb::PutItemInput input{.table_name = self.table_name_, .item = std::move(*item)};
  auto saved = co_await self.client_.put_item(input);
  if (!saved) co_return std::unexpected(self.logged(std::move(saved.error())));
  say(self.log_, LogLevel::info, "Saved user " + user.user_id);
  co_return Result<void>();
}

Task<Result<std::vector<Reward>>> UserRepository::get_user_rewards(std::string user_id) const {
  const UserRepository self = *this;
  gannet::dynamodb::QueryInput input{.table_name = self.table_name_,
                                     .key_condition_expression = "PK = :pk AND begins_with(SK, :sk_prefix)"};
  input.expression_attribute_values.emplace();
  input.expression_attribute_values->emplace(":pk", user_key(user_id));
  input.expression_attribute_values->emplace(":sk_prefix", reward_prefix);

  std::vector<Reward> rewards;
  do {
    auto page = co_await self.client_.query(input);
    if (!page) co_return std::unexpected(self.logged(std::move(page.error())));
    if (page->items) {
      for (Item& item : *page->items) rewards.push_back(read_reward(std::move(item)));
    }
    input.exclusive_start_key = std::move(page->last_evaluated_key);
  } while (input.exclusive_start_key && !input.exclusive_start_key->empty());
  co_return rewards;
}

Task<Result<void>> UserRepository::add_reward(std::string user_id, Reward reward) const {
  const UserRepository self = *this;
  if (auto valid = check_id("user_id", user_id, user_prefix); !valid) co_return valid;
  if (auto valid = check_id("reward_id", reward.reward_id, reward_prefix); !valid) co_return valid;
  put_text(reward.attributes, "title", std::move(reward.title));
  if (reward.points) reward.attributes.insert_or_assign("points", AttributeValue(*reward.points));
  auto item = make_item(std::move(reward.attributes), "REWARD",
                        primary_key(user_key(user_id), reward_key(reward.reward_id)));
  if (!item) co_return std::unexpected(std::move(item.error()));

  const gannet::dynamodb::PutItemInput input{.table_name = self.table_name_,
                                             .item = std::move(*item),
                                             .condition_expression = "attribute_not_exists(PK)"};
  auto added = co_await self.client_.put_item(input);
  if (!added) {
    if (added.error().kind == ErrorKind::condition_failed)
      co_return std::unexpected(std::move(added.error()));
    co_return std::unexpected(self.logged(std::move(added.error())));
  }
  say(self.log_, LogLevel::info, fmt::format("Saved reward {} of user {}", reward.reward_id, user_id));
  co_return Result<void>();
}

Task<Result<std::vector<User>>> UserRepository::batch_get_users(std::vector<std::string> user_ids) const {
  const UserRepository self = *this;
  // The service refuses a request that names a key twice.
  std::set<std::string, std::less<>> asked;
  std::erase_if(user_ids, [&asked](const std::string& id) { return !asked.insert(id).second; });

  std::map<std::string, User, std::less<>> found;
  for (std::size_t begin = 0; begin < user_ids.size(); begin += batch_size) {
    gannet::dynamodb::KeysAndAttributes wanted;
    for (std::size_t i = begin; i < std::min(begin + batch_size, user_ids.size()); ++i) {
      wanted.keys.push_back(primary_key(user_key(user_ids[i]), user_key(user_ids[i])));
    }
    int attempt = 1;
    while (!wanted.keys.empty()) {
      gannet::dynamodb::BatchGetItemInput input;
      input.request_items.emplace(self.table_name_, wanted);
      auto answer = co_await self.client_.batch_get_item(input);
      if (!answer) co_return std::unexpected(self.logged(std::move(answer.error())));
      bool progress = false;
      if (answer->responses) {
        for (Item& item : (*answer->responses)[self.table_name_]) {
          User user = read_user(std::move(item));
          found.insert_or_assign(user.user_id, std::move(user));
          progress = true;
        }
      }
      wanted.keys.clear();
      if (answer->unprocessed_keys) {
        if (auto left = answer->unprocessed_keys->find(self.table_name_);
            left != answer->unprocessed_keys->end()) {
          wanted = std::move(left->second);
        }
      }
      if (wanted.keys.empty()) break;
      // Leftovers are the service's way of throttling a batch; a round that brought something starts the
      // count anew.
      attempt = progress ? 1 : attempt + 1;
      if (attempt > *self.retry_.max_attempts) {
        co_return std::unexpected(self.logged(
            {.kind = ErrorKind::throttled,
             .code = "ProvisionedThroughputExceededException",
             .message = fmt::format(
                 "{} of the users asked for were left unread by table {}; ask for them again later",
                 wanted.keys.size(), self.table_name_),
             .attempts = attempt - 1}));
      }
      const auto delay = *self.retry_.base_delay * (1 << std::max(0, attempt - 2));
      say(self.log_, LogLevel::warning,
          fmt::format("Throttled, retrying in {}s (attempt {}/{})", seconds_text(delay),
                      std::max(1, attempt - 1), *self.retry_.max_attempts));
      co_await gannet::sleep_for(self.time_, delay);
    }
  }

  std::vector<User> users;
  for (const std::string& id : user_ids) {
    if (auto user = found.find(id); user != found.end()) users.push_back(std::move(user->second));
  }
  co_return users;
}

}  // namespace receipts
