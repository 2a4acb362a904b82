#include "core/error_codes.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace gannet::core {
namespace {

// The tables are in byte order: they are searched by halves.

constexpr std::string_view throttling_codes[] = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
};

constexpr std::string_view transient_codes[] = {
    "IDPCommunicationError",
    "PriorRequestNotComplete",
    "RequestTimeout",
    "RequestTimeoutException",
};

constexpr std::string_view clock_skew_codes[] = {
    "AuthFailure",        "InvalidSignatureException", "RequestExpired",
    "RequestInTheFuture", "RequestTimeTooSkewed",      "SignatureDoesNotMatch",
};

struct CodeKind {
  std::string_view code;
  ErrorKind kind;
};

constexpr CodeKind kinds[] = {
    {"AccessDenied", ErrorKind::access_denied},
    {"AccessDeniedException", ErrorKind::access_denied},
    {"AccountProblem", ErrorKind::access_denied},
    {"AllAccessDisabled", ErrorKind::access_denied},
    {"AuthFailure", ErrorKind::unauthenticated},
    {"AuthorizationError", ErrorKind::access_denied},
    {"AuthorizationErrorException", ErrorKind::access_denied},
    {"AuthorizationHeaderMalformed", ErrorKind::unauthenticated},
    {"AuthorizationQueryParametersError", ErrorKind::unauthenticated},
    {"BackupInUseException", ErrorKind::conflict},
    {"BadDigest", ErrorKind::validation},
    {"BadRequest", ErrorKind::validation},
    {"BandwidthLimitExceeded", ErrorKind::throttled},
    {"BucketAlreadyExists", ErrorKind::already_exists},
    {"BucketAlreadyOwnedByYou", ErrorKind::already_exists},
    {"BucketNotEmpty", ErrorKind::conflict},
    {"ConcurrentModification", ErrorKind::conflict},
    {"ConcurrentModificationException", ErrorKind::conflict},
    {"ConditionalCheckFailedException", ErrorKind::condition_failed},
    {"ConditionalRequestConflict", ErrorKind::conflict},
    {"Conflict", ErrorKind::conflict},
    {"ConflictException", ErrorKind::conflict},
    {"CredentialsNotSupported", ErrorKind::unauthenticated},
    {"DecryptionFailure", ErrorKind::access_denied},
    {"DuplicateItemException", ErrorKind::already_exists},
    {"EC2ThrottledException", ErrorKind::throttled},
    {"EncryptionFailure", ErrorKind::access_denied},
    {"EntityTooLarge", ErrorKind::limit_exceeded},
    {"EntityTooSmall", ErrorKind::validation},
    {"ExpiredToken", ErrorKind::unauthenticated},
    {"ExpiredTokenException", ErrorKind::unauthenticated},
    {"Forbidden", ErrorKind::access_denied},
    {"IDPCommunicationError", ErrorKind::service},
    {"IDPRejectedClaim", ErrorKind::access_denied},
    {"IdempotentParameterMismatchException", ErrorKind::validation},
    {"IllegalLocationConstraintException", ErrorKind::validation},
    {"IncompleteBody", ErrorKind::validation},
    {"IncompleteSignature", ErrorKind::unauthenticated},
    {"IncompleteSignatureException", ErrorKind::unauthenticated},
    {"InternalError", ErrorKind::service},
    {"InternalFailure", ErrorKind::service},
    {"InternalServerError", ErrorKind::service},
    {"InternalServerErrorException", ErrorKind::service},
    {"InternalServiceError", ErrorKind::service},
    {"InternalServiceErrorException", ErrorKind::service},
    {"InvalidAccessKeyId", ErrorKind::unauthenticated},
    {"InvalidAction", ErrorKind::validation},
    {"InvalidArgument", ErrorKind::validation},
    {"InvalidBucketName", ErrorKind::validation},
    {"InvalidBucketState", ErrorKind::conflict},
    {"InvalidClientTokenId", ErrorKind::unauthenticated},
    {"InvalidDigest", ErrorKind::validation},
    {"InvalidIdentityToken", ErrorKind::unauthenticated},
    {"InvalidLocationConstraint", ErrorKind::validation},
    {"InvalidNextTokenException", ErrorKind::validation},
    {"InvalidObjectState", ErrorKind::conflict},
    {"InvalidParameterCombination", ErrorKind::validation},
    {"InvalidParameterException", ErrorKind::validation},
    {"InvalidParameterValue", ErrorKind::validation},
    {"InvalidParameterValueException", ErrorKind::validation},
    {"InvalidPart", ErrorKind::validation},
    {"InvalidPartOrder", ErrorKind::validation},
    {"InvalidPayer", ErrorKind::access_denied},
    {"InvalidQueryParameter", ErrorKind::validation},
    {"InvalidRange", ErrorKind::validation},
    {"InvalidRequest", ErrorKind::validation},
    {"InvalidRequestException", ErrorKind::validation},
    {"InvalidSecurity", ErrorKind::unauthenticated},
    {"InvalidSignatureException", ErrorKind::unauthenticated},
    {"InvalidTag", ErrorKind::validation},
    {"InvalidToken", ErrorKind::unauthenticated},
    {"InvalidURI", ErrorKind::validation},
    {"ItemCollectionSizeLimitExceededException", ErrorKind::limit_exceeded},
    {"KeyTooLongError", ErrorKind::validation},
    {"LimitExceededException", ErrorKind::throttled},
    {"MalformedPolicy", ErrorKind::validation},
    {"MalformedPolicyDocument", ErrorKind::validation},
    {"MalformedQueryString", ErrorKind::validation},
    {"MalformedXML", ErrorKind::validation},
    {"MaxMessageLengthExceeded", ErrorKind::limit_exceeded},
    {"MaxPostPreDataLengthExceeded", ErrorKind::limit_exceeded},
    {"MetadataTooLarge", ErrorKind::limit_exceeded},
    {"MethodNotAllowed", ErrorKind::validation},
    {"MissingAction", ErrorKind::validation},
    {"MissingAuthenticationToken", ErrorKind::unauthenticated},
    {"MissingAuthenticationTokenException", ErrorKind::unauthenticated},
    {"MissingContentLength", ErrorKind::validation},
    {"MissingParameter", ErrorKind::validation},
    {"MissingSecurityHeader", ErrorKind::unauthenticated},
    {"NoSuchBucket", ErrorKind::not_found},
    {"NoSuchKey", ErrorKind::not_found},
    {"NoSuchUpload", ErrorKind::not_found},
    {"NoSuchVersion", ErrorKind::not_found},
    {"NotAuthorized", ErrorKind::access_denied},
    {"NotAuthorizedException", ErrorKind::access_denied},
    {"NotFound", ErrorKind::not_found},
    {"NotImplemented", ErrorKind::validation},
    {"NotModified", ErrorKind::condition_failed},
    {"NotSignedUp", ErrorKind::access_denied},
    {"OperationAborted", ErrorKind::conflict},
    {"OptInRequired", ErrorKind::access_denied},
    {"PackedPolicyTooLarge", ErrorKind::limit_exceeded},
    {"PermanentRedirect", ErrorKind::validation},
    {"PreconditionFailed", ErrorKind::condition_failed},
    {"PreconditionNotMetException", ErrorKind::conflict},
    {"PriorRequestNotComplete", ErrorKind::service},
    {"ProvisionedThroughputExceededException", ErrorKind::throttled},
    {"QuotaExceeded", ErrorKind::limit_exceeded},
    {"ReplicatedWriteConflictException", ErrorKind::conflict},
    {"RequestEntityTooLarge", ErrorKind::limit_exceeded},
    {"RequestExpired", ErrorKind::unauthenticated},
    {"RequestHeaderSectionTooLarge", ErrorKind::limit_exceeded},
    {"RequestInTheFuture", ErrorKind::unauthenticated},
    {"RequestLimitExceeded", ErrorKind::throttled},
    {"RequestRateExceeded", ErrorKind::throttled},
    {"RequestThrottled", ErrorKind::throttled},
    {"RequestThrottledException", ErrorKind::throttled},
    {"RequestTimeTooSkewed", ErrorKind::unauthenticated},
    {"RequestTimeout", ErrorKind::timeout},
    {"RequestTimeoutException", ErrorKind::timeout},
    {"ResourceAlreadyExistsException", ErrorKind::already_exists},
    {"ResourceExistsException", ErrorKind::already_exists},
    {"ResourceInUseException", ErrorKind::conflict},
    {"RestoreAlreadyInProgress", ErrorKind::conflict},
    {"SerializationException", ErrorKind::validation},
    {"ServiceFailure", ErrorKind::service},
    {"ServiceQuotaExceededException", ErrorKind::limit_exceeded},
    {"ServiceUnavailable", ErrorKind::service},
    {"ServiceUnavailableException", ErrorKind::service},
    {"SignatureDoesNotMatch", ErrorKind::unauthenticated},
    {"SlowDown", ErrorKind::throttled},
    {"TableAlreadyExistsException", ErrorKind::already_exists},
    {"TableInUseException", ErrorKind::conflict},
    {"TemporaryRedirect", ErrorKind::validation},
    {"ThrottledException", ErrorKind::throttled},
    {"Throttling", ErrorKind::throttled},
    {"ThrottlingError", ErrorKind::throttled},
    {"ThrottlingException", ErrorKind::throttled},
    {"TokenRefreshRequired", ErrorKind::unauthenticated},
    {"TooManyAccessPoints", ErrorKind::limit_exceeded},
    {"TooManyBuckets", ErrorKind::limit_exceeded},
    {"TooManyRequests", ErrorKind::throttled},
    {"TooManyRequestsException", ErrorKind::throttled},
    {"TransactionCanceledException", ErrorKind::conflict},
    {"TransactionConflict", ErrorKind::conflict},
    {"TransactionConflictException", ErrorKind::conflict},
    {"TransactionInProgressException", ErrorKind::throttled},
    {"Unauthorized", ErrorKind::unauthenticated},
    {"UnauthorizedAccess", ErrorKind::access_denied},
    {"UnauthorizedOperation", ErrorKind::access_denied},
    {"UnknownOperation", ErrorKind::validation},
    {"UnknownOperationException", ErrorKind::validation},
    {"UnrecognizedClientException", ErrorKind::unauthenticated},
    {"ValidationError", ErrorKind::validation},
    {"ValidationException", ErrorKind::validation},
    {"XAmzContentChecksumMismatch", ErrorKind::validation},
    {"XAmzContentSHA256Mismatch", ErrorKind::validation},
};

static_assert(std::ranges::is_sorted(throttling_codes));
static_assert(std::ranges::is_sorted(transient_codes));
static_assert(std::ranges::is_sorted(clock_skew_codes));
static_assert(std::ranges::is_sorted(kinds, {}, &CodeKind::code));

template <std::size_t size>
bool listed(const std::string_view (&codes)[size], std::string_view code) noexcept {
  return std::binary_search(std::begin(codes), std::end(codes), code);
}

// For services whose own codes are not in the table: what tells the kind wherever it stands in a code, and
// what does at its end alone.
constexpr CodeKind words[] = {
    {"NotFound", ErrorKind::not_found},           {"DoesNotExist", ErrorKind::not_found},
    {"NonExistent", ErrorKind::not_found},        {"AlreadyExists", ErrorKind::already_exists},
    {"AccessDenied", ErrorKind::access_denied},   {"LimitExceeded", ErrorKind::limit_exceeded},
    {"QuotaExceeded", ErrorKind::limit_exceeded},
};
constexpr CodeKind endings[] = {
    {"Throttling", ErrorKind::throttled},
    {"Throttled", ErrorKind::throttled},
    {"TooManyRequests", ErrorKind::throttled},
    {"Conflict", ErrorKind::conflict},
    {"InUse", ErrorKind::conflict},
    {"ConcurrentModification", ErrorKind::conflict},
};

std::string_view without_ending(std::string_view code) noexcept {
  for (const std::string_view ending : {"Exception", "Fault", "Error"}) {
    if (code.ends_with(ending)) code.remove_suffix(ending.size());
  }
  return code;
}

std::optional<ErrorKind> kind_by_words(std::string_view code) noexcept {
  if (code.starts_with("NoSuch")) return ErrorKind::not_found;
  for (const CodeKind& each : words) {
    if (code.find(each.code) != std::string_view::npos) return each.kind;
  }
  for (const CodeKind& each : endings) {
    if (without_ending(code).ends_with(each.code)) return each.kind;
  }
  return std::nullopt;
}

ErrorKind kind_of_status(int status) noexcept {
  switch (status) {
    case 304:
    case 412:
      return ErrorKind::condition_failed;
    case 401:
      return ErrorKind::unauthenticated;
    case 403:
      return ErrorKind::access_denied;
    case 404:
    case 410:
      return ErrorKind::not_found;
    case 408:
      return ErrorKind::timeout;
    case 409:
      return ErrorKind::conflict;
    case 413:
      return ErrorKind::limit_exceeded;
    case 429:
      return ErrorKind::throttled;
    default:
      return status >= 300 && status < 500 ? ErrorKind::validation : ErrorKind::service;
  }
}

}  // namespace

ErrorKind kind_of(std::string_view code, int status) noexcept {
  const auto* found = std::ranges::lower_bound(kinds, code, {}, &CodeKind::code);
  // A server's failure is no fault of the input, but 501 is: it asks for what the service does not have.
  const bool servers_fault = status >= 500 && status != 501;
  if (found != std::end(kinds) && found->code == code) {
    return servers_fault && found->kind == ErrorKind::validation ? ErrorKind::service : found->kind;
  }
  if (status < 500) {
    if (const auto kind = kind_by_words(code)) return *kind;
  }
  return kind_of_status(status);
}

bool is_throttling(std::string_view code) noexcept {
  return listed(throttling_codes, code);
}

bool is_transient(std::string_view code, int status) noexcept {
  if (is_throttling(code)) return false;
  return status == 500 || status == 502 || status == 503 || status == 504 || listed(transient_codes, code);
}

bool is_clock_skew(std::string_view code) noexcept {
  return listed(clock_skew_codes, code);
}

std::string_view bare_code(std::string_view code) noexcept {
  if (const auto colon = code.find(':'); colon != std::string_view::npos) code = code.substr(0, colon);
  if (const auto hash = code.rfind('#'); hash != std::string_view::npos) code.remove_prefix(hash + 1);
  return code;
}

std::string_view code_of_status(int status) noexcept {
  switch (status) {
    case 301:
      return "PermanentRedirect";
    case 304:
      return "NotModified";
    case 307:
      return "TemporaryRedirect";
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 408:
      return "RequestTimeout";
    case 409:
      return "Conflict";
    case 412:
      return "PreconditionFailed";
    case 413:
      return "RequestEntityTooLarge";
    case 416:
      return "InvalidRange";
    case 429:
      return "TooManyRequests";
    case 500:
      return "InternalError";
    case 501:
      return "NotImplemented";
    case 502:
      return "BadGateway";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "GatewayTimeout";
    default:
      return "UnknownError";
  }
}

}  // namespace gannet::core
