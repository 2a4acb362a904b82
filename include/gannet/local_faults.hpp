#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/result.hpp>

/// What the local cloud does wrong on purpose, so that clients can be seen to cope with it. docs/faults.md
/// shows files of rules and their short form.
namespace gannet::local {

enum class FaultService : std::uint8_t { any, dynamodb, s3, secretsmanager, sts };

enum class FaultKind : std::uint8_t {
  throttle,             ///< The service's own refusal of too many requests. Not applied.
  conflict,             ///< DynamoDB's refusal while a transaction has the item. Not applied.
  error_before,         ///< 500; the request is not applied.
  error_after,          ///< 500; the request is applied and committed.
  cut_before,           ///< The connection is closed without an answer; the request is not applied.
  cut_after,            ///< The same once the request is applied and committed.
  apply_late,           ///< The connection is closed without an answer; the request is applied after `delay`.
  delay,                ///< The request is applied and answered after `delay`.
  trickle,              ///< The answer comes `piece` bytes at a time, with `delay` between them.
  wrong_crc32,          ///< The answer's x-amz-crc32 is of other bytes. Applied. DynamoDB's alone.
  wrong_date,           ///< The service's clock is wrong by `offset`: Date header and signature check.
  expired_credentials,  ///< The service's own refusal of a session token that has expired. Not applied.
};

/// One thing that goes wrong: for which requests, and how often. A request must match all that is set.
struct FaultRule {
  FaultService service = FaultService::any;
  std::string operation{};  ///< "UpdateItem"; "" for all.
  /// Of the S3 key, the text of the item's partition key (digits of a number, base64 of bytes), or the name
  /// of the secret: requests about at least one with this prefix. "" for all requests.
  std::string key_prefix{};
  FaultKind fault = FaultKind::throttle;
  /// Of `delay` and `apply_late`, at least 1 ms; of `trickle`; 0 for the others. At most an hour.
  std::chrono::milliseconds delay{0};
  std::chrono::seconds offset{0};  ///< Of `wrong_date`, not 0; at most ten years either way.
  std::size_t piece = 1;           ///< Of `trickle`: 1 to 65,536 bytes.

  // Which of the requests that match: those for which all of these hold.
  double probability = 1;   ///< Each by its own chance, 0 to 1.
  std::uint64_t first = 0;  ///< Only the first so many; 0: no such limit.
  std::uint64_t every = 0;  ///< Only each so-manieth; 0: no such limit.
  std::uint64_t times = 0;  ///< No more once it has fired so often; 0: no such limit.
};

/// The rules are asked in their order, and the first that fires is the request's fault: no later rule sees or
/// counts the request.
struct FaultPlan {
  std::vector<FaultRule> rules{};
  /// What the chances are drawn from: the same plan with the same seed makes the same choice for the n-th
  /// request that a rule sees. Unset: the cloud picks one, and logs it.
  std::optional<std::uint64_t> seed{};
};

/// What has become of a rule since its plan came into force.
struct FaultCount {
  std::uint64_t matched = 0;  ///< Requests it was asked about and that matched.
  std::uint64_t fired = 0;
};

/// Errors of all of these are of kind `configuration`, code "InvalidFaultPlan"; they name the place in
/// `source`, the text's file name or the like.
Result<FaultPlan> parse_fault_plan(std::string_view json, std::string_view source);
Result<FaultPlan> load_fault_plan(const std::filesystem::path& file);
/// `SERVICE:OPERATION:FAULT[:SETTING...]`, as in "dynamodb:UpdateItem:cut_after:0.2" and
/// "s3:*:delay:delay=500:every=3:key=receipts/".
Result<FaultRule> parse_fault_rule(std::string_view text);
/// Whether a cloud can follow the plan. `source` as above.
Result<void> check_fault_plan(const FaultPlan& plan, std::string_view source);

/// "cut_after" and its like.
std::string_view to_string(FaultKind fault) noexcept;

}  // namespace gannet::local
