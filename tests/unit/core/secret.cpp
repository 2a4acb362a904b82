#include <algorithm>
#include <array>
#include <new>
#include <ostream>
#include <type_traits>

#include <fmt/format.h>
#include <gannet/secret.hpp>

#include "core/secret_text.hpp"

namespace gannet {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(Streamable<std::string>);
static_assert(!Streamable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);

// Short enough to be kept inside the string object, so that it can be looked for there afterwards.
constexpr std::string_view short_text = "hunter2-hunter2";

/// Memory that a Secret is made in and that outlives it.
struct Place {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> bytes{};

  [[nodiscard]] bool holds(std::string_view text) const {
    return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
  }
};

TEST(Secret, prints_as_three_stars) {
  const Secret secret("do-not-show-me");
  EXPECT_EQ(fmt::format("{}", secret), "***");
  EXPECT_EQ(fmt::format("password={}, again {}", secret, Secret()), "password=***, again ***");
  EXPECT_EQ(format_as(secret), "***");
}

TEST(Secret, is_had_by_reveal_alone) {
  const Secret secret("do-not-show-me");
  EXPECT_EQ(secret.reveal(), "do-not-show-me");
  EXPECT_EQ(secret.size(), 14U);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, compares_by_value) {
  EXPECT_EQ(Secret("same"), Secret("same"));
  EXPECT_EQ(Secret(), Secret(""));
  EXPECT_FALSE(Secret("same") == Secret("sama"));
  EXPECT_FALSE(Secret("same") == Secret("tame"));
  EXPECT_FALSE(Secret("same") == Secret("same "));
  EXPECT_EQ(Secret(std::string("a\0b", 3)), Secret(std::string("a\0b", 3)));
  EXPECT_FALSE(Secret(std::string("a\0b", 3)) == Secret(std::string("a\0c", 3)));
}

TEST(Secret, is_wiped_when_it_ends) {
  Place place;
  auto* const secret = new (place.bytes.data()) Secret(short_text);
  ASSERT_TRUE(place.holds(short_text));
  secret->~Secret();
  EXPECT_FALSE(place.holds("unter"));
}

TEST(Secret, is_wiped_when_it_is_moved_from) {
  Place place;
  auto* const secret = new (place.bytes.data()) Secret(short_text);
  Secret moved(std::move(*secret));
  EXPECT_EQ(moved.reveal(), short_text);
  EXPECT_TRUE(secret->empty());  // NOLINT(bugprone-use-after-move): emptiness is what is promised
  EXPECT_FALSE(place.holds("unter"));
  *secret = std::move(moved);
  EXPECT_EQ(secret->reveal(), short_text);
  secret->~Secret();
}

TEST(Secret, is_wiped_when_it_is_replaced) {
  Place place;
  auto* const secret = new (place.bytes.data()) Secret(short_text);
  *secret = Secret("x");
  EXPECT_EQ(secret->reveal(), "x");
  EXPECT_FALSE(place.holds("unter"));
  const Secret other("other");
  *secret = other;
  EXPECT_EQ(secret->reveal(), "other");
  EXPECT_EQ(other.reveal(), "other");
  secret->~Secret();
}

TEST(Secret, survives_assignment_to_itself) {
  Secret secret("kept");
  auto& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), "kept");
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), "kept");
}

TEST(Secret, leaves_nothing_in_the_string_it_was_made_of) {
  std::string text(short_text);
  const char* const memory = text.data();
  const Secret secret(std::move(text));
  EXPECT_EQ(secret.reveal(), short_text);
  // A string that fits into its object keeps its place, and its characters after a move.
  EXPECT_EQ(std::string_view(memory, short_text.size()), std::string(short_text.size(), '\0'));
}

TEST(MakeRoom, wipes_what_the_text_outgrows) {
  alignas(std::string) std::array<unsigned char, sizeof(std::string)> place{};
  auto* const text = new (place.data()) std::string(short_text);
  core::make_room(*text, 100);
  EXPECT_EQ(*text, short_text);
  EXPECT_GE(text->capacity(), 115U);
  EXPECT_EQ(std::search(place.begin(), place.end(), short_text.begin(), short_text.end()), place.end());
  const char* const memory = text->data();
  core::make_room(*text, 100);
  EXPECT_EQ(text->data(), memory);
  text->~basic_string();
}

TEST(Wipe, overwrites_all_that_the_string_can_hold) {
  std::string text(1000, 's');
  text.resize(10);  // the tail is still there
  const char* const memory = text.data();
  const auto capacity = text.capacity();
  wipe(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), memory);
  ASSERT_EQ(text.capacity(), capacity);
  EXPECT_TRUE(std::all_of(memory, memory + capacity, [](char c) { return c == '\0'; }));
}

}  // namespace
}  // namespace gannet
