#include <gannet/http.hpp>

namespace gannet {
namespace {

TEST(ParseUrl, reads_origins_and_paths) {
  const struct {
    std::string_view text, host, path, authority;
    bool tls;
    std::uint16_t port;
  } cases[] = {
      {"https://example.com", "example.com", "", "example.com", true, 443},
      {"https://example.com/", "example.com", "", "example.com", true, 443},
      {"HTTP://Example.COM", "example.com", "", "example.com", false, 80},
      {"http://localhost:4566", "localhost", "", "localhost:4566", false, 4566},
      {"http://localhost:80", "localhost", "", "localhost", false, 80},
      {"http://localhost:443", "localhost", "", "localhost:443", false, 443},
      {"https://localhost:80/", "localhost", "", "localhost:80", true, 80},
      {"https://127.0.0.1:1", "127.0.0.1", "", "127.0.0.1:1", true, 1},
      {"https://h:65535/a/b/", "h", "/a/b", "h:65535", true, 65535},
      {"https://h/a//", "h", "/a", "h", true, 443},
      {"https://h//a", "h", "//a", "h", true, 443},
      {"https://h/%41%2f~!$&'()*+,;=:@", "h", "/%41%2f~!$&'()*+,;=:@", "h", true, 443},
      {"http://[::1]:8000/x", "::1", "/x", "[::1]:8000", false, 8000},
      {"https://[2001:DB8::1]", "2001:db8::1", "", "[2001:db8::1]", true, 443},
      {"https://a_b.example.", "a_b.example.", "", "a_b.example.", true, 443},
  };
  for (const auto& expected : cases) {
    SCOPED_TRACE(expected.text);
    const auto url = parse_url(expected.text);
    ASSERT_TRUE(url.has_value()) << url.error().message;
    EXPECT_EQ(url->origin.host, expected.host);
    EXPECT_EQ(url->origin.tls, expected.tls);
    EXPECT_EQ(url->origin.port, expected.port);
    EXPECT_EQ(url->origin.authority(), expected.authority);
    EXPECT_EQ(url->path, expected.path);
  }
}

TEST(ParseUrl, says_which_part_is_wrong) {
  const struct {
    std::string_view text, part;
  } cases[] = {
      {"", "http://"},
      {"example.com", "http://"},
      {"//example.com", "http://"},
      {"ftp://example.com", "scheme"},
      {"://example.com", "scheme"},
      {"https://", "host"},
      {"https:///path", "host"},
      {"https://:80", "host"},
      {"https://exa mple.com", "host"},
      {"https://-example.com", "host"},
      {"https://.example.com", "host"},
      {"https://a..b", "host"},
      {"https://ex\xc3\xa4mple.com", "host"},
      {"https://h:", "port"},
      {"https://h:0", "port"},
      {"https://h:65536", "port"},
      {"https://h:-1", "port"},
      {"https://h:+1", "port"},
      {"https://h:80x", "port"},
      {"https://h:99999999999999999999", "port"},
      {"https://[::1", "bracket"},
      {"https://[::g]", "IPv6"},
      {"https://[127.0.0.1]", "IPv6"},
      {"https://[::1]x", "IPv6"},
      {"https://[::1]:", "port"},
      {"https://::1", "port"},
      {"https://user:password@h", "user name"},
      {"https://h?a=b", "query"},
      {"https://h/a?", "query"},
      {"https://h/#top", "fragment"},
      {"https://h/a b", "path"},
      {"https://h/%4", "path"},
      {"https://h/%zz", "path"},
      {"https://h/\xc3\xa4", "path"},
      {"https://h/a\nb", "path"},
  };
  for (const auto& bad : cases) {
    SCOPED_TRACE(bad.text);
    const auto url = parse_url(bad.text);
    ASSERT_FALSE(url.has_value());
    EXPECT_EQ(url.error().kind, ErrorKind::configuration);
    EXPECT_THAT(url.error().message, testing::HasSubstr(bad.part));
    EXPECT_THAT(url.error().message, testing::Not(testing::HasSubstr("password")));
  }
  const std::string long_label = "https://" + std::string(64, 'a') + ".com";
  EXPECT_FALSE(parse_url(long_label).has_value());
}

TEST(Headers, compare_names_without_case_and_keep_order) {
  Headers headers{{"Content-Type", "a"}, {"X-One", "1"}, {"content-type", "b"}};
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.get("missing"), "");
  EXPECT_EQ(headers.find("missing"), nullptr);
  EXPECT_TRUE(headers.contains("x-one"));
  EXPECT_EQ(headers.size(), 3U);
}

TEST(Headers, set_leaves_one_field_in_the_first_ones_place) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}, {"C", "4"}, {"A", "5"}};
  headers.set("a", "new");
  headers.set("D", "added");
  std::string all;
  for (const auto& field : headers) all += field.name + "=" + field.value + " ";
  EXPECT_EQ(all, "A=new b=2 C=4 D=added ");
}

TEST(Headers, remove_takes_every_field_of_the_name) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  headers.remove("A");
  headers.remove("missing");
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers.begin()->name, "b");
}

TEST(Iequals, folds_ascii_letters_alone) {
  EXPECT_TRUE(iequals("Content-Length", "content-LENGTH"));
  EXPECT_TRUE(iequals("", ""));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("[", "{"));  // differ in the bit that makes a letter lower case
  EXPECT_FALSE(iequals("@", "`"));
  EXPECT_FALSE(iequals("\xc4", "\xe4"));
}

}  // namespace
}  // namespace gannet
