#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <gannet/body.hpp>
#include <gannet/config.hpp>
#include <gannet/http.hpp>
#include <gannet/presign.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

#include "core/endpoints.hpp"
#include "core/retry_rules.hpp"
#include "core/s3_endpoints.hpp"

/// What generated clients and the pipeline say to each other.
namespace gannet::runtime {

/// Facts of a service. One constant a service, generated.
struct Service {
  std::string_view id;  ///< "secrets_manager": AWS_ENDPOINT_URL_SECRETS_MANAGER, observers, profiles.
  std::string_view signing_name;     ///< "secretsmanager"
  std::string_view endpoint_prefix;  ///< "secretsmanager": host `secretsmanager.REGION.amazonaws.com`.
  bool s3 = false;  ///< S3's rules: bucket addressing, path signed as sent, payload hash header.
  int default_max_attempts = 3;
  std::chrono::milliseconds default_base_delay{50};
  /// Of an error whose code alone does not say whether it may be repeated: its class where it may. nullptr:
  /// there are none such.
  std::optional<core::FailureClass> (*failure_class)(const Error& error) = nullptr;
  /// Where the endpoint is another than `endpoint_prefix` in the region.
  std::span<const core::UncommonEndpoint> uncommon_endpoints{};
  std::string_view account_host{};  ///< "ddb": accounts have endpoints, `ACCOUNT.ddb.REGION.amazonaws.com`.
  bool signs_as_s3 =
      false;  ///< Path signed as sent, payload hash header, without S3's other rules (S3 Control).
};

/// Whether a request of the operation may be sent again although an earlier attempt may have been applied:
/// the class of `models/<service>.retry.json`, or what reading the input made of it.
enum class Repeatable : std::uint8_t {
  yes,    ///< A read, an idempotent write, or one that carries a client token.
  no,     ///< Anything else: repeated only when it is known not to have been applied.
  reads,  ///< A read, by an operation that writes with other inputs: as of one that `reads`.
};

/// An answer to be parsed: its body whole, or for a streamed output still to be read.
struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
  BodyReader stream;
};

struct ClientState;

/// What the refusal of a repetition says of the attempt before it, which may have been applied.
enum class Settled : std::uint8_t {
  own_success,  ///< That attempt was applied: what refuses the repetition is its effect.
  refused,      ///< It was not applied, and never will be.
  refused_yet,  ///< It had not been applied by then: it will not be, unless it is still under way.
  unknown,      ///< Nobody can say.
};

/// Settles such refusals. Immutable, shared by the attempts of one call.
class Settlement {
 public:
  virtual ~Settlement() = default;
  /// Whether `refusal` is of the kind that an own success causes.
  [[nodiscard]] virtual bool concerns(const Error& refusal) const = 0;
  /// For an own success `output` is filled as the lost answer would have. What it calls itself, it calls with
  /// `options`.
  virtual Task<Settled> settle(std::shared_ptr<const ClientState> client, const CallOptions& options,
                               const Error& refusal, void* output) const = 0;
};

/// Facts of an operation. One constant an operation, generated.
struct Operation {
  const Service* service;
  std::string_view name;  ///< "GetItem"
  Repeatable repeatable = Repeatable::no;
  bool streams_output = false;     ///< A 2xx answer's body is handed over unread.
  bool error_in_success = false;   ///< A 200 comes before the work is done: without its document it says
                                   ///< nothing (S3 CopyObject ...).
  bool checksum_required = false;  ///< The body needs a checksum header (S3 DeleteObjects and its like).
  /// Fills kind, code, message and details from an answer that is not a success.
  void (*parse_error)(const Answer& answer, Error& error);
  bool reads = false;  ///< Changes nothing: repeated also when a 2xx answer was cut or damaged.
  bool takes_checksum =
      false;  ///< A checksum header of the body is understood (S3 PutObject, UploadPart ...).
  bool sent_unsigned =
      false;  ///< Needs no credentials and carries no signature (STS AssumeRoleWithWebIdentity).
  /// How long the service knows the client token. Zero: for ever, or for longer than any call.
  std::chrono::minutes token_lifetime{0};
  bool compresses = false;       ///< Takes a body packed with gzip (CloudWatch PutMetricData).
  core::S3Purpose s3_purpose{};  ///< S3: which endpoint it goes to.
};

/// A serialized request on its way: nothing in it refers to the caller's input.
struct Call {
  const Operation* operation = nullptr;
  HttpRequest request;            ///< Without origin; for S3 the path is the key's, "/" and what follows.
  std::string bucket;             ///< S3: goes into host or path by the endpoint's rules.
  std::string host_prefix;        ///< "prefix." before the host, from host labels.
  std::string resource_arn;       ///< Of a service with `account_host`: the ARN that the input names, if any.
  std::string signing_region;     ///< Worked out with the origin.
  std::string_view signing_name;  ///< The same.
  Body body;
  Repeatable repeatable = Repeatable::no;
  CallOptions options;
  std::shared_ptr<const Settlement> settlement{};  ///< nullptr: refusals cannot be settled.
};

/// Keeps the first ARN that a call's input names; plain names tell nothing of an account.
inline void name_resource(Call& call, std::string_view name) {
  if (call.resource_arn.empty() && name.starts_with("arn:")) call.resource_arn = name;
}

/// What a client is: a handle on the service's facts and the configuration. Shared, immutable, thread-safe.
std::shared_ptr<const ClientState> make_client(const Service& service, Config config);
const Config& config_of(const ClientState& client);

/// Fills `output` (a pointer to the operation's output shape) from a success.
using ParseOutput = Result<void> (*)(Answer& answer, void* output);

/// The pipeline: credentials, endpoint, signature, transport, parsing, classification, retries.
Task<Result<void>> execute(std::shared_ptr<const ClientState> client, Call call, ParseOutput parse,
                           void* output);

/// The same for a call whose body may lie elsewhere than in memory: where its checksum was asked for by name,
/// the body is read once before it is sent, for which the call's timeout does not count.
Task<Result<void>> execute_with_checksum(std::shared_ptr<const ClientState> client, Call call,
                                         ParseOutput parse, void* output);

/// The same path stopped before the send.
Task<Result<PresignedRequest>> presign(std::shared_ptr<const ClientState> client, Result<Call> call,
                                       std::chrono::seconds expires);

/// The same at once, where credentials are at hand; an error of kind `configuration` where they would have to
/// be waited for.
Result<PresignedRequest> presign_at_hand(const ClientState& client, Result<Call> call,
                                         std::chrono::seconds expires);

/// Runs a call that was serialized, or gives the reason why it could not be. Generated clients' operations
/// end here.
template <class Output>
Task<Result<Output>> invoke(std::shared_ptr<const ClientState> client, Result<Call> call, ParseOutput parse) {
  if (!call) co_return std::unexpected(std::move(call.error()));
  Output output;
  auto done = co_await execute_with_checksum(std::move(client), std::move(*call), parse, &output);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return std::move(output);
}

}  // namespace gannet::runtime
