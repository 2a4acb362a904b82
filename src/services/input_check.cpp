#include "services/input_check.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/json.hpp"
#include "services/text_values.hpp"

namespace gannet::protocols {
namespace {

constexpr std::int64_t unbounded_above = std::numeric_limits<std::int64_t>::max();

std::string in_words(Bounds bounds, std::int64_t least) {
  if (bounds.high == unbounded_above) return "at least " + std::to_string(bounds.low);
  if (bounds.low <= least) return "at most " + std::to_string(bounds.high);
  if (bounds.low == bounds.high) return std::to_string(bounds.low);
  return std::to_string(bounds.low) + " to " + std::to_string(bounds.high);
}

std::string in_words(RealBounds bounds) {
  if (bounds.high == RealBounds().high) return "at least " + text_of(bounds.low);
  if (bounds.low == RealBounds().low) return "at most " + text_of(bounds.high);
  return text_of(bounds.low) + " to " + text_of(bounds.high);
}

}  // namespace

void InputCheck::count_characters(std::string_view member, std::string_view value, Bounds bounds) {
  const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
  size(member, static_cast<std::size_t>(std::ranges::count_if(value, starts_character)), bounds,
       "characters");
}

void InputCheck::size(std::string_view member, std::size_t count, Bounds bounds, std::string_view unit) {
  const auto found = static_cast<std::int64_t>(count);
  if (found >= bounds.low && found <= bounds.high) return;
  refuse(member,
         "must have " + in_words(bounds, 0) + " " + std::string(unit) + ", has " + std::to_string(found));
}

void InputCheck::range(std::string_view member, std::int64_t value, Bounds bounds) {
  if (value >= bounds.low && value <= bounds.high) return;
  refuse(member, "must be " + in_words(bounds, std::numeric_limits<std::int64_t>::min()) + ", is " +
                     std::to_string(value));
}

void InputCheck::document(std::string_view member, std::string_view json) {
  if (json.empty()) return refuse(member, "must be given: a JSON value as its text, such as {} or null");
  const auto parsed = core::JsonDocument::parse(json);
  if (!parsed) refuse(member, "must be a JSON value as its text: " + parsed.error().message);
}

void InputCheck::real(std::string_view member, double value, RealBounds bounds) {
  if (value >= bounds.low && value <= bounds.high) return;  // NaN is within none.
  refuse(member, "must be " + in_words(bounds) + ", is " + text_of(value));
}

void InputCheck::refuse(std::string_view member, std::string_view problem) {
  if (error_) return;
  error_ = Error{.kind = ErrorKind::validation,
                 .code = "InvalidInput",
                 .message = std::string(operation_) + ": " + place(member) + " " + std::string(problem)};
}

std::string InputCheck::place(std::string_view member) const {
  std::string text;
  const auto name = [&text](std::string_view part) {
    if (part.empty()) return;
    if (!text.empty()) text += '.';
    text += part;
  };
  for (const Step& step : place_) {
    if (step.key) {
      text.append("[\"").append(step.name).append("\"]");
      continue;
    }
    name(step.name);
    if (step.index != no_index) text += "[" + std::to_string(step.index) + "]";
  }
  name(member);
  return text;
}

std::string host_label(InputCheck& check, std::string_view member, std::string_view value) {
  const auto fits = [](char byte) { return core::is_alphanumeric(byte) || byte == '-' || byte == '.'; };
  if (value.empty() || !std::ranges::all_of(value, fits)) {
    check.refuse(member, "must be letters, digits, hyphens or periods: it becomes part of the host's name");
  }
  return std::string(value);
}

}  // namespace gannet::protocols
