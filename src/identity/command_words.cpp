#include "identity/command_words.hpp"

namespace gannet::identity {
namespace {

std::unexpected<Error> bad_command(const char* what) {
  return fail(ErrorKind::configuration, "InvalidCommand",
              std::string("the command of the credential process ") + what);
}

}  // namespace

Result<std::vector<std::string>> command_words(std::string_view line) {
  if (line.find('\0') != line.npos) return bad_command("holds a NUL character");
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'') {
      if (++i == line.size()) return bad_command("ends with a backslash");
      const bool kept = quote == '"' && line[i] != '"' && line[i] != '\\';
      if (kept) word += '\\';
      word += line[i];
      in_word = true;
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != '\0')
    return bad_command(quote == '"' ? "has a \" without its end" : "has a ' without its end");
  if (in_word) words.push_back(std::move(word));
  if (words.empty() || words.front().empty()) return bad_command("is empty");
  return words;
}

}  // namespace gannet::identity
