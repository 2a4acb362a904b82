#include "credentials/static_credentials.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "fakes/virtual_time.hpp"

namespace gannet::credentials {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

Credentials keys(std::optional<Timestamp> expiration = std::nullopt) {
  return {.access_key_id = "KEY",
          .secret_access_key = Secret("the-secret"),
          .session_token = Secret("the-token"),
          .expiration = expiration};
}

void expect_given(const std::shared_ptr<CredentialsProvider>& provider) {
  const auto peeked = provider->peek();
  ASSERT_NE(peeked, nullptr);
  EXPECT_EQ(peeked->access_key_id, "KEY");
  const auto resolved = blocking(provider->resolve());
  ASSERT_TRUE(resolved.has_value()) << resolved.error().message;
  EXPECT_EQ(*resolved, peeked);
}

void expect_expired(const std::shared_ptr<CredentialsProvider>& provider, std::string_view message) {
  EXPECT_EQ(provider->peek(), nullptr);
  EXPECT_NE(provider->look(), nullptr);
  const auto resolved = blocking(provider->resolve());
  ASSERT_FALSE(resolved.has_value());
  EXPECT_EQ(resolved.error().kind, ErrorKind::configuration);
  EXPECT_EQ(resolved.error().code, "ExpiredCredentials");
  EXPECT_EQ(resolved.error().message, message);
}

TEST(FixedCredentials, are_given_until_they_expire) {
  fakes::VirtualTime time;
  time.advance(Timestamp(sys_days{2026y / 1 / 31}) - time.now());
  const auto provider =
      fixed_credentials(keys(time.now() + 1h), "the credentials of the test", time.source());
  expect_given(provider);
  time.advance(1h - 1ms);
  expect_given(provider);
  time.advance(1ms);
  expect_expired(
      provider,
      "the credentials of the test have expired at 2026-01-31T01:00:00Z: get new ones and start again");
}

TEST(FixedCredentials, without_an_end_are_given_for_ever) {
  fakes::VirtualTime time;
  const auto provider = fixed_credentials(keys(), "the credentials of the test", time.source());
  time.advance(std::chrono::years(100));
  expect_given(provider);
}

TEST(StaticCredentials, expire_by_the_clock_of_the_system) {
  expect_given(static_credentials(keys()));
  expect_given(static_credentials(keys(Timestamp(sys_days{2999y / 1 / 1}))));
  expect_expired(static_credentials(keys(Timestamp(sys_days{2001y / 1 / 1}))),
                 "the credentials given to static_credentials have expired at 2001-01-01T00:00:00Z: get new "
                 "ones and start again");
}

}  // namespace
}  // namespace gannet::credentials
