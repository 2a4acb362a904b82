#include "identity/services.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "core/json.hpp"

namespace gannet::identity {
namespace {

// The generated client of STS sits above this layer, so that the facts stand in both.
TEST(IdentityServices, know_the_endpoints_of_sts_that_its_model_has) {
  std::ifstream file(GANNET_STS_MODEL, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto model = core::JsonDocument::parse(text);
  ASSERT_TRUE(model.has_value()) << model.error().message;
  const auto rows = model->root().find("endpoints").value();
  ASSERT_EQ(rows.size(), std::size(sts_endpoints));
  std::size_t at = 0;
  for (const core::JsonValue row : rows) {
    const auto member = [&](std::string_view name) {
      const auto value = row.find(name);
      return value ? std::string(value->string().value_or("")) : std::string();
    };
    const auto flag = [&](std::string_view name) {
      const auto value = row.find(name);
      return value && value->boolean().value_or(false);
    };
    const core::UncommonEndpoint& ours = sts_endpoints[at++];
    EXPECT_EQ(ours.where, member("where"));
    EXPECT_EQ(ours.url, member("url"));
    EXPECT_EQ(ours.signing_region, member("signing_region"));
    EXPECT_EQ(ours.fips, flag("fips"));
    EXPECT_EQ(ours.dual_stack, flag("dual_stack"));
    EXPECT_EQ(ours.global, flag("global"));
  }
}

}  // namespace
}  // namespace gannet::identity
