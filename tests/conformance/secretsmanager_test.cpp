// Our client against a Secrets Manager and an STS: the local cloud's, moto's.

#include <gannet/secretsmanager.hpp>
#include <gannet/sts.hpp>

#include "backend.hpp"

namespace gannet::conformance {
namespace {

namespace sm = secretsmanager;

TEST(SecretsManagerConformance, secrets_live_change_and_go) {
  const sm::Client client(Backend::get().config());
  const std::string name = Backend::fresh("conformance/secret");
  const sm::CreateSecretInput create{.name = name, .secret_string = Secret("first \"value\"")};
  auto created = blocking(client.create_secret(create));
  ASSERT_TRUE(created) << to_string(created.error());
  auto twice = blocking(client.create_secret(create));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::already_exists);

  const sm::GetSecretValueInput current{.secret_id = *created->arn};
  EXPECT_EQ(blocking(client.get_secret_value(current))->secret_string->reveal(), "first \"value\"");
  const sm::PutSecretValueInput put{.secret_id = name, .secret_string = Secret("second")};
  ASSERT_TRUE(blocking(client.put_secret_value(put)));
  EXPECT_EQ(blocking(client.get_secret_value(current))->secret_string->reveal(), "second");
  const sm::GetSecretValueInput previous{.secret_id = name, .version_stage = "AWSPREVIOUS"};
  EXPECT_EQ(blocking(client.get_secret_value(previous))->secret_string->reveal(), "first \"value\"");

  const sm::DeleteSecretInput remove{.secret_id = name};
  ASSERT_TRUE(blocking(client.delete_secret(remove)));
  auto marked = blocking(client.get_secret_value(current));
  ASSERT_FALSE(marked);
  EXPECT_EQ(marked.error().code, "InvalidRequestException");
  const sm::RestoreSecretInput restore{.secret_id = name};
  ASSERT_TRUE(blocking(client.restore_secret(restore)));
  EXPECT_TRUE(blocking(client.get_secret_value(current)));
}

TEST(SecretsManagerConformance, a_missing_secret_is_not_found) {
  const sm::Client client(Backend::get().config());
  const sm::GetSecretValueInput input{.secret_id = Backend::fresh("nowhere")};
  auto found = blocking(client.get_secret_value(input));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_EQ(found.error().code, "ResourceNotFoundException");
}

TEST(StsConformance, the_caller_is_told_who_it_is) {
  const sts::Client client(Backend::get().config());
  const sts::GetCallerIdentityInput input;
  auto identity = blocking(client.get_caller_identity(input));
  ASSERT_TRUE(identity) << to_string(identity.error());
  EXPECT_EQ(identity->account->size(), 12U);
  EXPECT_THAT(*identity->arn, testing::StartsWith("arn:aws:"));
}

}  // namespace
}  // namespace gannet::conformance
