#include "local/http/request_id.hpp"

#include <cstddef>

#include "local/uuid.hpp"

namespace gannet::local {
namespace {

/// Upper-case hex digits of random UUIDs, as many as wanted.
std::string digits(std::size_t count) {
  std::string out;
  while (out.size() < count) {
    for (char digit : random_uuid()) {
      if (digit == '-' || out.size() == count) continue;
      out += digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
    }
  }
  return out;
}

}  // namespace

std::string new_request_id(ServiceKind service) {
  switch (service) {
    case ServiceKind::dynamodb:
      return digits(52);
    case ServiceKind::s3:
      return digits(16);
    default:
      return random_uuid();
  }
}

}  // namespace gannet::local
