#include <map>

#include <gannet/config.hpp>
#include <gtest/gtest.h>

#include "core/proxy_rules.hpp"
#include "runtime/client_state.hpp"

namespace gannet {
namespace {

using Variables = std::map<std::string, std::string>;

Result<Config> load(const Variables& variables, Config given = {}) {
  return Config::load(std::move(given), Environment::of(variables));
}

/// "https proxy | http proxy | no proxy", or what is wrong.
std::string proxies_of(const Variables& variables) {
  const auto config = load(variables);
  if (!config) return config.error().message;
  if (!config->proxies) return "nothing";
  return config->proxies->https.url + " | " + config->proxies->http.url + " | " + config->proxies->no_proxy;
}

TEST(LoadProxies, reads_the_variables_that_other_programs_read) {
  struct Case {
    Variables variables;
    const char* expected;
  };
  const Case cases[] = {
      {{}, "nothing"},
      {{{"NO_PROXY", "a"}}, "nothing"},
      {{{"HTTPS_PROXY", "http://s:1"}}, "http://s:1 |  | "},
      {{{"HTTP_PROXY", "http://h:1"}, {"NO_PROXY", "a,b"}}, " | http://h:1 | a,b"},
      {{{"https_proxy", "http://s:1"}, {"http_proxy", "h:1"}, {"no_proxy", "a"}},
       "http://s:1 | http://h:1 | a"},
      // The lower case counts for more; empty, it says none.
      {{{"https_proxy", "http://lower:1"}, {"HTTPS_PROXY", "http://upper:1"}}, "http://lower:1 |  | "},
      {{{"https_proxy", ""}, {"HTTPS_PROXY", "http://upper:1"}}, "nothing"},
      {{{"no_proxy", ""}, {"NO_PROXY", "a"}, {"HTTPS_PROXY", "http://s:1"}}, "http://s:1 |  | "},
      {{{"HTTPS_PROXY", ""}, {"HTTP_PROXY", "http://h:1"}}, " | http://h:1 | "},
      {{{"ALL_PROXY", "http://all:1"}}, "http://all:1 | http://all:1 | "},
      {{{"all_proxy", "http://all:1"}, {"HTTP_PROXY", "http://h:1"}}, "http://all:1 | http://h:1 | "},
      {{{"ALL_PROXY", "http://all:1"}, {"https_proxy", ""}}, " | http://all:1 | "},
      // Of ALL_PROXY, what is for other programs is passed over.
      {{{"ALL_PROXY", "socks5://s:1"}}, "nothing"},
      {{{"all_proxy", "SOCKS://ada:pw@s:1"}}, "nothing"},
      {{{"ALL_PROXY", "socks5h://s:1"}, {"HTTPS_PROXY", "http://s:2"}}, "http://s:2 |  | "},
      {{{"all_proxy", "socks5://s:1"}, {"ALL_PROXY", "http://all:1"}}, "nothing"},
      {{{"ALL_PROXY", "all:1"}}, "http://all:1 | http://all:1 | "},
      {{{"ALL_PROXY", "HTTPS://all:1"}}, "HTTPS://all:1 | HTTPS://all:1 | "},
      // A CGI program's HTTP_PROXY is a header of its visitor.
      {{{"REQUEST_METHOD", "GET"}, {"HTTP_PROXY", "http://evil:1"}}, "nothing"},
      {{{"REQUEST_METHOD", "GET"}, {"http_proxy", "http://h:1"}}, " | http://h:1 | "},
  };
  for (const Case& c : cases) EXPECT_EQ(proxies_of(c.variables), c.expected);
}

TEST(LoadProxies, takes_user_and_password_out_of_the_url) {
  const auto config = load({{"HTTPS_PROXY", "http://ada:p%40ss@s:1"}});
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->proxies->https.url, "http://s:1");
  EXPECT_EQ(config->proxies->https.username, "ada");
  EXPECT_EQ(config->proxies->https.password.reveal(), "p@ss");
  EXPECT_EQ(config->origins.at("proxies.https"), "HTTPS_PROXY");
}

TEST(LoadProxies, names_the_variable_and_not_the_password_when_it_cannot_be_used) {
  const std::pair<const char*, const char*> cases[] = {
      {"HTTPS_PROXY", "socks5://ada:hunter2@s:1"}, {"https_proxy", "socks5://ada:hunter2@s:1"},
      {"HTTP_PROXY", "socks5://ada:hunter2@s:1"},  {"ALL_PROXY", "http://ada:hunter2@s:port"},
      {"all_proxy", "ada:hunter2@s:port"},
  };
  for (const auto& [name, value] : cases) {
    const auto config = load({{name, value}});
    ASSERT_FALSE(config.has_value()) << name;
    EXPECT_EQ(config.error().kind, ErrorKind::configuration);
    EXPECT_TRUE(config.error().message.starts_with(std::string(name) + ": ")) << config.error().message;
    EXPECT_EQ(config.error().message.find("hunter2"), std::string::npos) << config.error().message;
  }
}

TEST(LoadProxies, leaves_alone_what_the_program_says) {
  const Variables variables{{"HTTPS_PROXY", "http://s:1"}};
  Config none;
  none.proxies = Proxies{};
  const auto without = load(variables, none);
  ASSERT_TRUE(without.has_value());
  EXPECT_EQ(without->proxies, Proxies{});
  EXPECT_FALSE(without->origins.contains("proxies.https"));
  Config own;
  own.proxies = Proxies{.https = {.url = "http://mine:1"}};
  EXPECT_EQ(load(variables, own)->proxies->https.url, "http://mine:1");
}

TEST(LoadProxies, gives_a_copy_with_other_settings_its_own_sockets) {
  const auto config = load({{"HTTPS_PROXY", "http://ada:pw@s:1"}});
  ASSERT_TRUE(config.has_value());
  const auto sockets = config->shared->sockets(*config);
  EXPECT_EQ(config->shared->sockets(*config), sockets);
  Config direct = *config;
  direct.proxies = Proxies{};
  const auto without = direct.shared->sockets(direct);
  EXPECT_NE(without, sockets);
  direct.proxies.reset();
  EXPECT_EQ(direct.shared->sockets(direct), without);
  Config other_password = *config;
  other_password.proxies->https.password = Secret("pv");
  EXPECT_NE(config->shared->sockets(other_password), sockets);
  Config other_authorities = *config;
  other_authorities.ca_bundle = "/other.pem";
  EXPECT_NE(config->shared->sockets(other_authorities), sockets);
  Config narrow = *config;
  narrow.connections.per_origin = 1;
  EXPECT_NE(config->shared->sockets(narrow), sockets);
  EXPECT_EQ(config->shared->sockets(*config), sockets);
}

}  // namespace
}  // namespace gannet
