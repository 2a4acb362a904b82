#include <utility>

#include "core/checksums.hpp"
#include "core/sigv4.hpp"
#include "io/time_source.hpp"
#include "runtime/address.hpp"
#include "runtime/body_checksum.hpp"
#include "runtime/call.hpp"
#include "runtime/client_state.hpp"
#include "runtime/request.hpp"

namespace gannet::runtime {
namespace {

constexpr std::chrono::seconds longest_presigned{7 * 24 * 3600};

/// Query services take their form as a query string too, which is the only way to presign them.
Result<void> move_form_into_query(Call& call) {
  const auto form = call.body.in_memory();
  if (!form || !call.request.headers.get("content-type").starts_with("application/x-www-form-urlencoded")) {
    return fail(ErrorKind::validation, "CannotPresign",
                std::string(call.operation->name) + " cannot be presigned: its input travels in the body");
  }
  call.request.method = "GET";
  call.request.query = as_text(*form);
  call.request.headers.remove("content-type");
  return {};
}

Result<PresignedRequest> presign_as(const ClientState& client, Call& call, const Credentials& who,
                                    std::chrono::seconds expires) {
  if (expires < std::chrono::seconds(1) || expires > longest_presigned) {
    return fail(ErrorKind::validation, "InvalidExpiry",
                "a presigned request is good for 1 second to 7 days, not for " +
                    std::to_string(expires.count()) + " s");
  }
  if (call.request.headers.contains("x-amz-sdk-checksum-algorithm") && !has_checksum(call.request.headers)) {
    return fail(
        ErrorKind::validation, "InvalidInput",
        std::string(call.operation->name) +
            ": the body of a presigned request is not known yet: give its checksum's value beside the "
            "algorithm, or neither");
  }
  if (auto addressed = address(client, call); !addressed)
    return std::unexpected(std::move(addressed.error()));
  if (auto addressed = address_account(client, call, who); !addressed)
    return std::unexpected(std::move(addressed.error()));
  const bool s3 = client.service->s3;
  if (!s3) {
    if (auto moved = move_form_into_query(call); !moved) return std::unexpected(std::move(moved.error()));
  }
  Shared& shared = *client.config.shared;
  const Timestamp now = io::now_of(client.config.time) + shared.skew.load(std::memory_order_relaxed);
  core::SigningOptions options;
  if (s3) options.path = core::PathRule::as_sent;
  PresignedRequest presigned;
  presigned.url = Secret(core::presign(call.request, s3 ? core::unsigned_payload : core::empty_sha256_hex,
                                       who, {.region = call.signing_region, .service = call.signing_name},
                                       now, expires, shared.signing_keys, options));
  presigned.expires = std::chrono::floor<std::chrono::seconds>(now) + expires;
  presigned.method = std::move(call.request.method);
  presigned.headers = std::move(call.request.headers);
  return presigned;
}

}  // namespace

Result<PresignedRequest> presign_at_hand(const ClientState& client, Result<Call> call,
                                         std::chrono::seconds expires) {
  if (!call) return std::unexpected(std::move(call.error()));
  if (!client.config.credentials) return std::unexpected(no_provider());
  const auto who = client.config.credentials->peek();
  if (!who) {
    return fail(ErrorKind::configuration, "NoCredentialsAtHand",
                "no credentials are at hand: presign with the call that waits for them");
  }
  return presign_as(client, *call, *who, expires);
}

Task<Result<PresignedRequest>> presign(std::shared_ptr<const ClientState> client, Result<Call> call,
                                       std::chrono::seconds expires) {
  if (!call) co_return std::unexpected(std::move(call.error()));
  if (!client->config.credentials) co_return std::unexpected(no_provider());
  auto who = client->config.credentials->peek();
  if (!who) {
    auto resolved = co_await client->config.credentials->resolve();
    if (!resolved) co_return std::unexpected(std::move(resolved.error()));
    who = std::move(*resolved);
  }
  co_return presign_as(*client, *call, *who, expires);
}

}  // namespace gannet::runtime
