#include <gannet/secrets.hpp>

#include "fakes/scripted_config.hpp"

namespace gannet::secrets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* found =
    R"({"Name":"n","SecretString":"{\"user\":\"ada\",\"port\":5432,\"tls\":{\"on\":true}}"})";

class SecretsManagerTest : public testing::Test {
 protected:
  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  fakes::LogLines log;
  SecretsManager secrets{fakes::scripted_config(transport, time), log.sink(), 2};
};

TEST_F(SecretsManagerTest, a_secret_is_fetched_once) {
  transport->answer(200, R"({"SecretString":"sesame"})");
  for (int i = 0; i < 3; ++i) {
    auto secret = blocking(secrets.get_secret("door"));
    ASSERT_TRUE(secret) << to_string(secret.error());
    EXPECT_EQ(secret->reveal(), "sesame");
  }
  EXPECT_EQ(transport->count(), 1U);
  EXPECT_EQ(transport->sent()[0].body, R"({"SecretId":"door"})");
  EXPECT_THAT(log.lines, ElementsAre("info: Retrieved secret: door"));
}

TEST_F(SecretsManagerTest, copies_share_what_is_cached) {
  transport->answer(200, R"({"SecretString":"sesame"})");
  const SecretsManager copy = secrets;
  ASSERT_TRUE(blocking(secrets.get_secret("door")));
  ASSERT_TRUE(blocking(copy.get_secret("door")));
  EXPECT_EQ(transport->count(), 1U);
}

TEST_F(SecretsManagerTest, the_least_recently_used_is_dropped_when_the_cache_is_full) {
  for (const char* text : {"1", "2", "3", "2 again"}) {
    transport->answer(200, std::string(R"({"SecretString":")") + text + "\"}");
  }
  for (const char* name : {"a", "b", "a", "c", "a", "b"}) ASSERT_TRUE(blocking(secrets.get_secret(name)));
  EXPECT_EQ(transport->count(), 4U);
}

TEST_F(SecretsManagerTest, a_missing_secret_is_told_by_name_and_not_kept) {
  transport->answer(400, R"({"__type":"ResourceNotFoundException","Message":"not there"})")
      .answer(200, R"({"SecretString":"sesame"})");
  auto secret = blocking(secrets.get_secret("door"));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().kind, ErrorKind::not_found);
  EXPECT_THAT(secret.error().message, HasSubstr("Secret not found: door"));
  EXPECT_THAT(log.lines, ElementsAre("error: Secret not found: door"));
  EXPECT_TRUE(blocking(secrets.get_secret("door")));
}

TEST_F(SecretsManagerTest, a_refused_secret_names_the_action_to_allow) {
  transport->answer(400, R"({"__type":"AccessDeniedException","Message":"User is not authorized"})");
  auto secret = blocking(secrets.get_secret("door"));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().kind, ErrorKind::access_denied);
  EXPECT_THAT(secret.error().message, HasSubstr("secretsmanager:GetSecretValue"));
  EXPECT_THAT(log.lines, ElementsAre("error: Access denied to secret: door"));
}

TEST_F(SecretsManagerTest, other_failures_are_told_by_their_code) {
  transport->answer(400, R"({"__type":"DecryptionFailure","Message":"no key"})");
  auto secret = blocking(secrets.get_secret("door"));
  ASSERT_FALSE(secret);
  EXPECT_THAT(log.lines, ElementsAre("error: Secrets Manager error: DecryptionFailure"));
}

TEST_F(SecretsManagerTest, binary_secrets_are_not_text) {
  transport->answer(200, R"({"SecretBinary":"AAEC"})");
  auto secret = blocking(secrets.get_secret("door"));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().kind, ErrorKind::validation);
}

TEST_F(SecretsManagerTest, json_gives_its_members) {
  transport->answer(200, found);
  auto fields = blocking(secrets.get_secret_json("n"));
  ASSERT_TRUE(fields) << to_string(fields.error());
  EXPECT_EQ(fields->at("user").reveal(), "ada");
  EXPECT_EQ(fields->at("port").reveal(), "5432");
  EXPECT_EQ(fields->at("tls").reveal(), R"({"on":true})");
}

TEST_F(SecretsManagerTest, what_is_not_a_json_object_is_refused_without_being_shown) {
  for (const char* text : {"hunter2", "[\\\"hunter2\\\"]", "{\\\"a\\\":\\\"hunter2\\\"", "\\\"hunter2\\\""}) {
    transport->answer(200, std::string(R"({"SecretString":")") + text + "\"}");
    const SecretsManager fresh(fakes::scripted_config(transport, time), log.sink());
    auto fields = blocking(fresh.get_secret_json("n"));
    ASSERT_FALSE(fields) << text;
    EXPECT_EQ(fields.error().kind, ErrorKind::validation);
    EXPECT_THAT(to_string(fields.error()), Not(HasSubstr("hunter2")));
  }
  for (const std::string& line : log.lines) EXPECT_THAT(line, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace gannet::secrets
