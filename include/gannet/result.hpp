#pragma once

#include <expected>
#include <utility>

#include <gannet/error.hpp>

namespace gannet {

/// What every operation gives: a value, or the reason there is none.
template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorKind::validation, "ValidationError", "...")` from a function that returns a Result.
inline std::unexpected<Error> fail(ErrorKind kind, std::string code, std::string message) {
  return std::unexpected(Error{.kind = kind, .code = std::move(code), .message = std::move(message)});
}

}  // namespace gannet
