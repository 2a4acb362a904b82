#pragma once

#include <memory>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>

#include "credentials/cached_credentials.hpp"

namespace gannet::identity {

/// Credentials that `fetch` gets, kept and refreshed on the background executor and the clock of `config`.
/// `source`, where there is one, lives as long as they do: the fetch itself may not keep it.
std::shared_ptr<CredentialsProvider> fetched_credentials(
    const Config& config, credentials::Fetch fetch, std::shared_ptr<CredentialsProvider> source = nullptr);

}  // namespace gannet::identity
