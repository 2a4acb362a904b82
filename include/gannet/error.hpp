#pragma once

#include <any>
#include <string>
#include <string_view>

namespace gannet {

/// What a caller branches on. `Error::applied` says of the call at hand whether a write may have happened. A
/// refusal (not_found to limit_exceeded) is the service's answer: it is not repeated, and what it refuses has
/// not been applied.
enum class ErrorKind {
  configuration,     ///< A setting or credentials are missing or unusable. Nothing was sent.
  validation,        ///< An input breaks a limit, or the service refused it as malformed. Not repeated.
  not_found,         ///< The table, bucket, key, secret or item named is not there.
  already_exists,    ///< What was to be created is there.
  conflict,          ///< Another change is under way or came first. Transactions are repeated.
  condition_failed,  ///< The write's condition did not hold.
  access_denied,     ///< The credentials may not do this.
  unauthenticated,   ///< The credentials were not accepted: unknown, expired or wrongly signed.
  limit_exceeded,    ///< A quota or size limit of the service.
  throttled,         ///< Too many requests, repeated until attempts or the bucket ran out. Not applied.
  service,           ///< The service failed (5xx) at a read. Repeated.
  network,   ///< No whole answer: name not found, refused, cut, TLS. Repeated where that is safe. Of a write:
             ///< not applied, or applied and its answer lost.
  timeout,   ///< A connect, attempt, stall or call limit passed. Otherwise as `network`.
  protocol,  ///< An answer that this client cannot read; a write that got a 2xx was applied.
  cancelled,  ///< The caller cancelled; `Error::applied` says whether a write may have happened.
  /// The write may or may not have been applied. It was not safe to repeat it, or repeating it did not settle
  /// the question; `code` and `message` are the last attempt's.
  outcome_unknown,
};

/// The name of the kind as written above.
std::string_view to_string(ErrorKind kind) noexcept;

/// What is known of the write that failed.
enum class Applied {
  no,       ///< It has not been applied. Always so of a read.
  unknown,  ///< It may have been, or may be yet.
  yes,      ///< It has been, and only the answer is missing.
};

/// Why a call failed. A value: copy it, return it, branch on `kind`. Never holds a secret.
struct Error {
  ErrorKind kind = ErrorKind::service;
  std::string
      code{};  ///< The service's own word ("ResourceNotFoundException"), or one of ours when none came.
  std::string message{};     ///< What was wrong, where, and what to do; for people.
  int http_status = 0;       ///< 0 when no status line was read.
  std::string request_id{};  ///< The service's id of the last attempt, to quote to its support.
  int attempts = 0;          ///< How often the request was tried; 0 when it was refused before the network.
  Applied applied = Applied::no;
  std::any details{};  ///< The modelled error shape, if the service has one: see `detail`.

  /// The modelled details of type `T` (say `dynamodb::ConditionalCheckFailedException`), or nullptr.
  template <class T>
  [[nodiscard]] const T* detail() const noexcept {
    return std::any_cast<T>(&details);
  }
};

/// One line for a log: `kind code (http status, request id, attempts): message`.
std::string to_string(const Error& error);

}  // namespace gannet
