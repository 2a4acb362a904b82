#include "identity/command_words.hpp"

#include <gmock/gmock.h>

namespace gannet::identity {
namespace {

using testing::ElementsAreArray;

TEST(CommandWords, are_what_python_makes_of_them) {
  struct Case {
    std::string line;
    std::vector<std::string> words;
  };
  // By running shlex.split, which botocore uses, on the same lines.
  const Case cases[] = {
      {"prog", {"prog"}},
      {" prog  a\tb ", {"prog", "a", "b"}},
      {"prog \"a b\" c", {"prog", "a b", "c"}},
      {"prog 'a b' c", {"prog", "a b", "c"}},
      {R"(prog a\ b)", {"prog", "a b"}},
      {R"(prog "a\"b")", {"prog", "a\"b"}},
      {R"(prog "a\\b")", {"prog", "a\\b"}},
      {R"(prog "a\nb")", {"prog", "a\\nb"}},
      {R"(prog 'a\nb')", {"prog", "a\\nb"}},
      {"prog \"\"", {"prog", ""}},
      {"prog ''", {"prog", ""}},
      {"prog a\"\"b", {"prog", "ab"}},
      {"prog \"it's\"", {"prog", "it's"}},
      {"prog 'say \"x\"'", {"prog", "say \"x\""}},
      {"prog $HOME ~ * `x` $(y)", {"prog", "$HOME", "~", "*", "`x`", "$(y)"}},
      {"prog # no comment", {"prog", "#", "no", "comment"}},
      {R"(prog \")", {"prog", "\""}},
      {R"("/opt/my tools/prog" --x="y z")", {"/opt/my tools/prog", "--x=y z"}},
      {"prog a;b && c | d > e", {"prog", "a;b", "&&", "c", "|", "d", ">", "e"}},
      {R"(pr\og)", {"prog"}},
      {"prog a\nb", {"prog", "a", "b"}},
      {"prog \"a\\\nb\"", {"prog", "a\\\nb"}},
      {"prog \xc3\xa9", {"prog", "\xc3\xa9"}},
  };
  for (const Case& c : cases) {
    const auto words = command_words(c.line);
    ASSERT_TRUE(words.has_value()) << c.line << ": " << words.error().message;
    EXPECT_THAT(*words, ElementsAreArray(c.words)) << c.line;
  }
}

TEST(CommandWords, that_have_no_end_are_refused_without_being_quoted) {
  for (const std::string line :
       {"prog \"hidden", "prog 'hidden", "prog hidden\\", "prog \"hidden\\", "", "   ", "'' hidden"}) {
    const auto words = command_words(line);
    ASSERT_FALSE(words.has_value()) << line;
    EXPECT_EQ(words.error().kind, ErrorKind::configuration);
    EXPECT_EQ(words.error().message.find("hidden"), std::string::npos) << words.error().message;
  }
  EXPECT_FALSE(command_words(std::string_view("prog a\0b", 8)).has_value());
}

}  // namespace
}  // namespace gannet::identity
