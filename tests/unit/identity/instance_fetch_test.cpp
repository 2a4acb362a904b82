#include "identity/instance_fetch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "credentials/profile_files.hpp"
#include "unit/identity/fetching.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::string role_document(const std::string& end = "2027-01-01T00:00:00Z",
                          const std::string& key = "ASIAEXAMPLE") {
  return R"({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": ")" + key + R"(", "SecretAccessKey": ")" +
         secret_key + R"(", "Token": ")" + session_token + R"(", "Expiration": ")" + end + R"("})";
}

/// The steps of a fetch, in order.
constexpr const char* steps[] = {"a session token", "the name of its role", "the credentials of its role"};

class InstanceFetch : public testing::Test {
 protected:
  void good_step(std::size_t step) {
    if (step == 0) transport->answer(200, "TOKEN==", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}});
    if (step == 1) transport->answer(200, "my-role");
    if (step == 2) transport->answer(200, role_document());
  }
  Result<Credentials> run() { return blocking(instance_fetch(config(), options)()); }
  Config config() const { return fakes::scripted_config(transport, time); }
  /// "PUT http://host/path", one a request.
  std::vector<std::string> sent() const {
    std::vector<std::string> lines;
    for (const auto& one : transport->sent()) {
      lines.push_back(one.request.method + " " + one.request.origin.authority() + one.request.path);
    }
    return lines;
  }

  fakes::VirtualTime time;
  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  InstanceCredentialsOptions options;
};

TEST_F(InstanceFetch, asks_for_a_token_then_with_it_for_the_role_and_its_credentials) {
  for (std::size_t step = 0; step < 3; ++step) good_step(step);
  const auto who = run();
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ(who->access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(who->session_token.reveal(), session_token);
  const std::string roles = "GET 169.254.169.254/latest/meta-data/iam/security-credentials/";
  EXPECT_THAT(sent(), testing::ElementsAre("PUT 169.254.169.254/latest/api/token", roles, roles + "my-role"));
  const auto requests = transport->sent();
  EXPECT_EQ(requests[0].request.headers.get("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_FALSE(requests[0].request.headers.contains("x-aws-ec2-metadata-token"));
  for (const auto& one : requests) {
    EXPECT_FALSE(one.request.origin.tls);
    EXPECT_EQ(one.limits.connect, 1s);
    EXPECT_EQ(one.limits.stall, 1s);
    EXPECT_TRUE(one.limits.deadline.has_value());
    EXPECT_TRUE(one.request.headers.get("user-agent").starts_with("gannet/"));
  }
  EXPECT_EQ(requests[1].request.headers.get("x-aws-ec2-metadata-token"), "TOKEN==");
  EXPECT_EQ(requests[2].request.headers.get("x-aws-ec2-metadata-token"), "TOKEN==");
}

TEST_F(InstanceFetch, goes_where_it_is_told) {
  struct Case {
    std::string endpoint;
    bool ipv6;
    std::string expected;
  };
  for (const Case& c :
       {Case{"", true, "PUT [fd00:ec2::254]/latest/api/token"},
        Case{"http://127.0.0.1:1338", true, "PUT 127.0.0.1:1338/latest/api/token"},
        Case{"https://imds.example/prefix/", false, "PUT imds.example/prefix/latest/api/token"}}) {
    options.endpoint = c.endpoint;
    options.ipv6 = c.ipv6;
    transport = std::make_shared<fakes::ScriptedTransport>();
    EXPECT_FALSE(run().has_value());
    EXPECT_EQ(sent().front(), c.expected);
  }
  options.endpoint = "not a url";
  EXPECT_EQ(run().error().code, "InvalidConfiguration");
  EXPECT_THAT(run().error().message, testing::HasSubstr("'not a url' cannot be used: "));
  options.endpoint = "http://ada:hunter2@imds.example";
  EXPECT_EQ(run().error().code, "InvalidConfiguration");
  EXPECT_THAT(run().error().message, testing::HasSubstr("the instance metadata service cannot be used: "));
  EXPECT_THAT(run().error().message, testing::Not(testing::HasSubstr("hunter2")));
}

TEST_F(InstanceFetch, keeps_its_token_until_shortly_before_its_end) {
  good_step(0);
  const auto fetch = instance_fetch(config(), options);
  for (int round = 0; round < 2; ++round) {
    good_step(1);
    good_step(2);
    EXPECT_TRUE(blocking(fetch()).has_value());
  }
  EXPECT_EQ(transport->count(), 5U);
  time.advance(6h - 1min);
  transport->answer(200, "SHORT", {{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "120"}});
  good_step(1);
  good_step(2);
  EXPECT_TRUE(blocking(fetch()).has_value());
  EXPECT_EQ(transport->sent().back().request.headers.get("x-aws-ec2-metadata-token"), "SHORT");
  time.advance(1min);
  for (std::size_t step = 0; step < 3; ++step) good_step(step);
  EXPECT_TRUE(blocking(fetch()).has_value());
  EXPECT_TRUE(transport->finished());
}

TEST_F(InstanceFetch, gets_a_new_token_once_where_the_old_one_is_not_taken) {
  for (const std::size_t refused : {1U, 2U}) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    for (std::size_t step = 0; step < refused; ++step) good_step(step);
    transport->answer(401).answer(200, "NEW");
    for (std::size_t step = refused; step < 3; ++step) good_step(step);
    const auto who = run();
    ASSERT_TRUE(who.has_value()) << who.error().message;
    EXPECT_EQ(transport->sent().back().request.headers.get("x-aws-ec2-metadata-token"), "NEW");
    EXPECT_TRUE(transport->finished());

    for (std::size_t step = 0; step < refused; ++step) good_step(step);
    transport->answer(401).answer(200, "NEW").answer(401);
    const auto error = run().error();
    EXPECT_EQ(error.code, "InstanceMetadataRefused");
    EXPECT_NE(error.message.find(steps[refused]), std::string::npos) << error.message;
    EXPECT_TRUE(transport->finished());
  }
}

TEST_F(InstanceFetch, that_fails_at_any_step_in_any_way_is_an_error_that_names_it) {
  struct Fault {
    const char* what;
    int requests;  ///< Attempts made of the step.
    std::function<void(fakes::ScriptedTransport&)> add;
    std::string code;
  };
  const Fault faults[] = {
      {"refused", 3, [](auto& t) { t.fail(Delivery::not_sent, ErrorKind::network, "ConnectFailed"); },
       "NoInstanceMetadata"},
      {"nobody there", 1, [](auto& t) { t.fail(Delivery::not_sent, ErrorKind::timeout, "ConnectTimeout"); },
       "NoInstanceMetadata"},
      {"silence", 3, [](auto& t) { t.fail(Delivery::wholly_sent, ErrorKind::timeout, "StallTimeout"); },
       "NoInstanceMetadata"},
      {"unreadable", 1,
       [](auto& t) { t.fail(Delivery::wholly_sent, ErrorKind::protocol, "MalformedAnswer"); },
       "NoInstanceMetadata"},
      {"cut", 3, [](auto& t) { t.answer_cut(200, role_document().substr(0, 40)); }, "NoInstanceMetadata"},
      {"endless", 1, [](auto& t) { t.answer(200, std::string(70'000, 'x')); }, "NoInstanceMetadata"},
      {"400", 1, [](auto& t) { t.answer(400, secret_key); }, "InstanceMetadataRefused"},
      {"403", 1, [](auto& t) { t.answer(403, secret_key); }, "InstanceMetadataRefused"},
      {"500", 3, [](auto& t) { t.answer(500, secret_key); }, "InstanceMetadataRefused"},
      {"503", 3, [](auto& t) { t.answer(503); }, "InstanceMetadataRefused"},
      {"429", 3, [](auto& t) { t.answer(429); }, "InstanceMetadataRefused"},
      {"redirect", 1, [](auto& t) { t.answer(302, "", {{"Location", "http://evil.example"}}); },
       "InstanceMetadataRefused"},
  };
  for (std::size_t failing = 0; failing < 3; ++failing) {
    for (const Fault& fault : faults) {
      transport = std::make_shared<fakes::ScriptedTransport>();
      for (std::size_t step = 0; step < failing; ++step) good_step(step);
      for (int i = 0; i < fault.requests; ++i) fault.add(*transport);
      const auto who = run();
      const std::string which = std::string(fault.what) + " at " + steps[failing];
      ASSERT_FALSE(who.has_value()) << which;
      EXPECT_EQ(who.error().kind, ErrorKind::configuration) << which;
      EXPECT_EQ(who.error().code, fault.code) << which << ": " << who.error().message;
      EXPECT_NE(who.error().message.find(steps[failing]), std::string::npos) << which << who.error().message;
      EXPECT_NE(who.error().message.find("169.254.169.254"), std::string::npos) << which;
      EXPECT_EQ(transport->count(), failing + static_cast<std::size_t>(fault.requests)) << which;
      EXPECT_TRUE(transport->finished()) << which;
      expect_no_secret(who.error());
    }
  }
}

TEST_F(InstanceFetch, says_what_an_instance_lacks) {
  struct Case {
    int role_status;
    std::string role;
    int document_status;
    std::string document, code, part;
  };
  const Case cases[] = {
      {404, "", 0, "", "NoInstanceRole", "attach an instance profile"},
      {200, "", 0, "", "NoInstanceRole", "attach an instance profile"},
      {200, "<html>", 0, "", "InstanceMetadataRefused", "no name of a role"},
      {200, "../../x", 0, "", "InstanceMetadataRefused", "no name of a role"},
      {200, "my-role", 404, "", "NoInstanceRole", "my-role"},
      {200, "my-role", 200, R"({"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume it"})",
       "CredentialsRefused", "AssumeRoleUnauthorizedAccess: EC2 cannot assume it"},
      {200, "my-role", 200, role_document().substr(0, 120), "MalformedCredentials", "not valid JSON"},
  };
  for (const Case& c : cases) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    good_step(0);
    transport->answer(c.role_status, c.role);
    if (c.document_status != 0) transport->answer(c.document_status, c.document);
    const auto who = run();
    ASSERT_FALSE(who.has_value()) << c.part;
    EXPECT_EQ(who.error().code, c.code) << who.error().message;
    EXPECT_NE(who.error().message.find(c.part), std::string::npos) << who.error().message;
    expect_no_secret(who.error());
    EXPECT_TRUE(transport->finished());
  }
  for (const std::string& token :
       {std::string(), std::string("two words"), std::string("a\r\nb"), std::string(5000, 't')}) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    transport->answer(200, token);
    EXPECT_EQ(run().error().code, "InstanceMetadataRefused");
  }
}

TEST_F(InstanceFetch, repeats_what_failed_in_passing_after_a_pause) {
  for (std::size_t step = 0; step < 3; ++step) {
    transport->answer(500).fail(Delivery::wholly_sent);
    good_step(step);
  }
  EXPECT_TRUE(run().has_value());
  EXPECT_THAT(time.slept(), testing::ElementsAre(50ms, 100ms, 50ms, 100ms, 50ms, 100ms));
  options.attempts = 1;
  transport->answer(500);
  EXPECT_FALSE(run().has_value());
  EXPECT_TRUE(transport->finished());
}

TEST_F(InstanceFetch, first_role_of_several_is_taken) {
  good_step(0);
  transport->answer(200, "first\nsecond\n").answer(200, role_document());
  EXPECT_TRUE(run().has_value());
  EXPECT_TRUE(sent().back().ends_with("/first"));
}

TEST_F(InstanceFetch, uses_expired_credentials_on_for_some_minutes_as_they_come_in_an_outage) {
  const auto expired = "2026-01-31T09:08:07Z";  // Now, on the test's clock.
  good_step(0);
  transport->answer(200, "my-role").answer(200, role_document(expired));
  const auto who = run();
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ(who->expiration, time.now() + 7min + 30s);

  // A provider gives them, and asks again before long.
  Config shared = config();
  boost::asio::io_context context;
  shared.background = context.get_executor();
  good_step(0);
  transport->answer(200, "my-role").answer(200, role_document(expired, "OLD"));
  const auto provider = instance_credentials(shared, options);
  const auto given = io::testing::run(context, provider->resolve());
  ASSERT_TRUE(given.has_value()) << given.error().message;
  EXPECT_EQ((*given)->access_key_id, "OLD");
  transport->answer(200, "my-role").answer(200, role_document("2027-01-01T00:00:00Z", "NEW"));
  time.advance(5min);
  EXPECT_EQ(provider->peek()->access_key_id, "OLD");
  context.restart();
  context.poll();
  EXPECT_EQ(provider->peek()->access_key_id, "NEW");
}

TEST_F(InstanceFetch, asks_nobody_when_it_is_switched_off) {
  options.disabled = true;
  const auto who = run();
  EXPECT_EQ(who.error().code, "InstanceMetadataDisabled");
  EXPECT_NE(who.error().message.find("AWS_EC2_METADATA_DISABLED"), std::string::npos);
  EXPECT_EQ(transport->count(), 0U);
}

TEST_F(InstanceFetch, can_be_cancelled_at_every_step) {
  for (std::size_t waiting = 0; waiting < 3; ++waiting) {
    transport = std::make_shared<fakes::ScriptedTransport>();
    for (std::size_t step = 0; step < waiting; ++step) good_step(step);
    transport->then_wait(waits_until_cancelled());
    Fetching fetching;
    fetching.begin(instance_fetch(config(), options));
    ASSERT_FALSE(fetching.outcome.has_value()) << steps[waiting];
    fetching.emit();
    ASSERT_TRUE(fetching.outcome.has_value()) << steps[waiting];
    EXPECT_EQ(fetching.outcome->error().kind, ErrorKind::cancelled);
    EXPECT_TRUE(fetching.throws_if_cancelled);
    EXPECT_EQ(transport->count(), waiting + 1) << "it is not repeated";
  }
}

TEST_F(InstanceFetch, can_be_cancelled_between_two_attempts) {
  transport->answer(500);
  Config real_time = config();
  real_time.time.sleep = {};
  real_time.time.random = [] { return 0.999; };
  Fetching fetching;
  fetching.begin(instance_fetch(real_time, options));
  ASSERT_FALSE(fetching.outcome.has_value());
  fetching.emit();
  EXPECT_EQ(fetching.outcome->error().kind, ErrorKind::cancelled);
}

TEST_F(InstanceFetch, works_over_sockets) {
  boost::asio::io_context context;
  int tokens = 0;
  io::testing::TestServer server(context, [&](http::ServerRequest request) -> Task<http::ServerResponse> {
    http::ServerResponse response;
    const auto& head = request.head;
    if (head.path == "/latest/api/token") {
      response.status =
          head.method == "PUT" && head.headers.get("x-aws-ec2-metadata-token-ttl-seconds") == "21600" ? 200
                                                                                                      : 400;
      response.body = Body("T" + std::to_string(++tokens));
    } else if (head.headers.get("x-aws-ec2-metadata-token") != "T" + std::to_string(tokens)) {
      response.status = 401;
    } else if (head.path == "/latest/meta-data/iam/security-credentials/") {
      response.body = Body("my-role");
    } else {
      response.body = Body(role_document());
    }
    co_return response;
  });
  Config sockets;
  sockets.time = time.source();
  sockets.background = context.get_executor();
  options.endpoint = "http://" + server.origin().authority();
  const auto provider = instance_credentials(sockets, options);
  const auto who = io::testing::run(context, provider->resolve());
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ((*who)->access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(tokens, 1);
}

TEST_F(InstanceFetch, on_a_machine_without_the_service_says_so_soon) {
  boost::asio::io_context context;
  std::uint16_t port = 0;
  {
    const io::testing::RawPeer gone(context, {});
    port = gone.origin().port;
  }
  Config sockets;
  sockets.time = time.source();
  options.endpoint = "http://127.0.0.1:" + std::to_string(port);
  const auto who = blocking(instance_credentials(sockets, options)->resolve());
  ASSERT_FALSE(who.has_value());
  EXPECT_EQ(who.error().code, "NoInstanceMetadata");
  EXPECT_NE(who.error().message.find("this program may not run on EC2"), std::string::npos)
      << who.error().message;
}

TEST(InstanceOptions, come_from_the_environment) {
  struct Case {
    std::map<std::string, std::string> variables;
    InstanceCredentialsOptions expected;
  };
  const Case cases[] = {
      {{}, {}},
      {{{"AWS_EC2_METADATA_DISABLED", "TRUE"}, {"AWS_METADATA_SERVICE_TIMEOUT", "bad"}}, {.disabled = true}},
      {{{"AWS_EC2_METADATA_DISABLED", "1"}}, {}},
      {{{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338"}},
       {.endpoint = "http://127.0.0.1:1338"}},
      {{{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6"}}, {.ipv6 = true}},
      {{{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4"}}, {}},
      {{{"AWS_METADATA_SERVICE_TIMEOUT", "2.5"}, {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "5"}},
       {.timeout = 2500ms, .attempts = 5}},
  };
  for (const Case& c : cases) {
    const auto environment = Environment::of(c.variables);
    const auto files = credentials::ProfileFiles::load("", environment);
    const auto options = instance_options(SettingsFound(environment, *files));
    ASSERT_TRUE(options.has_value()) << options.error().message;
    EXPECT_EQ(options->disabled, c.expected.disabled);
    EXPECT_EQ(options->endpoint, c.expected.endpoint);
    EXPECT_EQ(options->ipv6, c.expected.ipv6);
    EXPECT_EQ(options->timeout, c.expected.timeout);
    EXPECT_EQ(options->attempts, c.expected.attempts);
  }
}

TEST(InstanceOptions, come_from_the_profile_where_the_environment_says_nothing) {
  std::string name = (std::filesystem::temp_directory_path() / "gannet-instance-XXXXXX").string();
  const std::filesystem::path file = ::mkstemp(name.data()) < 0 ? "" : name;
  std::ofstream(file) << "[default]\n"
                         "ec2_metadata_service_endpoint = http://127.0.0.1:1338\n"
                         "ec2_metadata_service_endpoint_mode = IPv6\n"
                         "metadata_service_timeout = 3\n"
                         "metadata_service_num_attempts = 2\n";
  const auto environment =
      Environment::of({{"AWS_CONFIG_FILE", file}, {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "7"}});
  const auto files = credentials::ProfileFiles::load("", environment);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  const auto options = instance_options(SettingsFound(environment, *files));
  std::filesystem::remove(file);
  ASSERT_TRUE(options.has_value()) << options.error().message;
  EXPECT_EQ(options->endpoint, "http://127.0.0.1:1338");
  EXPECT_TRUE(options->ipv6);
  EXPECT_EQ(options->timeout, 3s);
  EXPECT_EQ(options->attempts, 7);
}

TEST(InstanceOptions, that_cannot_be_understood_are_errors_that_name_the_variable) {
  const std::pair<std::string, std::string> cases[] = {
      {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"},
      {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://ada:hunter2@169.254.169.254"},
      {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"},
      {"AWS_METADATA_SERVICE_TIMEOUT", "0"},
      {"AWS_METADATA_SERVICE_TIMEOUT", "1s"},
      {"AWS_METADATA_SERVICE_TIMEOUT", "nan"},
      {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "0"},
  };
  for (const auto& [name, value] : cases) {
    const auto environment = Environment::of({{name, value}});
    const auto files = credentials::ProfileFiles::load("", environment);
    const auto options = instance_options(SettingsFound(environment, *files));
    ASSERT_FALSE(options.has_value()) << name << value;
    EXPECT_TRUE(options.error().message.starts_with(name)) << options.error().message;
    EXPECT_EQ(options.error().message.find("hunter2"), std::string::npos) << options.error().message;
  }
}

}  // namespace
}  // namespace gannet::identity
