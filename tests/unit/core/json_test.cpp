#include "core/json.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// The document written out again, or the error's message.
std::string reread(std::string_view text, std::size_t maximum_depth = 100) {
  const auto document = JsonDocument::parse(text, maximum_depth);
  return document ? document->root().to_json() : document.error().message;
}

std::string nested_arrays(std::size_t levels) {
  return std::string(levels, '[') + '1' + std::string(levels, ']');
}

TEST(JsonDocument, reads_what_is_right) {
  const struct {
    std::string_view text;
    std::string_view compact;
  } cases[] = {
      {"null", "null"},
      {" true ", "true"},
      {"\t\r\n false \n", "false"},
      {"0", "0"},
      {"-0", "0"},
      {"-12", "-12"},
      {"1.5", "1.5"},
      {"1e2", "100"},
      {"1E-2", "0.01"},
      {"-0E-2", "-0.0"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {R"("")", R"("")"},
      {R"("a\"\\\/\b\f\n\r\tz")", R"("a\"\\/\b\f\n\r\tz")"},
      {R"("\u0000\u001f\u007f")", "\"\\u0000\\u001f\x7f\""},
      {R"("\u00e9\u20AC\ud83d\ude00")", "\"\u00e9\u20ac\U0001f600\""},
      {"\"\u00e9\u20ac\U0001f600\"", "\"\u00e9\u20ac\U0001f600\""},
      {"[]", "[]"},
      {"{}", "{}"},
      {"[ [ ] , { } ]", "[[],{}]"},
      {R"([1, "two", null, [true], {"a": {}}])", R"([1,"two",null,[true],{"a":{}}])"},
      {R"({ "b" : 1 , "a" : [ 2 , 3.25 ] , "b" : 4 })", R"({"b":1,"a":[2,3.25],"b":4})"},
      {R"({"": {"": ""}})", R"({"":{"":""}})"},
  };
  for (const auto& test : cases) EXPECT_EQ(reread(test.text), test.compact) << test.text;
}

TEST(JsonDocument, refuses_what_is_wrong) {
  const std::string_view cases[] = {"",
                                    " ",
                                    "\n",
                                    "nul",
                                    "nulll",
                                    "True",
                                    "'a'",
                                    "a",
                                    "undefined",
                                    "NaN",
                                    "Infinity",
                                    "-",
                                    "+1",
                                    "01",
                                    "-01",
                                    ".5",
                                    "1.",
                                    "1.e1",
                                    "1e",
                                    "1e+",
                                    "0x1",
                                    "1 2",
                                    "1,",
                                    "[",
                                    "]",
                                    "{",
                                    "}",
                                    "[1",
                                    "[1,",
                                    "[1,]",
                                    "[,1]",
                                    "[1 2]",
                                    "[1]]",
                                    "[1}",
                                    "{]",
                                    "{\"a\"",
                                    "{\"a\":",
                                    "{\"a\":1",
                                    "{\"a\":1,",
                                    "{\"a\":1,}",
                                    "{\"a\" 1}",
                                    "{a:1}",
                                    "{1:1}",
                                    "{\"a\":1}}",
                                    "{\"a\":1}x",
                                    "{}{}",
                                    "{} null",
                                    "\"",
                                    "\"a",
                                    "a\"",
                                    "\"\\\"",
                                    "\"\\x\"",
                                    "\"\\u12\"",
                                    "\"\\u12g4\"",
                                    "\"\n\"",
                                    "\"\t\"",
                                    "// comment\n1",
                                    "/**/1",
                                    "1e400",
                                    "-1e400",
                                    "\xEF\xBB\xBF{}"};
  for (const auto text : cases) {
    const auto document = JsonDocument::parse(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().kind, ErrorKind::protocol) << text;
    EXPECT_EQ(document.error().code, "SerializationException") << text;
    EXPECT_TRUE(document.error().message.starts_with("The JSON text cannot be read: "))
        << document.error().message;
  }
}

TEST(JsonDocument, says_what_is_wrong) {
  EXPECT_EQ(reread(""), "The JSON text cannot be read: there is no value in it.");
  EXPECT_EQ(reread("\"\xff\""), "The JSON text cannot be read: it is not valid UTF-8.");
  EXPECT_EQ(reread("[[1]]", 1), "The JSON text cannot be read: it is nested deeper than 1 levels.");
  EXPECT_EQ(reread("\"a"), "The JSON text cannot be read: a string is not closed.");
  EXPECT_EQ(reread("\"a\nb\""),
            "The JSON text cannot be read: a string contains a control character that is not escaped.");
  EXPECT_EQ(reread(R"("\q")"), "The JSON text cannot be read: a string contains an invalid escape sequence.");
  EXPECT_EQ(reread("01"), "The JSON text cannot be read: a number is malformed or too large.");
  EXPECT_EQ(reread("[1"),
            "The JSON text cannot be read: it is not well-formed: a value, comma, colon, bracket or quote is "
            "missing, "
            "misplaced or cut off.");
}

TEST(JsonWriter, of_secrets_writes_the_same) {
  const auto write = [](JsonWriter& out) {
    out.begin_object();
    for (const std::string& text : {std::string(), "plain"s, std::string(100, '\x01'), std::string(5000, '"'),
                                    "\u00e9\xff\U0001f600"s}) {
      out.key(text);
      out.string(text);
      out.key("base64");
      out.base64(text);
    }
    out.key("list");
    out.begin_array();
    for (int i = 0; i < 100; ++i) {
      out.integer(-1'000'000'000'000 * i);
      out.number(-1.2345678901234567e-300);
      out.boolean(false);
      out.null();
      out.raw("{}");
    }
    out.end_array();
    out.end_object();
  };
  JsonWriter plain;
  write(plain);
  auto secret = JsonWriter::of_secrets();
  write(secret);
  EXPECT_EQ(secret.text(), plain.text());
  EXPECT_TRUE(secret.holds_secrets());
  EXPECT_FALSE(plain.holds_secrets());
}

TEST(JsonDocument, that_holds_secrets_is_read_the_same) {
  const std::string long_text = "{\"text\": \"" + std::string(10'000, 's') + "\", \"rest\": [1, null, true]}";
  for (const std::string& text :
       {R"({"a": ["b\u00e9", -1.5, {}]})"s, "[]"s, "\"\""s, long_text, nested_arrays(5), ""s, "{"s, "[1,]"s,
        "\"\x01\""s, nested_arrays(6), "[-123456789012345678901234567890, 18446744073709551616, 1]"s}) {
    const auto plain = JsonDocument::parse(text, 5);
    const auto secret = JsonDocument::parse_secret(text, 5);
    ASSERT_EQ(secret.has_value(), plain.has_value()) << text;
    if (plain) {
      EXPECT_EQ(secret->root().to_json(), plain->root().to_json());
    } else {
      EXPECT_EQ(secret.error().message, plain.error().message);
    }
  }
  // Moved and replaced, it is still wiped once.
  auto first = JsonDocument::parse_secret("[1]");
  auto second = JsonDocument::parse_secret("[2]");
  *first = std::move(*second);
  EXPECT_EQ(first->root().to_json(), "[2]");
  EXPECT_EQ(JsonDocument::parse("[3]")->root().to_json(), "[3]");
}

TEST(JsonDocument, refuses_every_cut_of_a_document) {
  const auto whole =
      R"({"Item":{"name":{"S":"a\u00e9\ud83d\ude00 \"q\""},"n":{"N":"12"},"l":{"L":[true,null,-1.5e3]}}})"s;
  ASSERT_TRUE(JsonDocument::parse(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(JsonDocument::parse(whole.substr(0, length))) << length;
  }
}

TEST(JsonDocument, survives_every_changed_byte_of_a_document) {
  const auto whole = R"({"a":["b\u00e9",1.5,true,{"c":null}]})"s;
  for (std::size_t position = 0; position < whole.size(); ++position) {
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = whole;
      changed[position] = static_cast<char>(byte);
      const auto document = JsonDocument::parse(changed);
      if (!document) continue;
      const auto again = document->root().to_json();
      EXPECT_EQ(reread(again), again) << changed;
    }
  }
}

TEST(JsonDocument, refuses_invalid_utf8_anywhere) {
  const std::string_view cases[] = {
      "\x80",         "\xbf",         "\xc0\x80", "\xc1\xbf",         "\xc3",
      "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
      "\xf5",         "\xff",         "\xc3("};
  for (const auto bytes : cases) {
    EXPECT_FALSE(JsonDocument::parse("\"" + std::string(bytes) + "\"")) << testing::PrintToString(bytes);
    EXPECT_FALSE(JsonDocument::parse("{\"" + std::string(bytes) + "\":1}")) << testing::PrintToString(bytes);
    EXPECT_FALSE(JsonDocument::parse("[1] " + std::string(bytes))) << testing::PrintToString(bytes);
  }
}

TEST(JsonDocument, refuses_lone_surrogates) {
  for (const auto text : {R"("\ud800")", R"("\udc00")", R"("\ud83d ")", R"("\ud83dA")", R"("\ud83d\u0041")",
                          R"("\ud83d\ud83d")", R"("\ude00\ud83d")", R"("a\udfffb")", R"({"\ud800":1})"}) {
    EXPECT_FALSE(JsonDocument::parse(text)) << text;
  }
}

TEST(JsonDocument, refuses_nul_outside_and_raw_nul_inside_strings) {
  EXPECT_FALSE(JsonDocument::parse("{}\0"sv));
  EXPECT_FALSE(JsonDocument::parse("\0{}"sv));
  EXPECT_FALSE(JsonDocument::parse("\"a\0b\""sv));
  const auto document = JsonDocument::parse(R"("a\u0000b")");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().string(), "a\0b"sv);
}

TEST(JsonDocument, counts_depth_exactly) {
  EXPECT_TRUE(JsonDocument::parse("[]", 0)) << "what is empty does not count";
  EXPECT_FALSE(JsonDocument::parse("[1]", 0));
  EXPECT_TRUE(JsonDocument::parse("[1,{}]", 1));
  EXPECT_FALSE(JsonDocument::parse("[1,{\"a\":1}]", 1));
  EXPECT_TRUE(JsonDocument::parse("[[1],{\"a\":[]}]", 2));
  EXPECT_FALSE(JsonDocument::parse("[[1],{\"a\":[1]}]", 2));
  EXPECT_TRUE(JsonDocument::parse(nested_arrays(100)));
  EXPECT_FALSE(JsonDocument::parse(nested_arrays(101)));
  EXPECT_FALSE(JsonDocument::parse(std::string(100'000, '[')));
  EXPECT_TRUE(JsonDocument::parse(nested_arrays(1000), 1'000'000));
  EXPECT_FALSE(JsonDocument::parse(nested_arrays(1001), 1'000'000));
  EXPECT_TRUE(JsonDocument::parse(nested_arrays(100))) << "the depth of one call does not outlast it";
  EXPECT_FALSE(JsonDocument::parse(nested_arrays(101)));
}

TEST(JsonDocument, reads_numbers_of_any_length) {
  const struct {
    std::string_view text;
    JsonValue::Type type;
    double number;
  } cases[] = {
      {"9223372036854775807", JsonValue::Type::integer, 9223372036854775807.0},
      {"9223372036854775808", JsonValue::Type::unsigned_integer, 9223372036854775808.0},
      {"18446744073709551615", JsonValue::Type::unsigned_integer, 18446744073709551615.0},
      {"18446744073709551616", JsonValue::Type::number, 18446744073709551616.0},
      {"-9223372036854775809", JsonValue::Type::number, -9223372036854775808.0},
      {"123456789012345678901234567890", JsonValue::Type::number, 1.2345678901234568e29},
      {"0.1234567890123456789012345678901234567890", JsonValue::Type::number, 0.12345678901234568},
      {"123456789012345678901234567890.5e-10", JsonValue::Type::number, 1.2345678901234568e19},
      {"1e308", JsonValue::Type::number, 1e308},
      {"1e-400", JsonValue::Type::number, 0},
  };
  for (const auto& test : cases) {
    const auto document = JsonDocument::parse(test.text);
    ASSERT_TRUE(document) << test.text;
    EXPECT_EQ(document->root().type(), test.type) << test.text;
    EXPECT_EQ(document->root().number(), test.number) << test.text;
  }
  EXPECT_EQ(
      reread(
          R"({"99999999999999999999":["99999999999999999999\"99999999999999999999",99999999999999999999,1]})"),
      R"({"99999999999999999999":["99999999999999999999\"99999999999999999999",1e+20,1]})");
  EXPECT_FALSE(JsonDocument::parse("[099999999999999999999]"));
  EXPECT_FALSE(JsonDocument::parse("[99999999999999999999"));
  EXPECT_FALSE(JsonDocument::parse("\"99999999999999999999\\"));
}

TEST(JsonValue, gives_integers_that_are_whole_and_fit) {
  const struct {
    std::string_view text;
    std::optional<std::int64_t> integer;
  } cases[] = {
      {"7", 7},
      {"-7", -7},
      {"1e2", 100},
      {"2.0", 2},
      {"-0.0", 0},
      {"2.5", std::nullopt},
      {"1e-1", std::nullopt},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"18446744073709551616", std::nullopt},
      {"-9.223372036854775808e18", std::numeric_limits<std::int64_t>::min()},
      {"9.223372036854775808e18", std::nullopt},
      {"1e300", std::nullopt},
      {"-1e300", std::nullopt},
      {"\"7\"", std::nullopt},
      {"true", std::nullopt},
      {"null", std::nullopt},
      {"[7]", std::nullopt},
  };
  for (const auto& test : cases) {
    const auto document = JsonDocument::parse(test.text);
    ASSERT_TRUE(document) << test.text;
    EXPECT_EQ(document->root().integer(), test.integer) << test.text;
  }
}

TEST(JsonValue, gives_nothing_of_another_type) {
  const auto document = JsonDocument::parse(R"(["s", 1, 1.5, true, null, {}, []])");
  ASSERT_TRUE(document);
  std::vector<JsonValue> values;
  for (const auto value : document->root()) values.push_back(value);
  ASSERT_EQ(values.size(), 7U);
  for (std::size_t index = 0; index < values.size(); ++index) {
    EXPECT_EQ(values[index].string().has_value(), index == 0) << index;
    EXPECT_EQ(values[index].integer().has_value(), index == 1) << index;
    EXPECT_EQ(values[index].number().has_value(), index == 1 || index == 2) << index;
    EXPECT_EQ(values[index].boolean().has_value(), index == 3) << index;
    EXPECT_EQ(values[index].is_null(), index == 4) << index;
    EXPECT_EQ(values[index].is_object(), index == 5) << index;
    EXPECT_EQ(values[index].is_array(), index == 6) << index;
    EXPECT_EQ(values[index].size(), 0U) << index;
    EXPECT_FALSE(values[index].find("a")) << index;
    EXPECT_FALSE(values[index].begin() != values[index].end()) << index;
  }
}

TEST(JsonValue, is_null_before_it_is_given_a_value) {
  const JsonValue value;
  EXPECT_TRUE(value.is_null());
  EXPECT_FALSE(value.string() || value.integer() || value.number() || value.boolean() || value.find("a"));
  EXPECT_EQ(value.size(), 0U);
  EXPECT_FALSE(value.begin() != value.end());
  EXPECT_EQ(value.to_json(), "null");
}

TEST(JsonValue, meets_members_in_order_and_finds_the_first_of_a_name) {
  const auto document = JsonDocument::parse(
      R"({"a": [1, [2], {"x": 3}], "b": 18446744073709551615, "c": {"a": 5}, "a": "last"})");
  ASSERT_TRUE(document);
  const auto root = document->root();
  EXPECT_EQ(root.size(), 4U);
  std::string keys;
  for (auto member = root.begin(); member != root.end(); ++member) {
    keys += member.key();
    keys += member.value().to_json();
    keys += ' ';
  }
  EXPECT_EQ(keys, R"(a[1,[2],{"x":3}] b18446744073709551615 c{"a":5} a"last" )");
  EXPECT_EQ(root.find("a")->size(), 3U);
  EXPECT_EQ(root.find("c")->find("a")->integer(), 5);
  EXPECT_FALSE(root.find("x"));
  EXPECT_FALSE(root.find(""));
  EXPECT_EQ(root.find("a")->begin().key(), "") << "an array's elements have no key";
}

TEST(JsonDocument, keeps_its_values_when_moved_and_while_others_come_and_go) {
  std::vector<JsonDocument> documents;
  for (int round = 0; round < 40; ++round) {
    documents.push_back(*JsonDocument::parse("[\"" + std::string(static_cast<std::size_t>(round) * 100, 'x') +
                                             "\"," + std::to_string(round) + "]"));
    if (round % 3 == 2) documents.erase(documents.begin());
  }
  int expected = 13;
  for (const auto& document : documents) {
    auto element = document.root().begin();
    EXPECT_EQ((*element).string()->size(), static_cast<std::size_t>(expected) * 100);
    EXPECT_EQ((*++element).integer(), expected++);
  }
  auto moved = std::move(documents.back());
  moved = std::move(documents.front());
  EXPECT_EQ(moved.root().size(), 2U);
}

TEST(JsonDocument, ends_on_another_thread_than_it_began) {
  std::optional<JsonDocument> document;
  std::thread([&] { document = *JsonDocument::parse(R"({"a":1})"); }).join();
  EXPECT_EQ(document->root().find("a")->integer(), 1);
  std::thread([&] { document.reset(); }).join();
}

TEST(JsonDocument, reads_large_documents_and_small_ones_after_them) {
  std::string large = "[0";
  for (int index = 1; index < 200'000; ++index) large += "," + std::to_string(index);
  large += "]";
  const auto document = JsonDocument::parse(large);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().size(), 200'000U);
  EXPECT_EQ(document->root().to_json(), large);
  EXPECT_EQ(reread("[1]"), "[1]");
}

TEST(JsonWriter, puts_commas_where_they_belong) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("a");
  writer.integer(1);
  writer.key("b");
  writer.begin_array();
  writer.end_array();
  writer.key("c");
  writer.begin_array();
  writer.begin_object();
  writer.end_object();
  writer.begin_object();
  writer.key("d");
  writer.null();
  writer.end_object();
  writer.boolean(true);
  writer.boolean(false);
  writer.raw("{\"raw\": 1}");
  writer.string("s");
  writer.number(0.5);
  writer.base64("any carnal pleas");
  writer.end_array();
  writer.key("e");
  writer.string("");
  writer.end_object();
  EXPECT_EQ(
      writer.text(),
      R"({"a":1,"b":[],"c":[{},{"d":null},true,false,{"raw": 1},"s",0.5,"YW55IGNhcm5hbCBwbGVhcw=="],"e":""})");
}

TEST(JsonWriter, escapes_only_what_must_be) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"", R"("")"},
      {"plain text that is longer than one machine word",
       R"("plain text that is longer than one machine word")"},
      {"\"", R"("\"")"},
      {"\\", R"("\\")"},
      {"/", R"("/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\0\x01\x1f"sv, R"("\u0000\u0001\u001f")"},
      {"\x20\x7f", "\"\x20\x7f\""},
      {"12345678\"12345678\\1234567\n", R"("12345678\"12345678\\1234567\n")"},
      {"\u00e9\u20ac\U0001f600\U0010ffff", "\"\u00e9\u20ac\U0001f600\U0010ffff\""},
      {"a\u00e9b\u20acc\U0001f600\"", "\"a\u00e9b\u20acc\U0001f600\\\"\""},
  };
  for (const auto& test : cases) {
    JsonWriter writer;
    writer.string(test.text);
    EXPECT_EQ(writer.text(), test.written);
    EXPECT_FALSE(writer.replaced_invalid_utf8());
    EXPECT_EQ(JsonDocument::parse(writer.text())->root().string(), test.text);
  }
}

TEST(JsonWriter, escapes_at_every_position_of_a_word) {
  for (int byte = 0; byte < 128; ++byte) {
    for (std::size_t position = 0; position < 20; ++position) {
      std::string text(20, 'x');
      text[position] = static_cast<char>(byte);
      JsonWriter writer;
      writer.string(text);
      const auto document = JsonDocument::parse(writer.text());
      ASSERT_TRUE(document) << writer.text();
      EXPECT_EQ(document->root().string(), text);
    }
  }
}

TEST(JsonWriter, replaces_bytes_that_are_not_utf8_and_says_so) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"\xff", "\"\uFFFD\""},
      {"a\x80z", "\"a\uFFFDz\""},
      {"12345678\xc3", "\"12345678\uFFFD\""},
      {"\xc0\x80", "\"\uFFFD\uFFFD\""},
      {"\xe2\x82", "\"\uFFFD\uFFFD\""},
      {"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
      {"\xf4\x90\x80\x80", "\"\uFFFD\uFFFD\uFFFD\uFFFD\""},
      {"\u00e9\xc3\u00e9", "\"\u00e9\uFFFD\u00e9\""},
      {"\xf0\x9f\x98(", "\"\uFFFD\uFFFD\uFFFD(\""},
  };
  for (const auto& test : cases) {
    JsonWriter writer;
    writer.string(test.text);
    EXPECT_EQ(writer.text(), test.written);
    EXPECT_TRUE(writer.replaced_invalid_utf8());
    EXPECT_TRUE(JsonDocument::parse(writer.text()));
  }
  JsonWriter writer;
  writer.begin_object();
  writer.key("\xff");
  EXPECT_TRUE(writer.replaced_invalid_utf8());
}

TEST(JsonWriter, writes_valid_json_for_any_two_bytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      JsonWriter writer;
      writer.string(std::string{static_cast<char>(first), static_cast<char>(second)});
      ASSERT_TRUE(JsonDocument::parse(writer.text())) << first << ' ' << second;
    }
  }
}

TEST(JsonWriter, writes_the_shortest_number_that_reads_back_the_same) {
  const struct {
    double number;
    std::string_view written;
  } cases[] = {
      {0, "0"},
      {-0.0, "-0.0"},
      {0.1, "0.1"},
      {1e22, "1e+22"},
      {1.0 / 3, "0.3333333333333333"},
      {-1.5e-7, "-1.5e-07"},
      {1769850487.123, "1769850487.123"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {std::numeric_limits<double>::denorm_min(), "5e-324"},
      {std::numeric_limits<double>::quiet_NaN(), R"("NaN")"},
      {std::numeric_limits<double>::infinity(), R"("Infinity")"},
      {-std::numeric_limits<double>::infinity(), R"("-Infinity")"},
  };
  for (const auto& test : cases) {
    JsonWriter writer;
    writer.number(test.number);
    EXPECT_EQ(writer.text(), test.written);
    const auto document = JsonDocument::parse(writer.text());
    ASSERT_TRUE(document) << test.written;
    if (!document->root().is_string()) {
      EXPECT_EQ(document->root().number(), test.number);
    }
  }
  JsonWriter writer;
  writer.integer(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(writer.text(), "-9223372036854775808");
}

TEST(JsonWriter, begins_anew_in_the_string_it_was_given) {
  JsonWriter writer("what was here before");
  writer.integer(1);
  EXPECT_EQ(writer.take(), "1");
}

}  // namespace
}  // namespace gannet::core
