#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <gannet/credentials_provider.hpp>

namespace gannet::runtime {

/// The provider's credentials, or why there are none. `deadline` ends the wait, never what is waited for.
/// Expects a caller that has switched throwing on cancellation off.
Task<Result<std::shared_ptr<const Credentials>>> resolve(
    std::shared_ptr<CredentialsProvider> provider,
    std::optional<std::chrono::steady_clock::time_point> deadline);

}  // namespace gannet::runtime
