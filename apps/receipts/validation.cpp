#include "validation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

namespace receipts {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> allowed_content_types = {"image/jpeg", "image/png", "image/webp",
                                                                   "application/pdf"};

}  // namespace

void Faults::add(std::string_view type, json::array location, std::string_view message, json::value input) {
  entries_.push_back(json::object{
      {"type", type}, {"loc", std::move(location)}, {"msg", message}, {"input", std::move(input)}});
}

std::string Faults::to_json() const {
  return json::serialize(json::object{{"detail", entries_}});
}

std::optional<std::string> name_fault(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > longest_name)
    return fmt::format("must have at most {} bytes, has {}", longest_name, name.size());
  if (name == "." || name == "..") return "must not be '.' or '..'";
  for (const char character : name) {
    if (character == '/' || character == '\\') return "must not contain '/' or '\\'";
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F)
      return "must not contain control characters";
  }
  return std::nullopt;
}

bool is_allowed_content_type(std::string_view content_type) noexcept {
  return std::ranges::find(allowed_content_types, content_type) != allowed_content_types.end();
}

JsonBody::JsonBody(std::string_view text, Faults& faults) : faults_(faults) {
  if (text.empty()) {
    faults_.add("missing", {"body"}, "Field required", nullptr);
    return;
  }
  boost::system::error_code trouble;
  json::stream_parser parser(json::storage_ptr(), {.max_depth = 32});
  const std::size_t used = parser.write_some(text.data(), text.size(), trouble);
  if (!trouble && used == text.size()) parser.finish(trouble);
  if (!trouble && used < text.size()) trouble = json::error::extra_data;
  if (trouble) {
    faults_.add("json_invalid", {"body", used}, fmt::format("JSON decode error: {}", trouble.message()),
                json::object());
    return;
  }
  json::value value = parser.release();
  if (!value.is_object()) {
    faults_.add("model_attributes_type", {"body"},
                "Input should be a valid dictionary or object to extract fields from", std::move(value));
    return;
  }
  members_ = std::move(value.get_object());
  valid_ = true;
}

const json::value* JsonBody::find(std::string_view member, bool required) {
  if (!valid_) return nullptr;
  seen_.emplace_back(member);
  const json::value* const found = members_.if_contains(member);
  if (found == nullptr && required) faults_.add("missing", {"body", member}, "Field required", members_);
  return found;
}

std::string JsonBody::text(std::string_view member) {
  const json::value* const found = find(member, true);
  if (found == nullptr) return {};
  if (const json::string* const text = found->if_string()) return std::string(text->data(), text->size());
  faults_.add("string_type", {"body", member}, "Input should be a valid string", *found);
  return {};
}

std::optional<std::string> JsonBody::optional_text(std::string_view member) {
  const json::value* const found = find(member, false);
  if (found == nullptr || found->is_null()) return std::nullopt;
  if (const json::string* const text = found->if_string()) return std::string(text->data(), text->size());
  faults_.add("string_type", {"body", member}, "Input should be a valid string", *found);
  return std::nullopt;
}

std::optional<std::string> JsonBody::optional_name(std::string_view member) {
  auto given = optional_text(member);
  if (!given) return std::nullopt;
  if (const auto fault = name_fault(*given)) {
    faults_.add("value_error", {"body", member}, "Value error, " + *fault, json::string(*given));
  }
  return given;
}

std::string JsonBody::name(std::string_view member) {
  const json::value* const found = find(member, true);
  if (found == nullptr) return {};
  const json::string* const text = found->if_string();
  if (text == nullptr) {
    faults_.add("string_type", {"body", member}, "Input should be a valid string", *found);
    return {};
  }
  std::string given(text->data(), text->size());
  if (given.empty()) {
    faults_.add("string_too_short", {"body", member}, "String should have at least 1 character", *found);
  } else if (const auto fault = name_fault(given)) {
    faults_.add("value_error", {"body", member}, "Value error, " + *fault, *found);
  }
  return given;
}

std::string JsonBody::content_type(std::string_view member) {
  const json::value* const found = find(member, true);
  if (found == nullptr) return {};
  const json::string* const text = found->if_string();
  if (text != nullptr && is_allowed_content_type({text->data(), text->size()}))
    return {text->data(), text->size()};
  faults_.add("literal_error", {"body", member},
              "Input should be 'image/jpeg', 'image/png', 'image/webp' or 'application/pdf'", *found);
  return {};
}

std::optional<std::int64_t> JsonBody::optional_integer(std::string_view member) {
  const json::value* const found = find(member, false);
  if (found == nullptr || found->is_null()) return std::nullopt;
  if (const std::int64_t* const number = found->if_int64()) return *number;
  faults_.add("int_type", {"body", member}, "Input should be a valid integer", *found);
  return std::nullopt;
}

std::vector<std::string> JsonBody::texts(std::string_view member, std::size_t most) {
  const json::value* const found = find(member, true);
  if (found == nullptr) return {};
  const json::array* const list = found->if_array();
  if (list == nullptr) {
    faults_.add("list_type", {"body", member}, "Input should be a valid list", *found);
    return {};
  }
  if (list->empty()) {
    faults_.add("too_short", {"body", member}, "List should have at least 1 item after validation, not 0",
                *found);
  } else if (list->size() > most) {
    faults_.add("too_long", {"body", member},
                fmt::format("List should have at most {} items after validation, not {}", most, list->size()),
                nullptr);
    return {};
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (const json::string* const text = (*list)[i].if_string()) {
      texts.emplace_back(text->data(), text->size());
    } else {
      faults_.add("string_type", {"body", member, i}, "Input should be a valid string", (*list)[i]);
    }
  }
  return texts;
}

json::object JsonBody::rest() const {
  json::object rest = members_;
  for (const std::string& member : seen_) rest.erase(member);
  return rest;
}

}  // namespace receipts
