#pragma once

#include <string>

#include <gannet/dynamodb/client.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>
#include <gannet/temporaries.hpp>
#include <gannet/timestamp.hpp>

namespace gannet::dynamodb {

struct ExactlyOnceOptions {
  /// By which the service knows the update again for ten minutes: 1 to 36 characters, a job's id say, if a
  /// process that starts again must be able to ask for the same once more. Empty: a UUID made for the call.
  std::string client_request_token{};
  CallOptions call{};
};

/// See `default_call_options`.
inline const ExactlyOnceOptions default_exactly_once_options{};

/// The details of an error `outcome_unknown` of `exactly_once` and `resume`: all that `resume` needs. Its
/// members are plain values: what has to outlive the process is written out in a form of the program's own.
struct UnknownUpdate {
  TransactWriteItemsInput request{};  ///< With its token.
  /// By this machine's clock. The service forgets the token ten minutes later.
  Timestamp first_sent{};
};

/// Applies an update exactly once, whatever it adds to: as a transaction of this one action with a client
/// token, which may be repeated after any failure. It costs twice the write capacity of a plain UpdateItem,
/// and fails with `conflict` (after retries) where another transaction is at work on the same item.
///
/// Errors: `validation` before anything is sent if `input` asks for values back (transactions give none) or
/// uses the parameters before expressions; `condition_failed` with the details of UpdateItem's;
/// `outcome_unknown` with `UnknownUpdate` as its detail when it was in doubt once and attempts, time or the
/// ten minutes ran out, when the service refused the repetition for another reason than the transaction's
/// own, or when it cancelled the repetition and the attempt in doubt, which was never answered, may still be
/// on its way. `ConsumedCapacity` and metrics are not given back. The client need not outlive the call.
Task<Result<void>> exactly_once(const Client& client, const UpdateItemInput& input,
                                const ExactlyOnceOptions& options = default_exactly_once_options);
GANNET_NAME_IT_FIRST(Task<Result<void>> exactly_once(
    const Client&, UpdateItemInput&&, const ExactlyOnceOptions& = default_exactly_once_options));

/// Sends the same once more: a success says that the update has been applied, once. `condition_failed` and
/// `validation` say that no attempt had been applied by then: give one that may still be on its way the time
/// to arrive before you ask. Other errors are those of `exactly_once`; whatever leaves it in doubt carries the
/// same details again. Half a minute before ten minutes have passed since the first time, or if that is still
/// to come by this machine's clock, nothing is sent: the service might take it for a new one. The error is
/// `outcome_unknown` with the code `TokenExpired`, and what to do is look at the item.
Task<Result<void>> resume(const Client& client, const UnknownUpdate& update,
                          const CallOptions& options = default_call_options);
GANNET_NAME_IT_FIRST(Task<Result<void>> resume(const Client&, UnknownUpdate&&,
                                               const CallOptions& = default_call_options));

}  // namespace gannet::dynamodb
