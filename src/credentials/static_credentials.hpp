#pragma once

#include <memory>
#include <string>

#include <gannet/credentials_provider.hpp>
#include <gannet/time_source.hpp>

namespace gannet::credentials {

/// Always `credentials`, until they expire by `time`'s clock; then an error of kind `configuration` that
/// begins with `name` ("the credentials of ..."). Thread-safe.
std::shared_ptr<CredentialsProvider> fixed_credentials(Credentials credentials, std::string name,
                                                       TimeSource time);

}  // namespace gannet::credentials
