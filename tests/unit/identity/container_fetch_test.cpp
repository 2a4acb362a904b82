#include "identity/container_fetch.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <sys/stat.h>
#include <unistd.h>

#include "credentials/profile_files.hpp"
#include "unit/identity/fetching.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;

const std::string authorization = "Bearer eyJhbGciOiJSUzI1NiJ9.EXAMPLE";

std::string task_document(const std::string& key = "ASIAEXAMPLE") {
  return R"({"RoleArn": "arn:aws:iam::123456789012:role/r", "AccessKeyId": ")" + key +
         R"(", "SecretAccessKey": ")" + secret_key + R"(", "Token": ")" + session_token +
         R"(", "Expiration": "2027-01-01T00:00:00Z"})";
}

class ContainerFetch : public testing::Test {
 protected:
  ContainerFetch() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-container-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    options.full_uri = "http://169.254.170.23/v1/credentials";
  }
  ~ContainerFetch() override { std::filesystem::remove_all(folder); }

  Result<Credentials> run() { return blocking(container_fetch(config(), options)()); }
  Config config() const { return fakes::scripted_config(transport, time); }
  void token_file(std::string_view text) {
    options.authorization_token_file = folder / "token";
    std::ofstream(options.authorization_token_file, std::ios::binary) << text;
  }
  void expect_error(const char* code, std::string_view part) {
    const auto who = run();
    ASSERT_FALSE(who.has_value()) << part;
    EXPECT_EQ(who.error().kind, ErrorKind::configuration);
    EXPECT_EQ(who.error().code, code) << who.error().message;
    EXPECT_NE(who.error().message.find(part), std::string::npos) << who.error().message;
    EXPECT_EQ(who.error().message.find("eyJhbGci"), std::string::npos) << who.error().message;
    expect_no_secret(who.error());
  }

  fakes::VirtualTime time;
  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  ContainerCredentialsOptions options;
  std::filesystem::path folder;
};

TEST_F(ContainerFetch, asks_the_agent_of_ecs_for_what_the_task_was_told) {
  options = {.relative_uri = "/v2/credentials/0123-4567?id=a%20b", .full_uri = "http://never.example/"};
  transport->answer(200, task_document());
  const auto who = run();
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ(who->access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(who->secret_access_key.reveal(), secret_key);
  EXPECT_EQ(who->session_token.reveal(), session_token);
  ASSERT_TRUE(who->expiration.has_value());
  const auto sent = transport->sent().front();
  EXPECT_EQ(sent.request.method, "GET");
  EXPECT_EQ(sent.request.origin.authority(), "169.254.170.2");
  EXPECT_FALSE(sent.request.origin.tls);
  EXPECT_EQ(sent.request.path, "/v2/credentials/0123-4567");
  EXPECT_EQ(sent.request.query, "id=a%20b");
  EXPECT_EQ(sent.request.headers.get("Accept"), "application/json");
  EXPECT_FALSE(sent.request.headers.contains("Authorization"));
  EXPECT_EQ(sent.limits.connect, 2s);
}

TEST_F(ContainerFetch, asks_only_those_who_may_be_asked) {
  // Numbers in the older spellings are names to us, which the system resolves without asking anybody.
  const char* const allowed[] = {
      "http://169.254.170.2/x",
      "http://169.254.170.23/v1/credentials",
      "http://[fd00:ec2::23]/v1/credentials",
      "http://127.0.0.1:1234/x",
      "http://127.5.6.7/",
      "http://[::1]:99/",
      "http://localhost:8080/",
      "http://2130706433/",
      "http://127.1/x",
      "http://[::ffff:7f00:1]/x",
      "https://credentials.example/x",
      "https://10.0.0.1/x",
      "http://LOCALHOST/x",
  };
  for (const char* const uri : allowed) {
    options.full_uri = uri;
    transport = std::make_shared<fakes::ScriptedTransport>();
    transport->answer(200, task_document());
    const auto who = run();
    EXPECT_TRUE(who.has_value()) << uri << ": " << who.error().message;
    EXPECT_EQ(transport->count(), 1U) << uri;
  }
  const char* const refused[] = {
      "http://169.254.170.3/x", "http://169.254.169.254/x",   "http://10.0.0.1/x",      "http://8.8.8.8/",
      "http://[fd00:ec2::24]/", "http://[fe80::1]/x",         "http://0.0.0.0/x",       "http://[::]/x",
      "http://3232235777/x",    "http://[::ffff:a00:1]:80/x", "http://128.0.0.1:8080/",
  };
  for (const char* const uri : refused) {
    options.full_uri = uri;
    transport = std::make_shared<fakes::ScriptedTransport>();
    expect_error("HostNotAllowed", "use https");
    EXPECT_EQ(transport->count(), 0U) << uri;
  }
}

TEST_F(ContainerFetch, sends_a_request_for_a_name_to_what_the_name_stood_for) {
  options.full_uri = "http://localhost:8080/creds/";
  // Every address is tried before the attempt counts as failed.
  transport->then([](const fakes::SentRequest&) -> std::expected<HttpResponse, TransportError> {
    return HttpResponse{.status = 200, .body = BodyReader(task_document())};
  });
  ASSERT_TRUE(run().has_value());
  const auto sent = transport->sent().front().request;
  EXPECT_TRUE(sent.origin.host == "127.0.0.1" || sent.origin.host == "::1") << sent.origin.host;
  EXPECT_EQ(sent.origin.port, 8080);
  EXPECT_EQ(sent.headers.get("Host"), "localhost:8080");
  EXPECT_EQ(sent.path, "/creds/");
}

TEST_F(ContainerFetch, uris_that_cannot_be_used_are_named) {
  struct Case {
    std::string relative, full, part;
  };
  const Case cases[] = {
      {"", "", "set relative_uri or full_uri"},
      {"no-slash", "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with '/'"},
      {"/with blank", "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI cannot be used"},
      {"/line\nend", "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI cannot be used"},
      {"", "/only/a/path", "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used"},
      {"", "ftp://127.0.0.1/", "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used"},
      {"", "http://127.0.0.1:99999/", "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used"},
      {"", "http://user:pw@127.0.0.1/", "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used"},
      {"", "http://127.0.0.1/#x", "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used"},
      {"", "http:///x", "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used"},
  };
  for (const Case& c : cases) {
    options.relative_uri = c.relative;
    options.full_uri = c.full;
    expect_error("InvalidConfiguration", c.part);
  }
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(ContainerFetch, sends_the_token_and_reads_its_file_anew_each_time) {
  options.authorization_token = Secret(authorization);
  transport->answer(200, task_document()).answer(200, task_document()).answer(200, task_document());
  EXPECT_TRUE(run().has_value());
  EXPECT_EQ(transport->sent().back().request.headers.get("Authorization"), authorization);

  token_file("from-the-file");
  const auto fetch = container_fetch(config(), options);
  EXPECT_TRUE(blocking(fetch()).has_value());
  EXPECT_EQ(transport->sent().back().request.headers.get("Authorization"), "from-the-file");
  token_file("replaced");
  EXPECT_TRUE(blocking(fetch()).has_value());
  EXPECT_EQ(transport->sent().back().request.headers.get("Authorization"), "replaced");
}

TEST_F(ContainerFetch, refuses_tokens_that_no_header_can_carry) {
  for (const std::string_view end : {"\n", "\r", "\r\nX-Evil: 1", "\x7f"}) {
    options.authorization_token_file.clear();
    options.authorization_token = Secret(authorization + std::string(end));
    expect_error("InvalidAuthorizationToken", "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    token_file(authorization + std::string(end));
    expect_error("InvalidAuthorizationToken", (folder / "token").string());
  }
  token_file(authorization + std::string(1, '\0'));
  expect_error("InvalidAuthorizationToken", (folder / "token").string());
  token_file("");
  expect_error("UnreadableTokenFile", (folder / "token").string() + " is empty");
  token_file(std::string(16 * 1024 + 1, 't'));
  expect_error("UnreadableTokenFile", "longer than 16384 bytes");
  options.authorization_token_file = folder / "missing";
  expect_error("UnreadableTokenFile", "No such file");
  options.authorization_token_file = folder;
  expect_error("UnreadableTokenFile", "Is a directory");
  // A pipe that nobody writes to is not waited for.
  options.authorization_token_file = folder / "pipe";
  ASSERT_EQ(::mkfifo(options.authorization_token_file.c_str(), 0600), 0);
  expect_error("UnreadableTokenFile", (folder / "pipe").string() + " is empty");
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(ContainerFetch, that_fails_in_any_way_is_an_error_without_secrets) {
  options.authorization_token = Secret(authorization);
  struct Fault {
    int requests;
    std::function<void(fakes::ScriptedTransport&)> add;
    const char* code;
    const char* part;
  };
  const std::string echo = R"({"code": "AccessDenied", "message": "bad token )" + authorization + R"("})";
  const Fault faults[] = {
      {3, [](auto& t) { t.fail(Delivery::not_sent, ErrorKind::network, "ConnectFailed"); },
       "NoContainerCredentials", "the script says so"},
      {3, [](auto& t) { t.fail(Delivery::not_sent, ErrorKind::timeout, "ConnectTimeout"); },
       "NoContainerCredentials", "did not come"},
      {3, [](auto& t) { t.fail(Delivery::wholly_sent, ErrorKind::timeout, "StallTimeout"); },
       "NoContainerCredentials", "did not come"},
      {1, [](auto& t) { t.fail(Delivery::wholly_sent, ErrorKind::protocol, "MalformedAnswer"); },
       "NoContainerCredentials", "did not come"},
      {3, [](auto& t) { t.answer_cut(200, task_document().substr(0, 99)); }, "NoContainerCredentials", "cut"},
      {1, [](auto& t) { t.answer(200, std::string(70'000, 'x')); }, "NoContainerCredentials", "longer"},
      {1, [&](auto& t) { t.answer(401, echo); }, "CredentialsRefused",
       "HTTP 401, AccessDenied: bad token ***"},
      {1, [](auto& t) { t.answer(404, secret_key); }, "CredentialsRefused", "HTTP 404"},
      {1, [](auto& t) { t.answer(302, "", {{"Location", "http://evil.example"}}); }, "CredentialsRefused",
       "HTTP 302"},
      {3, [](auto& t) { t.answer(500, "oops"); }, "CredentialsRefused", "HTTP 500"},
      {3, [](auto& t) { t.answer(429); }, "CredentialsRefused", "HTTP 429"},
      {1, [](auto& t) { t.answer(200, task_document().substr(0, 150)); }, "MalformedCredentials",
       "not valid JSON"},
      {1, [&](auto& t) { t.answer(200, echo); }, "CredentialsRefused", "AccessDenied: bad token ***"},
      {1, [](auto& t) { t.answer(200, ""); }, "MalformedCredentials", "not valid JSON"},
  };
  for (const Fault& fault : faults) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    for (int i = 0; i < fault.requests; ++i) fault.add(*transport);
    expect_error(fault.code, fault.part);
    EXPECT_EQ(transport->count(), static_cast<std::size_t>(fault.requests)) << fault.part;
    EXPECT_TRUE(transport->finished()) << fault.part;
  }
}

TEST_F(ContainerFetch, repeats_what_failed_in_passing_after_a_pause) {
  transport->answer(503)
      .fail(Delivery::not_sent, ErrorKind::timeout, "ConnectTimeout")
      .answer(200, task_document());
  EXPECT_TRUE(run().has_value());
  EXPECT_THAT(time.slept(), testing::ElementsAre(50ms, 100ms));
}

TEST_F(ContainerFetch, does_not_show_the_query_of_its_uri) {
  options.full_uri = "http://127.0.0.1/creds?key=hidden";
  transport->answer(403);
  const auto who = run();
  EXPECT_NE(who.error().message.find("http://127.0.0.1/creds "), std::string::npos) << who.error().message;
  EXPECT_EQ(who.error().message.find("hidden"), std::string::npos) << who.error().message;
}

TEST_F(ContainerFetch, can_be_cancelled_at_every_step) {
  transport->then_wait(waits_until_cancelled());
  Fetching asking;
  asking.begin(container_fetch(config(), options));
  ASSERT_FALSE(asking.outcome.has_value());
  asking.emit();
  EXPECT_EQ(asking.outcome->error().kind, ErrorKind::cancelled);
  EXPECT_TRUE(asking.throws_if_cancelled);
  EXPECT_EQ(transport->count(), 1U);

  transport->answer(500);
  Config real_time = config();
  real_time.time.sleep = {};
  real_time.time.random = [] { return 0.999; };
  Fetching pausing;
  pausing.begin(container_fetch(real_time, options));
  ASSERT_FALSE(pausing.outcome.has_value());
  pausing.emit();
  EXPECT_EQ(pausing.outcome->error().kind, ErrorKind::cancelled);

  options.full_uri = "http://localhost/x";
  Fetching resolving;
  resolving.begin(container_fetch(config(), options));
  if (!resolving.outcome) {
    resolving.emit();
    EXPECT_EQ(resolving.outcome->error().kind, ErrorKind::cancelled);
  }
}

TEST_F(ContainerFetch, works_over_sockets) {
  boost::asio::io_context context;
  int requests = 0;
  io::testing::TestServer server(context, [&](http::ServerRequest request) -> Task<http::ServerResponse> {
    http::ServerResponse response;
    ++requests;
    const bool known = request.head.headers.get("authorization") == authorization;
    response.status = requests == 1 ? 500 : known ? 200 : 401;
    if (known)
      response.body =
          Body(task_document(std::string(request.head.path.substr(1)) + "-" + request.head.query));
    co_return response;
  });
  Config sockets;
  sockets.time = time.source();
  sockets.background = context.get_executor();
  options.full_uri = "http://localhost:" + std::to_string(server.origin().port) + "/creds?x=1";
  token_file(authorization);
  const auto provider = container_credentials(sockets, options);
  const auto who = io::testing::run(context, provider->resolve());
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ((*who)->access_key_id, "creds-x=1");
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(provider->peek(), *who);
}

TEST(ContainerOptions, come_from_the_environment) {
  const auto read = [](std::map<std::string, std::string> variables) {
    const auto environment = Environment::of(std::move(variables));
    const auto files = credentials::ProfileFiles::load("", environment);
    return container_options(SettingsFound(environment, *files));
  };
  EXPECT_FALSE(read({}).has_value());
  EXPECT_FALSE(
      read({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ""}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"}})
          .has_value());
  const auto both = read({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/r"},
                          {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/"},
                          {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"},
                          {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}});
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(both->relative_uri, "/r");
  EXPECT_EQ(both->full_uri, "http://localhost/");
  EXPECT_EQ(both->authorization_token.reveal(), "t");
  EXPECT_EQ(both->authorization_token_file, "/token");
}

}  // namespace
}  // namespace gannet::identity
