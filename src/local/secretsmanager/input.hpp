#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/error.hpp>

#include "core/json.hpp"
#include "local/secretsmanager/store.hpp"

namespace gannet::local::secretsmanager {

/// An error as the service puts it: its word, its text and status 400.
Error refusal(std::string code, std::string message);

/// An operation's input, read member by member. Members of the wrong type, missing or out of bounds are
/// remembered: the first of them is the answer, so every member is read before `error` is asked for.
class Input {
 public:
  explicit Input(core::JsonValue object) : object_(object) {}

  /// Bounds count characters. Empty views where there is none.
  std::string_view required_text(std::string_view name, std::size_t minimum, std::size_t maximum);
  std::optional<std::string_view> text(std::string_view name, std::size_t minimum, std::size_t maximum);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t minimum, std::int64_t maximum);
  bool boolean(std::string_view name, bool absent = false);
  /// Each of them with those bounds.
  std::optional<std::vector<std::string_view>> texts(std::string_view name, std::size_t minimum_count,
                                                     std::size_t maximum_count, std::size_t minimum,
                                                     std::size_t maximum);
  /// SecretString or SecretBinary, at most 65536 bytes. Both: a refusal. Its bytes are in no message.
  std::optional<Value> value();
  std::optional<Tags> tags();
  /// An object or array, unread; nothing if it is absent, null or empty.
  std::optional<core::JsonValue> whole(std::string_view name);

  void refuse(Error error);
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  std::optional<core::JsonValue> member(std::string_view name) const;
  std::string_view check_text(std::string_view name, core::JsonValue value, std::size_t minimum,
                              std::size_t maximum);
  void wrong_type(std::string_view name, std::string_view wanted);

  core::JsonValue object_;
  std::optional<Error> error_;
};

}  // namespace gannet::local::secretsmanager
