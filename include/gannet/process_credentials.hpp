#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet {

struct ProcessCredentialsOptions {
  /// The program, looked for along PATH, and its arguments: `credential_process`. Split into words as a POSIX
  /// shell does, quotes and backslashes included; nothing in it is expanded and no shell is run.
  std::string command{};
  /// After it the process is killed, or left running if it may not be, as another user's (`sudo`). Zero means
  /// no limit.
  std::chrono::milliseconds timeout{60'000};
  std::string account_id{};  ///< Where the process names none: `aws_account_id`.
};

/// What a program prints: a JSON document with `Version` 1, `AccessKeyId`, `SecretAccessKey` and, if it has
/// them, `SessionToken`, `Expiration` and `AccountId`. It is run when first needed, and again ahead of
/// `Expiration`, if there is one; all callers share one run. It has this program's environment, standard
/// input and standard error, so that it may ask for a password; no thread waits for it.
///
/// Uses `background` and `time` of `config`. Errors are of kind `configuration`; they name the program, never
/// its arguments or what it printed.
std::shared_ptr<CredentialsProvider> process_credentials(const Config& config,
                                                         ProcessCredentialsOptions options);

}  // namespace gannet
