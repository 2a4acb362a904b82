#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gannet/result.hpp>

namespace gannet::identity {

/// Splits a command line into words by the quoting rules of a POSIX shell: blanks part words, '...' is taken
/// as it stands, within "..." a backslash takes its meaning from a quote or a backslash, elsewhere from any
/// character. Nothing is expanded and no comment is known. Errors, of kind `configuration`, quote nothing of
/// it: no word at all, a quote or a backslash without its end, a NUL.
Result<std::vector<std::string>> command_words(std::string_view line);

}  // namespace gannet::identity
