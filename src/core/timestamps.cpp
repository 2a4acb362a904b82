#include "core/timestamps.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace gannet::core {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> day_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Four digits hold no other years.
constexpr Timestamp earliest = sys_days(std::chrono::year(0) / 1 / 1);
constexpr Timestamp latest = sys_days(std::chrono::year(10000) / 1 / 1) - milliseconds(1);

struct Fields {
  int year, month, day, hour, minute, second, millisecond;
  unsigned weekday;
};

Fields fields_of(Timestamp time) noexcept {
  time = std::clamp(time, earliest, latest);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto since_midnight = static_cast<int>((time - day).count());
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .hour = since_midnight / 3'600'000,
          .minute = since_midnight / 60'000 % 60,
          .second = since_midnight / 1000 % 60,
          .millisecond = since_midnight % 1000,
          .weekday = std::chrono::weekday(day).c_encoding()};
}

std::optional<Timestamp> from_fields(const Fields& fields) {
  const year_month_day date(std::chrono::year(fields.year),
                            std::chrono::month(static_cast<unsigned>(fields.month)),
                            std::chrono::day(static_cast<unsigned>(fields.day)));
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 59) return std::nullopt;
  return sys_days(date) + std::chrono::hours(fields.hour) + std::chrono::minutes(fields.minute) +
         std::chrono::seconds(fields.second) + milliseconds(fields.millisecond);
}

/// Takes a form's pieces from the front of a text; once a piece is not there, everything fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    if (text_.size() < count) return refuse();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return refuse();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  bool literal(std::string_view expected) {
    if (!text_.starts_with(expected)) {
      refuse();
      return false;
    }
    text_.remove_prefix(expected.size());
    return true;
  }

  /// `.` and one to nine digits, or nothing; what is finer than a millisecond is dropped.
  int milliseconds_if_any() {
    if (!text_.starts_with('.')) return 0;
    text_.remove_prefix(1);
    int value = 0;
    std::size_t count = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++count) {
      if (count < 3) value = value * 10 + (text_.front() - '0');
    }
    if (count == 0 || count > 9) return refuse();
    for (; count < 3; ++count) value *= 10;
    return value;
  }

  template <std::size_t count>
  int one_of(const std::array<std::string_view, count>& names) {
    for (std::size_t i = 0; i < count; ++i) {
      if (text_.starts_with(names[i])) {
        text_.remove_prefix(names[i].size());
        return static_cast<int>(i);
      }
    }
    return refuse();
  }

  [[nodiscard]] char next() const { return text_.empty() ? '\0' : text_.front(); }
  [[nodiscard]] bool done() const { return good_ && text_.empty(); }

 private:
  int refuse() {
    good_ = false;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool good_ = true;
};

/// "09:08:07"
void read_time_of_day(Reader& reader, Fields& fields) {
  fields.hour = reader.digits(2);
  reader.literal(":");
  fields.minute = reader.digits(2);
  reader.literal(":");
  fields.second = reader.digits(2);
}

}  // namespace

std::string iso8601(Timestamp time) {
  const auto f = fields_of(time);
  if (f.millisecond == 0) {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", f.year, f.month, f.day, f.hour, f.minute,
                       f.second);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", f.year, f.month, f.day, f.hour, f.minute,
                     f.second, f.millisecond);
}

std::string iso8601_basic(Timestamp time) {
  const auto digits = iso8601_basic_digits(time);
  return {digits.data(), digits.size()};
}

std::array<char, 16> iso8601_basic_digits(Timestamp time) noexcept {
  const auto f = fields_of(time);
  const auto digit = [](int number) { return static_cast<char>('0' + number % 10); };
  return {digit(f.year / 1000),
          digit(f.year / 100),
          digit(f.year / 10),
          digit(f.year),
          digit(f.month / 10),
          digit(f.month),
          digit(f.day / 10),
          digit(f.day),
          'T',
          digit(f.hour / 10),
          digit(f.hour),
          digit(f.minute / 10),
          digit(f.minute),
          digit(f.second / 10),
          digit(f.second),
          'Z'};
}

std::string rfc822(Timestamp time) {
  const auto f = fields_of(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", day_names[f.weekday], f.day,
                     month_names[static_cast<std::size_t>(f.month - 1)], f.year, f.hour, f.minute, f.second);
}

std::string epoch_seconds(Timestamp time) {
  const auto count = std::clamp(time, earliest, latest).time_since_epoch().count();
  if (count % 1000 == 0) return fmt::format("{}", count / 1000);
  const auto size = count < 0 ? -count : count;
  return fmt::format("{}{}.{:03}", count < 0 ? "-" : "", size / 1000, size % 1000);
}

std::optional<Timestamp> parse_iso8601(std::string_view text) {
  Reader reader(text);
  Fields fields{};
  fields.year = reader.digits(4);
  reader.literal("-");
  fields.month = reader.digits(2);
  reader.literal("-");
  fields.day = reader.digits(2);
  reader.literal("T");
  read_time_of_day(reader, fields);
  fields.millisecond = reader.milliseconds_if_any();

  std::chrono::minutes offset{0};
  if (const char sign = reader.next(); sign == '+' || sign == '-') {
    reader.literal(sign == '+' ? "+" : "-");
    const int hours = reader.digits(2);
    reader.literal(":");
    const int minutes = reader.digits(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset = std::chrono::minutes(hours * 60 + minutes) * (sign == '+' ? 1 : -1);
  } else {
    reader.literal("Z");
  }
  if (!reader.done()) return std::nullopt;
  auto time = from_fields(fields);
  if (time) *time -= offset;
  return time;
}

std::optional<Timestamp> parse_iso8601_basic(std::string_view text) {
  Reader reader(text);
  Fields fields{};
  fields.year = reader.digits(4);
  fields.month = reader.digits(2);
  fields.day = reader.digits(2);
  reader.literal("T");
  fields.hour = reader.digits(2);
  fields.minute = reader.digits(2);
  fields.second = reader.digits(2);
  reader.literal("Z");
  if (!reader.done()) return std::nullopt;
  return from_fields(fields);
}

std::optional<Timestamp> parse_rfc822(std::string_view text) {
  Reader reader(text);
  Fields fields{};
  const int weekday = reader.one_of(day_names);
  reader.literal(", ");
  fields.day = reader.digits(2);
  reader.literal(" ");
  fields.month = reader.one_of(month_names) + 1;
  reader.literal(" ");
  fields.year = reader.digits(4);
  reader.literal(" ");
  read_time_of_day(reader, fields);
  fields.millisecond = reader.milliseconds_if_any();
  reader.literal(" GMT");
  if (!reader.done()) return std::nullopt;
  const auto time = from_fields(fields);
  if (time && std::chrono::weekday(floor<days>(*time)).c_encoding() != static_cast<unsigned>(weekday)) {
    return std::nullopt;
  }
  return time;
}

std::optional<Timestamp> from_epoch_seconds(double seconds) {
  const double count = std::round(seconds * 1000);
  // Written so that a NaN fails too.
  if (!(count >= static_cast<double>(earliest.time_since_epoch().count()) &&
        count <= static_cast<double>(latest.time_since_epoch().count()))) {
    return std::nullopt;
  }
  return Timestamp(milliseconds(static_cast<std::int64_t>(count)));
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool number = text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
  if (!number) return parse_rfc822(text);
  if (text.ends_with('Z') || text.find('T') != text.npos) {
    return text.size() > 4 && text[4] == '-' ? parse_iso8601(text) : parse_iso8601_basic(text);
  }
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return from_epoch_seconds(seconds);
}

}  // namespace gannet::core
