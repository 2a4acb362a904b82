#include <gannet/config.hpp>
#include <gtest/gtest.h>

namespace gannet {
namespace {

Result<Config> load(std::map<std::string, std::string> variables, Config given = {}) {
  variables.emplace("AWS_CONFIG_FILE", "/dev/null");
  variables.emplace("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  return Config::load(std::move(given), Environment::of(std::move(variables)));
}

TEST(LoadCompression, leaves_unset_what_nobody_says) {
  const auto config = load({});
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->disable_request_compression);
  EXPECT_FALSE(config->request_min_compression_size_bytes);
}

TEST(LoadCompression, reads_the_environment_below_what_is_given) {
  const std::map<std::string, std::string> variables = {
      {"AWS_DISABLE_REQUEST_COMPRESSION", "TRUE"}, {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "1048576"}};
  const auto config = load(variables);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->disable_request_compression, true);
  EXPECT_EQ(config->request_min_compression_size_bytes, 1'048'576);
  EXPECT_EQ(config->origins.at("disable_request_compression"), "AWS_DISABLE_REQUEST_COMPRESSION");
  EXPECT_EQ(config->origins.at("request_min_compression_size_bytes"),
            "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES");
  Config given;
  given.disable_request_compression = false;
  given.request_min_compression_size_bytes = 5;
  const auto kept = load(variables, given);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->disable_request_compression, false);
  EXPECT_EQ(kept->request_min_compression_size_bytes, 5);
}

TEST(LoadCompression, refuses_what_is_no_size) {
  for (const char* wrong : {"0", "-1", "1048577", "10k", "1.5", "99999999999999999999"}) {
    const auto config = load({{"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", wrong}});
    ASSERT_FALSE(config) << wrong;
    EXPECT_EQ(config.error().message, "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES: '" + std::string(wrong) +
                                          "' is not a number of bytes from 1 to 1048576");
  }
  EXPECT_FALSE(load({{"AWS_DISABLE_REQUEST_COMPRESSION", "maybe"}}));
}

}  // namespace
}  // namespace gannet
