#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <gannet/error.hpp>
#include <gannet/timestamp.hpp>

#include "core/json.hpp"
#include "local/secretsmanager/store.hpp"

/// What the operations' answers are made of.
namespace gannet::local::secretsmanager {

/// Refusals, as an operation returns them.
std::unexpected<Error> refused(std::string code, std::string message);
std::unexpected<Error> no_such_secret();
std::unexpected<Error> token_in_use(std::string_view token, const SecretRow& secret);

/// Write one member of the open object; a time that is absent writes none.
void write_time(core::JsonWriter& json, std::string_view name, Timestamp time);
void write_time(core::JsonWriter& json, std::string_view name, std::optional<Timestamp> time);
void write_text(core::JsonWriter& json, std::string_view name, std::string_view text);
void write_text_unless_empty(core::JsonWriter& json, std::string_view name, std::string_view text);
template <class Texts>
void write_texts(core::JsonWriter& json, std::string_view name, const Texts& texts) {
  json.key(name);
  json.begin_array();
  for (const auto& text : texts) json.string(text);
  json.end_array();
}

/// Opens the object: ARN and Name come first in every answer about one secret.
void begin_with_name(core::JsonWriter& json, const SecretRow& secret);
/// A whole answer of ARN, Name and, where one is given, VersionId.
std::string name_answer(const SecretRow& secret, std::optional<std::string_view> version_id = std::nullopt);

}  // namespace gannet::local::secretsmanager
