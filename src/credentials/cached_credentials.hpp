#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

namespace gannet::credentials {

/// Gets credentials anew. Errors, and what is thrown, name what was asked and what it answered, never a
/// secret. It may hold a transport and a TimeSource, but no Config: that would keep the background thread
/// alive, on which it runs, beyond the last of its users.
using Fetch = std::function<Task<Result<Credentials>>()>;

/// How long before their end credentials are fetched anew.
struct RefreshWindows {
  std::chrono::milliseconds advisory;   ///< In the background, while the old ones go on being used.
  std::chrono::milliseconds mandatory;  ///< Callers wait for the new ones.
};

/// By what is left of the credentials when they are fetched. Advisory: 60 min where they last for more than
/// 3 h, 15 min for more than 30 min, else 5 min. Mandatory: 1 min. Of credentials that are about to end, half
/// and a quarter of what is left, at the most, so that a source which gives the same ones again is not asked
/// without a pause.
RefreshWindows refresh_windows(std::chrono::milliseconds left) noexcept;

/// Credentials that are fetched when they are first needed, on `background()`, once for however many wait for
/// them, and ahead of their end as `refresh_windows` has it. The moment of the advisory refresh is spread by
/// chance over the first fifth of its window, so that the machines of a fleet do not all ask at once.
///
/// A refresh that fails leaves the old ones in use until they end, and is tried again after a while: from 2 s
/// on, twice as long each time, a minute at the most, less up to a half by chance. Until then nobody waits.
/// Credentials that have ended are never given: then callers wait for a fetch, and get its error if it fails.
/// Those without `expiration` are kept for ever.
///
/// Cancelling a call, or dropping the provider, ends no fetch that is under way. Callers of `peek` do not
/// wait for one another. Thread-safe.
std::shared_ptr<CredentialsProvider> cached_credentials(
    Fetch fetch, std::function<boost::asio::any_io_executor()> background, TimeSource time);

}  // namespace gannet::credentials
