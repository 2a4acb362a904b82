#include "core/string_to_sign.hpp"

#include "core/checksums.hpp"
#include "core/sha256.hpp"
#include "core/signature_words.hpp"
#include "core/timestamps.hpp"

namespace gannet::core {

void write_scope(ShortText& out, std::string_view date, SigningScope where) {
  out.add(date);
  out.add('/');
  out.add(where.region);
  out.add('/');
  out.add(where.service);
  out.add('/');
  out.add(scope_end);
}

namespace {

void write_string_to_sign(ShortText& out, std::string_view canonical, std::string_view date_time,
                          SigningScope where) {
  out.add(signature_algorithm);
  out.add('\n');
  out.add(date_time);
  out.add('\n');
  write_scope(out, date_time.substr(0, 8), where);
  out.add('\n');
  out.add_hex(sha256(canonical));
}

}  // namespace

std::array<char, 64> signature_of(std::string_view canonical, std::string_view date_time, SigningScope where,
                                  const SigningKey& key) {
  ShortText text;
  write_string_to_sign(text, canonical, date_time, where);
  return key.sign(text.view());
}

std::string string_to_sign(std::string_view canonical_request, Timestamp time, SigningScope where) {
  const auto digits = iso8601_basic_digits(time);
  ShortText text;
  write_string_to_sign(text, canonical_request, {digits.data(), digits.size()}, where);
  return std::string(text.view());
}

}  // namespace gannet::core
