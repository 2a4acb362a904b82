#include "core/timestamps.hpp"

#include <chrono>
#include <cmath>
#include <limits>

namespace gannet::core {
namespace {

using std::chrono::milliseconds;

Timestamp at(std::int64_t milliseconds_since_1970) {
  return Timestamp(milliseconds(milliseconds_since_1970));
}

TEST(Timestamps, are_written_and_read_in_every_form) {
  const struct {
    std::int64_t seconds;
    std::string_view iso, basic, http;
  } cases[] = {
      {0, "1970-01-01T00:00:00Z", "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
      {1769850487, "2026-01-31T09:08:07Z", "20260131T090807Z", "Sat, 31 Jan 2026 09:08:07 GMT"},
      {1440938160, "2015-08-30T12:36:00Z", "20150830T123600Z", "Sun, 30 Aug 2015 12:36:00 GMT"},
      {951782400, "2000-02-29T00:00:00Z", "20000229T000000Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
      {1709251199, "2024-02-29T23:59:59Z", "20240229T235959Z", "Thu, 29 Feb 2024 23:59:59 GMT"},
      {-1, "1969-12-31T23:59:59Z", "19691231T235959Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
      {-2208988800, "1900-01-01T00:00:00Z", "19000101T000000Z", "Mon, 01 Jan 1900 00:00:00 GMT"},
      {4107542399, "2100-02-28T23:59:59Z", "21000228T235959Z", "Sun, 28 Feb 2100 23:59:59 GMT"},
      {4107542400, "2100-03-01T00:00:00Z", "21000301T000000Z", "Mon, 01 Mar 2100 00:00:00 GMT"},
      {253402300799, "9999-12-31T23:59:59Z", "99991231T235959Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
      {-62167219200, "0000-01-01T00:00:00Z", "00000101T000000Z", "Sat, 01 Jan 0000 00:00:00 GMT"},
  };
  for (const auto& [seconds, iso, basic, http] : cases) {
    SCOPED_TRACE(iso);
    const auto time = at(seconds * 1000);
    EXPECT_EQ(iso8601(time), iso);
    EXPECT_EQ(iso8601_basic(time), basic);
    EXPECT_EQ(rfc822(time), http);
    EXPECT_EQ(epoch_seconds(time), std::to_string(seconds));
    EXPECT_EQ(parse_iso8601(iso), time);
    EXPECT_EQ(parse_iso8601_basic(basic), time);
    EXPECT_EQ(parse_rfc822(http), time);
    EXPECT_EQ(from_epoch_seconds(static_cast<double>(seconds)), time);
    for (const auto& text : {std::string(iso), std::string(basic), std::string(http), epoch_seconds(time)}) {
      EXPECT_EQ(parse_timestamp(text), time) << text;
    }
  }
}

TEST(Timestamps, agree_with_the_calendar_on_every_day_of_four_centuries) {
  for (std::int64_t day = -80'000; day < 70'000; ++day) {
    const auto time = at(day * 86'400'000 + 43'200'000);
    ASSERT_EQ(parse_iso8601(iso8601(time)), time);
    ASSERT_EQ(parse_rfc822(rfc822(time)), time);
  }
}

TEST(Timestamps, keep_milliseconds_where_their_form_has_them) {
  const auto time = at(1769850487123);
  EXPECT_EQ(iso8601(time), "2026-01-31T09:08:07.123Z");
  EXPECT_EQ(iso8601(at(1769850487020)), "2026-01-31T09:08:07.020Z");
  EXPECT_EQ(epoch_seconds(time), "1769850487.123");
  EXPECT_EQ(epoch_seconds(at(5)), "0.005");
  EXPECT_EQ(epoch_seconds(at(-500)), "-0.500");
  EXPECT_EQ(epoch_seconds(at(-1500)), "-1.500");
  EXPECT_EQ(iso8601_basic(time), "20260131T090807Z");
  EXPECT_EQ(rfc822(time), "Sat, 31 Jan 2026 09:08:07 GMT");
  EXPECT_EQ(iso8601(at(-1)), "1969-12-31T23:59:59.999Z");
  for (const std::int64_t count : {0LL, 1LL, -1LL, -999LL, 1769850487123LL, 253402300799999LL}) {
    EXPECT_EQ(parse_iso8601(iso8601(at(count))), at(count));
    EXPECT_EQ(parse_timestamp(epoch_seconds(at(count))), at(count));
  }
}

TEST(Timestamps, understand_fractions_and_offsets) {
  const struct {
    std::string_view text;
    std::int64_t milliseconds;
  } cases[] = {
      {"2026-01-31T09:08:07.1Z", 1769850487100},         {"2026-01-31T09:08:07.12Z", 1769850487120},
      {"2026-01-31T09:08:07.123456789Z", 1769850487123}, {"2026-01-31T09:08:07.999999Z", 1769850487999},
      {"2026-01-31T10:08:07+01:00", 1769850487000},      {"2026-01-31T08:08:07.5-01:00", 1769850487500},
      {"2026-01-31T14:38:07+05:30", 1769850487000},      {"2026-02-01T08:07:07+22:59", 1769850487000},
      {"2026-01-31T09:08:07-00:00", 1769850487000},
  };
  for (const auto& [text, count] : cases) {
    EXPECT_EQ(parse_iso8601(text), at(count)) << text;
    EXPECT_EQ(parse_timestamp(text), at(count)) << text;
  }
  EXPECT_EQ(parse_rfc822("Sat, 31 Jan 2026 09:08:07.123 GMT"), at(1769850487123));
}

TEST(Timestamps, refuse_bad_input) {
  for (const auto* bad : {"",
                          "2026",
                          "2026-01-31",
                          "2026-01-31T09:08:07",
                          "2026-01-31 09:08:07Z",
                          "2026-01-31t09:08:07z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-02-29T00:00:00Z",
                          "1900-02-29T00:00:00Z",
                          "2026-04-31T00:00:00Z",
                          "2026-01-00T00:00:00Z",
                          "2026-01-31T24:00:00Z",
                          "2026-01-31T09:60:07Z",
                          "2026-01-31T09:08:60Z",
                          "2026-01-31T09:08:07.Z",
                          "2026-01-31T09:08:07.1234567890Z",
                          "2026-01-31T09:08:07ZZ",
                          "2026-01-31T09:08:07+0100",
                          "2026-01-31T09:08:07+24:00",
                          "2026-01-31T09:08:07+01:60",
                          "2026-1-31T09:08:07Z",
                          " 2026-01-31T09:08:07Z",
                          "2026-01-31T09:08:07Z ",
                          "+026-01-31T09:08:07Z",
                          "20260131T090807Z"}) {
    EXPECT_EQ(parse_iso8601(bad), std::nullopt) << bad;
  }
  for (const auto* bad :
       {"", "20260131T090807", "20260131T090807z", "20260132T090807Z", "20260131T250807Z", "20260131090807Z",
        "2026-01-31T09:08:07Z", "20260131T090807ZZ", "2026013 T090807Z"}) {
    EXPECT_EQ(parse_iso8601_basic(bad), std::nullopt) << bad;
  }
  for (const auto* bad :
       {"", "Sat, 31 Jan 2026 09:08:07", "Sat, 31 Jan 2026 09:08:07 UTC", "Sat, 31 Jan 2026 09:08:07 +0000",
        "Sun, 31 Jan 2026 09:08:07 GMT", "31 Jan 2026 09:08:07 GMT", "Sat, 1 Jan 2026 09:08:07 GMT",
        "Sat, 32 Jan 2026 09:08:07 GMT", "sat, 31 jan 2026 09:08:07 gmt", "Sat, 31 Jan 26 09:08:07 GMT",
        "Saturday, 31-Jan-26 09:08:07 GMT", "Sat Jan 31 09:08:07 2026", "Sat, 31 Jan 2026 09:08:07 GMT "}) {
    EXPECT_EQ(parse_rfc822(bad), std::nullopt) << bad;
  }
  for (const auto* bad : {"", "-", "now", "1e400", "nan", "inf", "-inf", "0x10", "12 ", " 12", "1,5",
                          "1769850487s", "T", "Z", "999999999999999"}) {
    EXPECT_EQ(parse_timestamp(bad), std::nullopt) << bad;
  }
}

TEST(Timestamps, read_seconds_since_1970_in_their_bounds) {
  EXPECT_EQ(from_epoch_seconds(1769850487.123), at(1769850487123));
  EXPECT_EQ(from_epoch_seconds(-0.001), at(-1));
  EXPECT_EQ(parse_timestamp("1.769850487123E9"), at(1769850487123));
  EXPECT_EQ(from_epoch_seconds(253402300799.999), at(253402300799999));
  for (const double bad :
       {253402300800.0, -62167219201.0, 1e300, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(from_epoch_seconds(bad), std::nullopt) << bad;
  }
}

TEST(Timestamps, beyond_four_digits_of_year_are_written_as_the_nearest_that_fits) {
  EXPECT_EQ(iso8601(Timestamp::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(iso8601_basic(Timestamp::min()), "00000101T000000Z");
}

}  // namespace
}  // namespace gannet::core
