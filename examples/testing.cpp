// How a user's own code is tested. docs/testing.md and docs/faults.md show the regions.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "local_cloud.hpp"

namespace {

using namespace std::chrono_literals;
namespace ddb = gannet::dynamodb;
using gannet::ErrorKind;
using gannet::Result;
using gannet::Task;
using gannet::local::FaultKind;
using gannet::local::FaultPlan;
using gannet::local::FaultService;
using std::chrono::milliseconds;

// [code]
/// The code to be tested: counts a visit, and gives the new count.
Task<Result<std::string>> count_visit(ddb::Client client, std::string user_id) {
  const std::string key = "USER#" + user_id;
  const ddb::UpdateItemInput update{.table_name = "users",
                                    .key = {{"PK", key}, {"SK", key}},
                                    .return_values = ddb::ReturnValue::updated_new,
                                    .update_expression = "ADD visits :one",
                                    .expression_attribute_values = {{{":one", 1}}}};
  auto updated = co_await client.update_item(update);
  if (!updated) co_return std::unexpected(updated.error());
  co_return updated->attributes->at("visits").n();
}
// [/code]

// [time]
/// A clock that sleeping moves on. Must outlive the clients.
class OwnTime {
 public:
  [[nodiscard]] gannet::TimeSource source() {
    return {.now = [this] { return now(); },
            .sleep = [this](milliseconds delay) { return sleep(delay); },
            .random = [] { return 0.5; }};
  }
  [[nodiscard]] gannet::Timestamp now() const { return now_; }
  std::vector<milliseconds> slept;

 private:
  Task<void> sleep(milliseconds delay) {
    now_ = now_.load() + delay;
    slept.push_back(delay);
    co_return;
  }

  std::atomic<gannet::Timestamp> now_{std::chrono::sys_days(std::chrono::January / 31 / 2026)};
};
// [/time]

// [transport]
/// Gives one answer to every request, and keeps the last of them. For one thread.
class OneAnswer final : public gannet::Transport {
 public:
  explicit OneAnswer(std::string body) : body_(std::move(body)) {}

  Task<std::expected<gannet::HttpResponse, gannet::TransportError>> send(const gannet::HttpRequest& request,
                                                                         gannet::Body body,
                                                                         gannet::AttemptLimits) override {
    target = request.headers.get("X-Amz-Target");
    if (const auto bytes = body.in_memory()) sent = gannet::as_text(*bytes);
    co_return gannet::HttpResponse{.status = 200, .body = gannet::BodyReader(body_)};
  }
  std::string target;
  std::string sent;

 private:
  const std::string body_;
};
// [/transport]

// [broken]
/// Says of every request that it was sent and that no answer came.
class NoAnswer final : public gannet::Transport {
 public:
  Task<std::expected<gannet::HttpResponse, gannet::TransportError>> send(const gannet::HttpRequest&,
                                                                         gannet::Body,
                                                                         gannet::AttemptLimits) override {
    gannet::TransportError cut{.error = {.kind = ErrorKind::network, .code = "ConnectionReset"},
                               .delivery = gannet::Delivery::wholly_sent};
    co_return std::unexpected(std::move(cut));
  }
};
// [/broken]

void counts(example::Expectations& that) {
  // [test]
  const example::LocalCloud local;
  example::make_resources(local.config);
  const ddb::Client client(local.config);
  that.expect(gannet::blocking(count_visit(client, "1")) == "1", "the first visit");
  that.expect(gannet::blocking(count_visit(client, "1")) == "2", "the second visit");
  // [/test]
}

void is_not_repeated(example::Expectations& that) {
  const example::LocalCloud local;
  example::make_resources(local.config);
  const ddb::Client client(local.config);
  // [faults]
  const FaultPlan plan{.rules = {{.service = FaultService::dynamodb,
                                  .operation = "UpdateItem",
                                  .fault = FaultKind::cut_after,
                                  .times = 1}},
                       .seed = 1};
  local.cloud->set_faults(plan).value();
  const auto lost = gannet::blocking(count_visit(client, "1"));
  that.expect(!lost && lost.error().kind == ErrorKind::outcome_unknown, "a lost answer is not guessed at");
  that.expect(gannet::blocking(count_visit(client, "1")) == "2", "it had been applied, once");
  that.expect(local.cloud->fault_counts().at(0).fired == 1, "the fault was met");
  // [/faults]
}

void goes_wrong_as_planned(example::Expectations& that) {
  // [plans]
  gannet::local::CloudOptions options;
  options.faults.rules = {{.operation = "UpdateItem", .fault = FaultKind::cut_after, .probability = 0.2}};
  const auto cloud = gannet::local::Cloud::open(std::move(options)).value();
  // While it runs: another plan, how often each rule has fired, the seed, and no faults any more.
  const auto busy = gannet::local::parse_fault_rule("s3:PutObject:throttle:first=2").value();
  cloud->set_faults({.rules = {busy}, .seed = 7}).value();
  const std::uint64_t fired = cloud->fault_counts().at(0).fired;
  const std::uint64_t seed = cloud->fault_seed();
  cloud->set_faults({}).value();
  // [/plans]
  that.expect(fired == 0 && seed == 7, "a plan is in force until the next");
  that.expect(cloud->fault_counts().empty(), "an empty plan ends all faults");
}

void waits(example::Expectations& that) {
  OwnTime time;
  // [waits]
  gannet::local::CloudOptions options;
  options.now = [&time] { return time.now(); };  // One clock for both sides: signatures are checked.
  example::LocalCloud local(std::move(options));
  local.config.time = time.source();
  example::make_resources(local.config);
  const ddb::Client client(local.config);
  const auto throttle = gannet::local::parse_fault_rule("dynamodb:UpdateItem:throttle:times=2").value();
  local.cloud->set_faults({.rules = {throttle}, .seed = 1}).value();
  that.expect(gannet::blocking(count_visit(client, "1")) == "1", "throttling is waited out");
  that.expect(time.slept == std::vector<milliseconds>{500ms, 1000ms}, "half of 1 s, then of 2 s");
  // [/waits]
}

void says_what_it_sends(example::Expectations& that) {
  // [scripted]
  const auto transport = std::make_shared<OneAnswer>(R"({"Attributes": {"visits": {"N": "7"}}})");
  gannet::Config config;
  config.region = "us-east-1";
  config.credentials =
      gannet::static_credentials({.access_key_id = "AKID", .secret_access_key = gannet::Secret("secret")});
  config.transport = transport;
  const ddb::Client client(config);
  that.expect(gannet::blocking(count_visit(client, "1")) == "7", "the answer is read");
  that.expect(transport->target == "DynamoDB_20120810.UpdateItem", "the operation is named");
  that.expect(transport->sent.find("ADD visits :one") != std::string::npos, "the expression is sent");
  // [/scripted]
  config.transport = std::make_shared<NoAnswer>();
  const auto lost = gannet::blocking(count_visit(ddb::Client(config), "1"));
  that.expect(!lost && lost.error().kind == ErrorKind::outcome_unknown, "no answer is no answer");
  that.expect(!lost && lost.error().attempts == 1, "it was sent once");
}

}  // namespace

int main() {
  example::Expectations that;
  counts(that);
  is_not_repeated(that);
  goes_wrong_as_planned(that);
  waits(that);
  says_what_it_sends(that);
  return that.exit_status();
}
