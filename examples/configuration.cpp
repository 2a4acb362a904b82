// Where settings come from, and how code sets them. docs/configuration.md shows the regions.
#include <cstdio>
#include <string>
#include <utility>

#include <gannet/identity.hpp>

#include "local_cloud.hpp"

namespace {

using namespace std::chrono_literals;
namespace ddb = gannet::dynamodb;

gannet::Config load() {
  // [load]
  gannet::Config given{.region = "eu-west-1"};  // What the code says goes before everything else.
  given.retry.max_attempts = 5;
  given.timeouts.call = 10s;
  auto config = gannet::Config::load(std::move(given));
  if (!config) {
    std::fprintf(stderr, "%s\n",
                 config.error().message.c_str());  // Names the variable, or the file and line.
    std::exit(78);
  }
  const ddb::Client client(*config);
  // [/load]
  return client.config();
}

std::string explained(const gannet::Config& config) {
  std::string lines;
  // [explain]
  for (const gannet::ExplainedSetting& setting : config.explain())
    lines += setting.name + " = " + setting.value + " (" + setting.origin + ")\n";
  // [/explain]
  return lines;
}

gannet::Result<gannet::Config> from_a_table() {
  // [environment]
  const auto environment = gannet::Environment::of({{"AWS_REGION", "eu-north-1"},
                                                    {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                                                    {"AWS_SECRET_ACCESS_KEY", "example"},
                                                    {"AWS_MAX_ATTEMPTS", "2"}});
  auto config = gannet::Config::load({}, environment);
  // [/environment]
  return config;
}

void set_credentials(gannet::Config& config) {
  // [keys]
  config.credentials = gannet::static_credentials(
      {.access_key_id = "AKIDEXAMPLE", .secret_access_key = gannet::Secret("...")});
  // [/keys]
}

void set_proxy(gannet::Config& config) {
  // [proxies]
  gannet::Proxies proxies;
  proxies.https.url = "http://proxy.example.com:3128";
  proxies.no_proxy = "169.254.0.0/16, .internal";
  config.proxies = proxies;
  // [/proxies]
}

void set_endpoint(gannet::Config& config) {
  // [endpoints]
  config.endpoint_url = "http://127.0.0.1:4566";                       // For every service,
  config.service_endpoint_urls["s3"] = "https://s3.example.com:9000";  // but for S3.
  config.s3_addressing = gannet::S3Addressing::path;
  // [/endpoints]
}

gannet::Task<gannet::Result<ddb::GetItemOutput>> read_at_once(ddb::Client client) {
  // [call]
  const ddb::GetItemInput request{.table_name = "users", .key = {{"PK", "USER#1"}, {"SK", "USER#1"}}};
  const gannet::CallOptions options{.timeout = 2s, .retry = gannet::RetryPolicy{.max_attempts = 1}};
  auto found = co_await client.get_item(request, options);
  // [/call]
  co_return found;
}

}  // namespace

int main() {
  // Whatever the machine's own files say.
  ::setenv("AWS_CONFIG_FILE", "/dev/null", 1);
  ::setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
  ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  ::unsetenv("AWS_PROFILE");
  ::unsetenv("AWS_DEFAULT_PROFILE");

  example::Expectations that;
  gannet::Config config = load();
  that.expect(config.region == "eu-west-1", "code goes first");
  that.expect(explained(config).find("timeouts.call = 10000 ms (code)\n") != std::string::npos,
              "a setting is explained");
  const auto other = from_a_table();
  that.expect(other && other->region == "eu-north-1" && other->retry.max_attempts == 2, "variables are read");
  that.expect(other && explained(*other).find("region = eu-north-1 (AWS_REGION)\n") != std::string::npos,
              "where they are from is told");
  set_credentials(config);
  set_proxy(config);
  set_endpoint(config);
  that.expect(explained(config).find("s3_addressing = path (code)\n") != std::string::npos, "code is told");

  const example::LocalCloud local;
  example::make_resources(local.config);
  that.expect(gannet::blocking(read_at_once(ddb::Client(local.config))).has_value(),
              "a call has its own limits");
  return that.exit_status();
}
