#include "local/secretsmanager/answer.hpp"

#include <utility>

#include "core/timestamps.hpp"
#include "local/secretsmanager/input.hpp"

namespace gannet::local::secretsmanager {

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

void begin_with_name(core::JsonWriter& json, const SecretRow& secret) {
  json.begin_object();
  write_text(json, "ARN", secret.arn);
  write_text(json, "Name", secret.name);
}

std::string name_answer(const SecretRow& secret, std::optional<std::string_view> version_id) {
  core::JsonWriter json;
  begin_with_name(json, secret);
  if (version_id) write_text(json, "VersionId", *version_id);
  json.end_object();
  return json.take();
}

}  // namespace gannet::local::secretsmanager
