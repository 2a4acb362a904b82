#include "local/secretsmanager/filter.hpp"

#include <algorithm>
#include <array>

#include "core/ascii.hpp"

namespace gannet::local::secretsmanager {
namespace {

constexpr std::array<std::string_view, 7> keys = {"description",    "name",           "tag-key", "tag-value",
                                                  "primary-region", "owning-service", "all"};
constexpr std::string_view separators = "/-_+=.@";

bool is_upper(char letter) {
  return letter >= 'A' && letter <= 'Z';
}
bool is_space(char letter) {
  return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

/// Each word of `pattern` begins some word of `text`, whatever the case.
bool matches_words(std::string_view pattern, std::string_view text) {
  const auto wanted = words(pattern);
  const auto there = words(text);
  return !wanted.empty() && std::ranges::all_of(wanted, [&](const std::string& word) {
    return std::ranges::any_of(
        there, [&](const std::string& other) { return core::lower(other).starts_with(core::lower(word)); });
  });
}

bool matches(const Filter& filter, const std::vector<std::string_view>& texts, bool by_words) {
  const auto holds = [&](std::string_view pattern) {
    return std::ranges::any_of(texts, [&](std::string_view text) {
      return by_words ? matches_words(pattern, text) : text.starts_with(pattern);
    });
  };
  return std::ranges::any_of(filter.values, [&](const std::string& value) {
    return value.starts_with('!') ? !holds(std::string_view(value).substr(1)) : holds(value);
  });
}

bool passes(const Filter& filter, const SecretRow& secret, const Tags& tags, std::string_view region) {
  std::vector<std::string_view> texts;
  const bool all = filter.key == "all";
  if (all || filter.key == "name") texts.push_back(secret.name);
  if (all || filter.key == "description") texts.push_back(secret.description);
  if (filter.key == "primary-region") texts.push_back(region);
  for (const auto& [key, value] : tags) {
    if (all || filter.key == "tag-key") texts.push_back(key);
    if (all || filter.key == "tag-value") texts.push_back(value);
  }
  return matches(filter, texts, all || filter.key == "description");
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  char separator = 0;
  bool several = false;
  for (const char letter : text) {
    if (separators.find(letter) == std::string_view::npos) continue;
    several = several || (separator != 0 && separator != letter);
    separator = letter;
  }
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (is_space(letter) || (!several && separator != 0 && letter == separator)) {
      end_word();
      continue;
    }
    const bool begins_capitalized = is_upper(letter) && i > 0 && !is_upper(text[i - 1]);
    if (!several && begins_capitalized) end_word();
    word += letter;
  }
  end_word();
  return words;
}

std::vector<Filter> read_filters(Input& input) {
  std::vector<Filter> filters;
  const auto list = input.whole("Filters");
  if (!list) return filters;
  if (!list->is_array()) {
    input.refuse(refusal("SerializationException", "The member 'Filters' must be a list."));
    return filters;
  }
  if (list->size() > 10) {
    input.refuse(
        refusal("ValidationException",
                "1 validation error detected: Value at 'filters' failed to satisfy constraint: Member must "
                "have length less than or equal to 10"));
  }
  for (const auto element : *list) {
    if (!element.is_object()) {
      input.refuse(refusal("SerializationException", "The member 'Filters' must be a list of objects."));
      return filters;
    }
    Input entry(element);
    const auto key = entry.text("Key", 1, 64);
    const auto values = entry.texts("Values", 1, 10, 1, 512);
    if (entry.error()) input.refuse(*entry.error());
    if (!key) {
      input.refuse(refusal("InvalidParameterException", "Invalid filter key"));
    } else if (std::ranges::find(keys, *key) == keys.end()) {
      input.refuse(
          refusal("ValidationException", "1 validation error detected: Value '" + std::string(*key) +
                                             "' at 'filters." + std::to_string(filters.size() + 1) +
                                             ".member.key' failed to satisfy constraint: Member must satisfy "
                                             "enum value set: [all, name, tag-key, "
                                             "description, tag-value, primary-region, owning-service]"));
    }
    if (!values) input.refuse(refusal("InvalidParameterException", "Invalid filter values"));
    Filter filter{.key = std::string(key.value_or(""))};
    if (values) filter.values.assign(values->begin(), values->end());
    filters.push_back(std::move(filter));
  }
  return filters;
}

bool passes(const std::vector<Filter>& filters, const SecretRow& secret, const Tags& tags,
            std::string_view region) {
  return std::ranges::all_of(filters,
                             [&](const Filter& filter) { return passes(filter, secret, tags, region); });
}

}  // namespace gannet::local::secretsmanager
