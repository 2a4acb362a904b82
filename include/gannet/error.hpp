#pragma once

#include <any>
#include <string>
#include <string_view>

namespace gannet {

/// What a caller branches on. Each says whether the call was repeated before it was returned, and whether a
/// write may have happened; `Error::applied` says the latter for the call at hand.
enum class ErrorKind {
  configuration,  ///< A setting or credentials are missing or unusable. Nothing was sent.
  validation,  ///< An input breaks a limit or the service refused it as malformed. Not repeated, not applied.
  not_found,   ///< The table, bucket, key, secret or item named is not there. Not applied.
  already_exists,    ///< What was to be created is there. Not applied.
  conflict,          ///< Another change is under way or came first. Not applied.
  condition_failed,  ///< The write's condition did not hold. Not applied.
  access_denied,     ///< The credentials may not do this. Not repeated, not applied.
  unauthenticated,   ///< The credentials were not accepted: unknown, expired or wrongly signed. Not applied.
  limit_exceeded,    ///< A quota or size limit of the service. Not applied.
  throttled,         ///< Too many requests, repeated until attempts or the bucket ran out. Not applied.
  service,           ///< The service failed (5xx) at a read. Repeated.
  network,           ///< No whole answer: name not found, refused, cut, TLS. Repeated where that is safe.
  timeout,           ///< A connect, attempt, stall or call limit passed. Repeated where that is safe.
  protocol,          ///< An answer came that this client cannot read.
  cancelled,         ///< The caller cancelled; `Error::applied` says whether a write may have happened.
  /// A write may or may not have been applied, and repeating it was unsafe or ended so, too: whatever the
  /// last attempt met, which `code` and `message` say.
  outcome_unknown,
};

/// The name of the kind as written above.
std::string_view to_string(ErrorKind kind) noexcept;

/// What is known of the write that failed.
enum class Applied { no, unknown, yes };

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
