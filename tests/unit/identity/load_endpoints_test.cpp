#include <filesystem>
#include <fstream>
#include <map>

#include <gannet/config.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace gannet {
namespace {

using testing::HasSubstr;

/// A config file of the test's own and an environment that knows of no other.
class LoadEndpoints : public testing::Test {
 protected:
  LoadEndpoints() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-endpoints-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~LoadEndpoints() override { std::filesystem::remove_all(folder_); }

  Result<Config> load(std::map<std::string, std::string> variables, std::string_view file,
                      Config given = {}) const {
    std::ofstream(folder_ / "config") << file;
    variables["AWS_CONFIG_FILE"] = folder_ / "config";
    variables["AWS_SHARED_CREDENTIALS_FILE"] = folder_ / "credentials";
    return Config::load(std::move(given), Environment::of(variables));
  }
  std::filesystem::path folder_;
};

/// A yes or no: where it is read from, and what it is where that says so.
struct Choice {
  std::optional<bool> EndpointSettings::* member;
  std::string name;
  std::string variable;
  std::string key;
  std::string nested;  ///< Below `s3 =`.
  std::string yes = "true";
  std::string no = "false";
};

std::vector<Choice> all_choices() {
  using Settings = EndpointSettings;
  return {
      {&Settings::use_fips, "endpoints.use_fips", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", ""},
      {&Settings::use_dual_stack, "endpoints.use_dual_stack", "AWS_USE_DUALSTACK_ENDPOINT",
       "use_dualstack_endpoint", ""},
      {&Settings::s3_use_dual_stack, "endpoints.s3_use_dual_stack", "", "", "use_dualstack_endpoint"},
      {&Settings::s3_use_accelerate, "endpoints.s3_use_accelerate", "", "", "use_accelerate_endpoint"},
      {&Settings::s3_use_arn_region, "endpoints.s3_use_arn_region", "AWS_S3_USE_ARN_REGION",
       "s3_use_arn_region", "use_arn_region"},
      {&Settings::s3_us_east_1_global, "endpoints.s3_us_east_1_global", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
       "s3_us_east_1_regional_endpoint", "us_east_1_regional_endpoint", "legacy", "regional"},
      {&Settings::s3_disable_multi_region_access_points, "endpoints.s3_disable_multi_region_access_points",
       "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "s3_disable_multiregion_access_points",
       "s3_disable_multiregion_access_points"},
      {&Settings::sts_global, "endpoints.sts_global", "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints",
       "", "legacy", "regional"},
  };
}

TEST_F(LoadEndpoints, leaves_unset_what_nobody_says) {
  const auto config = load({}, "");
  ASSERT_TRUE(config.has_value()) << config.error().message;
  for (const Choice& choice : all_choices())
    EXPECT_FALSE((config->endpoints.*choice.member).has_value()) << choice.name;
  EXPECT_FALSE(config->endpoints.account_id_mode.has_value());
}

TEST_F(LoadEndpoints, takes_code_before_environment_before_file) {
  for (const Choice& choice : all_choices()) {
    std::string file = "[default]\n";
    const bool in_file = !choice.key.empty() || !choice.nested.empty();
    ASSERT_TRUE(in_file);
    file += choice.key.empty() ? "s3 =\n  " + choice.nested + " = " : choice.key + " = ";
    const auto from_file = load({}, file + choice.yes + "\n");
    ASSERT_TRUE(from_file.has_value()) << from_file.error().message;
    EXPECT_EQ(from_file->endpoints.*choice.member, true) << choice.name;
    EXPECT_THAT(from_file->origins.at(choice.name), HasSubstr("config, line ")) << choice.name;

    Config given;
    given.endpoints.*choice.member = false;
    EXPECT_EQ(load({}, file + choice.yes + "\n", given)->endpoints.*choice.member, false) << choice.name;
    if (choice.variable.empty()) continue;
    const auto from_environment = load({{choice.variable, choice.no}}, file + choice.yes + "\n");
    ASSERT_TRUE(from_environment.has_value()) << from_environment.error().message;
    EXPECT_EQ(from_environment->endpoints.*choice.member, false) << choice.name;
    EXPECT_EQ(from_environment->origins.at(choice.name), choice.variable);
  }
}

TEST_F(LoadEndpoints, finds_below_s3_what_is_not_in_the_profile_itself) {
  for (const Choice& choice : all_choices()) {
    if (choice.nested.empty()) continue;
    const auto config = load({}, "[default]\ns3 =\n  " + choice.nested + " = " + choice.yes + "\n");
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_EQ(config->endpoints.*choice.member, true) << choice.name;
  }
}

TEST_F(LoadEndpoints, refuses_what_means_nothing_and_names_its_place) {
  for (const Choice& choice : all_choices()) {
    const std::string file = choice.key.empty() ? "[default]\ns3 =\n  " + choice.nested + " = x\n"
                                                : "[default]\n" + choice.key + " = x\n";
    const auto config = load({}, file);
    ASSERT_FALSE(config.has_value()) << choice.name;
    EXPECT_EQ(config.error().kind, ErrorKind::configuration);
    EXPECT_THAT(config.error().message, HasSubstr("config, line "));
    EXPECT_THAT(config.error().message, HasSubstr("'x'"));
    if (choice.variable.empty()) continue;
    const auto by_variable = load({{choice.variable, "x"}}, "");
    ASSERT_FALSE(by_variable.has_value()) << choice.name;
    EXPECT_THAT(by_variable.error().message, HasSubstr(choice.variable));
  }
}

TEST_F(LoadEndpoints, explains_what_it_found) {
  const auto config =
      load({{"AWS_ACCOUNT_ID_ENDPOINT_MODE", "required"}, {"AWS_USE_FIPS_ENDPOINT", "true"}}, "");
  ASSERT_TRUE(config.has_value()) << config.error().message;
  std::map<std::string, std::string> lines;
  for (const auto& line : config->explain()) lines[line.name] = line.value + " (" + line.origin + ")";
  EXPECT_EQ(lines["endpoints.account_id_mode"], "required (AWS_ACCOUNT_ID_ENDPOINT_MODE)");
  EXPECT_EQ(lines["endpoints.use_fips"], "true (AWS_USE_FIPS_ENDPOINT)");
  EXPECT_EQ(lines["endpoints.s3_use_dual_stack"], "as the others (default)");
  for (const Choice& choice : all_choices()) EXPECT_TRUE(lines.contains(choice.name)) << choice.name;
}

TEST_F(LoadEndpoints, reads_the_mode_of_account_ids) {
  using Mode = AccountIdEndpointMode;
  const std::pair<std::string, Mode> modes[] = {
      {"disabled", Mode::disabled}, {"preferred", Mode::preferred}, {"Required", Mode::required}};
  for (const auto& [text, mode] : modes) {
    EXPECT_EQ(load({}, "[default]\naccount_id_endpoint_mode = " + text + "\n")->endpoints.account_id_mode,
              mode);
    const auto config = load({{"AWS_ACCOUNT_ID_ENDPOINT_MODE", text}}, "");
    EXPECT_EQ(config->endpoints.account_id_mode, mode);
    EXPECT_EQ(config->origins.at("endpoints.account_id_mode"), "AWS_ACCOUNT_ID_ENDPOINT_MODE");
  }
  const auto config = load({{"AWS_ACCOUNT_ID_ENDPOINT_MODE", "sometimes"}}, "");
  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().message, HasSubstr("disabled, preferred and required"));
  Config given;
  given.endpoints.account_id_mode = Mode::disabled;
  EXPECT_EQ(load({{"AWS_ACCOUNT_ID_ENDPOINT_MODE", "required"}}, "", given)->endpoints.account_id_mode,
            Mode::disabled);
}

}  // namespace
}  // namespace gannet
