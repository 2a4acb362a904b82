#include <gannet/settings.hpp>

#include "fakes/scripted_config.hpp"

namespace gannet::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ServiceSettings, have_the_pattern_s_defaults) {
  const auto settings = ServiceSettings::from(Environment::of({}));
  EXPECT_EQ(settings.environment, "dev");
  EXPECT_EQ(settings.aws_region, "us-east-1");
  EXPECT_EQ(settings.service_name, "user-service");
  EXPECT_EQ(settings.database_secret_name, "prod/fetch/postgres-credentials");
  EXPECT_EQ(settings.partner_api_secret_name, "prod/fetch/partner-api-keys");
}

TEST(ServiceSettings, are_what_the_environment_says) {
  const auto settings = ServiceSettings::from(Environment::of({{"ENVIRONMENT", "prod"},
                                                               {"AWS_REGION", "eu-west-1"},
                                                               {"SERVICE_NAME", ""},
                                                               {"DATABASE_SECRET_NAME", "db"},
                                                               {"PARTNER_API_SECRET_NAME", "keys"}}));
  EXPECT_EQ(settings.environment, "prod");
  EXPECT_EQ(settings.aws_region, "eu-west-1");
  EXPECT_EQ(settings.service_name, "user-service");
  EXPECT_EQ(settings.database_secret_name, "db");
  EXPECT_EQ(settings.partner_api_secret_name, "keys");
}

TEST(DatabaseUrl, encodes_every_part) {
  const DatabaseCredentials plain{.username = "ada",
                                  .password = Secret("pw"),
                                  .host = "db.example.com",
                                  .port = 5433,
                                  .database = "receipts"};
  EXPECT_EQ(database_url(plain).reveal(), "postgresql://ada:pw@db.example.com:5433/receipts");
  const DatabaseCredentials odd{
      .username = "a:b@c", .password = Secret("p@ss/w:rd?#%&"), .host = "::1", .database = "re ceipts"};
  EXPECT_EQ(database_url(odd).reveal(),
            "postgresql://a%3Ab%40c:p%40ss%2Fw%3Ard%3F%23%25%26@[::1]:5432/re%20ceipts");
}

template <class Service>
concept LoadTakes = requires(Service&& service, secrets::SecretsManager secrets, LogSink log) {
  Settings::load(std::forward<Service>(service), secrets, log);
};
static_assert(LoadTakes<const ServiceSettings&>);
static_assert(LoadTakes<ServiceSettings> != GANNET_DESTROYS_TEMPORARIES_TWICE);

class SettingsTest : public testing::Test {
 protected:
  Result<Settings> load() {
    const secrets::SecretsManager secrets(fakes::scripted_config(transport, time), log.sink());
    const ServiceSettings service;
    return blocking(Settings::load(service, secrets, log.sink()));
  }
  static std::string secret(const std::string& json) { return R"({"SecretString":)" + json + "}"; }

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  fakes::LogLines log;

  const std::string database = secret(
      R"("{\"username\":\"ada\",\"password\":\"hunter2\",\"host\":\"db\",\"port\":5432,\"database\":\"d\"}")");
  const std::string partner = secret(R"("{\"partner_api_key\":\"hunter3\"}")");
};

TEST_F(SettingsTest, are_computed_once_and_never_logged) {
  transport->answer(200, database).answer(200, partner);
  auto settings = load();
  ASSERT_TRUE(settings) << to_string(settings.error());
  EXPECT_EQ(settings->database_url().reveal(), "postgresql://ada:hunter2@db:5432/d");
  EXPECT_EQ(settings->partner_api_key().reveal(), "hunter3");
  EXPECT_EQ(settings->database_credentials().port, 5432);
  EXPECT_EQ(transport->count(), 2U);
  EXPECT_THAT(log.lines, ElementsAre("info: Loading secrets from AWS Secrets Manager...",
                                     "info: Retrieved secret: prod/fetch/postgres-credentials",
                                     "info: Retrieved secret: prod/fetch/partner-api-keys",
                                     "info: Secrets loaded successfully"));
}

TEST_F(SettingsTest, a_missing_secret_ends_it) {
  transport->answer(200, database).answer(400, R"({"__type":"ResourceNotFoundException","Message":"no"})");
  auto settings = load();
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().kind, ErrorKind::not_found);
  EXPECT_THAT(settings.error().message, HasSubstr("prod/fetch/partner-api-keys"));
  EXPECT_THAT(log.lines.back(),
              HasSubstr("error: Failed to load secrets: Secret not found: prod/fetch/partner-api-keys"));
}

TEST_F(SettingsTest, a_member_that_is_missing_or_wrong_is_named_without_showing_the_rest) {
  struct Case {
    std::string json;
    std::string named;
  };
  for (
      const Case& c :
      {Case{R"("{\"password\":\"hunter2\"}")", "\"username\""},
       Case{R"("{\"username\":\"a\",\"host\":\"h\",\"database\":\"d\",\"port\":1}")", "\"password\""},
       Case{R"("{\"username\":\"a\",\"host\":\"h\",\"database\":\"d\",\"password\":\"hunter2\"}")",
            "\"port\""},
       Case{
           R"("{\"username\":\"a\",\"host\":\"h\",\"database\":\"d\",\"password\":\"hunter2\",\"port\":\"70000\"}")",
           "\"port\""},
       Case{R"("{\"username\":\"\",\"host\":\"h\",\"database\":\"d\",\"password\":\"hunter2\",\"port\":1}")",
            "\"username\""}}) {
    transport->answer(200, secret(c.json));
    auto settings = load();
    ASSERT_FALSE(settings) << c.json;
    EXPECT_EQ(settings.error().kind, ErrorKind::configuration);
    EXPECT_THAT(settings.error().message, HasSubstr(c.named));
    EXPECT_THAT(settings.error().message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace gannet::settings
