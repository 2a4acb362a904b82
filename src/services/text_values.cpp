#include "services/text_values.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace gannet::protocols {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

template <class Number>
bool read_number(Reading& in, std::string_view text, Number& to, std::string_view what) {
  text = trimmed(text);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) {
    return in.fail("must be " + std::string(what) + " and is not");
  }
  return true;
}

}  // namespace

bool read(Reading&, std::string_view text, std::string& to) {
  to = text;
  return true;
}

bool read(Reading& in, std::string_view text, std::int32_t& to) {
  return read_number(in, text, to, "an integer of 32 bits");
}

bool read(Reading& in, std::string_view text, std::int64_t& to) {
  return read_number(in, text, to, "an integer of 64 bits");
}

bool read(Reading& in, std::string_view text, double& to) {
  const std::string_view word = trimmed(text);
  if (word == "NaN") {
    to = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (word == "Infinity" || word == "-Infinity") {
    to = std::numeric_limits<double>::infinity() * (word.front() == '-' ? -1 : 1);
    return true;
  }
  return read_number(in, text, to, "a number");
}

bool read(Reading& in, std::string_view text, bool& to) {
  const std::string_view word = trimmed(text);
  to = word == "true";
  return to || word == "false" || in.fail("must be true or false and is neither");
}

bool read(Reading& in, std::string_view text, Bytes& to) {
  const auto bytes = core::from_base64(trimmed(text));
  if (!bytes) return in.fail("must be base64 and is not");
  to = to_bytes(*bytes);
  return true;
}

bool read(Reading& in, std::string_view text, Timestamp& to) {
  const auto time = core::parse_timestamp(trimmed(text));
  if (!time) return in.fail("must be a timestamp and is not");
  to = *time;
  return true;
}

bool read_text(Reading&, std::string_view text, Secret& to) {
  to = Secret(text);
  return true;
}

bool read_blob(Reading& in, std::string_view text, Secret& to) {
  auto bytes = core::from_base64(trimmed(text));
  if (!bytes) return in.fail("must be base64 and is not");
  to = Secret(std::move(*bytes));
  return true;
}

std::string text_of(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  char buffer[32];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, number);
  return {buffer, written.ptr};
}

std::string_view text_of(bool truth) {
  return truth ? "true" : "false";
}

}  // namespace gannet::protocols
