#include "credentials/profile_text.hpp"

#include <algorithm>

#include <gannet/secret.hpp>

#include "core/ascii.hpp"
#include "core/encoding.hpp"

namespace gannet::credentials {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

std::string_view trim(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(white_space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

/// The words of a section's name; a quoted one may hold spaces. Nothing for a quote that is not closed.
std::optional<std::vector<std::string>> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : name) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        words.back() += c;
      }
    } else if (white_space.find(c) != std::string_view::npos) {
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      if (c == '"' || c == '\'') {
        quote = c;
      } else {
        words.back() += c;
      }
    }
  }
  if (quote != 0) return std::nullopt;
  return words;
}

class Parser {
 public:
  Parser(std::string_view file, std::vector<ProfileSection>& sections) : file_(file), sections_(sections) {}

  Result<void> parse(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!core::is_utf8(text)) return problem(0, "it is not UTF-8 text");
    while (!text.empty()) {
      const auto end = text.find('\n');
      ++line_;
      if (auto read = read_line(text.substr(0, end)); !read) return read;
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    return finish_value();
  }

 private:
  Result<void> read_line(std::string_view line) {
    const std::string_view content = trim(line);
    if (content.starts_with('#') || content.starts_with(';')) return {};
    if (content.empty()) {
      if (in_value_) continued_.push_back({line_, {}});
      return {};
    }
    const std::size_t indent = line.find_first_not_of(white_space);
    if (in_value_ && indent > indent_) {
      continued_.push_back({line_, content});
      return {};
    }
    if (auto finished = finish_value(); !finished) return finished;
    indent_ = indent;
    if (content.front() == '[') return begin_section(content);
    return begin_entry(content);
  }

  Result<void> begin_section(std::string_view content) {
    const auto close = content.rfind(']');
    if (close == std::string_view::npos || close < 2) return problem(line_, "a section's name ends with ']'");
    const std::string_view name = content.substr(1, close - 1);
    for (const ProfileSection& section : sections_) {
      if (section.name == name) {
        return problem(line_, "the section [" + std::string(name) + "] stands in line " +
                                  std::to_string(section.line) + " already");
      }
    }
    sections_.push_back({.name = std::string(name), .line = line_, .entries = {}});
    return {};
  }

  Result<void> begin_entry(std::string_view content) {
    if (sections_.empty()) return problem(line_, "there is no section like [default] before it");
    const auto delimiter = content.find_first_of("=:");
    if (delimiter == std::string_view::npos) return problem(line_, "a line is `key = value`");
    std::string key = core::lower(trim(content.substr(0, delimiter)));
    if (key.empty()) return problem(line_, "there is no key before the '='");
    if (const ProfileEntry* other = sections_.back().find(key)) {
      return problem(line_, "the key " + key + " stands in line " + std::to_string(other->line) + " already");
    }
    sections_.back().entries.push_back({.key = std::move(key),
                                        .value = std::string(trim(content.substr(delimiter + 1))),
                                        .line = line_,
                                        .nested = {}});
    in_value_ = true;
    return {};
  }

  // Lines below a key that has no value of its own are keys and values again; below one that has, they go on
  // with it.
  Result<void> finish_value() {
    if (!in_value_) return {};
    in_value_ = false;
    while (!continued_.empty() && continued_.back().text.empty()) continued_.pop_back();
    ProfileEntry& entry = sections_.back().entries.back();
    const bool nested = entry.value.empty();
    for (const Continued& next : continued_) {
      if (!nested) {
        entry.value.append("\n").append(next.text);
        continue;
      }
      if (next.text.empty()) continue;
      const auto equals = next.text.find('=');
      if (equals == std::string_view::npos) {
        return problem(next.line, "a line below " + entry.key + " is `key = value`");
      }
      const auto key = trim(next.text.substr(0, equals));
      const auto earlier = std::ranges::find(entry.nested, key, &ProfileEntry::key);
      ProfileEntry& here = earlier == entry.nested.end() ? entry.nested.emplace_back() : *earlier;
      gannet::wipe(here.value);
      here.key = key;
      here.value = trim(next.text.substr(equals + 1));
      here.line = next.line;
    }
    continued_.clear();
    return {};
  }

  Result<void> problem(int line, std::string what) const {
    std::string where(file_);
    if (line != 0) where += ", line " + std::to_string(line);
    return fail(ErrorKind::configuration, "InvalidProfileFile", where + ": " + what);
  }

  struct Continued {
    int line;
    std::string_view text;
  };

  std::string_view file_;
  std::vector<ProfileSection>& sections_;
  std::vector<Continued> continued_;
  int line_ = 0;
  std::size_t indent_ = 0;
  bool in_value_ = false;
};

}  // namespace

const ProfileEntry* ProfileSection::find(std::string_view key) const noexcept {
  const auto found = std::ranges::find(entries, key, &ProfileEntry::key);
  return found == entries.end() ? nullptr : &*found;
}

Result<ProfileText> ProfileText::parse(std::string_view text, std::string_view file) {
  ProfileText result;
  auto parsed = Parser(file, result.sections_).parse(text);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return result;
}

ProfileText& ProfileText::operator=(ProfileText&& other) noexcept {
  if (this != &other) {
    wipe();
    sections_ = std::move(other.sections_);
  }
  return *this;
}

ProfileText::~ProfileText() {
  wipe();
}

void ProfileText::wipe() noexcept {
  for (ProfileSection& section : sections_) {
    for (ProfileEntry& entry : section.entries) {
      gannet::wipe(entry.value);
      for (ProfileEntry& nested : entry.nested) gannet::wipe(nested.value);
    }
  }
}

const ProfileSection* ProfileText::section(std::string_view name) const noexcept {
  const auto found = std::ranges::find(sections_, name, &ProfileSection::name);
  return found == sections_.end() ? nullptr : &*found;
}

const ProfileSection* ProfileText::section(std::string_view kind, std::string_view name) const noexcept {
  const ProfileSection* found = nullptr;
  for (const ProfileSection& section : sections_) {
    if (kind == "profile" && name == "default" && section.name == "default") {
      found = &section;
    } else if (const auto words = words_of(section.name);
               words && words->size() == 2 && words->front() == kind && words->back() == name) {
      found = &section;
    }
  }
  return found;
}

}  // namespace gannet::credentials
