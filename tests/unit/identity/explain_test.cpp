#include "identity/explain.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gannet/config.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/timestamps.hpp"
#include "fakes/identity_services.hpp"
#include "fakes/virtual_time.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::identity {
namespace {

/// "value <- origin", or "" for a setting that is not there.
std::string line(const Config& config, std::string_view name) {
  const auto settings = config.explain();
  const auto found = std::ranges::find(settings, name, &ExplainedSetting::name);
  return found == settings.end() ? "" : found->value + " <- " + found->origin;
}

class Explain : public testing::Test {
 protected:
  Explain() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-explain-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    variables = {{"AWS_CONFIG_FILE", folder / "config"},
                 {"AWS_SHARED_CREDENTIALS_FILE", folder / "credentials"},
                 {"AWS_EC2_METADATA_DISABLED", "true"}};
  }
  ~Explain() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] Config load(Config given = {}) const {
    auto config = Config::load(std::move(given), Environment::of(variables));
    EXPECT_TRUE(config.has_value()) << config.error().message;
    return config.value_or(Config{});
  }
  void config_file(std::string_view text) const { std::ofstream(folder / "config") << text; }
  [[nodiscard]] std::string in_config(int number) const {
    return (folder / "config").string() + ", line " + std::to_string(number);
  }

  std::map<std::string, std::string> variables;
  std::filesystem::path folder;
};

TEST_F(Explain, says_where_each_setting_came_from) {
  config_file("[default]\nmax_attempts = 7\nendpoint_url = http://file\ns3 =\n  addressing_style = path\n");
  variables.insert({{"AWS_REGION", "eu-west-1"},
                    {"AWS_ENDPOINT_URL_S3", "http://env-s3"},
                    {"AWS_CA_BUNDLE", "/env.pem"},
                    {"AWS_ACCESS_KEY_ID", "AKIAABCDEFGHIJKLMNOP"},
                    {"AWS_SECRET_ACCESS_KEY", "the-secret"},
                    {"AWS_SESSION_TOKEN", "the-token"}});
  const Config config = load({.service_endpoint_urls = {{"sts", "http://code-sts"}}, .app_id = "mine"});
  EXPECT_EQ(line(config, "region"), "eu-west-1 <- AWS_REGION");
  EXPECT_EQ(line(config, "retry.max_attempts"), "7 <- " + in_config(2));
  EXPECT_EQ(line(config, "endpoint_url"), "http://file <- " + in_config(3));
  EXPECT_EQ(line(config, "s3_addressing"), "path <- " + in_config(5));
  EXPECT_EQ(line(config, "service_endpoint_urls.s3"), "http://env-s3 <- AWS_ENDPOINT_URL_S3");
  EXPECT_EQ(line(config, "service_endpoint_urls.sts"), "http://code-sts <- code");
  EXPECT_EQ(line(config, "ca_bundle"), "/env.pem <- AWS_CA_BUNDLE");
  EXPECT_EQ(line(config, "app_id"), "mine <- code");
  EXPECT_EQ(line(config, "timeouts.connect"), "3100 ms <- default");
  EXPECT_EQ(line(config, "timeouts.call"), "none <- default");
  EXPECT_EQ(line(config, "credentials"), "AKIA************MNOP <- AWS_ACCESS_KEY_ID");
  for (const auto& setting : config.explain()) {
    for (const char* secret : {"the-secret", "the-token", "ABCDEFGH"})
      EXPECT_EQ((setting.name + setting.value + setting.origin).find(secret), std::string::npos)
          << setting.name;
  }
}

TEST_F(Explain, notices_what_was_changed_after_loading) {
  variables.insert({{"AWS_REGION", "eu-west-1"}, {"AWS_ACCESS_KEY_ID", "K"}, {"AWS_SECRET_ACCESS_KEY", "S"}});
  Config config = load();
  config.region = "us-east-1";
  config.timeouts.call = std::chrono::seconds(5);
  config.credentials = static_credentials({.access_key_id = "other", .secret_access_key = Secret("s")});
  EXPECT_EQ(line(config, "region"), "us-east-1 <- code");
  EXPECT_EQ(line(config, "timeouts.call"), "5000 ms <- code");
  EXPECT_EQ(line(config, "credentials"), "***** <- code");
  config.region = "eu-west-1";
  EXPECT_EQ(line(config, "region"), "eu-west-1 <- AWS_REGION");
}

TEST_F(Explain, tells_credentials_that_come_later_from_those_that_do_not) {
  EXPECT_EQ(line(load(), "credentials"), "none <- nowhere");
  EXPECT_EQ(line(Config{}, "credentials"), " <- default");
  config_file(
      "[default]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\n[profile base]\n"
      "aws_access_key_id = K\naws_secret_access_key = S\n");
  EXPECT_EQ(line(load(), "credentials"), "fetched when first needed <- " + in_config(2) +
                                             " (arn:aws:iam::1:role/one, assumed with " + in_config(5) + ")");
  config_file("[default]\ncredential_process = get-them --secret=hidden\n");
  EXPECT_EQ(line(load(), "credentials"),
            "fetched when first needed <- " + in_config(2) + " (credential_process)");
  config_file("[default]\nsso_start_url = u\nsso_region = r\nsso_account_id = 1\nsso_role_name = Reader\n");
  EXPECT_EQ(line(load(), "credentials"),
            "fetched when first needed <- " + in_config(4) + " (Reader in the account 1, by single sign-on)");
}

TEST_F(Explain, says_which_variable_named_the_profile) {
  config_file("[profile one]\nregion = r1\n[default]\nregion = d\n");
  EXPECT_EQ(line(load(), "profile"), " <- default");
  EXPECT_EQ(line(load({.profile = "one"}), "profile"), "one <- code");
  variables["AWS_DEFAULT_PROFILE"] = "one";
  EXPECT_EQ(line(load(), "profile"), "one <- AWS_DEFAULT_PROFILE");
  variables["AWS_PROFILE"] = "default";
  EXPECT_EQ(line(load(), "profile"), "default <- AWS_PROFILE");
  EXPECT_EQ(line(load({.profile = "one"}), "profile"), "one <- code");
}

TEST_F(Explain, says_of_keys_with_an_end_when_they_have_expired) {
  fakes::VirtualTime time;  // In January 2026
  variables.insert({{"AWS_ACCESS_KEY_ID", "AKIAABCDEFGHIJKLMNOP"},
                    {"AWS_SECRET_ACCESS_KEY", "S"},
                    {"AWS_CREDENTIAL_EXPIRATION", "2026-02-01T00:00:00Z"}});
  const Config config = load({.time = time.source()});
  EXPECT_EQ(line(config, "credentials"), "AKIA************MNOP <- AWS_ACCESS_KEY_ID");
  time.advance(std::chrono::hours(24 * 60));
  EXPECT_EQ(line(config, "credentials"),
            "AKIA************MNOP, expired at 2026-02-01T00:00:00Z <- AWS_ACCESS_KEY_ID");
}

TEST_F(Explain, asks_nobody_though_a_refresh_is_due) {
  fakes::VirtualTime time;
  const auto services = std::make_shared<fakes::IdentityServices>();
  services->expiration = core::iso8601(time.now() + std::chrono::hours(1));
  boost::asio::io_context context;
  config_file(
      "[default]\nrole_arn = arn:aws:iam::1:role/role-number-one\nsource_profile = base\n[profile base]\n"
      "aws_access_key_id = K\naws_secret_access_key = S\n");
  const Config config = load({.region = "eu-west-1",
                              .transport = services,
                              .time = time.source(),
                              .background = context.get_executor()});
  ASSERT_TRUE(io::testing::run(context, config.credentials->resolve()).has_value());
  ASSERT_EQ(services->asked().size(), 1U);
  for (const auto minutes : {50, 9}) {  // The refresh is due; those who call would wait for it.
    time.advance(std::chrono::minutes(minutes));
    EXPECT_TRUE(line(config, "credentials").starts_with("role*******-one <- "))
        << line(config, "credentials");
    context.restart();
    context.poll();
    EXPECT_EQ(services->asked().size(), 1U);
  }
  time.advance(std::chrono::minutes(1));
  EXPECT_TRUE(line(config, "credentials").starts_with("fetched when first needed <- "));
}

TEST_F(Explain, shows_settings_that_are_no_members_as_they_are_written) {
  const auto lines_of = [](const Config& config) {
    std::vector<std::string> lines;
    for (const char* name :
         {"ignore_configured_endpoint_urls", "retry_mode", "ec2_metadata_disabled",
          "ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode", "metadata_service_timeout",
          "metadata_service_num_attempts", "config_file", "credentials_file"})
      lines.push_back(line(config, name));
    return lines;
  };
  EXPECT_EQ(lines_of(Config{}),
            (std::vector<std::string>{"false <- default", "standard <- default", "false <- default",
                                      "EC2's own <- default", "IPv4 <- default", "1 <- default",
                                      "3 <- default", " <- default", " <- default"}));
  variables = {{"HOME", folder}};
  const Config by_default = load();
  EXPECT_EQ(line(by_default, "config_file"), (folder / ".aws/config").string() + " <- default");
  EXPECT_EQ(line(by_default, "credentials_file"), (folder / ".aws/credentials").string() + " <- default");

  const std::string config = (folder / "config").string();
  const std::string credentials = (folder / "credentials").string();
  variables = {{"AWS_CONFIG_FILE", config},
               {"AWS_SHARED_CREDENTIALS_FILE", credentials},
               {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"},
               {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[::1]:8080"},
               {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1"}};
  config_file(
      "[default]\nretry_mode = adaptive\nec2_metadata_service_endpoint_mode = IPv6\n"
      "metadata_service_timeout = 2.5\n");
  const std::vector<std::string> found = {"TRUE <- AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                          "adaptive <- " + in_config(2),
                                          "false <- default",
                                          "http://[::1]:8080 <- AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                          "IPv6 <- " + in_config(3),
                                          "2.5 <- " + in_config(4),
                                          "1 <- AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                                          config + " <- AWS_CONFIG_FILE",
                                          credentials + " <- AWS_SHARED_CREDENTIALS_FILE"};
  const Config once = load();
  EXPECT_EQ(lines_of(once), found);
  EXPECT_EQ(lines_of(load({.endpoint_url = "http://code", .credentials = static_credentials({})})), found);
  // A Config that is loaded again is explained by what was found the second time.
  EXPECT_EQ(lines_of(load(by_default)), found);
  variables = {{"HOME", folder}};
  EXPECT_EQ(lines_of(load(once)), lines_of(by_default));
}

TEST_F(Explain, knows_every_setting_that_load_finds) {
  config_file(
      "[default]\nendpoint_url = http://x\ns3 =\n  addressing_style = path\n  use_dualstack_endpoint = true\n"
      "  use_accelerate_endpoint = true\n");
  variables.insert({{"AWS_REGION", "r"},
                    {"AWS_PROFILE", "default"},
                    {"AWS_USE_FIPS_ENDPOINT", "true"},
                    {"AWS_USE_DUALSTACK_ENDPOINT", "true"},
                    {"AWS_STS_REGIONAL_ENDPOINTS", "legacy"},
                    {"AWS_ACCOUNT_ID_ENDPOINT_MODE", "preferred"},
                    {"AWS_S3_USE_ARN_REGION", "true"},
                    {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "legacy"},
                    {"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "true"},
                    {"HTTPS_PROXY", "http://me:the-password@proxy:3128"},
                    {"http_proxy", "http://proxy:3128"},
                    {"NO_PROXY", "localhost"},
                    {"AWS_MAX_ATTEMPTS", "2"},
                    {"AWS_RETRY_MODE", "legacy"},
                    {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"},
                    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://localhost"},
                    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"},
                    {"AWS_METADATA_SERVICE_TIMEOUT", "2"},
                    {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2"},
                    {"AWS_CA_BUNDLE", "/x"},
                    {"AWS_SDK_UA_APP_ID", "x"},
                    {"AWS_EXECUTION_ENV", "x"},
                    {"AWS_LAMBDA_FUNCTION_NAME", "x"},
                    {"AWS_DISABLE_REQUEST_COMPRESSION", "true"},
                    {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "1"},
                    {"AWS_ENDPOINT_URL_STS", "http://x"}});
  const Config config = load();
  EXPECT_GE(config.origins.size(), 32U);
  EXPECT_EQ(line(config, "proxies.https"), "http://me:***@proxy:3128 <- HTTPS_PROXY");
  for (const auto& [name, origin] : config.origins)
    EXPECT_TRUE(line(config, name).ends_with(" <- " + origin)) << name << ": " << line(config, name);
}

TEST_F(Explain, shows_a_proxy_of_the_program_whatever_its_url_looks_like) {
  struct Case {
    const char* url;
    const char* username;
    const char* password;
    const char* shown;
  };
  const Case cases[] = {
      {"", "u", "hunter2", ""},
      {"http://proxy:3128", "", "", "http://proxy:3128"},
      {"http://proxy:3128", "u", "", "http://u@proxy:3128"},
      {"http://proxy:3128", "u", "hunter2", "http://u:***@proxy:3128"},
      {"proxy:3128", "u", "", "u@proxy:3128"},
      {"proxy:3128", "u", "hunter2", "u:***@proxy:3128"},
      {"p", "u", "hunter2", "u:***@p"},
      {"http://ada:hunter2@proxy:3128", "", "", "http://ada:***@proxy:3128"},
      {"http://ada:hunter2@proxy:3128", "u", "hunter2", "http://u:***@ada:***@proxy:3128"},
      {"ada:hun/ter2@proxy", "u", "", "u@ada:***@proxy"},
  };
  for (const Case& c : cases) {
    Config config;
    config.proxies =
        Proxies{.https = {.url = c.url, .username = c.username, .password = Secret(std::string(c.password))}};
    EXPECT_EQ(line(config, "proxies.https"),
              std::string(c.shown) + (*c.shown == 0 ? " <- default" : " <- code"));
  }
}

TEST(MaskedUrl, hides_a_password_and_nothing_else) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"http://host:80/a@b:c", "http://host:80/a@b:c"},
      {"http://user@host", "http://user@host"},
      {"http://user:p@ss:word@host:80/x", "http://user:***@host:80/x"},
      {"user:password@host", "user:***@host"},
      {"http://:password@host", "http://:***@host"},
      {"http://u:pa/ss@host", "http://u:***@host"},
      {"http://u:p://w@host", "http://u:***@host"},
      {"user:p://w@host", "user:***@host"},
      {"socks5://user:password@host", "socks5://user:***@host"},
      {"http:user:password@host", "http:***@host"},
      {"http://user:pass word@host/x@y", "http://user:***@y"},
      {"user:password@", "user:***@"},
      {"@", "@"},
      {"host", "host"},
      {"host:3128", "host:3128"},
      {"p@h:1", "p@h:1"},
      {"://", "://"},
  };
  for (const auto& [url, masked] : cases) EXPECT_EQ(masked_url(url), masked);
}

}  // namespace
}  // namespace gannet::identity
