#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace gannet::core {

/// A DynamoDB number, exactly: up to 38 significant decimal digits, zero or of magnitude 1e-130
/// to 9.99...e125.
class Decimal {
 public:
  static constexpr int maximum_digits = 38;
  static constexpr int lowest_magnitude = -130;
  static constexpr int highest_magnitude = 125;

  Decimal() = default;  ///< Zero.

  /// What the service takes as a number: sign, digits with a point among them, exponent. The error is the
  /// message of its ValidationException.
  static std::expected<Decimal, std::string> parse(std::string_view text);
  /// The number of a key: what `append_key` wrote, and nothing after it.
  static Decimal from_key(std::string_view key);

  /// As the service writes it: no exponent, no superfluous zero.
  [[nodiscard]] std::string to_text() const;
  /// Appends bytes (at most 22) that compare as the numbers do under memcmp, whatever follows them.
  void append_key(std::string& out) const;
  /// Bytes that the number counts for in an item's size.
  [[nodiscard]] std::size_t stored_size() const noexcept;

  [[nodiscard]] bool is_zero() const noexcept { return count_ == 0; }
  [[nodiscard]] bool is_negative() const noexcept { return negative_; }

  /// Exact, or the message that the service gives when the result has too many digits or lies outside the
  /// range.
  friend std::expected<Decimal, std::string> add(const Decimal& left, const Decimal& right);
  friend std::expected<Decimal, std::string> subtract(const Decimal& left, const Decimal& right);

  friend std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) noexcept;
  friend bool operator==(const Decimal& left, const Decimal& right) noexcept = default;

 private:
  static std::expected<Decimal, std::string> from_digits(bool negative, std::string_view digits,
                                                         int magnitude);

  /// The value is d.ddd * 10^magnitude_; no leading or trailing zero digit; digits after `count_` are zero.
  std::array<std::uint8_t, maximum_digits> digits_{};
  std::int16_t magnitude_ = 0;
  std::uint8_t count_ = 0;  ///< 0 for zero, which is not negative and has magnitude 0.
  bool negative_ = false;
};

}  // namespace gannet::core
