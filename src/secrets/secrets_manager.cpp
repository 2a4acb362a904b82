#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <gannet/secrets.hpp>

#include "core/json.hpp"

namespace gannet::secrets {

/// The most recently used first.
class SecretsManager::Cache {
 public:
  explicit Cache(std::size_t size) : size_(size) {}

  std::optional<Secret> find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(name);
    if (found == places_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
  }

  void keep(const std::string& name, const Secret& value) {
    const std::lock_guard lock(mutex_);
    if (size_ == 0) return;
    if (const auto found = places_.find(name); found != places_.end()) {
      found->second->second = value;
      return;
    }
    if (entries_.size() == size_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(name, value);
    places_.emplace(name, entries_.begin());
  }

 private:
  using Entries = std::list<std::pair<std::string, Secret>>;
  const std::size_t size_;
  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> places_;
};

namespace {

void say(const LogSink& log, LogLevel level, const std::string& line) {
  if (log) log(level, line);
}

/// Logs a failure in its own line and makes its message say what to do.
Error explained(Error error, const std::string& name, const LogSink& log) {
  if (error.code == "ResourceNotFoundException") {
    say(log, LogLevel::error, "Secret not found: " + name);
    error.message = fmt::format("Secret not found: {}; create it, or correct the name or region", name);
  } else if (error.code == "AccessDeniedException") {
    say(log, LogLevel::error, "Access denied to secret: " + name);
    error.message = fmt::format("Access denied to secret: {}; allow secretsmanager:GetSecretValue on it ({})",
                                name, error.message);
  } else {
    say(log, LogLevel::error, "Secrets Manager error: " + error.code);
    error.message = fmt::format("Secret {} could not be read: {}", name, error.message);
  }
  return error;
}

}  // namespace

SecretsManager::SecretsManager(secretsmanager::Client client, LogSink log, std::size_t cache_size)
    : client_(std::move(client)), log_(std::move(log)), cache_(std::make_shared<Cache>(cache_size)) {}

SecretsManager::SecretsManager(Config config, LogSink log, std::size_t cache_size)
    : SecretsManager(secretsmanager::Client(std::move(config)), std::move(log), cache_size) {}

Task<Result<Secret>> SecretsManager::get_secret(std::string secret_name) const {
  const SecretsManager self = *this;  // the handle may end before the call
  if (auto cached = self.cache_->find(secret_name)) co_return std::move(*cached);

  const secretsmanager::GetSecretValueInput input{.secret_id = secret_name};
  auto answer = co_await self.client_.get_secret_value(input);
  if (!answer) co_return std::unexpected(explained(std::move(answer.error()), secret_name, self.log_));
  say(self.log_, LogLevel::info, "Retrieved secret: " + secret_name);
  if (!answer->secret_string) {
    co_return fail(ErrorKind::validation, "BinarySecret",
                   fmt::format("Secret {} holds binary data; read it with get_secret_value", secret_name));
  }
  self.cache_->keep(secret_name, *answer->secret_string);
  co_return std::move(*answer->secret_string);
}

Task<Result<SecretFields>> SecretsManager::get_secret_json(std::string secret_name) const {
  auto secret = co_await get_secret(secret_name);
  if (!secret) co_return std::unexpected(std::move(secret.error()));

  // The parser's own message may quote the text, so it is not passed on.
  const auto document = core::JsonDocument::parse(secret->reveal());
  if (!document || !document->root().is_object()) {
    co_return fail(ErrorKind::validation, "NotAJsonObject",
                   fmt::format("Secret {} is not a JSON object", secret_name));
  }
  SecretFields fields;
  const core::JsonValue root = document->root();
  for (auto member = root.begin(); member != root.end(); ++member) {
    const auto text = member.value().string();
    fields.insert_or_assign(std::string(member.key()),
                            text ? Secret(*text) : Secret(member.value().to_json()));
  }
  co_return fields;
}

}  // namespace gannet::secrets
