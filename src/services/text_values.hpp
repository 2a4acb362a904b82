#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <gannet/bytes.hpp>
#include <gannet/open_enum.hpp>
#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

#include "core/encoding.hpp"
#include "core/timestamps.hpp"
#include "services/reading.hpp"

/// Values as text: in XML elements, in headers, in query strings and forms.
namespace gannet::protocols {

// Each reads a whole text into `to`, or says what is wrong and gives false. Numbers, truths and times may
// stand between white space.
bool read(Reading& in, std::string_view text, std::string& to);
bool read(Reading& in, std::string_view text, std::int32_t& to);
bool read(Reading& in, std::string_view text, std::int64_t& to);
bool read(Reading& in, std::string_view text, double& to);  ///< Also NaN, Infinity and -Infinity.
bool read(Reading& in, std::string_view text, bool& to);
bool read(Reading& in, std::string_view text, Bytes& to);      ///< Base64.
bool read(Reading& in, std::string_view text, Timestamp& to);  ///< Any of the services' forms.
bool read_text(Reading& in, std::string_view text, Secret& to);
bool read_blob(Reading& in, std::string_view text, Secret& to);  ///< Base64.
template <class Names>
bool read(Reading&, std::string_view text, OpenEnum<Names>& to) {
  to = OpenEnum<Names>(text);
  return true;
}

inline std::string_view text_of(std::string_view text) {
  return text;
}
inline std::string_view text_of(const Secret& secret) {
  return secret.reveal();
}
template <class Names>
std::string_view text_of(const OpenEnum<Names>& value) {
  return value.text();
}
inline std::string text_of(std::int32_t number) {
  return std::to_string(number);
}
inline std::string text_of(std::int64_t number) {
  return std::to_string(number);
}
std::string text_of(double number);  ///< The shortest that reads back the same; NaN, Infinity, -Infinity.
std::string_view text_of(bool truth);
inline std::string text_of(const Bytes& bytes) {
  return core::base64(as_text(bytes));
}

}  // namespace gannet::protocols
