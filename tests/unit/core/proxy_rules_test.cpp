#include "core/proxy_rules.hpp"

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

TEST(ProxyRules, reads_a_proxy_as_the_variables_name_it) {
  struct Case {
    const char* text;
    const char* url;
    const char* host;
    std::uint16_t port;
    const char* username;
    const char* password;
  };
  const Case cases[] = {
      {"http://proxy.example:3128", "http://proxy.example:3128", "proxy.example", 3128, "", ""},
      {"HTTP://proxy.example:3128/", "HTTP://proxy.example:3128/", "proxy.example", 3128, "", ""},
      {"http://proxy.example", "http://proxy.example", "proxy.example", 80, "", ""},
      {"https://proxy.example", "https://proxy.example", "proxy.example", 443, "", ""},
      {"proxy.example:3128", "http://proxy.example:3128", "proxy.example", 3128, "", ""},
      {"http://[fd00::1]:8080", "http://[fd00::1]:8080", "fd00::1", 8080, "", ""},
      {"http://ada:pw@10.0.0.1:1", "http://10.0.0.1:1", "10.0.0.1", 1, "ada", "pw"},
      {"ada:pw@proxy:1", "http://proxy:1", "proxy", 1, "ada", "pw"},
      {"http://ada@proxy:1", "http://proxy:1", "proxy", 1, "ada", ""},
      {"http://ada:@proxy:1", "http://proxy:1", "proxy", 1, "ada", ""},
      {"http://a%40b:p%3A%2f%25@proxy:1", "http://proxy:1", "proxy", 1, "a@b", "p:/%"},
      {"http://ada:p:w@proxy:1", "http://proxy:1", "proxy", 1, "ada", "p:w"},
      {"http://ada:p@w?#@proxy:1", "http://proxy:1", "proxy", 1, "ada", "p@w?#"},
  };
  for (const Case& c : cases) {
    const auto proxy = parse_proxy(c.text);
    ASSERT_TRUE(proxy.has_value()) << c.text << ": " << proxy.error().message;
    EXPECT_EQ(proxy->url, c.url);
    EXPECT_EQ(proxy->username, c.username) << c.text;
    EXPECT_EQ(proxy->password.reveal(), c.password) << c.text;
    const auto origin = proxy_origin(proxy->url);
    ASSERT_TRUE(origin.has_value()) << c.text;
    EXPECT_EQ(origin->host, c.host) << c.text;
    EXPECT_EQ(origin->port, c.port) << c.text;
    EXPECT_EQ(origin->tls, std::string_view(c.text).starts_with("https")) << c.text;
  }
}

TEST(ProxyRules, refuses_what_is_no_proxy_without_quoting_it) {
  for (const char* text :
       {"", "socks5://ada:hunter2@proxy:1080", "http://ada:hunter2@", "http://ada:hunter2@proxy:0",
        "http://ada:hunter2@proxy:port", "http://ada:hunter2@proxy:1/path", "http://ada:hunter2%zz@proxy:1",
        "http://:hunter2@proxy:1", "http://a%3ab:hunter2@proxy:1", "http://ada:hunter2/x@proxy:1",
        "http://ada:hunter2@pro xy:1", "http://ada:hunter2@[fd00::1:1", "http://ada:hunter2@proxy?x=1"}) {
    const auto proxy = parse_proxy(text);
    ASSERT_FALSE(proxy.has_value()) << text;
    EXPECT_EQ(proxy.error().kind, ErrorKind::configuration);
    EXPECT_EQ(proxy.error().message.find("hunter2"), std::string::npos) << proxy.error().message;
    EXPECT_NE(proxy.error().message.find("proxy"), std::string::npos) << proxy.error().message;
  }
}

TEST(ProxyRules, authorizes_as_http_basic_does) {
  EXPECT_TRUE(proxy_authorization(Proxy{.url = "http://proxy"})->empty());
  const auto value = proxy_authorization(Proxy{.username = "Aladdin", .password = Secret("open sesame")});
  EXPECT_EQ(value->reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_FALSE(proxy_authorization(Proxy{.username = "a:b", .password = Secret("c")}).has_value());
  EXPECT_FALSE(proxy_authorization(Proxy{.password = Secret("c")}).has_value());
}

// Where curl, Python and Go agree, and where they differ, what most do.
TEST(NoProxy, covers_hosts_by_name_address_and_network) {
  struct Case {
    const char* list;
    const char* host;
    std::uint16_t port;
    bool covered;
  };
  const Case cases[] = {
      {"", "example.com", 443, false},
      {"*", "example.com", 443, true},
      {"other, *", "example.com", 443, true},
      {"example.com", "example.com", 443, true},
      {"example.com", "a.b.example.com", 443, true},
      {"example.com", "badexample.com", 443, false},
      {"example.com", "example.com.evil", 443, false},
      {".example.com", "example.com", 443, true},
      {".example.com", "a.example.com", 443, true},
      {".example.com", "badexample.com", 443, false},
      {"*.example.com", "a.example.com", 443, true},
      {"*.example.com", "example.com", 443, false},
      {"EXAMPLE.com", "example.com", 443, true},
      {"example.com.", "example.com", 443, true},
      {"example.com", "example.com.", 443, true},
      {"a,example.com", "example.com", 443, true},
      {" a , example.com ", "example.com", 443, true},
      {"a example.com", "example.com", 443, true},
      {"example.com:8443", "example.com", 8443, true},
      {"example.com:8443", "example.com", 443, false},
      {"example.com:8443", "a.example.com", 8443, true},
      {"example.com:x", "example.com", 443, false},
      {"example.com:", "example.com", 443, false},
      {"localhost", "127.0.0.1", 80, false},
      {"127.0.0.1", "127.0.0.1", 80, true},
      {"127.0.0.1:80", "127.0.0.1", 80, true},
      {"127.0.0.1:81", "127.0.0.1", 80, false},
      {"27.0.0.1", "127.0.0.1", 80, false},
      {"0.0.1", "127.0.0.1", 80, false},
      {"127.0.0.0/8", "127.9.9.9", 80, true},
      {"127.0.0.0/8", "128.0.0.1", 80, false},
      {"10.1.2.0/23", "10.1.3.255", 80, true},
      {"10.1.2.0/23", "10.1.4.0", 80, false},
      {"0.0.0.0/0", "10.1.4.0", 80, true},
      {"0.0.0.0/0", "fd00::1", 80, false},
      {"0.0.0.0/0", "example.com", 80, false},
      {"10.1.2.3/32", "10.1.2.3", 80, true},
      {"10.1.2.3/33", "10.1.2.3", 80, false},
      {"10.1.2.3/", "10.1.2.3", 80, false},
      {"10.1.2.3/x", "10.1.2.3", 80, false},
      {"example.com/8", "example.com", 80, false},
      {"169.254.169.254", "169.254.169.254", 80, true},
      {"::1", "::1", 80, true},
      {"[::1]", "::1", 80, true},
      {"[::1]:80", "::1", 80, true},
      {"[::1]:81", "::1", 80, false},
      {"[::1", "::1", 80, false},
      {"[::1]x", "::1", 80, false},
      {"[::1]:", "::1", 80, false},
      {"fd00::/8", "fdff::2", 80, true},
      {"[fd00::]/8", "fdff::2", 80, true},
      {"fd00::/8", "fe80::2", 80, false},
      {"fd00:0::1", "fd00::1", 80, true},
      {".", "example.com", 80, false},
      {"*.", "example.com", 80, false},
      {",,  ,", "example.com", 80, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(NoProxy(c.list).covers({.tls = false, .host = c.host, .port = c.port}), c.covered)
        << '"' << c.list << "\" and " << c.host << ":" << c.port;
  }
}

}  // namespace
}  // namespace gannet::core
