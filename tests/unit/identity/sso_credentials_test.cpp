#include <filesystem>
#include <fstream>

#include <gannet/identity.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/timestamps.hpp"
#include "identity/sso_token.hpp"
#include "unit/identity/loopback_services.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;
using Services = fakes::IdentityServices;

class Sso : public testing::Test {
 protected:
  Sso() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-sso-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    config.region = "us-east-1";
    config.endpoint_url = "http://127.0.0.1:1";  // Nobody is there: the services' own go before it.
    config.service_endpoint_urls = {{"sso", peer.url()}, {"sso_oidc", peer.url() + "/"}};
    config.time = time.source();
    config.retry.max_attempts = 2;
    config.observers.emplace_back([this](const AttemptEvent& event) {
      observed.push_back(std::string(event.service) + "." + std::string(event.operation) +
                         (event.error == nullptr ? "" : ": " + event.error->message));
    });
    services.expiration_milliseconds = std::to_string((time.now() + 1h).time_since_epoch().count());
    token.access_token = Secret("bearer-token");
    token.expires_at = time.now() + 8h;
  }
  ~Sso() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] SsoOptions options() const {
    return {.account_id = "123456789012",
            .role_name = "Reader & more",
            .region = "eu-west-1",
            .start_url = "https://d-1.awsapps.com/start",
            .session_name = "work",
            .profile = "dev",
            .cache_folder = folder};
  }
  [[nodiscard]] std::filesystem::path file() const { return folder / sso_token_file_name("work"); }
  void write_token() const { ASSERT_TRUE(save_sso_token(token, file()).has_value()); }
  /// One that has ended and can be refreshed.
  void write_refreshable(std::chrono::milliseconds left = -1h) {
    token.expires_at = time.now() + left;
    token.client_id = "client";
    token.client_secret = Secret("client-secret");
    token.refresh_token = Secret("refresh-1");
    token.registration_expires_at = time.now() + 24h * 90;
    write_token();
  }
  void answer(std::string call, Services::Answer given) {
    services.instead([call = std::move(call), given = std::move(given)](
                         const Services::Asked& asked) -> std::optional<Services::Answer> {
      if (asked.at("call") != call) return std::nullopt;
      return given;
    });
  }
  static Result<std::shared_ptr<const Credentials>> resolve(CredentialsProvider& provider) {
    return blocking(provider.resolve());
  }
  static void expect_no_secret(const std::string& text) {
    for (const char* secret : {"bearer-token", "client-secret", "refresh-1", "fresh-token", "refresh-2"})
      EXPECT_EQ(text.find(secret), std::string::npos) << text;
  }
  /// The message that is expected, with nothing secret in it.
  [[nodiscard]] std::string error_of(const SsoOptions& of) const {
    const auto who = resolve(*sso_credentials(config, of));
    EXPECT_FALSE(who.has_value());
    if (who) return {};
    expect_no_secret(to_string(who.error()));
    return who.error().message;
  }
  [[nodiscard]] std::vector<std::string> calls() const {
    std::vector<std::string> calls;
    for (const auto& asked : services.asked()) calls.push_back(asked.at("call"));
    return calls;
  }

  fakes::VirtualTime time;
  LoopbackServices peer;
  Services& services = peer.services();
  Config config;
  std::filesystem::path folder;
  SsoToken token;
  std::vector<std::string> observed;
};

using Operations = std::vector<std::string>;

TEST_F(Sso, gets_credentials_for_who_has_signed_in) {
  write_token();
  const auto who = resolve(*sso_credentials(config, options()));
  ASSERT_TRUE(who.has_value()) << to_string(who.error());
  EXPECT_EQ((*who)->access_key_id, "SSO");
  EXPECT_EQ((*who)->secret_access_key.reveal(), "secret-of-SSO");
  EXPECT_EQ((*who)->session_token.reveal(), "token-of-SSO");
  EXPECT_EQ((*who)->expiration, time.now() + 1h);
  EXPECT_EQ((*who)->account_id, "123456789012");
  const Services::Asked asked = services.asked().at(0);
  EXPECT_EQ(asked.at("role"), "Reader & more");
  EXPECT_EQ(asked.at("account"), "123456789012");
  EXPECT_EQ(asked.at("bearer"), "bearer-token");
  EXPECT_FALSE(services.requests().front().headers.contains("authorization"));
}

TEST_F(Sso, knows_the_older_kind_by_its_start_url) {
  auto older = options();
  older.session_name.clear();
  ASSERT_TRUE(save_sso_token(token, folder / sso_token_file_name(older.start_url)).has_value());
  EXPECT_TRUE(resolve(*sso_credentials(config, older)).has_value());
}

TEST_F(Sso, refreshes_a_token_and_writes_it_back) {
  write_refreshable();
  const auto who = resolve(*sso_credentials(config, options()));
  ASSERT_TRUE(who.has_value()) << to_string(who.error());
  EXPECT_EQ(calls(), (Operations{"CreateToken", "GetRoleCredentials"}));
  const Services::Asked asked = services.asked().at(0);
  EXPECT_EQ(asked.at("grant"), "refresh_token");
  EXPECT_EQ(asked.at("client"), "client");
  EXPECT_EQ(asked.at("secret"), "client-secret");
  EXPECT_EQ(asked.at("refresh"), "refresh-1");
  EXPECT_EQ(services.asked().at(1).at("bearer"), "fresh-token");
  const auto written = read_sso_token(file());
  ASSERT_TRUE(written.has_value()) << written.error().message;
  EXPECT_EQ(written->access_token.reveal(), "fresh-token");
  EXPECT_EQ(written->refresh_token.reveal(), "refresh-2");
  EXPECT_EQ(written->client_secret.reveal(), "client-secret");
  EXPECT_EQ(written->start_url, options().start_url);
  EXPECT_EQ(written->region, "eu-west-1");
  EXPECT_EQ(written->expires_at, std::chrono::floor<std::chrono::seconds>(time.now() + 28800s));
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(observed, (Operations{"sso_oidc.CreateToken", "sso.GetRoleCredentials"}));
}

TEST_F(Sso, keeps_the_refresh_token_where_no_new_one_is_given) {
  write_refreshable();
  answer("CreateToken", {.body = R"({"accessToken":"fresh-token","expiresIn":60})"});
  ASSERT_TRUE(resolve(*sso_credentials(config, options())).has_value());
  EXPECT_EQ(read_sso_token(file())->refresh_token.reveal(), "refresh-1");
}

TEST_F(Sso, refreshes_a_quarter_of_an_hour_ahead_and_does_without_if_it_must) {
  write_refreshable(15min);
  ASSERT_TRUE(resolve(*sso_credentials(config, options())).has_value());
  EXPECT_EQ(calls(), Operations{"GetRoleCredentials"});
  services.forget();
  write_refreshable(15min - 1s);
  answer("CreateToken", Services::json_error(400, "InvalidGrantException"));
  ASSERT_TRUE(resolve(*sso_credentials(config, options())).has_value());
  EXPECT_EQ(calls(), (Operations{"CreateToken", "GetRoleCredentials"}));
  EXPECT_EQ(services.asked().at(1).at("bearer"), "bearer-token");
}

TEST_F(Sso, goes_on_with_a_token_that_could_not_be_written) {
  write_refreshable();
  std::filesystem::permissions(folder, std::filesystem::perms(0555));
  if (::geteuid() == 0) {  // Whom no permission holds up: a folder in place of the file does.
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
  }
  const auto provider = sso_credentials(config, options());
  services.instead([&](const Services::Asked& asked) -> std::optional<Services::Answer> {
    // Nothing can be renamed over a folder that is not empty.
    if (asked.at("call") == "CreateToken" && ::geteuid() == 0) {
      std::filesystem::remove(file());
      std::filesystem::create_directories(file() / "in-the-way");
    }
    return std::nullopt;
  });
  ASSERT_TRUE(resolve(*provider).has_value());
  EXPECT_FALSE(read_sso_token(file()).has_value() &&
               read_sso_token(file())->access_token.reveal() == "fresh-token");
  time.advance(2h);
  services.expiration_milliseconds = std::to_string((time.now() + 1h).time_since_epoch().count());
  services.instead(nullptr);
  ASSERT_TRUE(resolve(*provider).has_value());
  EXPECT_EQ(calls(), (Operations{"CreateToken", "GetRoleCredentials", "GetRoleCredentials"}));
  EXPECT_EQ(services.asked().back().at("bearer"), "fresh-token");
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
}

TEST_F(Sso, takes_the_token_that_another_program_has_refreshed_meanwhile) {
  write_refreshable();
  services.instead([&](const Services::Asked& asked) -> std::optional<Services::Answer> {
    if (asked.at("call") != "CreateToken") return std::nullopt;
    SsoToken others = token;
    others.access_token = Secret("others-token");
    others.expires_at = time.now() + 8h;
    EXPECT_TRUE(save_sso_token(others, file()).has_value());
    return Services::json_error(400, "InvalidGrantException");
  });
  ASSERT_TRUE(resolve(*sso_credentials(config, options())).has_value());
  EXPECT_EQ(services.asked().back().at("bearer"), "others-token");
}

TEST_F(Sso, says_how_to_sign_in_again) {
  const std::string sign_in = "sign in with `aws sso login --profile dev`";
  EXPECT_NE(error_of(options()).find(sign_in), std::string::npos);
  token.expires_at = time.now();
  write_token();
  EXPECT_EQ(error_of(options()),
            "the token of IAM Identity Center in " + file().string() + " has expired: " + sign_in);
  EXPECT_TRUE(calls().empty());

  write_refreshable();
  answer("CreateToken",
         Services::json_error(400, "InvalidGrantException", "refresh-1 and client-secret are no"));
  EXPECT_EQ(
      error_of(options()),
      "the token of IAM Identity Center in " + file().string() +
          " has expired and refreshing it failed: InvalidGrantException: *** and *** are no: " + sign_in);
  token.expires_at = time.now() + 8h;
  write_token();
  answer("GetRoleCredentials", Services::json_error(401, "UnauthorizedException", "bearer-token is no"));
  EXPECT_EQ(error_of(options()),
            "cannot get credentials of the role Reader & more in the account 123456789012: "
            "UnauthorizedException: *** is no; the token is no longer accepted: " +
                sign_in);
  auto nameless = options();
  nameless.profile.clear();
  EXPECT_NE(error_of(nameless).find("`aws sso login --sso-session work`"), std::string::npos);
  for (const std::string& seen : observed) expect_no_secret(seen);
  EXPECT_GE(observed.size(), 3U);
}

TEST_F(Sso, does_not_ask_for_a_sign_in_where_nobody_answers) {
  write_refreshable();
  answer("CreateToken", {.status = 503, .body = ""});
  const auto who = resolve(*sso_credentials(config, options()));
  ASSERT_FALSE(who.has_value());
  EXPECT_EQ(who.error().kind, ErrorKind::service);
  EXPECT_EQ(who.error().message.find("aws sso login"), std::string::npos) << who.error().message;
}

TEST_F(Sso, does_not_make_a_missing_role_look_like_a_missing_table) {
  write_token();
  answer("GetRoleCredentials", Services::json_error(404, "ResourceNotFoundException", "No such role"));
  const auto who = resolve(*sso_credentials(config, options()));
  ASSERT_FALSE(who.has_value());
  EXPECT_EQ(who.error().kind, ErrorKind::configuration);
  EXPECT_EQ(who.error().code, "NoCredentials");
  EXPECT_EQ(who.error().http_status, 0);
}

TEST_F(Sso, fails_cleanly_at_every_step_and_works_again_afterwards) {
  const Services::Answer failures[] = {
      {.status = 500, .body = ""},
      {.status = 200, .body = ""},
      {.status = 200, .body = "bearer-token"},
      {.status = 200, .body = "{}"},
      {.status = 200, .body = R"({"roleCredentials":{"accessKeyId":"K"},"accessToken":"fresh-token"})"},
      {.status = 200,
       .body =
           R"({"roleCredentials":{"accessKeyId":"K","secretAccessKey":"S"},"accessToken":"x","expiresIn":-1})"},
      Services::json_error(429, "TooManyRequestsException"),
  };
  for (const char* step : {"CreateToken", "GetRoleCredentials"}) {
    for (const auto& failure : failures) {
      write_refreshable();
      answer(step, failure);
      const auto provider = sso_credentials(config, options());
      const auto who = resolve(*provider);
      ASSERT_FALSE(who.has_value()) << step << " " << failure.body;
      expect_no_secret(to_string(who.error()));
      services.instead(nullptr);
      EXPECT_TRUE(resolve(*provider).has_value()) << step << " " << failure.body;
    }
  }
}

TEST_F(Sso, needs_all_that_says_where_and_who) {
  const std::pair<std::string SsoOptions::*, const char*> members[] = {
      {&SsoOptions::account_id, "account_id"},
      {&SsoOptions::role_name, "role_name"},
      {&SsoOptions::region, "region"},
      {&SsoOptions::start_url, "start_url"}};
  for (const auto& [member, name] : members) {
    auto less = options();
    less.*member = "";
    EXPECT_EQ(error_of(less), std::string("SsoOptions::") + name + " is empty");
  }
}

}  // namespace
}  // namespace gannet::identity
