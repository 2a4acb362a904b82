#include "core/error_codes.hpp"

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

TEST(ErrorCodes, mean_what_a_caller_branches_on) {
  struct Case {
    std::string_view code;
    int status;
    ErrorKind kind;
  };
  const Case cases[] = {
      {"ResourceNotFoundException", 400, ErrorKind::not_found},
      {"NoSuchKey", 404, ErrorKind::not_found},
      {"NoSuchBucketPolicy", 404, ErrorKind::not_found},
      {"ServerSideEncryptionConfigurationNotFoundError", 404, ErrorKind::not_found},
      {"ConditionalCheckFailedException", 400, ErrorKind::condition_failed},
      {"PreconditionFailed", 412, ErrorKind::condition_failed},
      {"NotModified", 304, ErrorKind::condition_failed},
      {"ProvisionedThroughputExceededException", 400, ErrorKind::throttled},
      {"SlowDown", 503, ErrorKind::throttled},
      {"AccessDeniedException", 400, ErrorKind::access_denied},
      {"AccessDenied", 403, ErrorKind::access_denied},
      {"KMSAccessDeniedFault", 400, ErrorKind::access_denied},
      {"UnrecognizedClientException", 400, ErrorKind::unauthenticated},
      {"InvalidSignatureException", 400, ErrorKind::unauthenticated},
      {"SignatureDoesNotMatch", 403, ErrorKind::unauthenticated},
      {"InvalidClientTokenId", 403, ErrorKind::unauthenticated},
      {"ExpiredToken", 400, ErrorKind::unauthenticated},
      {"ValidationException", 400, ErrorKind::validation},
      {"SerializationException", 400, ErrorKind::validation},
      {"ResourceInUseException", 400, ErrorKind::conflict},
      {"TransactionConflictException", 400, ErrorKind::conflict},
      {"ResourceExistsException", 400, ErrorKind::already_exists},
      {"BucketAlreadyOwnedByYou", 409, ErrorKind::already_exists},
      {"GlobalTableAlreadyExistsException", 400, ErrorKind::already_exists},
      {"ItemCollectionSizeLimitExceededException", 400, ErrorKind::limit_exceeded},
      {"QueueDoesNotExist", 400, ErrorKind::not_found},
      {"AWS.SimpleQueueService.NonExistentQueue", 400, ErrorKind::not_found},
      {"ClusterInUseFault", 400, ErrorKind::conflict},
      {"EditConflictException", 400, ErrorKind::conflict},
      {"ConflictsAreWelcome", 400, ErrorKind::validation},
      {"PoolThrottledException", 400, ErrorKind::throttled},
      {"PoolThrottledException", 500, ErrorKind::service},
      {"ValidationException", 500, ErrorKind::service},
      {"NotImplemented", 501, ErrorKind::validation},
      {"InternalServerError", 500, ErrorKind::service},
      {"SomethingNew", 400, ErrorKind::validation},
      {"SomethingNew", 500, ErrorKind::service},
      {"BackendNotFound", 500, ErrorKind::service},
      {"SomethingNew", 429, ErrorKind::throttled},
      {"", 403, ErrorKind::access_denied},
      {"", 0, ErrorKind::service},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(kind_of(c.code, c.status), c.kind) << c.code << " with " << c.status;
  }
}

TEST(ErrorCodes, throttling_is_told_from_what_may_have_been_done) {
  for (const std::string_view code :
       {"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
        "RequestThrottledException", "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "SlowDown", "EC2ThrottledException"}) {
    EXPECT_TRUE(is_throttling(code)) << code;
    EXPECT_FALSE(is_transient(code, 503)) << code;
    EXPECT_EQ(kind_of(code, 400), ErrorKind::throttled) << code;
  }
  EXPECT_FALSE(is_throttling("InternalServerError"));
  EXPECT_FALSE(is_throttling(""));
}

TEST(ErrorCodes, transient_failures_are_known_by_code_or_status) {
  for (const std::string_view code :
       {"RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "IDPCommunicationError"}) {
    EXPECT_TRUE(is_transient(code, 400)) << code;
  }
  for (const int status : {500, 502, 503, 504}) EXPECT_TRUE(is_transient("Whatever", status)) << status;
  for (const int status : {0, 200, 400, 404, 501, 505})
    EXPECT_FALSE(is_transient("Whatever", status)) << status;
}

TEST(ErrorCodes, a_wrong_clock_explains_some) {
  for (const std::string_view code : {"RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException",
                                      "SignatureDoesNotMatch", "RequestInTheFuture"}) {
    EXPECT_TRUE(is_clock_skew(code)) << code;
  }
  EXPECT_FALSE(is_clock_skew("AccessDenied"));
}

TEST(ErrorCodes, are_bared_of_namespace_and_url) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"ValidationException", "ValidationException"},
      {"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "ResourceNotFoundException"},
      {"FooError:http://internal.amazon.com/coral/com.amazon.coral.validate/", "FooError"},
      {"aws.protocoltests#FooError:http://internal.amazon.com/a#b", "FooError"},
      {"", ""},
  };
  for (const auto& [given, bare] : cases) EXPECT_EQ(bare_code(given), bare) << given;
}

TEST(ErrorCodes, stand_in_for_an_answer_without_one_agree_with_the_status) {
  for (const int status :
       {304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 416, 429, 500, 501, 502, 503, 504}) {
    const auto code = code_of_status(status);
    EXPECT_NE(code, "UnknownError") << status;
    if (status != 501) {
      EXPECT_EQ(kind_of(code, status), kind_of("", status)) << status;
    }
  }
  EXPECT_EQ(code_of_status(418), "UnknownError");
}

}  // namespace
}  // namespace gannet::core
