#include "local/secretsmanager/filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::local::secretsmanager {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Words, part_at_one_separator_at_space_and_before_capitals) {
  EXPECT_THAT(words("prod/db/password"), ElementsAre("prod", "db", "password"));
  EXPECT_THAT(words("MyFirstSecret"), ElementsAre("My", "First", "Secret"));
  EXPECT_THAT(words("two words"), ElementsAre("two", "words"));
  EXPECT_THAT(words("mixed/one-two"), ElementsAre("mixed/one-two"));
  EXPECT_THAT(words("/"), IsEmpty());
  EXPECT_THAT(words(""), IsEmpty());
}

TEST(Filters, pass_by_name_description_and_tags) {
  SecretRow secret;
  secret.name = "prod/db";
  secret.description = "The database of the Shop";
  const Tags tags = {{"team", "core"}, {"env", "production"}};
  const auto one = [&](std::string key, std::vector<std::string> values) {
    return passes({Filter{std::move(key), std::move(values)}}, secret, tags, "us-east-1");
  };
  EXPECT_TRUE(one("name", {"prod"}));
  EXPECT_TRUE(one("name", {"dev", "prod/"}));
  EXPECT_FALSE(one("name", {"Prod"}));
  EXPECT_FALSE(one("name", {"db"}));
  EXPECT_TRUE(one("name", {"!dev"}));
  EXPECT_FALSE(one("name", {"!prod"}));
  EXPECT_TRUE(one("description", {"shop"}));
  EXPECT_TRUE(one("description", {"data shop"}));
  EXPECT_FALSE(one("description", {"bakery"}));
  EXPECT_TRUE(one("tag-key", {"te"}));
  EXPECT_FALSE(one("tag-key", {"core"}));
  EXPECT_TRUE(one("tag-value", {"core"}));
  EXPECT_TRUE(one("all", {"core"}));
  EXPECT_TRUE(one("all", {"SHOP"}));
  EXPECT_TRUE(one("primary-region", {"us-east-1"}));
  EXPECT_FALSE(one("owning-service", {"rds"}));
  EXPECT_TRUE(passes({}, secret, tags, "us-east-1"));
  EXPECT_FALSE(passes({Filter{"name", {"prod"}}, Filter{"tag-key", {"none"}}}, secret, tags, "us-east-1"));
}

}  // namespace
}  // namespace gannet::local::secretsmanager
