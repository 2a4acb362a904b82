#include <algorithm>
#include <chrono>
#include <utility>

#include <gannet/exactly_once.hpp>

#include "core/retry_rules.hpp"
#include "core/uuid.hpp"
#include "dynamodb/codec.hpp"
#include "io/time_source.hpp"

namespace gannet::dynamodb {
namespace {

using std::chrono::milliseconds;

/// DynamoDB API Reference, TransactWriteItems, ClientRequestToken.
constexpr std::chrono::minutes token_lifetime{10};

std::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorKind::validation, "InvalidInput", "exactly_once: " + what);
}

Result<TransactWriteItemsInput> transaction_of(const UpdateItemInput& in, const std::string& token) {
  if (in.return_values && *in.return_values != ReturnValue::none)
    return refused(
        "return_values cannot be had: a transaction gives no values back; read the item afterwards");
  if (in.attribute_updates || in.expected || in.conditional_operator)
    return refused("attribute_updates, expected and conditional_operator cannot be sent: use expressions");
  if (!in.update_expression) return refused("update_expression is missing");
  Update update{.key = in.key,
                .update_expression = *in.update_expression,
                .table_name = in.table_name,
                .condition_expression = in.condition_expression,
                .expression_attribute_names = in.expression_attribute_names,
                .expression_attribute_values = in.expression_attribute_values,
                .return_values_on_condition_check_failure = in.return_values_on_condition_check_failure};
  TransactWriteItem action;
  action.update = std::move(update);
  TransactWriteItemsInput request;
  request.transact_items.push_back(std::move(action));
  request.client_request_token = token.empty() ? core::uuid4() : token;
  return request;
}

Error token_expired() {
  return {.kind = ErrorKind::outcome_unknown,
          .code = "TokenExpired",
          .message =
              "the update may or may not have been applied: ten minutes after it was first sent the service "
              "no longer knows its token, and would apply it again; look at the item",
          .applied = Applied::unknown};
}

/// What UpdateItem would have said in place of the cancelled transaction.
void translate(Error& error) {
  const auto* cancelled = error.detail<TransactionCanceledException>();
  if (cancelled == nullptr || !cancelled->cancellation_reasons ||
      cancelled->cancellation_reasons->size() != 1)
    return;
  const CancellationReason reason = cancelled->cancellation_reasons->front();
  if (reason.code != "ConditionalCheckFailed") return;
  error.kind = ErrorKind::condition_failed;
  error.code = "ConditionalCheckFailedException";
  error.message = reason.message.value_or("The conditional request failed");
  error.details = ConditionalCheckFailedException{.message = reason.message, .item = reason.item};
}

Task<Result<void>> send(Client client, UnknownUpdate update, CallOptions options, bool in_doubt) {
  const auto now = io::now_of(client.config().time);
  if (!in_doubt) update.first_sent = now;
  const auto age = std::chrono::floor<milliseconds>(now - update.first_sent);
  const auto left = core::token_time(token_lifetime) - age;
  // First sent in the time to come: by whatever clock that was, it does not tell how old the token is.
  if (left <= milliseconds::zero() || left > token_lifetime) {
    Error error = token_expired();
    error.details = std::move(update);
    co_return std::unexpected(std::move(error));
  }
  const milliseconds limit = options.timeout.value_or(client.config().timeouts.call);
  options.timeout = limit > milliseconds::zero() ? std::min(limit, left) : left;
  auto done = co_await client.transact_write_items(update.request, options);
  // That its answer was lost takes nothing away: it would have held no more.
  if (done || done.error().applied == Applied::yes) co_return Result<void>();
  Error error = std::move(done.error());
  // The service knows the token of what it has applied: a transaction that it cancels it had not, unless for
  // what may be the transaction itself, still under way.
  const bool settled = error.detail<TransactionCanceledException>() != nullptr && !failure_class(error);
  if (in_doubt && !settled && error.applied == Applied::no) {
    error.applied = Applied::unknown;
    if (error.kind != ErrorKind::cancelled) error.kind = ErrorKind::outcome_unknown;
    error.message = "the update may or may not have been applied: " + error.message;
  }
  if (error.applied == Applied::unknown)
    error.details = std::move(update);
  else
    translate(error);
  co_return std::unexpected(std::move(error));
}

Task<Result<void>> give(Error error) {
  co_return std::unexpected(std::move(error));
}

}  // namespace

Task<Result<void>> exactly_once(const Client& client, const UpdateItemInput& input,
                                const ExactlyOnceOptions& options) {
  auto request = transaction_of(input, options.client_request_token);
  if (!request) return give(std::move(request.error()));
  UnknownUpdate update{.request = std::move(*request)};
  return send(client, std::move(update), options.call, false);
}

Task<Result<void>> resume(const Client& client, const UnknownUpdate& update, const CallOptions& options) {
  return send(client, update, options, true);
}

}  // namespace gannet::dynamodb
