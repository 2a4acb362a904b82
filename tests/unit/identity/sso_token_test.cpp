#include "identity/sso_token.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/timestamps.hpp"

namespace gannet::identity {
namespace {

constexpr std::string_view whole =
    R"({"startUrl": "https://d-1.awsapps.com/start", "region": "eu-west-1", "accessToken": "bearer",
        "expiresAt": "2026-02-01T10:00:00Z", "clientId": "id", "clientSecret": "client-secret",
        "registrationExpiresAt": "2026-04-01T10:00:00Z", "refreshToken": "refresh", "new": [1, {"a": null}]})";

TEST(SsoToken, reads_what_the_command_line_writes) {
  const auto token = parse_sso_token(whole, "file");
  ASSERT_TRUE(token.has_value()) << token.error().message;
  EXPECT_EQ(token->access_token.reveal(), "bearer");
  EXPECT_EQ(token->expires_at, core::parse_iso8601("2026-02-01T10:00:00Z"));
  EXPECT_EQ(token->start_url, "https://d-1.awsapps.com/start");
  EXPECT_EQ(token->region, "eu-west-1");
  EXPECT_EQ(token->client_id, "id");
  EXPECT_EQ(token->client_secret.reveal(), "client-secret");
  EXPECT_EQ(token->refresh_token.reveal(), "refresh");
  EXPECT_EQ(token->registration_expires_at, core::parse_iso8601("2026-04-01T10:00:00Z"));
}

TEST(SsoToken, is_refreshable_with_a_client_that_is_registered) {
  auto token = parse_sso_token(whole, "file").value();
  const Timestamp end = *token.registration_expires_at;
  EXPECT_TRUE(token.is_refreshable(end - std::chrono::seconds(1)));
  EXPECT_FALSE(token.is_refreshable(end));
  token.registration_expires_at.reset();
  EXPECT_TRUE(token.is_refreshable(end));
  for (const auto remove :
       {+[](SsoToken& t) { t.client_id.clear(); }, +[](SsoToken& t) { t.client_secret = Secret(); },
        +[](SsoToken& t) { t.refresh_token = Secret(); }}) {
    SsoToken less = token;
    remove(less);
    EXPECT_FALSE(less.is_refreshable(end));
  }
}

TEST(SsoToken, is_written_as_it_is_read) {
  const auto token = parse_sso_token(whole, "file").value();
  const auto again = parse_sso_token(write_sso_token(token).reveal(), "file");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(write_sso_token(*again).reveal(), write_sso_token(token).reveal());
  EXPECT_EQ(again->refresh_token, token.refresh_token);
  EXPECT_EQ(again->expires_at, token.expires_at);
}

struct Wrong {
  std::string_view text;
  std::string_view says;
};

TEST(SsoToken, refuses_what_is_no_token_and_repeats_nothing_of_it) {
  const Wrong cases[] = {
      {"", "is no JSON object"},
      {"[]", "is no JSON object"},
      {R"({"accessToken": "very-secret")", "is no JSON object"},
      {R"({"accessToken": "very-secret", "a": [[[[[[[[[]]]]]]]]]})", "is no JSON object"},
      {R"({})", "has no accessToken"},
      {R"({"accessToken": null})", "has no accessToken"},
      {R"({"accessToken": ""})", "has an empty accessToken"},
      {R"({"accessToken": 7})", "says accessToken with something that is no string"},
      {R"({"accessToken": "very-secret"})", "has no expiresAt"},
      {R"({"accessToken": "very-secret", "expiresAt": "soon"})",
       "says expiresAt with something that is no time"},
      {R"({"accessToken": "very-secret", "expiresAt": 17})",
       "says expiresAt with something that is no string"},
      {R"({"accessToken": "very-secret\r\nx: y", "expiresAt": "2026-02-01T10:00:00Z"})",
       "has an accessToken that no header can hold"},
      {R"({"accessToken": "very-secret", "expiresAt": "2026-02-01T10:00:00Z", "clientSecret": {}})",
       "says clientSecret with something that is no string"},
      {R"({"accessToken": "very-secret", "expiresAt": "2026-02-01T10:00:00Z", "registrationExpiresAt": "x"})",
       "says registrationExpiresAt with something that is no time"},
  };
  for (const Wrong& wrong : cases) {
    const auto token = parse_sso_token(wrong.text, "/the/file");
    ASSERT_FALSE(token.has_value()) << wrong.text;
    EXPECT_EQ(token.error().kind, ErrorKind::configuration);
    EXPECT_EQ(token.error().message, "/the/file " + std::string(wrong.says));
    EXPECT_EQ(token.error().message.find("very-secret"), std::string::npos);
  }
}

TEST(SsoToken, has_the_file_name_that_botocore_gives_it) {
  EXPECT_EQ(sso_token_file_name("https://d-1.awsapps.com/start"),
            "0c54b6c27e90660baa89eaad85ac1d5dae26cb7d.json");
}

TEST(SsoToken, is_replaced_in_one_step_and_for_its_owner_alone) {
  std::string name = (std::filesystem::temp_directory_path() / "gannet-token-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  const auto file = folder / "token.json";
  std::ofstream(file) << "old";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  const auto token = parse_sso_token(whole, "file").value();
  ASSERT_TRUE(save_sso_token(token, file).has_value());
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(read_sso_token(file).value().refresh_token, token.refresh_token);
  const std::filesystem::directory_iterator in_folder(folder);
  EXPECT_EQ(std::distance(begin(in_folder), end(in_folder)), 1);

  const auto nowhere = save_sso_token(token, folder / "missing" / "token.json");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_NE(nowhere.error().message.find("cannot write " + (folder / "missing").string()), std::string::npos);
  EXPECT_EQ(nowhere.error().message.find("refresh"), std::string::npos);
  EXPECT_FALSE(save_sso_token(token, "/proc/token.json").has_value());
  std::filesystem::remove_all(folder);
}

TEST(SsoToken, a_file_that_is_too_long_or_no_file_is_an_error) {
  EXPECT_NE(read_sso_token("/dev/zero").error().message.find("longer than"), std::string::npos);
  EXPECT_NE(read_sso_token("/").error().message.find("directory"), std::string::npos);
  EXPECT_NE(read_sso_token("/nowhere").error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace gannet::identity
