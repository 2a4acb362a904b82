#include "local/dynamodb/key_codec.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "core/decimal.hpp"

namespace gannet::local::dynamodb {

using core::Decimal;

namespace {

std::string key_of_number(const std::string& digits) {
  return encode_key(AttributeValue::number(digits));
}

/// Numbers of all magnitudes, many of them close to one another.
std::vector<std::string> random_numbers(std::size_t count) {
  std::mt19937 random(42);
  std::vector<std::string> numbers = {"0",  "1e125", "-1e125", "1e-130", "-1e-130", "9",
                                      "10", "99",    "100",    "-9",     "-10"};
  while (numbers.size() < count) {
    std::string text = random() % 2 == 0 ? "-" : "";
    const auto digits = 1 + random() % (random() % 3 == 0 ? 38 : 4);
    text += static_cast<char>('1' + random() % 9);
    for (std::size_t i = 1; i < digits; ++i) text += static_cast<char>('0' + random() % 10);
    const int exponent =
        random() % 2 == 0 ? static_cast<int>(random() % 5) - 2 : static_cast<int>(random() % 210) - 125;
    text += "e" + std::to_string(exponent);
    if (Decimal::parse(text)) numbers.push_back(text);
  }
  return numbers;
}

TEST(KeyCodec, orders_numbers_by_value) {
  const auto numbers = random_numbers(700);
  for (const std::string& left : numbers) {
    const Decimal one = *Decimal::parse(left);
    for (const std::string& right : numbers) {
      const Decimal two = *Decimal::parse(right);
      ASSERT_EQ(key_of_number(left) < key_of_number(right), one < two) << left << " and " << right;
      ASSERT_EQ(key_of_number(left) == key_of_number(right), one == two) << left << " and " << right;
    }
  }
}

TEST(KeyCodec, gives_equal_numbers_one_key) {
  EXPECT_EQ(key_of_number("1"), key_of_number("1.0"));
  EXPECT_EQ(key_of_number("100"), key_of_number("1e2"));
  EXPECT_EQ(key_of_number("-0"), key_of_number("0"));
}

TEST(KeyCodec, bounds_are_where_they_say) {
  std::mt19937 random(43);
  for (int round = 0; round < 2000; ++round) {
    std::string key;
    for (std::size_t i = random() % 4; i > 0; --i)
      key += static_cast<char>(random() % 3 == 0 ? 0xFF : random() % 256);
    std::string longer = key;
    for (std::size_t i = random() % 3; i > 0; --i) longer += static_cast<char>(random() % 2 == 0 ? 0 : 0xFF);
    EXPECT_LT(key, next_key(key));
    if (longer != key) {
      EXPECT_LE(next_key(key), longer);
    }
    EXPECT_LT(longer, above_prefix(key)) << "whatever begins with it lies below";
    EXPECT_LT(key, above_all_keys());
  }
  EXPECT_EQ(above_prefix("ab"), "ac");
  EXPECT_EQ(above_prefix("a\xFF"), "b");
  EXPECT_EQ(above_prefix("\xFF\xFF"), above_all_keys());
}

TEST(KeyCodec, spreads_partitions_over_all_segments) {
  constexpr std::size_t segments = 7;
  std::vector<std::size_t> counts(segments);
  for (int i = 0; i < 7000; ++i) {
    const std::string key = encode_partition_key(AttributeValue("user#" + std::to_string(i)));
    std::size_t holding = 0;
    for (std::size_t segment = 0; segment < segments; ++segment) {
      if (key >= segment_start(segment, segments) && key < segment_start(segment + 1, segments)) {
        ++counts[segment];
        ++holding;
      }
    }
    ASSERT_EQ(holding, 1U) << "a partition is in one segment";
  }
  for (const std::size_t count : counts) EXPECT_NEAR(static_cast<double>(count), 1000, 150);
}

}  // namespace
}  // namespace gannet::local::dynamodb
