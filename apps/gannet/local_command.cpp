#include "local_command.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <gannet/local.hpp>

#include "exit_codes.hpp"
#include "logging/log_sink.hpp"

namespace {

constexpr const char* credentials_variable = "GANNET_LOCAL_CREDENTIALS";

gannet::Result<gannet::local::AcceptedKey> parse_credential(std::string_view text, std::string_view from) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    // The text may be a secret: it is not repeated.
    return gannet::fail(gannet::ErrorKind::configuration, "InvalidCredential",
                        fmt::format("a credential in {} is not of the form KEY:SECRET", from));
  }
  return gannet::local::AcceptedKey{.access_key_id = std::string(text.substr(0, colon)),
                                    .secret_access_key = gannet::Secret(text.substr(colon + 1))};
}

/// Those of the command line and of the environment; the well-known key where there are none.
gannet::Result<std::vector<gannet::local::AcceptedKey>> accepted_keys(const LocalOptions& options) {
  std::vector<gannet::local::AcceptedKey> keys;
  for (const auto& text : options.credentials) {
    auto key = parse_credential(text, "--credential");
    if (!key) return std::unexpected(key.error());
    keys.push_back(*std::move(key));
  }
  const char* const variable = std::getenv(credentials_variable);
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const auto end = rest.find_first_of(" ,\n");
    const auto text = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (text.empty()) continue;
    auto key = parse_credential(text, credentials_variable);
    if (!key) return std::unexpected(key.error());
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) keys.emplace_back();
  return keys;
}

/// The rules of the file, then those of the command line.
gannet::Result<gannet::local::FaultPlan> fault_plan(const LocalOptions& options) {
  gannet::local::FaultPlan plan;
  if (options.faults_file) {
    auto loaded = gannet::local::load_fault_plan(*options.faults_file);
    if (!loaded) return loaded;
    plan = *std::move(loaded);
  }
  for (const auto& text : options.faults) {
    auto rule = gannet::local::parse_fault_rule(text);
    if (!rule) return std::unexpected(rule.error());
    plan.rules.push_back(*std::move(rule));
  }
  if (options.seed) plan.seed = options.seed;
  return plan;
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

int fail_with(const gannet::Error& error, int status) {
  fmt::print(stderr, "gannet local: {}\n", error.message);
  return status;
}

}  // namespace

CLI::App* add_local_command(CLI::App& app, LocalOptions& options) {
  CLI::App* const local = app.add_subcommand(
      "local",
      "Run a local cloud: DynamoDB, S3, Secrets Manager and STS on one port.\n\n"
      "The first line on standard output is its address and an access key id it accepts. SIGTERM and SIGINT "
      "end\n"
      "it cleanly. Log lines go to standard error: readable on a terminal, JSON elsewhere.");
  local->add_option("--port", options.port, "Port to listen on; 0 picks one")->capture_default_str();
  local->add_option("--host", options.host, "Address to listen on")->capture_default_str();
  auto* const data_dir = local
                             ->add_option("--data-dir", options.data_dir,
                                          "Folder to keep state in; made for its owner alone if missing")
                             ->capture_default_str();
  auto* const memory =
      local->add_flag("--memory", options.memory, "Keep nothing: all state goes when it ends");
  memory->excludes(data_dir);
  local->add_flag("--durable", options.durable,
                  "Survive a power cut too, not only the end of the process: every write waits for the disk");
  local
      ->add_option(
          "--credential", options.credentials,
          "KEY:SECRET to accept; may be repeated. Other users of this machine see it in the list of\n"
          "processes: GANNET_LOCAL_CREDENTIALS=\"KEY:SECRET KEY:SECRET ...\" in the environment keeps it "
          "from "
          "them.\nDefault: AKIAGANNETLOCAL00000:gannet-local-secret-access-key")
      ->allow_extra_args(false)
      ->type_name("KEY:SECRET");
  local->add_option("--region", options.region, "Region that requests must be signed for")
      ->capture_default_str();
  local->add_option("--account", options.account, "Account id, twelve digits, as ARNs have it")
      ->capture_default_str();
  local
      ->add_option("--faults", options.faults_file, "Go wrong as the rules in this file say (docs/faults.md)")
      ->type_name("FILE");
  local
      ->add_option("--fault", options.faults,
                   "Go wrong by one rule, SERVICE:OPERATION:FAULT[:SETTING...]; may be repeated. As in\n"
                   "dynamodb:UpdateItem:cut_after:0.2 or s3:*:throttle:first=3")
      ->allow_extra_args(false)
      ->type_name("RULE");
  local
      ->add_option("--seed", options.seed,
                   "What the chances of faults are drawn from; default: one is picked")
      ->type_name("N");
  return local;
}

int run_local(const LocalOptions& options) {
  auto keys = accepted_keys(options);
  if (!keys) return fail_with(keys.error(), exit_usage);
  auto faults = fault_plan(options);
  if (!faults) return fail_with(faults.error(), exit_usage);

  // Before the cloud starts, so that a signal that comes early ends it cleanly too.
  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);

  const gannet::LogSink log = app::make_log_sink();
  const std::string key_id = keys->front().access_key_id;
  gannet::local::CloudOptions cloud_options;
  if (!options.memory) cloud_options.data_dir = options.data_dir;
  cloud_options.keys = *std::move(keys);
  cloud_options.account_id = options.account;
  cloud_options.region = options.region;
  cloud_options.durable = options.durable;
  cloud_options.log = log;
  cloud_options.faults = *std::move(faults);
  auto cloud = gannet::local::Cloud::open(std::move(cloud_options));
  if (!cloud) {
    const auto& code = cloud.error().code;
    const bool usage = code == "InvalidCloudOptions" || code == "InvalidFaultPlan";
    return fail_with(cloud.error(), usage ? exit_usage : exit_failure);
  }
  const auto url = (*cloud)->listen(options.host, options.port);
  if (!url) return fail_with(url.error(), exit_failure);
  if (!is_loopback(options.host)) {
    log(gannet::LogLevel::warning,
        fmt::format(
            "Listening on {}: whoever reaches this address and has a key can use the cloud, unencrypted.",
            options.host));
  }
  fmt::print("{} {}\n", *url, key_id);
  std::fflush(stdout);

  signals.async_wait([](boost::system::error_code, int) {});
  context.run();
  // A second signal ends the process at once.
  signals.clear();
  log(gannet::LogLevel::info, "Stopping.");
  (*cloud)->stop();
  return EXIT_SUCCESS;
}
