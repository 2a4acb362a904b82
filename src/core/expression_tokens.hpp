#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gannet::core::expression {

enum class TokenKind : std::uint8_t {
  name,
  name_placeholder,
  value_placeholder,
  index,
  symbol,
  comparator,
  keyword_and,
  keyword_or,
  keyword_not,
  keyword_between,
  keyword_in,
  keyword_set,
  keyword_remove,
  keyword_add,
  keyword_delete,
  unknown,
  end,
};

struct Token {
  TokenKind kind;
  std::size_t begin;
  std::size_t end;
};

/// The token that begins at `from` or after the white space there; `end` once there is none. What is no token
/// is `unknown`, a character at a time.
Token next_token(std::string_view text, std::size_t from) noexcept;

}  // namespace gannet::core::expression
