#include "local/secretsmanager/input.hpp"

#include <algorithm>
#include <set>

#include "core/encoding.hpp"

namespace gannet::local::secretsmanager {
namespace {

constexpr std::size_t maximum_value_bytes = 65536;
constexpr std::size_t maximum_tags = 50;

/// Model members are upper-cased, the service's messages name them in lower camel case.
std::string path_of(std::string_view name) {
  std::string path(name);
  if (!path.empty() && path.front() >= 'A' && path.front() <= 'Z') path.front() += 'a' - 'A';
  return path;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

Error broken_constraint(std::string_view subject, std::string_view name, const std::string& constraint) {
  return refusal("ValidationException", "1 validation error detected: Value" + std::string(subject) +
                                            " at '" + path_of(name) +
                                            "' failed to satisfy constraint: " + constraint);
}

std::string in_quotes(std::string_view value) {
  return " '" + std::string(value) + "'";
}

}  // namespace

Error refusal(std::string code, std::string message) {
  return Error{.kind = ErrorKind::validation,
               .code = std::move(code),
               .message = std::move(message),
               .http_status = 400};
}

void Input::refuse(Error error) {
  if (!error_) error_ = std::move(error);
}

void Input::wrong_type(std::string_view name, std::string_view wanted) {
  refuse(refusal("SerializationException",
                 "The member '" + std::string(name) + "' must be " + std::string(wanted) + "."));
}

std::optional<core::JsonValue> Input::member(std::string_view name) const {
  auto found = object_.find(name);
  if (!found || found->is_null()) return std::nullopt;
  return found;
}

std::optional<core::JsonValue> Input::whole(std::string_view name) {
  auto found = member(name);
  if (!found || found->size() == 0) return std::nullopt;
  return found;
}

std::string_view Input::check_text(std::string_view name, core::JsonValue value, std::size_t minimum,
                                   std::size_t maximum) {
  const auto text = value.string();
  if (!text) {
    wrong_type(name, "a string");
    return {};
  }
  const auto length = characters(*text);
  if (length < minimum) {
    refuse(broken_constraint(in_quotes(*text), name,
                             "Member must have length greater than or equal to " + std::to_string(minimum)));
  } else if (length > maximum) {
    refuse(broken_constraint(in_quotes(text->substr(0, maximum)) + "...", name,
                             "Member must have length less than or equal to " + std::to_string(maximum)));
  }
  return *text;
}

std::optional<std::string_view> Input::text(std::string_view name, std::size_t minimum, std::size_t maximum) {
  const auto value = member(name);
  if (!value) return std::nullopt;
  return check_text(name, *value, minimum, maximum);
}

std::string_view Input::required_text(std::string_view name, std::size_t minimum, std::size_t maximum) {
  const auto found = text(name, minimum, maximum);
  if (!found) refuse(broken_constraint(" null", name, "Member must not be null"));
  return found.value_or(std::string_view());
}

std::optional<std::int64_t> Input::integer(std::string_view name, std::int64_t minimum,
                                           std::int64_t maximum) {
  const auto value = member(name);
  if (!value) return std::nullopt;
  const auto number = value->integer();
  if (!number) {
    wrong_type(name, "a whole number");
  } else if (*number < minimum) {
    refuse(broken_constraint(in_quotes(std::to_string(*number)), name,
                             "Member must have value greater than or equal to " + std::to_string(minimum)));
  } else if (*number > maximum) {
    refuse(broken_constraint(in_quotes(std::to_string(*number)), name,
                             "Member must have value less than or equal to " + std::to_string(maximum)));
  }
  return number;
}

bool Input::boolean(std::string_view name, bool absent) {
  const auto value = member(name);
  if (!value) return absent;
  const auto truth = value->boolean();
  if (!truth) wrong_type(name, "true or false");
  return truth.value_or(absent);
}

std::optional<std::vector<std::string_view>> Input::texts(std::string_view name, std::size_t minimum_count,
                                                          std::size_t maximum_count, std::size_t minimum,
                                                          std::size_t maximum) {
  const auto list = member(name);
  if (!list) return std::nullopt;
  if (!list->is_array()) {
    wrong_type(name, "a list");
    return std::nullopt;
  }
  if (list->size() < minimum_count || list->size() > maximum_count) {
    refuse(broken_constraint("", name,
                             "Member must have length between " + std::to_string(minimum_count) + " and " +
                                 std::to_string(maximum_count)));
    return std::nullopt;
  }
  std::vector<std::string_view> texts;
  texts.reserve(list->size());
  for (const auto element : *list) texts.push_back(check_text(name, element, minimum, maximum));
  return texts;
}

std::optional<Value> Input::value() {
  const auto text = member("SecretString");
  const auto binary = member("SecretBinary");
  if (text && binary) {
    refuse(refusal(
        "InvalidParameterException",
        "You can't specify both a binary secret value and a string secret value in the same secret."));
    return std::nullopt;
  }
  if (!text && !binary) return std::nullopt;
  const std::string_view name = text ? "SecretString" : "SecretBinary";
  const auto written = text ? text->string() : binary->string();
  if (!written) {
    wrong_type(name, "a string");
    return std::nullopt;
  }
  Value value;
  if (text) {
    value.bytes = Secret(*written);
  } else {
    auto bytes = core::from_base64(*written);
    if (!bytes) {
      wrong_type(name, "Base64");
      return std::nullopt;
    }
    value.binary = true;
    value.bytes = Secret(std::move(*bytes));
  }
  if (value.bytes.size() > maximum_value_bytes) {
    refuse(broken_constraint(
        "", name, "Member must have length less than or equal to " + std::to_string(maximum_value_bytes)));
  } else if (value.bytes.empty()) {
    refuse(broken_constraint("", name, "Member must have length greater than or equal to 1"));
  }
  return value;
}

std::optional<Tags> Input::tags() {
  const auto list = member("Tags");
  if (!list) return std::nullopt;
  if (!list->is_array()) {
    wrong_type("Tags", "a list");
    return std::nullopt;
  }
  if (list->size() > maximum_tags) {
    refuse(refusal("InvalidParameterException",
                   "A secret can have at most " + std::to_string(maximum_tags) + " tags."));
  }
  Tags tags;
  std::set<std::string_view> keys;
  for (const auto element : *list) {
    if (!element.is_object()) {
      wrong_type("Tags", "a list of objects");
      return std::nullopt;
    }
    Input tag(element);
    const auto key = tag.required_text("Key", 1, 128);
    const auto value = tag.text("Value", 0, 256).value_or("");
    if (tag.error()) refuse(*tag.error());
    if (key.size() >= 4 && iequals(key.substr(0, 4), "aws:")) {
      refuse(refusal("InvalidParameterException",
                     "Tag keys that begin with aws: are kept for the service's own use."));
    }
    if (!keys.insert(key).second) {
      refuse(refusal("InvalidParameterException",
                     "The tag key '" + std::string(key) + "' is given more than once."));
    }
    tags.emplace_back(key, value);
  }
  return tags;
}

}  // namespace gannet::local::secretsmanager
