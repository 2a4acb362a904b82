#include <filesystem>
#include <fstream>

#include <gannet/config.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fakes/scripted_transport.hpp"
#include "fakes/virtual_time.hpp"

namespace gannet {
namespace {

/// Files of a test's own and an environment that knows of no others.
class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-config-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    variables = {{"AWS_CONFIG_FILE", folder_ / "config"},
                 {"AWS_SHARED_CREDENTIALS_FILE", folder_ / "credentials"}};
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  void config_file(std::string_view text) { std::ofstream(folder_ / "config") << text; }
  void credentials_file(std::string_view text) { std::ofstream(folder_ / "credentials") << text; }
  Result<Config> load(Config given = {}) const {
    return Config::load(std::move(given), Environment::of(variables));
  }
  std::string key_id(Config given = {}) const {
    const auto config = load(std::move(given));
    if (!config) return "error: " + config.error().message;
    auto who = blocking(config->credentials->resolve());
    if (!who) return "error: " + who.error().message;
    EXPECT_EQ(config->credentials->peek(), *who);
    return (*who)->access_key_id + "/" + (*who)->secret_access_key.reveal() + "/" +
           (*who)->session_token.reveal();
  }
  void expect_error(std::string_view part) const {
    const auto config = load();
    ASSERT_FALSE(config.has_value()) << part;
    EXPECT_EQ(config.error().kind, ErrorKind::configuration);
    EXPECT_NE(config.error().message.find(part), std::string::npos) << config.error().message;
  }

  std::map<std::string, std::string> variables;
  std::filesystem::path folder_;
};

TEST_F(ConfigTest, is_whole_without_environment_and_files) {
  const auto config = Config::load({}, Environment::of({}));
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->region, "");
  EXPECT_EQ(config->profile, "");
  EXPECT_FALSE(config->endpoint_url.has_value());
  EXPECT_FALSE(config->retry.max_attempts.has_value());
  EXPECT_EQ(config->s3_addressing, S3Addressing::automatic);
  ASSERT_NE(config->credentials, nullptr);
  EXPECT_TRUE(Config::load(*config, Environment::of({})).has_value());
}

TEST_F(ConfigTest, reads_the_real_environment_by_default) {
  EXPECT_EQ(Environment::process().get("PATH").has_value(), ::getenv("PATH") != nullptr);
  EXPECT_FALSE(Environment::process().get("GANNET_NO_SUCH_VARIABLE").has_value());
  const auto names = Environment::process().names();
  EXPECT_EQ(std::count(names.begin(), names.end(), "PATH"), ::getenv("PATH") != nullptr ? 1 : 0);
}

TEST_F(ConfigTest, code_goes_before_environment_before_files) {
  struct Case {
    std::string code, aws_region, aws_default_region, credentials, config, expected;
  };
  const Case cases[] = {
      {"c1", "e1", "e2", "f1", "f2", "c1"}, {"", "e1", "e2", "f1", "f2", "e1"},
      {"", "", "e2", "f1", "f2", "e2"},     {"", "", "", "f1", "f2", "f1"},
      {"", "", "", "", "f2", "f2"},         {"", "", "", "", "", ""},
  };
  for (const Case& c : cases) {
    variables["AWS_REGION"] = c.aws_region;  // "" is as good as not set.
    variables["AWS_DEFAULT_REGION"] = c.aws_default_region;
    credentials_file("[default]\nregion = " + c.credentials + "\n");
    config_file("[default]\nregion = " + c.config + "\n");
    const auto config = load({.region = c.code});
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_EQ(config->region, c.expected);
  }
}

TEST_F(ConfigTest, takes_the_profile_that_was_asked_for) {
  config_file("[default]\nregion = d\n[profile one]\nregion = r1\n[profile two]\nregion = r2\n");
  EXPECT_EQ(load()->region, "d");
  variables["AWS_PROFILE"] = "one";
  EXPECT_EQ(load()->region, "r1");
  EXPECT_EQ(load()->profile, "one");
  EXPECT_EQ(load({.profile = "two"})->region, "r2");
  variables["AWS_PROFILE"] = "three";
  expect_error("the profile 'three' (AWS_PROFILE)");
}

TEST_F(ConfigTest, finds_files_below_home) {
  std::filesystem::create_directory(folder_ / ".aws");
  std::ofstream(folder_ / ".aws" / "config") << "[default]\nregion = from-home\n";
  EXPECT_EQ(Config::load({}, Environment::of({{"HOME", folder_}}))->region, "from-home");
  EXPECT_EQ(
      Config::load({}, Environment::of({{"HOME", folder_}, {"AWS_CONFIG_FILE", "~/.aws/config"}}))->region,
      "from-home");
}

TEST_F(ConfigTest, finds_no_files_below_a_home_that_is_no_directory) {
  std::ofstream(folder_ / "home") << "a file";
  const auto config = Config::load({}, Environment::of({{"HOME", folder_ / "home"}, {"AWS_REGION", "r"}}));
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->region, "r");
}

TEST_F(ConfigTest, passes_over_files_below_a_home_that_may_not_be_entered_unless_a_variable_names_them) {
  const auto home = folder_ / "home";
  const auto file = home / ".aws" / "config";
  std::filesystem::create_directories(home / ".aws");
  std::ofstream(file) << "[default]\nregion = hidden\n";
  std::filesystem::permissions(home, std::filesystem::perms::none);
  std::error_code problem;
  if (std::filesystem::exists(file, problem)) {
    std::filesystem::permissions(home, std::filesystem::perms::owner_all);
    GTEST_SKIP() << "Permissions do not bind the user who runs this test (root).";
  }
  const auto passed_over = Config::load({}, Environment::of({{"HOME", home}, {"AWS_REGION", "r"}}));
  const auto named =
      Config::load({}, Environment::of({{"HOME", home}, {"AWS_REGION", "r"}, {"AWS_CONFIG_FILE", file}}));
  const auto named_below_home = Config::load(
      {}, Environment::of({{"HOME", home}, {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"}}));
  std::filesystem::permissions(home, std::filesystem::perms::owner_all);
  ASSERT_TRUE(passed_over.has_value()) << passed_over.error().message;
  EXPECT_EQ(passed_over->region, "r");
  ASSERT_FALSE(named.has_value());
  EXPECT_EQ(named.error().kind, ErrorKind::configuration);
  EXPECT_EQ(named.error().message, "cannot read " + file.string() + ": Permission denied");
  ASSERT_FALSE(named_below_home.has_value());
  EXPECT_EQ(named_below_home.error().code, "UnreadableProfileFile");
}

TEST_F(ConfigTest, names_file_and_line_of_what_it_cannot_read) {
  config_file("[default]\nregion\n");
  expect_error((folder_ / "config").string() + ", line 2");
  config_file("");
  std::filesystem::create_directory(folder_ / "credentials");
  expect_error((folder_ / "credentials").string() + ": it is a directory");
}

// ---- endpoints ----

struct EndpointCase {
  std::string_view what;
  std::map<std::string, std::string> variables;
  std::string_view file;
  std::string_view for_all;
  std::string_view for_s3;
};

// The order is botocore's 1.43: a service's variable, the variable for all, a service's line, the line for
// all.
TEST_F(ConfigTest, endpoints_come_from_the_most_telling_place) {
  constexpr std::string_view whole_file =
      "[default]\nservices = mine\nendpoint_url = http://file\n[services mine]\ns3 =\n  endpoint_url = "
      "http://file-s3\n";
  const EndpointCase cases[] = {
      {"nothing", {}, "", "", ""},
      {"both variables",
       {{"AWS_ENDPOINT_URL", "http://env"}, {"AWS_ENDPOINT_URL_S3", "http://env-s3"}},
       whole_file,
       "http://env",
       "http://env-s3"},
      {"the service's variable",
       {{"AWS_ENDPOINT_URL_S3", "http://env-s3"}},
       whole_file,
       "http://file",
       "http://env-s3"},
      {"the variable for all", {{"AWS_ENDPOINT_URL", "http://env"}}, whole_file, "http://env", ""},
      {"the file", {}, whole_file, "http://file", "http://file-s3"},
      {"ignored",
       {{"AWS_ENDPOINT_URL", "http://env"},
        {"AWS_ENDPOINT_URL_S3", "http://env-s3"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}},
       whole_file,
       "",
       ""},
      {"ignored by the file",
       {},
       "[default]\nignore_configured_endpoint_urls = TRUE\nendpoint_url = http://file\n",
       "",
       ""},
  };
  const auto base = variables;
  for (const EndpointCase& c : cases) {
    variables = base;
    variables.insert(c.variables.begin(), c.variables.end());
    config_file(c.file);
    const auto config = load();
    ASSERT_TRUE(config.has_value()) << c.what << ": " << config.error().message;
    EXPECT_EQ(config->endpoint_url.value_or(""), c.for_all) << c.what;
    const auto s3 = config->service_endpoint_urls.find("s3");
    EXPECT_EQ(s3 == config->service_endpoint_urls.end() ? "" : s3->second, c.for_s3) << c.what;
  }
}

TEST_F(ConfigTest, an_endpoint_that_is_empty_is_not_there) {
  config_file(
      "[default]\nservices = mine\nendpoint_url = http://file\n[services mine]\ns3 =\n  endpoint_url =\n"
      "sts =\n  endpoint_url = http://file-sts\n");
  const auto config = load();
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->endpoint_url, "http://file");
  EXPECT_FALSE(config->service_endpoint_urls.contains("s3"));
  EXPECT_EQ(config->service_endpoint_urls.at("sts"), "http://file-sts");
}

TEST_F(ConfigTest, of_two_lines_below_a_key_the_last_one_counts) {
  config_file(
      "[default]\nservices = mine\ns3 =\n  addressing_style = path\n  addressing_style = virtual\n"
      "[services mine]\ns3 =\n  endpoint_url = http://first\n  endpoint_url = http://last\n"
      "sts =\n  endpoint_url = http://first\n  endpoint_url =\n");
  const auto config = load();
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->s3_addressing, S3Addressing::virtual_host);
  EXPECT_EQ(config->origins.at("s3_addressing"), (folder_ / "config").string() + ", line 5");
  EXPECT_EQ(config->service_endpoint_urls.at("s3"), "http://last");
  EXPECT_FALSE(config->service_endpoint_urls.contains("sts"));
}

TEST_F(ConfigTest, endpoints_in_code_go_before_all) {
  variables["AWS_ENDPOINT_URL"] = "http://env";
  variables["AWS_ENDPOINT_URL_S3"] = "http://env-s3";
  variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = "http://env-secrets";
  const auto for_all = load({.endpoint_url = "http://code"});
  EXPECT_EQ(for_all->endpoint_url, "http://code");
  EXPECT_TRUE(for_all->service_endpoint_urls.empty());
  const auto for_s3 = load({.service_endpoint_urls = {{"s3", "http://code-s3"}}});
  EXPECT_EQ(for_s3->endpoint_url, "http://env");
  EXPECT_EQ(for_s3->service_endpoint_urls.at("s3"), "http://code-s3");
  EXPECT_EQ(for_s3->service_endpoint_urls.at("secrets_manager"), "http://env-secrets");
}

// ---- values ----

TEST_F(ConfigTest, reads_retries_addressing_and_authorities) {
  config_file(
      "[default]\nretry_mode = standard\nmax_attempts = 7\nca_bundle = /file.pem\ns3 =\n  addressing_style = "
      "path\n");
  auto config = load();
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->retry.max_attempts, 7);
  EXPECT_EQ(config->s3_addressing, S3Addressing::path);
  EXPECT_EQ(config->ca_bundle, "/file.pem");
  variables.insert(
      {{"AWS_MAX_ATTEMPTS", "2"}, {"AWS_CA_BUNDLE", "/env.pem"}, {"AWS_RETRY_MODE", "adaptive"}});
  config = load();
  EXPECT_EQ(config->retry.max_attempts, 2);
  EXPECT_EQ(config->ca_bundle, "/env.pem");
  config = load(
      {.s3_addressing = S3Addressing::virtual_host, .retry = {.max_attempts = 1}, .ca_bundle = "/code.pem"});
  EXPECT_EQ(config->retry.max_attempts, 1);
  EXPECT_EQ(config->ca_bundle, "/code.pem");
  EXPECT_EQ(config->s3_addressing, S3Addressing::virtual_host);
}

TEST_F(ConfigTest, lines_below_a_key_of_the_credentials_file_go_before_those_of_the_config_file) {
  credentials_file("[default]\ns3 =\n  addressing_style = path\n");
  auto config = load();
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->s3_addressing, S3Addressing::path);
  EXPECT_EQ(config->origins.at("s3_addressing"), (folder_ / "credentials").string() + ", line 3");
  config_file("[default]\ns3 =\n  addressing_style = virtual\n  use_accelerate_endpoint = true\n");
  config = load();
  EXPECT_EQ(config->s3_addressing, S3Addressing::path);
  EXPECT_FALSE(config->endpoints.s3_use_accelerate.has_value()) << "they are one value";
  credentials_file("[default]\ns3 =\n");
  config = load();
  EXPECT_EQ(config->s3_addressing, S3Addressing::virtual_host);
  EXPECT_EQ(config->endpoints.s3_use_accelerate, true);
}

TEST_F(ConfigTest, refuses_values_that_mean_nothing_and_names_their_place) {
  const std::pair<const char*, const char*> in_the_environment[] = {
      {"AWS_MAX_ATTEMPTS", "0"},           {"AWS_MAX_ATTEMPTS", "three"},
      {"AWS_MAX_ATTEMPTS", "3x"},          {"AWS_MAX_ATTEMPTS", "99999999999"},
      {"AWS_RETRY_MODE", "fast"},          {"AWS_ENDPOINT_URL", "localhost:4566"},
      {"AWS_ENDPOINT_URL_STS", "ftp://x"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "maybe"},
  };
  const auto base = variables;
  for (const auto& [name, value] : in_the_environment) {
    variables = base;
    variables[name] = value;
    expect_error(name);
  }
  variables = base;
  const std::string_view in_a_file[] = {
      "[default]\nmax_attempts = many\n",
      "[default]\nretry_mode = x\n",
      "[default]\nendpoint_url = nowhere\n",
      "[default]\nservices = missing\n",
      "[default]\ns3 =\n  addressing_style = sideways\n",
      "[default]\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = nowhere\n",
  };
  for (const std::string_view text : in_a_file) {
    config_file(text);
    expect_error((folder_ / "config").string() + ", line ");
  }
}

TEST_F(ConfigTest, names_the_place_of_an_endpoint_and_not_the_password_in_it) {
  const std::string url = "https://ada:hunter2@store.example";
  const auto expect_place = [this](const std::string& place) {
    const auto config = load();
    ASSERT_FALSE(config.has_value()) << place;
    EXPECT_TRUE(config.error().message.starts_with(place + ": cannot be used as an endpoint: "))
        << config.error().message;
    EXPECT_EQ(config.error().message.find("hunter2"), std::string::npos) << config.error().message;
  };
  const auto base = variables;
  for (const char* name : {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_EC2_METADATA_SERVICE_ENDPOINT"}) {
    variables = base;
    variables[name] = url;
    expect_place(name);
  }
  variables = base;
  const std::string file = (folder_ / "config").string();
  config_file("[default]\nendpoint_url = " + url + "\n");
  expect_place(file + ", line 2");
  config_file("[default]\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = " + url + "\n");
  expect_place(file + ", line 5");
  config_file("[default]\nendpoint_url = nowhere\n");
  expect_error(file + ", line 2: 'nowhere' cannot be used as an endpoint: ");
}

// ---- credentials ----

TEST_F(ConfigTest, finds_credentials_where_botocore_does) {
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_TRUE(key_id().starts_with("error: no credentials were found"));
  config_file("[default]\naws_access_key_id = K4\naws_secret_access_key = S4\n");
  EXPECT_EQ(key_id(), "K4/S4/");
  credentials_file(
      "[default]\naws_access_key_id = K3\naws_secret_access_key = S3\naws_session_token = T3\n[other]\n"
      "aws_access_key_id = K5\naws_secret_access_key = S5\n");
  EXPECT_EQ(key_id(), "K3/S3/T3");
  variables["AWS_ACCESS_KEY_ID"] = "K2";
  variables["AWS_SECRET_ACCESS_KEY"] = "S2";
  EXPECT_EQ(key_id(), "K2/S2/");
  variables["AWS_SESSION_TOKEN"] = "T2";
  EXPECT_EQ(key_id(), "K2/S2/T2");
  variables["AWS_PROFILE"] = "other";
  EXPECT_EQ(key_id(), "K2/S2/T2");
  EXPECT_EQ(key_id({.profile = "other"}), "K5/S5/");  // The program's own choice goes before the environment.
  const auto given = static_credentials({.access_key_id = "K1", .secret_access_key = Secret("S1")});
  EXPECT_EQ(key_id({.profile = "other", .credentials = given}), "K1/S1/");
}

TEST_F(ConfigTest, half_a_pair_of_keys_is_an_error_that_names_the_other_half) {
  const auto base = variables;
  variables["AWS_ACCESS_KEY_ID"] = "K";
  expect_error("AWS_SECRET_ACCESS_KEY is not");
  variables = base;
  variables["AWS_SECRET_ACCESS_KEY"] = "S";
  expect_error("AWS_ACCESS_KEY_ID is not");
  variables = base;
  credentials_file("[default]\naws_access_key_id = K\n");
  expect_error("line 2: aws_access_key_id needs aws_secret_access_key");
  credentials_file("");
  config_file("[default]\n\naws_secret_access_key = the-secret\n");
  expect_error("line 3: aws_secret_access_key needs aws_access_key_id");
  EXPECT_EQ(load().error().message.find("the-secret"), std::string::npos);
}

TEST_F(ConfigTest, keys_that_no_request_can_carry_are_an_error_that_names_their_place) {
  const std::map<std::string, std::string> keys = {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                                                   {"AWS_SECRET_ACCESS_KEY", "the-secret"},
                                                   {"AWS_SESSION_TOKEN", "the-token"},
                                                   {"AWS_ACCOUNT_ID", "123456789012"}};
  const auto base = variables;
  for (const auto& [name, value] : keys) {
    for (const char* blemish : {"\n", "\r\n", " ", "\x7f", "\xc3\xa9"}) {
      variables = base;
      variables.insert(keys.begin(), keys.end());
      variables[name] = value + blemish;
      expect_error(name + " holds a line end, a blank or another character");
      EXPECT_EQ(load().error().message.find("the-"), std::string::npos);
    }
  }
  variables = base;
  variables.insert(
      {{"AWS_ACCESS_KEY_ID", "K"}, {"AWS_SECRET_ACCESS_KEY", "S"}, {"AWS_SECURITY_TOKEN", "T\n"}});
  expect_error("AWS_SECURITY_TOKEN holds");
  variables = base;
  credentials_file("[default]\naws_access_key_id = K # mine\naws_secret_access_key = S\n");
  expect_error((folder_ / "credentials").string() + ", line 2: aws_access_key_id holds");
  credentials_file("");
  config_file("[default]\naws_access_key_id = K\naws_secret_access_key = the-secret\n  goes on\n");
  expect_error((folder_ / "config").string() + ", line 3: aws_secret_access_key holds");
  EXPECT_EQ(load().error().message.find("the-secret"), std::string::npos);
}

TEST_F(ConfigTest, fills_the_account_where_the_source_says_it) {
  credentials_file(
      "[default]\naws_access_key_id = K\naws_secret_access_key = S\naws_account_id = 123456789012\n");
  const auto account = [&] { return blocking(load()->credentials->resolve()).value()->account_id; };
  EXPECT_EQ(account(), "123456789012");
  variables.insert({{"AWS_ACCESS_KEY_ID", "K"}, {"AWS_SECRET_ACCESS_KEY", "S"}});
  EXPECT_EQ(account(), "");
  variables["AWS_ACCOUNT_ID"] = "210987654321";
  EXPECT_EQ(account(), "210987654321");
}

TEST_F(ConfigTest, keys_of_the_environment_may_have_an_end) {
  fakes::VirtualTime time;  // In January 2026
  variables.insert({{"AWS_ACCESS_KEY_ID", "K"},
                    {"AWS_SECRET_ACCESS_KEY", "the-secret"},
                    {"AWS_CREDENTIAL_EXPIRATION", "2026-02-01T00:00:00Z"}});
  const auto config = load({.time = time.source()});
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(blocking(config->credentials->resolve()).value()->access_key_id, "K");
  time.advance(std::chrono::hours(24 * 60));
  EXPECT_EQ(config->credentials->peek(), nullptr);
  const auto ended = blocking(config->credentials->resolve());
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(
      ended.error().message,
      "the credentials of AWS_ACCESS_KEY_ID have expired at 2026-02-01T00:00:00Z: get new ones and start "
      "again");
  variables["AWS_CREDENTIAL_EXPIRATION"] = "soon";
  expect_error("AWS_CREDENTIAL_EXPIRATION: 'soon' is no time");
}

TEST_F(ConfigTest, no_credentials_at_all_lists_what_was_tried) {
  config_file("[default]\nregion = x\nlogin_session = y\n");
  variables["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  const std::string error = key_id();
  for (const std::string& part :
       {std::string("AWS_ACCESS_KEY_ID and AWS_WEB_IDENTITY_TOKEN_FILE are not set"),
        "no profile 'default' in " + (folder_ / "credentials").string(),
        "the profile 'default' in " + (folder_ / "config").string() + " has no credentials",
        "login_session (" + (folder_ / "config").string() + ", line 3) is not supported",
        std::string("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"),
        std::string("AWS_EC2_METADATA_DISABLED is true"), std::string("Config::credentials")}) {
    EXPECT_NE(error.find(part), std::string::npos) << part << "\nin: " << error;
  }
}

TEST_F(ConfigTest, an_instance_that_does_not_answer_is_one_more_thing_that_was_tried) {
  auto transport = std::make_shared<fakes::ScriptedTransport>();
  for (int i = 0; i < 4; ++i) transport->fail(Delivery::not_sent);
  const std::string error = key_id({.transport = transport, .time = fakes::VirtualTime().source()});
  EXPECT_TRUE(error.starts_with("error: no credentials were found: ")) << error;
  EXPECT_NE(error.find("instance metadata"), std::string::npos) << error;
  EXPECT_GE(transport->count(), 1U);
}

TEST_F(ConfigTest, names_the_program_and_where_it_runs) {
  config_file("[default]\nsdk_ua_app_id = from-the-file\n");
  EXPECT_EQ(load()->app_id, "from-the-file");
  variables["AWS_SDK_UA_APP_ID"] = "receipts";
  variables["AWS_EXECUTION_ENV"] = "AWS_ECS_EC2";
  const auto config = load();
  EXPECT_EQ(config->app_id, "receipts");
  EXPECT_EQ(config->execution_env, "AWS_ECS_EC2");
  EXPECT_EQ(config->origins.at("app_id"), "AWS_SDK_UA_APP_ID");
  EXPECT_EQ(load({.app_id = "mine"})->app_id, "mine");
}

TEST_F(ConfigTest, passes_on_the_trace_id_of_a_lambda_function) {
  variables["_X_AMZN_TRACE_ID"] = "Root=1-5759e988";
  EXPECT_FALSE(load()->trace_id);
  variables["AWS_LAMBDA_FUNCTION_NAME"] = "scan";
  EXPECT_EQ(load()->trace_id(), "Root=1-5759e988");
  variables.erase("_X_AMZN_TRACE_ID");
  EXPECT_EQ(load()->trace_id(), "");
}

}  // namespace
}  // namespace gannet
