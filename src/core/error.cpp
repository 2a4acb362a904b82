#include <fmt/format.h>
#include <gannet/error.hpp>

namespace gannet {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::configuration:
      return "configuration";
    case ErrorKind::validation:
      return "validation";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::already_exists:
      return "already_exists";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::condition_failed:
      return "condition_failed";
    case ErrorKind::access_denied:
      return "access_denied";
    case ErrorKind::unauthenticated:
      return "unauthenticated";
    case ErrorKind::limit_exceeded:
      return "limit_exceeded";
    case ErrorKind::throttled:
      return "throttled";
    case ErrorKind::service:
      return "service";
    case ErrorKind::network:
      return "network";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::outcome_unknown:
      return "outcome_unknown";
  }
  return "unknown";
}

std::string to_string(const Error& error) {
  std::string line(to_string(error.kind));
  if (!error.code.empty()) {
    line += ' ';
    line += error.code;
  }
  std::string where;
  const auto add = [&where](std::string_view fact) {
    where += where.empty() ? "" : ", ";
    where += fact;
  };
  if (error.http_status != 0) add(fmt::format("http {}", error.http_status));
  if (!error.request_id.empty()) add(fmt::format("request {}", error.request_id));
  if (error.attempts != 0) add(fmt::format("{} attempt{}", error.attempts, error.attempts == 1 ? "" : "s"));
  if (!where.empty()) line += fmt::format(" ({})", where);
  if (!error.message.empty()) {
    line += ": ";
    line += error.message;
  }
  // One line it stays, whatever a service wrote.
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

}  // namespace gannet
