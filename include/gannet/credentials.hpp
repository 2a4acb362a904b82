#pragma once

#include <optional>
#include <string>

#include <gannet/secret.hpp>
#include <gannet/timestamp.hpp>

namespace gannet {

/// Who signs. A value; the key id is no secret, the rest is.
struct Credentials {
  std::string access_key_id{};
  Secret secret_access_key{};
  Secret session_token{};                 ///< Empty for long-lived keys.
  std::optional<Timestamp> expiration{};  ///< Not set: they do not expire.
  std::string account_id{};               ///< The account they belong to, where the source says it.
};

}  // namespace gannet
