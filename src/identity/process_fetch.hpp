#pragma once

#include <gannet/process_credentials.hpp>

#include "credentials/cached_credentials.hpp"

namespace gannet::identity {

/// Runs the program: see `process_credentials`.
credentials::Fetch process_fetch(const Config& config, ProcessCredentialsOptions options);

}  // namespace gannet::identity
