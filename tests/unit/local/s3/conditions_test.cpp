#include "local/s3/conditions.hpp"

namespace gannet::local::s3 {
namespace {

TEST(Range, is_read_as_http_has_it) {
  struct Case {
    std::string text;
    std::uint64_t total;
    std::string expected;  ///< "first+size", "none" to pass over it, or "416"
  };
  const std::vector<Case> cases{
      {"bytes=0-0", 10, "0+1"},
      {"bytes=0-9", 10, "0+10"},
      {"bytes=3-", 10, "3+7"},
      {"bytes=9-", 10, "9+1"},
      {"bytes=0-99", 10, "0+10"},
      {"bytes=-3", 10, "7+3"},
      {"bytes=-99", 10, "0+10"},
      {"Bytes=2-4", 10, "2+3"},
      {"bytes=10-", 10, "416"},
      {"bytes=10-20", 10, "416"},
      {"bytes=-0", 10, "416"},
      {"bytes=0-", 0, "416"},
      {"bytes=-5", 0, "416"},
      {"bytes=5-2", 10, "none"},
      {"bytes=0-1,3-4", 10, "none"},
      {"bytes=a-b", 10, "none"},
      {"bytes=", 10, "none"},
      {"bytes=-", 10, "none"},
      {"items=0-1", 10, "none"},
      {"bytes", 10, "none"},
      {"", 10, "none"},
      {"bytes=18446744073709551616-", 10, "none"},
      {"bytes=0-18446744073709551615", 10, "0+10"},
  };
  for (const Case& each : cases) {
    const auto range = parse_range(each.text, each.total);
    std::string found = "none";
    if (!range) {
      found = std::to_string(range.error().status);
      EXPECT_EQ(range.error().code, "InvalidRange");
    } else if (*range) {
      found = std::to_string((*range)->first) + "+" + std::to_string((*range)->size);
    }
    EXPECT_EQ(found, each.expected) << each.text << " of " << each.total;
  }
}

TEST(EntityTag, is_found_in_a_list) {
  EXPECT_TRUE(names_etag("\"a\"", "a"));
  EXPECT_TRUE(names_etag("a", "a"));
  EXPECT_TRUE(names_etag("*", "a"));
  EXPECT_TRUE(names_etag("\"b\", W/\"a\"", "a"));
  EXPECT_FALSE(names_etag("\"b\"", "a"));
  EXPECT_FALSE(names_etag("", "a"));
  EXPECT_FALSE(names_etag("\"aa\",", "a"));
}

}  // namespace
}  // namespace gannet::local::s3
