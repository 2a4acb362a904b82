#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gannet/attribute_value.hpp>
#include <gtest/gtest.h>

namespace gannet {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Type = AttributeValue::Type;

TEST(AttributeValue, takes_its_type_from_what_it_is_made_of) {
  const struct {
    AttributeValue value;
    Type type;
  } cases[] = {
      {"text", Type::s},
      {"text"s, Type::s},
      {"text"sv, Type::s},
      {"", Type::s},
      {1, Type::n},
      {std::int64_t{-5}, Type::n},
      {std::size_t{7}, Type::n},
      {Number{"0.1"}, Type::n},
      {AttributeValue::number("1e3"), Type::n},
      {to_bytes("bytes"), Type::b},
      {StringSet{{"a"}}, Type::ss},
      {NumberSet{{"1"}}, Type::ns},
      {BinarySet{{to_bytes("a")}}, Type::bs},
      {AttributeValue::Map{{"a", 1}}, Type::m},
      {AttributeValue::List{1, "a"}, Type::l},
      {AttributeValue(), Type::null},
      {true, Type::boolean},
  };
  for (std::size_t index = 0; index < std::size(cases); ++index) {
    EXPECT_EQ(cases[index].value.type(), cases[index].type) << index;
    EXPECT_EQ(cases[index].value.is_null(), cases[index].type == Type::null) << index;
  }
}

TEST(AttributeValue, gives_what_was_put_in) {
  EXPECT_EQ(AttributeValue("a\0b"s).s(), "a\0b"s);
  EXPECT_EQ(AttributeValue(-12).n(), "-12");
  EXPECT_EQ(AttributeValue(std::uint64_t{18446744073709551615U}).n(), "18446744073709551615");
  EXPECT_EQ(AttributeValue::number("0.10").n(), "0.10");
  EXPECT_EQ(AttributeValue(to_bytes("x")).b(), to_bytes("x"));
  EXPECT_EQ(AttributeValue(StringSet{{"a", "b"}}).ss(), (std::vector{"a"s, "b"s}));
  EXPECT_EQ(AttributeValue(NumberSet{{"1"}}).ns(), std::vector{"1"s});
  EXPECT_EQ(AttributeValue(BinarySet{{to_bytes("a")}}).bs(), std::vector<Bytes>(1, to_bytes("a")));
  EXPECT_EQ(AttributeValue(AttributeValue::Map{{"a", 1}}).m().at("a").n(), "1");
  EXPECT_EQ(AttributeValue(AttributeValue::List{1, "a"}).l().at(1).s(), "a");
  EXPECT_TRUE(AttributeValue(true).boolean());
  EXPECT_FALSE(AttributeValue(false).boolean());
}

TEST(AttributeValue, throws_or_gives_nullptr_when_asked_for_another_type) {
  const AttributeValue text = "a";
  const AttributeValue number = 1;
  EXPECT_THROW((void)number.s(), std::bad_variant_access);
  EXPECT_THROW((void)text.n(), std::bad_variant_access);
  EXPECT_THROW((void)text.b(), std::bad_variant_access);
  EXPECT_THROW((void)text.ss(), std::bad_variant_access);
  EXPECT_THROW((void)text.ns(), std::bad_variant_access);
  EXPECT_THROW((void)text.bs(), std::bad_variant_access);
  EXPECT_THROW((void)text.m(), std::bad_variant_access);
  EXPECT_THROW((void)text.l(), std::bad_variant_access);
  EXPECT_THROW((void)text.boolean(), std::bad_variant_access);
  EXPECT_EQ(number.if_s(), nullptr);
  EXPECT_EQ(text.if_n(), nullptr);
  EXPECT_EQ(text.if_b(), nullptr);
  EXPECT_EQ(text.if_m(), nullptr);
  EXPECT_EQ(text.if_l(), nullptr);
  EXPECT_EQ(text.if_boolean(), nullptr);
  EXPECT_EQ(*text.if_s(), "a");
  EXPECT_EQ(*number.if_n(), "1");
  EXPECT_EQ(*AttributeValue(to_bytes("x")).if_b(), to_bytes("x"));
  EXPECT_EQ(AttributeValue(AttributeValue::Map{}).if_m()->size(), 0U);
  EXPECT_EQ(AttributeValue(AttributeValue::List{1}).if_l()->size(), 1U);
  EXPECT_TRUE(*AttributeValue(true).if_boolean());
}

TEST(AttributeValue, compares_by_type_and_bytes) {
  EXPECT_EQ(AttributeValue("1"), AttributeValue("1"s));
  EXPECT_NE(AttributeValue("1"), AttributeValue(1));
  EXPECT_NE(AttributeValue::number("1"), AttributeValue::number("1.0"));
  EXPECT_NE(AttributeValue(StringSet{{"a", "b"}}), AttributeValue(StringSet{{"b", "a"}}));
  EXPECT_NE(AttributeValue(), AttributeValue(false));
  EXPECT_EQ(AttributeValue(), AttributeValue());
  EXPECT_EQ(AttributeValue(AttributeValue::Map{{"a", AttributeValue::List{1}}}),
            AttributeValue(AttributeValue::Map{{"a", AttributeValue::List{1}}}));
}

TEST(AttributeValue, copies_whole_and_moves) {
  const AttributeValue original = AttributeValue::Map{{"a", AttributeValue::List{1, "two"}}};
  AttributeValue copy = original;
  EXPECT_EQ(copy, original);
  const AttributeValue moved = std::move(copy);
  EXPECT_EQ(moved, original);
  copy = moved;
  EXPECT_EQ(copy, original);
  copy = AttributeValue("other");
  EXPECT_EQ(copy.s(), "other");
  EXPECT_EQ(moved, original);
}

}  // namespace
}  // namespace gannet
