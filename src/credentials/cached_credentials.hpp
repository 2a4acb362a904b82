#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet::credentials {

/// Gets credentials anew. Errors name what was asked and what it answered, never a secret.
using Fetch = std::function<Task<Result<Credentials>>()>;

/// Credentials that are fetched when they are first needed, on `background()`, once for however many wait for
/// them, and ahead of their expiry: in the background from the advisory moment on (60 min before the end of
/// credentials that last for longer than 6 h ... 5 min for the shortest), by the caller itself, who waits,
/// from one minute before it. A refresh that fails leaves the old ones in use until they expire; expired ones
/// are never given. Thread-safe.
std::shared_ptr<CredentialsProvider> cached_credentials(
    Fetch fetch, std::function<boost::asio::any_io_executor()> background, TimeSource time);

}  // namespace gannet::credentials
