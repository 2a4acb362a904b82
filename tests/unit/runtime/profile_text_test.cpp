#include "credentials/profile_text.hpp"

#include <gtest/gtest.h>

namespace gannet::credentials {
namespace {

/// `[section] key=value` lines, nested values as `key.inner=value`.
std::string flat(const ProfileText& text) {
  std::string result;
  for (const ProfileSection& section : text.sections()) {
    result += "[" + section.name + "]";
    for (const ProfileEntry& entry : section.entries) {
      if (entry.nested.empty()) result += " " + entry.key + "=" + entry.value;
      for (const ProfileEntry& inner : entry.nested)
        result += " " + entry.key + "." + inner.key + "=" + inner.value;
    }
    result += "\n";
  }
  return result;
}

// Each reading is what botocore 1.43 makes of the same text.
TEST(ProfileText, is_read_as_the_command_line_reads_it) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"[default]\nregion=eu-west-1\n", "[default] region=eu-west-1\n"},
      {"[default]\r\nregion = eu-west-1\r\n", "[default] region=eu-west-1\n"},
      {"[a]\nKEY : v\n[b]\n", "[a] key=v\n[b]\n"},
      {"# one\n; two\n[a]\n# three\nk = v # kept\n", "[a] k=v # kept\n"},
      {"[a]\nk = a=b:c\n", "[a] k=a=b:c\n"},
      {"[a] trailing\nk=v", "[a] k=v\n"},
      {"[a]\nempty =\nk = v\n", "[a] empty= k=v\n"},
      {"[a]\nk = one\n  two\n  three\nl = v\n", "[a] k=one\ntwo\nthree l=v\n"},
      {"[a]\nk = one\n\n  two\n", "[a] k=one\n\ntwo\n"},
      {"[a]\nk = one\n  # dropped\n  two\n", "[a] k=one\ntwo\n"},
      {"[a]\ns3 =\n  addressing_style = path\n  max_queue_size=5\nk = v\n",
       "[a] s3.addressing_style=path s3.max_queue_size=5 k=v\n"},
      {"[a]\ns3 =\n\n  addressing_style = path\n", "[a] s3.addressing_style=path\n"},
      {"[services x]\ndynamodb =\n  endpoint_url = http://localhost:8000\n",
       "[services x] dynamodb.endpoint_url=http://localhost:8000\n"},
      {"[a]\n  k = v\n  l = w\n", "[a] k=v l=w\n"},
      {"[profile \"with space\"]\nk=v\n", "[profile \"with space\"] k=v\n"},
  };
  for (const auto& [given, expected] : cases) {
    const auto text = ProfileText::parse(given, "f");
    ASSERT_TRUE(text.has_value()) << given << "\n" << text.error().message;
    EXPECT_EQ(flat(*text), expected) << given;
  }
}

TEST(ProfileText, errors_name_file_and_line_and_not_what_stands_there) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"key = v\n", "config, line 1: there is no section"},
      {"[a]\nsecret-without-key\n", "config, line 2: a line is `key = value`"},
      {"[a]\n\n\n= secret\n", "config, line 4: there is no key"},
      {"[a\n", "config, line 1: a section's name ends"},
      {"[]\n", "config, line 1: a section's name ends"},
      {"[a]\nk=v\n[a]\n", "config, line 3: the section [a] stands in line 1 already"},
      {"[a]\nk=v\nK=w\n", "config, line 3: the key k stands in line 2 already"},
      {"[a]\ns3 =\n  secret\n", "config, line 3: a line below s3"},
      {"[a]\nk = \xff\n", "config: it is not UTF-8"},
  };
  for (const auto& [given, expected] : cases) {
    const auto text = ProfileText::parse(given, "config");
    ASSERT_FALSE(text.has_value()) << given;
    EXPECT_EQ(text.error().kind, ErrorKind::configuration);
    EXPECT_TRUE(text.error().message.starts_with(expected)) << text.error().message;
    EXPECT_EQ(text.error().message.find("secret"), std::string::npos) << text.error().message;
  }
}

TEST(ProfileText, finds_a_profile_by_any_way_to_write_its_name) {
  const auto text = ProfileText::parse(
      "[default]\na=1\n[profile x]\na=2\n[profile \"two words\"]\na=3\n[profile 'q']\na=4\n[x]\na=5\n"
      "[profile  many   words]\na=6\n[profile \"open]\na=7\n",
      "f");
  ASSERT_TRUE(text.has_value());
  const auto value = [&](std::string_view name) -> std::string {
    const auto* section = text->section("profile", name);
    return section == nullptr ? "none" : section->find("a")->value;
  };
  EXPECT_EQ(value("default"), "1");
  EXPECT_EQ(value("x"), "2");
  EXPECT_EQ(value("two words"), "3");
  EXPECT_EQ(value("q"), "4");
  EXPECT_EQ(value("many"), "none");
  EXPECT_EQ(value("open"), "none");
  EXPECT_EQ(text->section("x")->find("a")->value, "5");
}

}  // namespace
}  // namespace gannet::credentials
