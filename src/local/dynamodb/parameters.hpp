#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace gannet::local::dynamodb {

/// The members of a JSON object by name and type; what the model says of them has been checked before. A
/// member that is null counts as absent; one of the wrong type is refused with a SerializationException.
/// Valid as long as the document.
class Parameters {
 public:
  /// Refuses what is no object.
  explicit Parameters(core::JsonValue object);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name, bool otherwise = false) const;
  [[nodiscard]] std::optional<core::JsonValue> object(std::string_view name) const;
  [[nodiscard]] std::optional<core::JsonValue> array(std::string_view name) const;

  /// Of members that the model requires.
  [[nodiscard]] std::string_view required_text(std::string_view name) const;
  [[nodiscard]] core::JsonValue required_object(std::string_view name) const;
  [[nodiscard]] core::JsonValue required_array(std::string_view name) const;
  /// Refuses members that this cloud knows and does not have, each given with what to use instead.
  struct Legacy {
    std::string_view name;
    std::string_view successor;
  };
  void refuse_legacy(std::initializer_list<Legacy> members) const;

 private:
  [[nodiscard]] std::optional<core::JsonValue> find(std::string_view name) const;

  core::JsonValue object_;
};

/// The value as it is, when it is text; refused otherwise.
std::string_view text_of(core::JsonValue value);
bool truth_of(core::JsonValue value);
core::JsonValue object_of(core::JsonValue value);
core::JsonValue array_of(core::JsonValue value);

}  // namespace gannet::local::dynamodb
