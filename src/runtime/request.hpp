#pragma once

#include <string>

#include <gannet/credentials.hpp>
#include <gannet/result.hpp>
#include <gannet/timestamp.hpp>

#include "core/sigv4.hpp"
#include "runtime/call.hpp"
#include "runtime/client_state.hpp"

/// What is done to a call's request before it can be sent.
namespace gannet::runtime {

struct Prepared {
  std::string payload_hash;
  core::SigningOptions signing;
};

/// Addresses the request and adds what stays the same from attempt to attempt: user agent, checksum, the
/// payload's hash.
Result<Prepared> prepare(const ClientState& client, Call& call);

/// Signs the request, in place of an earlier attempt's signature if it bears one.
void sign(const ClientState& client, Call& call, const Prepared& prepared, const Credentials& who,
          Timestamp now);

/// The error of a Config that was not loaded.
Error no_provider();

}  // namespace gannet::runtime
