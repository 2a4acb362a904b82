#include "core/expression_tokens.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/ascii.hpp"
#include "core/utf8.hpp"

namespace gannet::core::expression {

namespace {

bool is_letter(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_word_character(char character) noexcept {
  return is_letter(character) || is_digit(character) || character == '_';
}

/// Those of DynamoDB's grammar, which are fewer than ASCII's.
bool is_blank(char character) noexcept {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

TokenKind kind_of_word(std::string_view word) noexcept {
  constexpr std::array<std::pair<std::string_view, TokenKind>, 9> keywords = {{
      {"and", TokenKind::keyword_and},
      {"or", TokenKind::keyword_or},
      {"not", TokenKind::keyword_not},
      {"between", TokenKind::keyword_between},
      {"in", TokenKind::keyword_in},
      {"set", TokenKind::keyword_set},
      {"remove", TokenKind::keyword_remove},
      {"add", TokenKind::keyword_add},
      {"delete", TokenKind::keyword_delete},
  }};
  for (const auto& [keyword, kind] : keywords) {
    const auto same = [](char left, char right) { return (left | 0x20) == right; };
    if (std::ranges::equal(word, keyword, same)) return kind;
  }
  return TokenKind::name;
}

}  // namespace

Token next_token(std::string_view text, std::size_t from) noexcept {
  auto begin = from;
  while (begin < text.size() && is_blank(text[begin])) ++begin;
  if (begin == text.size()) return {TokenKind::end, begin, begin};

  const auto word_end = [text](std::size_t position) {
    while (position < text.size() && is_word_character(text[position])) ++position;
    return position;
  };
  const auto character = text[begin];
  if (is_letter(character)) {
    const auto end = word_end(begin + 1);
    return {kind_of_word(text.substr(begin, end - begin)), begin, end};
  }
  switch (character) {
    case '#':
    case ':': {
      const auto end = word_end(begin + 1);
      if (end == begin + 1) return {TokenKind::unknown, begin, end};
      return {character == '#' ? TokenKind::name_placeholder : TokenKind::value_placeholder, begin, end};
    }
    case '=':
      return {TokenKind::comparator, begin, begin + 1};
    case '<':
    case '>': {
      const auto follows = begin + 1 < text.size() ? text[begin + 1] : '\0';
      const bool two = follows == '=' || (character == '<' && follows == '>');
      return {TokenKind::comparator, begin, begin + (two ? 2U : 1U)};
    }
    case '(':
    case ')':
    case '[':
    case ']':
    case '.':
    case ',':
    case '+':
    case '-':
      return {TokenKind::symbol, begin, begin + 1};
    default:
      break;
  }
  if (is_digit(character)) {
    // No number but zero begins with a zero.
    auto end = begin + 1;
    while (character != '0' && end < text.size() && is_digit(text[end])) ++end;
    return {TokenKind::index, begin, end};
  }
  const auto length = std::max<std::size_t>(utf8_sequence_length(text.substr(begin)), 1);
  return {TokenKind::unknown, begin, begin + length};
}

}  // namespace gannet::core::expression
