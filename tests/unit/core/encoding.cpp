#include "core/encoding.hpp"

#include <limits>

namespace gannet::core {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Hex, goes_both_ways) {
  EXPECT_EQ(hex(as_bytes(std::string_view("\x00\x7f\xff", 3))), "007fff");
  EXPECT_EQ(hex({}), "");
  EXPECT_EQ(from_hex("007fFF"), to_bytes(std::string_view("\x00\x7f\xff", 3)));
  EXPECT_EQ(from_hex(""), Bytes());
  for (const auto* bad : {"0", "0g", "g0", " 00", "0x", "é"}) EXPECT_EQ(from_hex(bad), std::nullopt) << bad;
}

TEST(Base64, agrees_with_rfc_4648) {
  const struct {
    std::string_view bytes, text;
  } cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xef\xbe", "/+++"},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  std::string out = "prefix:";
  append_base64(out, "foo");
  EXPECT_EQ(out, "prefix:Zm9v");
}

TEST(Base64, gives_every_byte_back) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    EXPECT_EQ(from_base64(base64(all)), all) << i;
  }
}

TEST(Base64, refuses_what_is_not_canonical) {
  for (const auto* bad : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_",
                          "Zh==", "Zm9=", "Zg==Zg==", "Z=g=", "=Zg=", "Zm9v=", "\xc3\xa9==", "Zg==    "}) {
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
  }
}

TEST(UriEncode, keeps_the_unreserved_alone) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  std::string kept;
  for (const char c : all) {
    const auto encoded = uri_encode({&c, 1});
    if (encoded.size() == 1) {
      kept += c;
    } else {
      ASSERT_EQ(encoded.size(), 3U);
      EXPECT_EQ(encoded.front(), '%');
    }
  }
  EXPECT_EQ(kept, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
  EXPECT_EQ(uri_decode(uri_encode(all)), all);
}

TEST(UriEncode, encodes_as_signatures_want_it) {
  EXPECT_EQ(uri_encode("a b+c/d"), "a%20b%2Bc%2Fd");
  EXPECT_EQ(uri_encode("/a b/ä.txt", true), "/a%20b/%C3%A4.txt");
  EXPECT_EQ(uri_encode("%41"), "%2541");
  std::string out = "x=";
  append_uri_encoded(out, "*~");
  EXPECT_EQ(out, "x=%2A~");
}

TEST(UriDecode, refuses_broken_escapes) {
  EXPECT_EQ(uri_decode("a%2fB%2F+"), "a/B/+");
  EXPECT_EQ(uri_decode("%00"), std::string(1, '\0'));
  for (const auto* bad : {"%", "%4", "a%", "%zz", "%4g", "%g4", "%%41"})
    EXPECT_EQ(uri_decode(bad), std::nullopt) << bad;
}

TEST(ParseQuery, reads_odd_but_legal_queries) {
  const struct {
    std::string_view query;
    Pairs pairs;
  } cases[] = {
      {"", {}},
      {"a=1&b&c=", {{"a", "1"}, {"b", ""}, {"c", ""}}},
      {"a=1&a=1&a=0", {{"a", "1"}, {"a", "1"}, {"a", "0"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"=v&=", {{"", "v"}, {"", ""}}},
      {"&&a&", {{"a", ""}}},
      {"%61%3D=%26&k=a+b", {{"a=", "&"}, {"k", "a+b"}}},
      {"prefix=%E6%BC%A2", {{"prefix", "漢"}}},
  };
  for (const auto& [query, pairs] : cases) EXPECT_EQ(parse_query(query), pairs) << query;
  EXPECT_EQ(parse_query("k+1=a+b%2B", true), (Pairs{{"k 1", "a b+"}}));
  for (const auto* bad : {"a=%", "%=a", "a=1&b=%4", "a=%zz"})
    EXPECT_EQ(parse_query(bad), std::nullopt) << bad;
}

TEST(IsUtf8, tells_well_formed_text) {
  for (const std::string_view good :
       {"", "plain text longer than eight bytes", "ä", "€", "😀", "\x7f", "12345678ä", "1234567€12345678",
        "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(IsUtf8, refuses_the_rest) {
  const struct {
    std::string_view text, why;
  } cases[] = {
      {"\x80", "a continuation alone"},       {"\xc3", "cut after one of two"},
      {"\xe2\x82", "cut after two of three"}, {"\xf0\x9f\x98", "cut after three of four"},
      {"\xc3(", "no continuation"},           {"\xe2(\xa1", "no second byte"},
      {"\xe2\x82(", "no third byte"},         {"\xf0\x9f\x98(", "no fourth byte"},
      {"\xc0\x80", "overlong NUL"},           {"\xc1\xbf", "overlong"},
      {"\xe0\x9f\xbf", "overlong"},           {"\xf0\x8f\xbf\xbf", "overlong"},
      {"\xed\xa0\x80", "a surrogate"},        {"\xf4\x90\x80\x80", "past U+10FFFF"},
      {"\xf5\x80\x80\x80", "no lead byte"},   {"\xff", "no lead byte"},
      {"12345678\xff", "after eight"},        {"1234567\xe2\x82", "cut across eight"},
  };
  for (const auto& bad : cases) EXPECT_FALSE(is_utf8(bad.text)) << bad.why;
}

}  // namespace
}  // namespace gannet::core
