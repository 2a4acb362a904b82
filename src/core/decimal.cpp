#include "core/decimal.hpp"

#include <algorithm>
#include <cstring>

#include "core/ascii.hpp"

namespace gannet::core {
namespace {

// An exponent beyond this is out of any range; reading on must not overflow.
constexpr int exponent_bound = 1'000'000;

constexpr unsigned char negative_key = 0x01;
constexpr unsigned char zero_key = 0x02;
constexpr unsigned char positive_key = 0x03;

std::unexpected<std::string> not_a_number(std::string_view text) {
  return std::unexpected("The parameter cannot be converted to a numeric value: " + std::string(text));
}

}  // namespace

std::expected<Decimal, std::string> Decimal::parse(std::string_view text) {
  std::string_view rest = text;
  const auto take = [&](char wanted) {
    if (rest.empty() || rest.front() != wanted) return false;
    rest.remove_prefix(1);
    return true;
  };

  const bool negative = take('-');
  if (!negative) take('+');

  // The significant digits, and where the point stands relative to the first of them.
  std::string digits;
  bool any = false;
  bool fraction = false;
  int before_point = 0;
  for (; !rest.empty() && (is_digit(rest.front()) || (rest.front() == '.' && !fraction));
       rest.remove_prefix(1)) {
    const char c = rest.front();
    if (c == '.') {
      fraction = true;
      continue;
    }
    any = true;
    if (c == '0' && digits.empty()) {
      if (fraction) --before_point;
      continue;
    }
    digits += c;
    if (!fraction) ++before_point;
  }
  if (!any) return not_a_number(text);

  int exponent = 0;
  if (take('e') || take('E')) {
    const bool downwards = take('-');
    if (!downwards) take('+');
    if (rest.empty()) return not_a_number(text);
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
      exponent = std::min(exponent * 10 + (rest.front() - '0'), exponent_bound);
    }
    if (downwards) exponent = -exponent;
  }
  if (!rest.empty()) return not_a_number(text);
  return from_digits(negative, digits, before_point - 1 + exponent);
}

std::expected<Decimal, std::string> Decimal::from_digits(bool negative, std::string_view digits,
                                                         int magnitude) {
  while (!digits.empty() && digits.front() == '0') {
    digits.remove_prefix(1);
    --magnitude;
  }
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  if (digits.empty()) return Decimal();
  if (digits.size() > maximum_digits) {
    return std::unexpected("Attempting to store more than 38 significant digits in a Number");
  }
  if (magnitude > highest_magnitude) {
    return std::unexpected(
        "Number overflow. Attempting to store a number with magnitude larger than supported range");
  }
  if (magnitude < lowest_magnitude) {
    return std::unexpected(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  }
  Decimal number;
  number.negative_ = negative;
  number.magnitude_ = static_cast<std::int16_t>(magnitude);
  number.count_ = static_cast<std::uint8_t>(digits.size());
  std::ranges::transform(digits, number.digits_.begin(),
                         [](char c) { return static_cast<std::uint8_t>(c - '0'); });
  return number;
}

std::string Decimal::to_text() const {
  if (is_zero()) return "0";
  std::string text;
  if (negative_) text += '-';
  const auto append_digits = [&](int from, int to) {
    for (int i = from; i < to; ++i) text += static_cast<char>('0' + digits_[static_cast<std::size_t>(i)]);
  };
  if (magnitude_ < 0) {
    text += "0.";
    text.append(static_cast<std::size_t>(-magnitude_ - 1), '0');
    append_digits(0, count_);
    return text;
  }
  const int whole = magnitude_ + 1;
  append_digits(0, std::min<int>(whole, count_));
  if (count_ < whole) {
    text.append(static_cast<std::size_t>(whole - count_), '0');
  } else if (count_ > whole) {
    text += '.';
    append_digits(whole, count_);
  }
  return text;
}

// Sign, then the magnitude in one byte, then two digits a byte as 1 to 100 with 0 at the end. Of a negative
// number all but the sign is complemented, so that the larger absolute value comes first.
void Decimal::append_key(std::string& out) const {
  if (is_zero()) {
    out += static_cast<char>(zero_key);
    return;
  }
  out += static_cast<char>(negative_ ? negative_key : positive_key);
  const unsigned char flip = negative_ ? 0xFF : 0x00;
  out += static_cast<char>(static_cast<unsigned char>(magnitude_ - lowest_magnitude) ^ flip);
  for (std::size_t i = 0; i < count_; i += 2) {
    const int second = i + 1 < maximum_digits ? digits_[i + 1] : 0;
    out += static_cast<char>(static_cast<unsigned char>(digits_[i] * 10 + second + 1) ^ flip);
  }
  out += static_cast<char>(flip);
}

Decimal Decimal::from_key(std::string_view key) {
  Decimal number;
  if (key.size() < 3 || static_cast<unsigned char>(key.front()) == zero_key) return number;
  number.negative_ = static_cast<unsigned char>(key.front()) == negative_key;
  const unsigned char flip = number.negative_ ? 0xFF : 0x00;
  number.magnitude_ =
      static_cast<std::int16_t>((static_cast<unsigned char>(key[1]) ^ flip) + lowest_magnitude);
  for (std::size_t at = 2; at + 1 < key.size() && number.count_ + 1 < maximum_digits; ++at) {
    const int pair = (static_cast<unsigned char>(key[at]) ^ flip) - 1;
    number.digits_[number.count_++] = static_cast<std::uint8_t>(pair / 10);
    number.digits_[number.count_++] = static_cast<std::uint8_t>(pair % 10);
  }
  while (number.count_ > 0 && number.digits_[number.count_ - 1U] == 0) --number.count_;
  return number;
}

// "Approximately 1 byte per two significant digits, plus 1", and one more for a sign; the developer guide
// rounds the same way.
std::size_t Decimal::stored_size() const noexcept {
  if (is_zero()) return 1;
  // A digit pair starts at an even power of ten, so an odd magnitude decides how the digits fall into pairs.
  const bool first_alone = (magnitude_ % 2 + 2) % 2 == 0;
  const std::size_t pairs = first_alone ? 1 + count_ / 2U : (count_ + 1U) / 2U;
  return pairs + 1 + (negative_ ? 1U : 0U);
}

std::expected<Decimal, std::string> add(const Decimal& left, const Decimal& right) {
  if (left.is_zero()) return right;
  if (right.is_zero()) return left;
  const bool larger_first = [&] {
    if (left.magnitude_ != right.magnitude_) return left.magnitude_ > right.magnitude_;
    return left.digits_ >= right.digits_;
  }();
  const Decimal& larger = larger_first ? left : right;
  const Decimal& smaller = larger_first ? right : left;

  // Column 0 is for the carry, column 1 holds the first digit of the larger number.
  constexpr std::size_t columns =
      2 + Decimal::highest_magnitude - Decimal::lowest_magnitude + Decimal::maximum_digits;
  std::array<int, columns> sum{};
  const auto shift = static_cast<std::size_t>(larger.magnitude_ - smaller.magnitude_) + 1;
  const int sign = larger.negative_ == smaller.negative_ ? 1 : -1;
  for (std::size_t i = 0; i < larger.count_; ++i) sum[i + 1] = larger.digits_[i];
  for (std::size_t i = 0; i < smaller.count_; ++i) sum[i + shift] += sign * smaller.digits_[i];

  const std::size_t used = std::max<std::size_t>(larger.count_ + 1U, smaller.count_ + shift);
  std::string digits(used, '0');
  int carry = 0;
  for (std::size_t i = used; i-- > 0;) {
    int column = sum[i] + carry;
    carry = column < 0 ? -1 : column / 10;
    column -= carry * 10;
    digits[i] = static_cast<char>('0' + column);
  }
  return Decimal::from_digits(larger.negative_, digits, larger.magnitude_ + 1);
}

std::expected<Decimal, std::string> subtract(const Decimal& left, const Decimal& right) {
  Decimal opposite = right;
  if (!opposite.is_zero()) opposite.negative_ = !opposite.negative_;
  return add(left, opposite);
}

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) noexcept {
  const auto sign = [](const Decimal& number) { return number.is_zero() ? 0 : number.negative_ ? -1 : 1; };
  if (sign(left) != sign(right)) return sign(left) <=> sign(right);
  auto order = left.magnitude_ <=> right.magnitude_;
  if (order == 0) order = left.digits_ <=> right.digits_;
  return left.negative_ ? 0 <=> order : order;
}

}  // namespace gannet::core
