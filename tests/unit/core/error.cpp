#include <set>

#include <gannet/error.hpp>
#include <gannet/result.hpp>

namespace gannet {
namespace {

TEST(Error, names_every_kind_differently) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::outcome_unknown); ++kind) {
    names.insert(to_string(static_cast<ErrorKind>(kind)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorKind::outcome_unknown) + 1);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(to_string(ErrorKind::condition_failed), "condition_failed");
}

TEST(Error, is_one_line_for_a_log) {
  const Error error{.kind = ErrorKind::throttled,
                    .code = "ThrottlingException",
                    .message = "Rate exceeded",
                    .http_status = 400,
                    .request_id = "4442587FB7D0A2F9",
                    .attempts = 3};
  EXPECT_EQ(to_string(error),
            "throttled ThrottlingException (http 400, request 4442587FB7D0A2F9, 3 attempts): Rate exceeded");
}

TEST(Error, leaves_out_what_is_not_known) {
  EXPECT_EQ(to_string(Error{.kind = ErrorKind::network, .message = "Connection refused"}),
            "network: Connection refused");
  EXPECT_EQ(to_string(Error{.kind = ErrorKind::service, .attempts = 1}), "service (1 attempt)");
}

TEST(Error, stays_one_line_whatever_the_service_wrote) {
  EXPECT_EQ(to_string(Error{.kind = ErrorKind::service, .message = "one\r\ntwo\x1b[31m"}),
            "service: one  two [31m");
}

TEST(Error, gives_its_details_by_type) {
  struct Reasons {
    int count;
  };
  const Error error{.kind = ErrorKind::conflict, .details = Reasons{2}};
  ASSERT_NE(error.detail<Reasons>(), nullptr);
  EXPECT_EQ(error.detail<Reasons>()->count, 2);
  EXPECT_EQ(error.detail<int>(), nullptr);
}

TEST(Result, fails_with_what_was_said) {
  const auto result = [](bool good) -> Result<int> {
    if (!good) return fail(ErrorKind::validation, "ValidationError", "no");
    return 1;
  };
  EXPECT_EQ(result(true), 1);
  EXPECT_EQ(result(false).error().code, "ValidationError");
}

}  // namespace
}  // namespace gannet
