#include "core/model.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gannet::core {
namespace {

using Kind = Shape::Kind;
constexpr std::size_t most_violations = 10;

/// The services write a member's name with a small letter at its start.
std::string as_in_messages(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text,
                               [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
}

/// How many bytes base64 text stands for.
std::int64_t decoded_size(std::string_view text) {
  auto size = static_cast<std::int64_t>(text.size() / 4 * 3);
  if (text.ends_with("==")) return size - 2;
  return text.ends_with("=") ? size - 1 : size;
}

std::string shortest(double number) {
  char buffer[32];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, number);
  return {buffer, written.ptr};
}

bool consists_of(std::string_view text, std::string_view allowed) {
  return std::ranges::all_of(text, [allowed](char character) {
    const auto byte = static_cast<unsigned char>(character);
    for (std::size_t i = 0; i + 1 < allowed.size(); i += 2) {
      if (byte >= static_cast<unsigned char>(allowed[i]) &&
          byte <= static_cast<unsigned char>(allowed[i + 1])) {
        return true;
      }
    }
    return false;
  });
}

class Walker {
 public:
  void check(const Shape& shape, JsonValue value) {
    if (found_.size() >= most_violations) return;
    const bool outside = std::exchange(hidden_, hidden_ || shape.sensitive);
    look_at(shape, value);
    hidden_ = outside;
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  void look_at(const Shape& shape, JsonValue value) {
    switch (shape.kind) {
      case Kind::structure:
        return structure(shape, value);
      case Kind::list:
        return list(shape, value);
      case Kind::map:
        return map(shape, value);
      case Kind::string:
        return string(shape, value);
      case Kind::blob:
        if (const auto text = value.string()) length(shape, decoded_size(*text), "");
        return;
      case Kind::integer:
        if (const auto number = value.integer()) range(shape, *number);
        return;
      case Kind::number:
        return real(shape, value);
      case Kind::boolean:
      case Kind::timestamp:
      case Kind::any:
        return;
    }
  }

  /// Adds to the place while it lives.
  class Step {
   public:
    Step(Walker& walker, std::string_view name) : walker_(walker), length_(walker.place_.size()) {
      if (length_ != 0) walker.place_ += '.';
      walker.place_ += name;
    }
    ~Step() { walker_.place_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Walker& walker_;
    std::size_t length_;
  };

  void violation(std::string_view value, std::string_view constraint) {
    if (found_.size() >= most_violations) return;
    std::string text = "Value ";
    text.append(value).append(value.empty() ? "at '" : " at '").append(place_);
    text.append("' failed to satisfy constraint: Member must ").append(constraint);
    found_.push_back(std::move(text));
  }

  void structure(const Shape& shape, JsonValue value) {
    if (!value.is_object()) return;
    for (const ShapeMember& member : shape.members) {
      const Step step(*this, as_in_messages(member.name));
      const auto found = value.find(member.name);
      if (found && !found->is_null()) {
        check(*member.shape, *found);
      } else if (member.required) {
        violation("null", "not be null");
      }
    }
  }

  void list(const Shape& shape, JsonValue value) {
    if (!value.is_array()) return;
    length(shape, static_cast<std::int64_t>(value.size()), "");
    std::size_t index = 0;
    for (const JsonValue each : value) {
      ++index;
      if (each.is_null()) continue;
      const Step step(*this, std::to_string(index) + ".member");
      check(*shape.element, each);
    }
  }

  void map(const Shape& shape, JsonValue value) {
    if (!value.is_object()) return;
    length(shape, static_cast<std::int64_t>(value.size()), "");
    for (auto entry = value.begin(), end = value.end(); entry != end; ++entry) {
      if (entry.value().is_null()) continue;
      const bool shown = !hidden_ && !shape.key->sensitive;
      const Step step(*this, std::string(shown ? entry.key() : "***") + ".member");
      check(*shape.element, entry.value());
    }
  }

  void string(const Shape& shape, JsonValue value) {
    const auto text = value.string();
    if (!text) return;
    const std::string shown = in_quotes(*text);
    if (!shape.values.empty()) {
      if (std::ranges::find(shape.values, *text) != shape.values.end()) return;
      std::string constraint = "satisfy enum value set: [";
      for (std::size_t i = 0; i < shape.values.size(); ++i) {
        constraint.append(i == 0 ? "" : ", ").append(shape.values[i]);
      }
      return violation(shown, constraint + "]");
    }
    if (!shape.pattern.empty() && !consists_of(*text, shape.allowed)) {
      violation(shown, "satisfy regular expression pattern: " + std::string(shape.pattern));
    }
    length(shape, characters(*text), shown);
  }

  void length(const Shape& shape, std::int64_t count, std::string_view shown) {
    if (count < shape.min)
      violation(shown, "have length greater than or equal to " + std::to_string(shape.min));
    if (count > shape.max) violation(shown, "have length less than or equal to " + std::to_string(shape.max));
  }

  [[nodiscard]] std::string in_quotes(std::string_view text) const {
    return hidden_ ? std::string() : "'" + std::string(text) + "'";
  }

  void range(const Shape& shape, std::int64_t number) {
    const std::string shown = in_quotes(std::to_string(number));
    if (number < shape.min)
      violation(shown, "have value greater than or equal to " + std::to_string(shape.min));
    if (number > shape.max) violation(shown, "have value less than or equal to " + std::to_string(shape.max));
  }

  void real(const Shape& shape, JsonValue value) {
    const auto number = value.number();
    if (!number) return;
    const std::string shown = in_quotes(value.to_json());
    if (*number < shape.lowest)
      violation(shown, "have value greater than or equal to " + shortest(shape.lowest));
    if (*number > shape.highest)
      violation(shown, "have value less than or equal to " + shortest(shape.highest));
  }

  std::string place_;
  bool hidden_ = false;  ///< Within something sensitive.
  std::vector<std::string> found_;
};

/// What stands where a scalar should: the word that the services' JSON reader has for it.
std::string_view token(JsonValue value) {
  using Type = JsonValue::Type;
  switch (value.type()) {
    case Type::string:
      return "STRING_VALUE";
    case Type::integer:
    case Type::unsigned_integer:
      return "NUMBER_VALUE";
    case Type::number:
      return "DECIMAL_VALUE";
    case Type::boolean:
      return *value.boolean() ? "TRUE_VALUE" : "FALSE_VALUE";
    case Type::object:
    case Type::array:
    case Type::null:
      break;
  }
  return "";
}

std::optional<std::string> wrong_scalar(const Shape& shape, JsonValue value) {
  const std::string_view type = shape.java_type;
  if (value.is_object()) return "Start of structure or map found where not expected";
  if (value.is_array()) return "Unrecognized collection type class java.lang." + std::string(type);
  const bool number = value.number().has_value();
  switch (shape.kind) {
    case Kind::string:
      if (value.is_string()) return std::nullopt;
      break;
    case Kind::blob:
      if (value.is_string()) return std::nullopt;
      return "only base-64-encoded strings are convertible to bytes";
    case Kind::boolean:
      if (value.boolean()) return std::nullopt;
      if (value.is_string()) return "Unexpected token received from parser";
      break;
    case Kind::integer:
    case Kind::number:
    case Kind::timestamp:
      if (number) return std::nullopt;
      break;
    default:
      return std::nullopt;
  }
  return std::string(token(value)) + " cannot be converted to " + std::string(type);
}

}  // namespace

std::vector<std::string> violations(const Shape& shape, JsonValue input) {
  Walker walker;
  walker.check(shape, input);
  return walker.take();
}

std::optional<std::string> wrong_type(const Shape& shape, JsonValue input) {
  if (input.is_null()) return std::nullopt;
  switch (shape.kind) {
    case Kind::any:
      return std::nullopt;
    case Kind::structure:
      if (input.is_array()) return "Unrecognized collection type class java.lang.Object";
      if (!input.is_object()) return "Unexpected field type";
      for (const ShapeMember& member : shape.members) {
        const auto value = input.find(member.name);
        if (!value) continue;
        if (auto problem = wrong_type(*member.shape, *value)) return problem;
      }
      return std::nullopt;
    case Kind::list:
      if (input.is_object()) return "Start of structure or map found where not expected";
      if (!input.is_array()) return "Unexpected field type";
      for (const JsonValue each : input) {
        if (auto problem = wrong_type(*shape.element, each)) return problem;
      }
      return std::nullopt;
    case Kind::map:
      if (input.is_array()) return "Unrecognized collection type class java.util.Map";
      if (!input.is_object()) return "Unexpected field type";
      for (const JsonValue each : input) {
        if (auto problem = wrong_type(*shape.element, each)) return problem;
      }
      return std::nullopt;
    default:
      return wrong_scalar(shape, input);
  }
}

std::string validation_message(const std::vector<std::string>& violations) {
  std::string text = std::to_string(violations.size());
  text += violations.size() == 1 ? " validation error detected: " : " validation errors detected: ";
  for (std::size_t i = 0; i < violations.size(); ++i) text.append(i == 0 ? "" : "; ").append(violations[i]);
  return text;
}

}  // namespace gannet::core
