#include <filesystem>
#include <fstream>

#include <gannet/identity.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/timestamps.hpp"
#include "fakes/scripted_transport.hpp"
#include "unit/identity/loopback_services.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;
using Services = fakes::IdentityServices;

constexpr const char* role = "arn:aws:iam::123456789012:role/reader";
constexpr std::string_view web_token = "eyJhbGciOi.very-secret.token";

class RoleCredentials : public testing::Test {
 protected:
  RoleCredentials() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-roles-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    config.region = "eu-west-1";
    config.endpoint_url = peer.url();
    config.credentials =
        static_credentials({.access_key_id = "SOURCE", .secret_access_key = Secret("source-secret")});
    config.time = time.source();
    config.observers.emplace_back([this](const AttemptEvent& event) {
      observed.push_back(std::string(event.service) + "." + std::string(event.operation) +
                         (event.error == nullptr ? "" : ": " + event.error->message));
    });
    expire_in(1h);
  }
  ~RoleCredentials() override { std::filesystem::remove_all(folder); }

  void expire_in(std::chrono::seconds lasts) {
    const Timestamp end = time.now() + lasts;
    services.expiration = core::iso8601(std::chrono::floor<std::chrono::seconds>(end));
    services.expiration_milliseconds = std::to_string(end.time_since_epoch().count());
  }
  void write_token(std::string_view text) const { std::ofstream(folder / "token") << text; }
  [[nodiscard]] WebIdentityOptions web() const { return {.role_arn = role, .token_file = folder / "token"}; }
  /// Fails every call named `call` with `answer`.
  void fail(std::string call, Services::Answer answer) {
    services.instead([call = std::move(call), answer = std::move(answer)](
                         const Services::Asked& asked) -> std::optional<Services::Answer> {
      if (asked.empty() || asked.at("call") != call) return std::nullopt;
      return answer;
    });
  }
  static Result<std::shared_ptr<const Credentials>> resolve(CredentialsProvider& provider) {
    return blocking(provider.resolve());
  }
  /// The error that is expected, with nothing secret in it.
  static Error error_of(CredentialsProvider& provider) {
    const auto who = resolve(provider);
    EXPECT_FALSE(who.has_value());
    if (who) return {};
    for (const std::string_view secret : {std::string_view("source-secret"), web_token}) {
      EXPECT_EQ(to_string(who.error()).find(secret), std::string::npos) << to_string(who.error());
    }
    return who.error();
  }

  fakes::VirtualTime time;
  LoopbackServices peer;
  Services& services = peer.services();
  Config config;
  std::filesystem::path folder;
  std::vector<std::string> observed;  // From the background thread, read once a call has ended.
};

// ---- AssumeRole ----

TEST_F(RoleCredentials, assume_a_role_with_the_credentials_of_the_config) {
  AssumeRoleOptions options{.role_arn = role,
                            .role_session_name = "me@there",
                            .external_id = "a b&c",
                            .duration = 900s,
                            .policy = R"({"Statement":[]})",
                            .policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"},
                            .tags = {{"team", "blue"}},
                            .transitive_tag_keys = {"team"},
                            .source_identity = "me"};
  const auto provider = assume_role_credentials(config, options);
  EXPECT_EQ(provider->peek(), nullptr);
  const auto who = resolve(*provider);
  ASSERT_TRUE(who.has_value()) << to_string(who.error());
  EXPECT_EQ((*who)->access_key_id, "reader");
  EXPECT_EQ((*who)->secret_access_key.reveal(), "secret-of-reader");
  EXPECT_EQ((*who)->session_token.reveal(), "token-of-reader");
  EXPECT_EQ((*who)->account_id, "123456789012");
  EXPECT_EQ((*who)->expiration, core::parse_iso8601(services.expiration));
  EXPECT_EQ(provider->peek(), *who);
  ASSERT_EQ(services.asked().size(), 1U);
  const Services::Asked asked = services.asked().front();
  EXPECT_EQ(asked.at("role"), role);
  EXPECT_EQ(asked.at("session"), "me@there");
  EXPECT_EQ(asked.at("external_id"), "a b&c");
  EXPECT_EQ(asked.at("duration"), "900");
  EXPECT_EQ(asked.at("signed_by"), "SOURCE");
  EXPECT_NE(services.requests().front().headers.get("authorization").find("/eu-west-1/sts/aws4_request"),
            std::string_view::npos);
  EXPECT_EQ(observed, std::vector<std::string>{"sts.AssumeRole"});
}

TEST_F(RoleCredentials, make_a_session_name_where_none_is_given) {
  std::string form;
  auto transport = std::make_shared<fakes::ScriptedTransport>();
  transport->then([&](const fakes::SentRequest& sent) -> std::expected<HttpResponse, TransportError> {
    form = sent.body;
    return HttpResponse{.status = 200, .body = BodyReader(services.answer(sent.request, sent.body).body)};
  });
  config.transport = transport;
  ASSERT_TRUE(resolve(*assume_role_credentials(config, {.role_arn = role})).has_value());
  const std::string name = "gannet-" + std::to_string(time.now().time_since_epoch().count());
  EXPECT_NE(form.find("&RoleSessionName=" + name), std::string::npos) << form;
  EXPECT_EQ(form.find("DurationSeconds"), std::string::npos) << form;
}

TEST_F(RoleCredentials, are_got_again_ahead_of_their_end) {
  const auto provider = assume_role_credentials(config, {.role_arn = role});
  ASSERT_TRUE(resolve(*provider).has_value());
  ASSERT_TRUE(resolve(*provider).has_value());
  EXPECT_EQ(services.asked().size(), 1U);
  time.advance(59min + 30s);
  expire_in(1h);
  const auto who = resolve(*provider);
  ASSERT_TRUE(who.has_value());
  EXPECT_EQ((*who)->expiration, core::parse_iso8601(services.expiration));
  EXPECT_EQ(services.asked().size(), 2U);
}

TEST_F(RoleCredentials, refuse_options_before_anybody_is_asked) {
  struct Case {
    AssumeRoleOptions options;
    std::string_view says;
  };
  const Case cases[] = {
      {{.role_arn = "reader"}, "'reader' is no role's ARN"},
      {{.role_arn = role, .role_session_name = "x"}, "the role's session name 'x'"},
      {{.role_arn = role, .role_session_name = std::string(65, 'x')}, "2 to 64 letters"},
      {{.role_arn = role, .role_session_name = "a/b"}, "the role's session name 'a/b'"},
      {{.role_arn = role, .duration = 899s}, "from 900 to 43200 seconds, not 899"},
      {{.role_arn = role, .duration = 43201s}, "from 900 to 43200 seconds, not 43201"},
      {{.role_arn = role, .mfa_serial = "arn:aws:iam::1:mfa/me"}, "arn:aws:iam::1:mfa/me"},
  };
  for (const Case& c : cases) {
    const Error error = error_of(*assume_role_credentials(config, c.options));
    EXPECT_EQ(error.kind, ErrorKind::configuration);
    EXPECT_NE(error.message.find(c.says), std::string::npos) << error.message;
  }
  config.credentials = nullptr;
  EXPECT_NE(error_of(*assume_role_credentials(config, {.role_arn = role})).message.find("no credentials"),
            std::string::npos);
  EXPECT_TRUE(services.asked().empty());
}

TEST_F(RoleCredentials, that_are_denied_are_an_error_of_the_configuration) {
  fail("AssumeRole", Services::sts_error(403, "AccessDenied", "not authorized to perform sts:AssumeRole"));
  const Error error = error_of(*assume_role_credentials(config, {.role_arn = role}));
  EXPECT_EQ(error.kind, ErrorKind::configuration);
  EXPECT_EQ(error.code, "NoCredentials");
  EXPECT_EQ(error.message, std::string("cannot assume the role ") + role +
                               ": AccessDenied: not authorized to perform sts:AssumeRole");
  EXPECT_EQ(error.request_id, "request-7");
  EXPECT_EQ(services.asked().size(), 1U);
}

TEST_F(RoleCredentials, are_asked_for_again_where_that_may_help) {
  const Services::Answer failures[] = {Services::sts_error(400, "Throttling"),
                                       Services::sts_error(503, "ServiceUnavailable"),
                                       {.status = 500, .body = "<html>"}};
  for (const auto& failure : failures) {
    services.forget();
    int left = 2;
    services.instead([&](const Services::Asked&) -> std::optional<Services::Answer> {
      if (left-- > 0) return failure;
      return std::nullopt;
    });
    EXPECT_TRUE(resolve(*assume_role_credentials(config, {.role_arn = role})).has_value());
    EXPECT_EQ(services.asked().size(), 3U);
  }
}

TEST_F(RoleCredentials, whose_answer_cannot_be_read_are_an_error) {
  const std::string begin = "<AssumeRoleResponse><AssumeRoleResult><Credentials>";
  const std::string end = "</Credentials></AssumeRoleResult></AssumeRoleResponse>";
  const std::string keys =
      "<AccessKeyId>K</AccessKeyId><SecretAccessKey>very-secret</SecretAccessKey><SessionToken>T</"
      "SessionToken>";
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "cannot be read"},
      {"<unfinished", "cannot be read"},
      {"<a/>", "without Credentials"},
      {begin + end, "without a pair of keys"},
      {begin + keys + end, "without an Expiration"},
      {begin + keys + "<Expiration>soon</Expiration>" + end, "without an Expiration"},
  };
  for (const auto& [body, says] : cases) {
    fail("AssumeRole", {.status = 200, .body = body});
    const Error error = error_of(*assume_role_credentials(config, {.role_arn = role}));
    EXPECT_NE(error.message.find(says), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("very-secret"), std::string::npos) << error.message;
  }
}

TEST_F(RoleCredentials, of_a_chain_fail_at_the_step_that_failed) {
  Config one = config;
  one.credentials = assume_role_credentials(config, {.role_arn = "arn:aws:iam::1:role/one"});
  Config two = config;
  two.credentials = assume_role_credentials(one, {.role_arn = "arn:aws:iam::2:role/two"});
  const std::vector<std::string> chain = {"arn:aws:iam::1:role/one", "arn:aws:iam::2:role/two",
                                          "arn:aws:iam::3:role/three"};
  const auto three = assume_role_credentials(two, {.role_arn = chain.back()});
  for (std::size_t step = 0; step < chain.size(); ++step) {
    services.forget();
    services.instead([&](const Services::Asked& asked) -> std::optional<Services::Answer> {
      if (asked.at("role") != chain[step]) return std::nullopt;
      return Services::sts_error(403, "AccessDenied", "denied at this step");
    });
    const Error error = error_of(*three);
    EXPECT_EQ(error.kind, ErrorKind::configuration);
    EXPECT_NE(error.message.find("cannot assume the role " + chain[step] + ": AccessDenied: denied"),
              std::string::npos)
        << error.message;
    EXPECT_EQ(services.asked().back().at("role"), chain[step])
        << "nobody is asked after the step that failed";
  }
  services.forget();
  services.instead(nullptr);
  EXPECT_EQ(resolve(*three).value()->access_key_id, "three");
  EXPECT_EQ(services.asked().back().at("signed_by"), "two");
}

TEST_F(RoleCredentials, may_outlive_the_config_and_end_in_mid_fetch) {
  for (int round = 0; round < 20; ++round) {
    boost::asio::io_context context(1);
    {
      Config own = config;
      own.shared = runtime::make_shared_state();
      own.credentials = assume_role_credentials(own, {.role_arn = "arn:aws:iam::1:role/one"});
      const auto provider = assume_role_credentials(own, {.role_arn = role});
      boost::asio::co_spawn(context, provider->resolve(), boost::asio::detached);
      context.run_one();
    }
    if (round % 2 == 0) context.run();
  }
}

// ---- AssumeRoleWithWebIdentity ----

TEST_F(RoleCredentials, by_a_web_identity_are_not_signed_for) {
  write_token(web_token);
  auto options = web();
  options.role_session_name = "pod-7";
  options.duration = 3600s;
  config.credentials = nullptr;
  const auto who = resolve(*web_identity_credentials(config, options));
  ASSERT_TRUE(who.has_value()) << to_string(who.error());
  EXPECT_EQ((*who)->access_key_id, "reader");
  EXPECT_EQ((*who)->account_id, "123456789012");
  const Services::Asked asked = services.asked().front();
  EXPECT_EQ(asked.at("call"), "AssumeRoleWithWebIdentity");
  EXPECT_EQ(asked.at("token"), web_token);
  EXPECT_EQ(asked.at("session"), "pod-7");
  EXPECT_EQ(asked.at("duration"), "3600");
  EXPECT_FALSE(services.requests().front().headers.contains("authorization"));
}

TEST_F(RoleCredentials, by_a_web_identity_read_the_token_anew_each_time) {
  write_token("first");
  const auto provider = web_identity_credentials(config, web());
  ASSERT_TRUE(resolve(*provider).has_value());
  write_token("second");
  time.advance(2h);
  expire_in(1h);
  ASSERT_TRUE(resolve(*provider).has_value());
  EXPECT_EQ(services.asked().at(0).at("token"), "first");
  EXPECT_EQ(services.asked().at(1).at("token"), "second");
}

TEST_F(RoleCredentials, by_a_web_identity_with_a_long_token) {
  const std::string token(20'000, '+');
  write_token(token);
  ASSERT_TRUE(resolve(*web_identity_credentials(config, web())).has_value());
  EXPECT_EQ(services.asked().front().at("token"), token);
}

TEST_F(RoleCredentials, by_a_web_identity_say_what_is_wrong_with_the_token) {
  const std::string file = (folder / "token").string();
  EXPECT_NE(error_of(*web_identity_credentials(config, web())).message.find(file + ": No such file"),
            std::string::npos);
  write_token("");
  EXPECT_NE(error_of(*web_identity_credentials(config, web())).message.find(file + " is empty"),
            std::string::npos);
  EXPECT_TRUE(services.asked().empty());

  write_token(web_token);
  struct Case {
    std::string_view code;
    std::string_view says;
  };
  const Case cases[] = {{"ExpiredTokenException", "has expired"},
                        {"InvalidIdentityToken", "is the token of a provider"},
                        {"IDPRejectedClaim", "trust policy"},
                        {"AccessDenied", "trust policy"}};
  for (const Case& c : cases) {
    // A service that quotes what it was sent.
    fail("AssumeRoleWithWebIdentity",
         Services::sts_error(400, std::string(c.code), "cannot take " + std::string(web_token)));
    const Error error = error_of(*web_identity_credentials(config, web()));
    EXPECT_EQ(error.kind, ErrorKind::configuration);
    EXPECT_NE(error.message.find(std::string(c.code) + ": cannot take ***"), std::string::npos)
        << error.message;
    EXPECT_NE(error.message.find(file), std::string::npos) << error.message;
  }
  for (const std::string& seen : observed) EXPECT_EQ(seen.find(web_token), std::string::npos) << seen;
  EXPECT_FALSE(observed.empty());
}

TEST_F(RoleCredentials, by_a_web_identity_are_asked_for_again_while_its_provider_is_away) {
  write_token(web_token);
  int left = 2;
  services.instead([&](const Services::Asked&) -> std::optional<Services::Answer> {
    if (left-- > 0) return Services::sts_error(400, "IDPCommunicationError");
    return std::nullopt;
  });
  EXPECT_TRUE(resolve(*web_identity_credentials(config, web())).has_value());
  EXPECT_EQ(services.asked().size(), 3U);
  EXPECT_EQ(time.slept().size(), 2U);
}

TEST_F(RoleCredentials, by_a_web_identity_are_asked_for_again_until_sts_knows_the_token) {
  write_token(web_token);
  int left = 2;
  services.instead([&](const Services::Asked&) -> std::optional<Services::Answer> {
    if (left-- > 0) return Services::sts_error(400, "InvalidIdentityToken");
    return std::nullopt;
  });
  EXPECT_TRUE(resolve(*web_identity_credentials(config, web())).has_value());
  EXPECT_EQ(services.asked().size(), 3U);
}

TEST_F(RoleCredentials, keep_the_kind_of_a_failure_that_may_pass) {
  auto transport = std::make_shared<fakes::ScriptedTransport>();
  config.transport = transport;
  config.retry.max_attempts = 1;
  write_token(web_token);
  transport->fail(Delivery::not_sent);
  EXPECT_EQ(error_of(*web_identity_credentials(config, web())).kind, ErrorKind::network);
  transport->answer(400, Services::sts_error(400, "Throttling").body);
  EXPECT_EQ(error_of(*web_identity_credentials(config, web())).kind, ErrorKind::throttled);
}

}  // namespace
}  // namespace gannet::identity
