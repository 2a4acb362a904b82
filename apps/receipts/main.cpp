#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <gannet/http_server.hpp>
#include <gannet/settings.hpp>
#include <unistd.h>

#include "api.hpp"
#include "demo_cloud.hpp"
#include "exit_codes.hpp"
#include "logging/log_sink.hpp"

namespace {

using gannet::LogLevel;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string table_name = "fetch-data";
  std::string bucket_name = "fetch-receipts";
  bool local = false;
  std::string data_dir = ".gannet/run";
  std::uint16_t cloud_port = 4566;
};

/// Fills `options`; the exit status where the program is to end at once.
std::optional<int> read_options(int argc, char** argv, Options& options) {
  CLI::App app(
      "Receipts: users and rewards in DynamoDB, receipts in S3 by presigned URL.\n\n"
      "AWS is reached as every SDK reaches it: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, profiles "
      "...\n"
      "Further settings come from ENVIRONMENT, SERVICE_NAME, DATABASE_SECRET_NAME and\n"
      "PARTNER_API_SECRET_NAME; with --local none of them is needed.",
      "receipts");
  app.set_version_flag("--version", "receipts " GANNET_VERSION);
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0 picks one")->capture_default_str();
  app.add_option("--table", options.table_name, "DynamoDB table")->capture_default_str();
  app.add_option("--bucket", options.bucket_name, "S3 bucket")->capture_default_str();
  auto* const local =
      app.add_flag("--local", options.local,
                   "Start the local cloud in this process, create what is missing in it, and run on it");
  app.add_option("--data-dir", options.data_dir, "Where the local cloud keeps its state")
      ->capture_default_str()
      ->needs(local);
  app.add_option("--cloud-port", options.cloud_port, "Port of the local cloud; 0 picks one")
      ->capture_default_str()
      ->needs(local);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    return app.exit(stop) == 0 ? EXIT_SUCCESS : 2;
  }
  return std::nullopt;
}

int fail_with(const gannet::Error& error, int status) {
  fmt::print(stderr, "receipts: {}\n", error.message);
  return status;
}

/// Keeps the demo's API key where scripts find it, readable by its owner alone.
gannet::Result<void> keep_api_key(const std::filesystem::path& file, const gannet::Secret& api_key) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string& text = api_key.reveal();
  const bool written =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int trouble = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (written) return {};
  return gannet::fail(
      gannet::ErrorKind::configuration, "DataDirectory",
      fmt::format("{} cannot be written: {}", file.string(), std::generic_category().message(trouble)));
}

void print_welcome(const std::string& url, const receipts::DemoCloud& demo, const gannet::Secret& api_key) {
  fmt::print(R"(
Receipts is up; Ctrl-C ends it.
  API          {url}
  local cloud  {cloud}  (AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={secret})
  API key      {key}

Try, in another terminal:
  curl -X PUT {url}/api/v1/users/123 -H 'X-API-Key: {key}' -d '{{"name": "Ada"}}'
  curl {url}/api/v1/users/123 -H 'X-API-Key: {key}'
  curl {url}/api/v1/receipts/upload-url -H 'X-API-Key: {key}' -d '{{"user_id": "123", "filename": "lunch.jpg", "content_type": "image/jpeg"}}'

)",
             fmt::arg("url", url), fmt::arg("cloud", demo.url), fmt::arg("id", demo.key.access_key_id),
             fmt::arg("secret", demo.key.secret_access_key.reveal()), fmt::arg("key", api_key.reveal()));
  std::fflush(stdout);
}

int run(const Options& options, const gannet::LogSink& log) {
  const auto service = gannet::settings::ServiceSettings::from();

  std::optional<receipts::DemoCloud> demo;
  gannet::Config config;
  if (options.local) {
    auto opened = receipts::open_demo_cloud({.data_dir = options.data_dir, .port = options.cloud_port}, log);
    if (!opened) return fail_with(opened.error(), exit_failure);
    demo = std::move(*opened);
    config = demo->config;
    auto created = gannet::blocking(
        receipts::create_missing_resources(config, {options.table_name, options.bucket_name, service}));
    if (!created) return fail_with(created.error(), exit_failure);
  } else {
    auto loaded = gannet::Config::load();
    if (loaded && loaded->region.empty()) loaded = gannet::Config::load({.region = service.aws_region});
    if (!loaded) return fail_with(loaded.error(), exit_configuration);
    config = std::move(*loaded);
  }

  auto settings = gannet::blocking(
      gannet::settings::Settings::load(service, gannet::secrets::SecretsManager(config, log), log));
  if (!settings) return fail_with(settings.error(), exit_configuration);

  if (demo) {
    auto kept =
        keep_api_key(std::filesystem::path(options.data_dir) / "api-key", settings->partner_api_key());
    if (!kept) return fail_with(kept.error(), exit_failure);
  }

  boost::asio::io_context context(1);
  const receipts::Api api(receipts::UserRepository(config, options.table_name, log),
                          gannet::s3::S3Client(config, options.bucket_name, log), settings->partner_api_key(),
                          log);
  gannet::http::Server server(context.get_executor(), [&api](gannet::http::ServerRequest request) {
    return api.handle(std::move(request));
  });
  auto port = server.listen(options.host, options.port);
  if (!port) return fail_with(port.error(), exit_failure);

  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code trouble, int) {
    if (trouble) return;
    if (log) log(LogLevel::info, "Shutting down...");
    server.stop();
  });
  boost::asio::co_spawn(context, server.serve(), [&](const std::exception_ptr&) { signals.cancel(); });

  const bool v6 = options.host.find(':') != std::string::npos;
  const std::string url = fmt::format("http://{}:{}", v6 ? '[' + options.host + ']' : options.host, *port);
  if (demo) {
    print_welcome(url, *demo, settings->partner_api_key());
  } else {
    fmt::print("{}\n", url);
    std::fflush(stdout);
  }
  context.run();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto status = read_options(argc, argv, options)) return *status;
  return run(options, app::make_log_sink());
}
