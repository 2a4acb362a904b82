#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gannet/http_server.hpp>
#include <gannet/local.hpp>
#include <openssl/crypto.h>

#include "core/ascii.hpp"
#include "core/timestamps.hpp"
#include "local/data_folder.hpp"
#include "local/dynamodb/dynamodb.hpp"
#include "local/faults/injector.hpp"
#include "local/http/front.hpp"
#include "local/in_process.hpp"
#include "local/s3/s3.hpp"
#include "local/secretsmanager/secrets_manager.hpp"
#include "local/service.hpp"
#include "local/store/database.hpp"
#include "local/sts/sts.hpp"

namespace gannet::local {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds grace{10};

Timestamp system_time() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::unexpected<Error> unusable(std::string message) {
  return fail(ErrorKind::configuration, "InvalidCloudOptions", std::move(message));
}

Result<void> check(const CloudOptions& options) {
  if (options.keys.empty()) return unusable("the local cloud needs at least one access key to accept");
  for (std::size_t i = 0; i < options.keys.size(); ++i) {
    const auto& key = options.keys[i];
    if (key.access_key_id.empty() || key.access_key_id.find_first_of("/ ,=\t\r\n") != std::string::npos) {
      return unusable(
          "an access key id must have at least one character, and no slash, comma, equals sign or space");
    }
    if (key.secret_access_key.empty())
      return unusable("the access key " + key.access_key_id + " has an empty secret");
    for (std::size_t j = 0; j < i; ++j) {
      if (options.keys[j].access_key_id == key.access_key_id) {
        return unusable("the access key " + key.access_key_id + " is given twice");
      }
    }
  }
  if (options.account_id.size() != 12 || !std::ranges::all_of(options.account_id, core::is_digit)) {
    return unusable("the account id must be twelve digits, not '" + options.account_id + "'");
  }
  const auto is_region = [](char letter) { return core::is_lower_or_digit(letter) || letter == '-'; };
  if (options.region.empty() || !std::ranges::all_of(options.region, is_region)) {
    return unusable("the region must be lower-case letters, digits and hyphens, not '" + options.region +
                    "'");
  }
  return {};
}

}  // namespace

struct Cloud::State {
  explicit State(CloudOptions options)
      : has_own_clock(options.now != nullptr),
        facts{.account_id = std::move(options.account_id),
              .region = std::move(options.region),
              .now = options.now ? std::move(options.now) : system_time,
              .log = std::move(options.log)},
        faults(facts.log) {}

  Result<void> open_services(std::vector<AcceptedKey> keys, bool durable);
  void run_thread();
  Result<std::string> listen(const std::string& host, std::uint16_t port);
  Task<http::ServerResponse> handle_by_own_clock(http::ServerRequest request);
  void stop();

  const bool has_own_clock;
  CloudFacts facts;
  FaultInjector faults;  ///< Before the context: coroutines that pause end with that.
  std::unique_ptr<DataFolder> folder;
  asio::io_context context{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work{context.get_executor()};
  std::unique_ptr<Database> database;
  std::unique_ptr<DynamoDb> dynamodb;
  std::unique_ptr<S3> s3;
  std::unique_ptr<SecretsManager> secretsmanager;
  std::unique_ptr<Sts> sts;
  std::unique_ptr<Front> front;
  std::shared_ptr<InProcess> in_process;
  std::vector<std::unique_ptr<http::Server>> servers;  ///< Used on the cloud's thread alone.
  std::thread thread;
  std::future<void> ended;
  std::mutex control;  ///< Of `listen` and `stop`.
};

Result<void> Cloud::State::open_services(std::vector<AcceptedKey> keys, bool durable) {
  const auto executor = context.get_executor();
  auto opened = Database::open(folder->database(), durable, executor);
  if (!opened) return std::unexpected(opened.error());
  database = *std::move(opened);
  try {
    dynamodb = std::make_unique<DynamoDb>(*database, facts);
    s3 = std::make_unique<S3>(*database, facts, folder->objects(), durable);
    secretsmanager = std::make_unique<SecretsManager>(*database, facts);
  } catch (const std::exception& error) {
    return fail(ErrorKind::configuration, "DataFolderUnusable",
                "cannot use the state in " + folder->path().string() + ": " + error.what());
  }
  sts = std::make_unique<Sts>(facts);
  Services services{
      .dynamodb = [this](const Caller& caller, std::string_view operation,
                         std::string_view body) { return dynamodb->handle(caller, operation, body); },
      .secretsmanager =
          [this](const Caller& caller, std::string_view operation, std::string_view body) {
            return secretsmanager->handle(caller, operation, body);
          },
      .sts = [this](const Caller& caller, std::string_view form) { return sts->handle(caller, form); },
      .s3 = [this](const Caller& caller,
                   http::ServerRequest request) { return s3->handle(caller, std::move(request)); },
      .dynamodb_keys = [this](std::string_view operation,
                              std::string_view body) { return dynamodb->partition_keys(operation, body); },
      .dynamodb_conflict = &DynamoDb::conflict,
      .s3_cross_origin = [this](const HttpRequest& request) { return s3->cross_origin_headers(request); },
  };
  front = std::make_unique<Front>(facts, std::move(keys), *database, std::move(services), &faults);
  in_process = std::make_shared<InProcess>(
      executor, [this](http::ServerRequest request) { return front->handle(std::move(request)); }, facts.now);
  return {};
}

void Cloud::State::run_thread() {
  std::promise<void> end;
  ended = end.get_future();
  // The program's signals are its own: they are handled on its threads, not on this one.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread = std::thread([this, promise = std::move(end)]() mutable {
    for (;;) {
      try {
        context.run();
        break;
      } catch (const std::exception& error) {
        if (facts.log)
          facts.log(LogLevel::error, std::string("The local cloud goes on after: ") + error.what());
      }
    }
    promise.set_value();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/// By the Date a client sets its clock right: it has to be of the clock that judges signatures.
Task<http::ServerResponse> Cloud::State::handle_by_own_clock(http::ServerRequest request) {
  auto response = co_await front->handle(std::move(request));
  if (!response.headers.contains("Date")) response.headers.add("Date", core::rfc822(facts.now()));
  co_return response;
}

Result<std::string> Cloud::State::listen(const std::string& host, std::uint16_t port) {
  const std::lock_guard lock(control);
  if (!thread.joinable()) return unusable("the local cloud has been stopped");
  std::promise<Result<std::uint16_t>> promise;
  auto bound = promise.get_future();
  asio::post(context, [this, &host, port, &promise] {
    auto server = std::make_unique<http::Server>(context.get_executor(), [this](http::ServerRequest request) {
      return has_own_clock ? handle_by_own_clock(std::move(request)) : front->handle(std::move(request));
    });
    auto listening = server->listen(host, port);
    if (listening) {
      asio::co_spawn(context, server->serve(), asio::detached);
      servers.push_back(std::move(server));
    }
    promise.set_value(std::move(listening));
  });
  const auto number = bound.get();
  if (!number) return std::unexpected(number.error());
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(*number);
}

void Cloud::State::stop() {
  const std::lock_guard lock(control);
  if (!thread.joinable()) return;
  asio::post(context, [this] {
    in_process->refuse_new();
    faults.end_pauses();
    for (const auto& server : servers) server->stop(grace);
    work.reset();
  });
  if (ended.wait_for(grace + std::chrono::seconds(1)) != std::future_status::ready) {
    asio::post(context, [this] { in_process->cancel_all(); });
    if (ended.wait_for(std::chrono::seconds(1)) != std::future_status::ready) {
      if (facts.log) facts.log(LogLevel::warning, "The local cloud ends with requests still under way.");
      context.stop();
    }
  }
  thread.join();
  servers.clear();
  in_process->close();
  context.restart();
  context.poll();
}

Cloud::Cloud() = default;

Result<std::unique_ptr<Cloud>> Cloud::open(CloudOptions options) {
  if (auto checked = check(options); !checked) return std::unexpected(checked.error());
  // The thread that has OpenSSL read its configuration leaves memory behind when it ends: not to be the
  // cloud's own.
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  if (auto checked = check_fault_plan(options.faults, "the fault plan"); !checked) {
    return std::unexpected(checked.error());
  }
  auto folder = DataFolder::open(options.data_dir);
  if (!folder) return std::unexpected(folder.error());
  auto keys = std::move(options.keys);
  auto plan = std::move(options.faults);
  const bool durable = options.durable;
  std::unique_ptr<Cloud> cloud(new Cloud);
  cloud->state_ = std::make_unique<State>(std::move(options));
  cloud->state_->folder = *std::move(folder);
  if (auto opened = cloud->state_->open_services(std::move(keys), durable); !opened) {
    return std::unexpected(opened.error());
  }
  cloud->state_->faults.use(std::move(plan));
  cloud->state_->run_thread();
  return cloud;
}

Cloud::~Cloud() {
  if (state_) stop();
}

Result<std::string> Cloud::listen(const std::string& host, std::uint16_t port) {
  return state_->listen(host, port);
}

std::shared_ptr<Transport> Cloud::transport() {
  return state_->in_process;
}

Result<void> Cloud::set_faults(FaultPlan plan) {
  if (auto checked = check_fault_plan(plan, "the fault plan"); !checked) return checked;
  state_->faults.use(std::move(plan));
  return {};
}

std::vector<FaultCount> Cloud::fault_counts() const {
  return state_->faults.counts();
}

std::uint64_t Cloud::fault_seed() const {
  return state_->faults.seed();
}

void Cloud::stop() {
  state_->stop();
}

}  // namespace gannet::local
