// Each fault as our own clients meet it, over a socket and in process: what the client sees, and what the
// server's state says afterwards.

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/dynamodb.hpp>
#include <gannet/exactly_once.hpp>
#include <gannet/local.hpp>
#include <gannet/s3.hpp>
#include <gannet/secretsmanager.hpp>
#include <gannet/sts.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/awaited_log.hpp"

namespace gannet::local {
namespace {

namespace ddb = gannet::dynamodb;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// What an attempt came to, as an observer sees it.
struct Seen {
  int http_status = 0;
  std::string code{};
  ErrorKind kind{};
};

/// Goes with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto name = (std::filesystem::temp_directory_path() / "gannet-faults-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

enum class Way { socket, in_process };

class FaultsTest : public testing::TestWithParam<Way> {
 protected:
  FaultsTest() {
    const AcceptedKey key;
    config.region = "us-east-1";
    config.credentials =
        static_credentials({.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key});
    config.s3_addressing = S3Addressing::path;
    config.retry = {.max_attempts = 1};
    config.observers = {[this](const AttemptEvent& event) {
      const std::lock_guard lock(mutex);
      attempts.push_back({.http_status = event.http_status,
                          .code = event.error == nullptr ? "" : event.error->code,
                          .kind = event.error == nullptr ? ErrorKind{} : event.error->kind});
    }};
    open({});
    make_table_and_bucket();
  }

  /// A cloud in the place of the one before, which ends first.
  void open(CloudOptions options) {
    config.transport.reset();
    cloud.reset();
    options.log = log.sink();
    cloud = Cloud::open(std::move(options)).value();
    if (GetParam() == Way::socket) {
      config.endpoint_url = cloud->listen("127.0.0.1", 0).value();
    } else {
      config.endpoint_url = "http://localhost";
      config.transport = cloud->transport();
    }
  }
  void make_table_and_bucket() {
    ddb::CreateTableInput table{.table_name = "people", .billing_mode = ddb::BillingMode::pay_per_request};
    table.attribute_definitions = {{.attribute_name = "PK", .attribute_type = ddb::ScalarAttributeType::s}};
    table.key_schema = {{.attribute_name = "PK", .key_type = ddb::KeyType::hash}};
    EXPECT_TRUE(blocking(dynamodb().create_table(table)));
    const s3::CreateBucketInput bucket{.bucket = "bucket"};
    EXPECT_TRUE(blocking(objects().create_bucket(bucket)));
  }

  /// From here on everything goes wrong by this rule.
  void go_wrong(FaultRule rule) {
    ASSERT_TRUE(cloud->set_faults({.rules = {std::move(rule)}, .seed = 1}));
    attempts.clear();
    log.forget();
  }
  std::uint64_t fired() const { return cloud->fault_counts().at(0).fired; }

  [[nodiscard]] ddb::Client dynamodb() const { return ddb::Client(config); }
  [[nodiscard]] s3::Client objects() const { return s3::Client(config); }

  /// A write that its client does not repeat blindly.
  static ddb::UpdateItemInput add_one(const std::string& key = "counter") {
    return {.table_name = "people",
            .key = {{"PK", key}},
            .update_expression = "ADD n :one",
            .expression_attribute_values = {{{":one", 1}}}};
  }
  Result<ddb::UpdateItemOutput> increment(const std::string& key = "counter") {
    const ddb::UpdateItemInput input = add_one(key);
    return blocking(dynamodb().update_item(input));
  }
  /// One that is under way while the test goes on.
  std::future<Result<ddb::UpdateItemOutput>> begin_increment() {
    return std::async(std::launch::async, [this] { return increment(); });
  }
  Result<ddb::PutItemOutput> put(int value) {
    const ddb::PutItemInput input{.table_name = "people", .item = {{"PK", "counter"}, {"n", value}}};
    return blocking(dynamodb().put_item(input));
  }
  /// What comes of a call that is cancelled when the log has the line.
  template <class Output>
  Result<Output> cancelled_at(std::string_view line, Task<Result<Output>> call) {
    boost::asio::io_context context(1);
    boost::asio::cancellation_signal signal;
    Result<Output> outcome;
    boost::asio::co_spawn(context, std::move(call),
                          boost::asio::bind_cancellation_slot(
                              signal.slot(), [&](const std::exception_ptr& thrown, Result<Output> result) {
                                EXPECT_FALSE(thrown);
                                outcome = std::move(result);
                              }));
    const std::jthread canceller([&] {
      EXPECT_TRUE(log.wait_for(line));
      boost::asio::post(context, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
    });
    context.run();
    return outcome;
  }
  /// What the table says when nothing goes wrong any more; 0 if there is no such item.
  int counter(const std::string& key = "counter") {
    EXPECT_TRUE(cloud->set_faults({}));
    const ddb::GetItemInput input{.table_name = "people", .key = {{"PK", key}}, .consistent_read = true};
    const auto found = blocking(dynamodb().get_item(input));
    EXPECT_TRUE(found);
    return found && found->item ? std::stoi(found->item->at("n").n()) : 0;
  }
  Result<s3::PutObjectOutput> put_object(const std::string& key, std::string text) {
    const s3::PutObjectInput input{.body = Body(std::move(text)), .bucket = "bucket", .key = key};
    return blocking(objects().put_object(input));
  }
  Result<std::string> get_object(const std::string& key) {
    const s3::GetObjectInput input{.bucket = "bucket", .key = key};
    auto found = blocking(objects().get_object(input));
    if (!found) return std::unexpected(found.error());
    return blocking(found->body.read_all(1 << 24));
  }

  fakes::AwaitedLog log;
  std::unique_ptr<Cloud> cloud;
  Config config;
  std::mutex mutex;
  std::vector<Seen> attempts;
};

INSTANTIATE_TEST_SUITE_P(Ways, FaultsTest, testing::Values(Way::socket, Way::in_process),
                         [](const testing::TestParamInfo<Way>& way) {
                           return way.param == Way::socket ? "socket" : "in_process";
                         });

/// Asks each service once, and gives "status code" of each answer.
std::vector<std::string> refusals(const Config& config, std::vector<Seen>& attempts) {
  attempts.clear();
  const ddb::GetItemInput item{.table_name = "people", .key = {{"PK", "a"}}};
  (void)blocking(ddb::Client(config).get_item(item));
  const ddb::ListTablesInput tables;
  (void)blocking(ddb::Client(config).list_tables(tables));
  const s3::PutObjectInput object{.body = Body("x"), .bucket = "bucket", .key = "k"};
  (void)blocking(s3::Client(config).put_object(object));
  const secretsmanager::ListSecretsInput secrets;
  (void)blocking(secretsmanager::Client(config).list_secrets(secrets));
  const sts::GetCallerIdentityInput identity;
  (void)blocking(sts::Client(config).get_caller_identity(identity));
  std::vector<std::string> all;
  for (const auto& seen : attempts) all.push_back(std::to_string(seen.http_status) + " " + seen.code);
  return all;
}

TEST_P(FaultsTest, throttles_in_each_service_s_own_words) {
  go_wrong({.fault = FaultKind::throttle});
  EXPECT_THAT(refusals(config, attempts),
              ElementsAre("400 ProvisionedThroughputExceededException", "400 ThrottlingException",
                          "503 SlowDown", "400 ThrottlingException", "400 Throttling"));
  for (const auto& seen : attempts) EXPECT_EQ(seen.kind, ErrorKind::throttled) << seen.code;
  EXPECT_EQ(fired(), 5U);
  EXPECT_FALSE(increment());
  EXPECT_EQ(counter(), 0);
  EXPECT_FALSE(get_object("k"));
}

TEST_P(FaultsTest, says_that_credentials_have_expired_in_each_service_s_own_words) {
  go_wrong({.fault = FaultKind::expired_credentials});
  EXPECT_THAT(refusals(config, attempts),
              ElementsAre("400 ExpiredTokenException", "400 ExpiredTokenException", "400 ExpiredToken",
                          "400 ExpiredTokenException", "403 ExpiredToken"));
  for (const auto& seen : attempts) EXPECT_EQ(seen.kind, ErrorKind::unauthenticated) << seen.code;
  EXPECT_FALSE(increment());
  EXPECT_EQ(counter(), 0);
}

TEST_P(FaultsTest, fails_before_the_request_is_applied) {
  go_wrong({.fault = FaultKind::error_before});
  EXPECT_THAT(refusals(config, attempts),
              ElementsAre("500 InternalServerError", "500 InternalServerError", "500 InternalError",
                          "500 InternalServiceError", "500 InternalFailure"));
  const auto failed = increment();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().http_status, 500);
  EXPECT_EQ(failed.error().applied, Applied::unknown);
  EXPECT_EQ(counter(), 0);
  EXPECT_FALSE(get_object("k"));
}

TEST_P(FaultsTest, fails_after_the_request_is_applied) {
  go_wrong({.fault = FaultKind::error_after});
  const auto failed = increment();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().http_status, 500);
  EXPECT_EQ(failed.error().applied, Applied::unknown);
  const auto uploaded = put_object("k", "text");
  ASSERT_FALSE(uploaded);
  EXPECT_EQ(uploaded.error().code, "InternalError");
  EXPECT_EQ(counter(), 1);
  EXPECT_EQ(get_object("k").value(), "text");
}

TEST_P(FaultsTest, cuts_the_connection_before_the_request_is_applied) {
  go_wrong({.fault = FaultKind::cut_before});
  const auto failed = increment();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().http_status, 0);
  // Nobody can know better from outside.
  EXPECT_EQ(failed.error().applied, Applied::unknown);
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].code, "NoAnswer");
  EXPECT_EQ(attempts[0].kind, ErrorKind::outcome_unknown);
  EXPECT_FALSE(put_object("k", std::string(300'000, 'x')));
  EXPECT_EQ(attempts[1].code, "NoAnswer");
  EXPECT_EQ(attempts[1].kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(counter(), 0);
  EXPECT_FALSE(get_object("k"));
}

TEST_P(FaultsTest, cuts_the_connection_after_the_request_is_applied) {
  go_wrong({.fault = FaultKind::cut_after});
  const auto failed = increment();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().http_status, 0);
  EXPECT_EQ(failed.error().applied, Applied::unknown);
  const std::string text(300'000, 'x');
  EXPECT_FALSE(put_object("k", text));
  for (const auto& seen : attempts) EXPECT_EQ(seen.code, "NoAnswer");
  EXPECT_EQ(counter(), 1);
  EXPECT_EQ(get_object("k").value(), text);
}

// Which of two comes first nobody can force from outside: where the log shows that the late one was not yet
// applied when the other was answered, it has overwritten that one.
TEST_P(FaultsTest, applies_late_what_the_client_has_done_again_meanwhile) {
  bool overtaken = false;
  for (auto delay = milliseconds(50); !overtaken && delay < seconds(60); delay *= 2) {
    go_wrong({.operation = "PutItem", .fault = FaultKind::apply_late, .delay = delay, .times = 1});
    const auto failed = put(1);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "NoAnswer");
    EXPECT_EQ(failed.error().applied, Applied::unknown);
    EXPECT_TRUE(put(2));
    overtaken = log.count("Applied late") == 0;
    EXPECT_TRUE(log.wait_for("Applied late: POST /, with status 200"));
  }
  EXPECT_TRUE(overtaken);
  EXPECT_EQ(counter(), 1);
}

TEST_P(FaultsTest, applies_an_upload_late) {
  go_wrong({.fault = FaultKind::apply_late, .delay = milliseconds(1), .times = 1});
  const std::string text(300'000, 'x');
  EXPECT_FALSE(put_object("k", text));
  EXPECT_TRUE(log.wait_for("Applied late: PUT /bucket/k, with status 200"));
  EXPECT_EQ(get_object("k").value(), text);
}

TEST_P(FaultsTest, does_not_apply_before_its_time_nor_once_the_cloud_has_stopped) {
  const TemporaryFolder folder;
  open({.data_dir = folder.path / "cloud"});
  make_table_and_bucket();
  go_wrong({.fault = FaultKind::apply_late, .delay = hours(1)});
  EXPECT_FALSE(increment());
  EXPECT_EQ(counter(), 0);
  open({.data_dir = folder.path / "cloud"});
  EXPECT_EQ(counter(), 0);
  cloud->stop();
}

TEST_P(FaultsTest, delays) {
  go_wrong({.fault = FaultKind::delay, .delay = milliseconds(1)});
  EXPECT_TRUE(increment());
  EXPECT_EQ(fired(), 1U);
  go_wrong({.fault = FaultKind::delay, .delay = hours(1)});
  const auto write = add_one();
  const auto written = cancelled_at("Fault delay", dynamodb().update_item(write));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(written.error().applied, Applied::unknown);
  log.forget();
  const ddb::GetItemInput read{.table_name = "people", .key = {{"PK", "counter"}}};
  const auto found = cancelled_at("Fault delay", dynamodb().get_item(read));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::cancelled);
  EXPECT_EQ(found.error().applied, Applied::no);
  EXPECT_EQ(counter(), 1);
}

TEST_P(FaultsTest, answers_what_is_delayed_as_soon_as_the_cloud_stops) {
  go_wrong({.fault = FaultKind::delay, .delay = hours(1)});
  auto delayed = begin_increment();
  EXPECT_TRUE(log.wait_for("Fault delay"));
  cloud->stop();
  EXPECT_TRUE(delayed.get());
  EXPECT_EQ(log.count("still under way"), 0U);
}

TEST_P(FaultsTest, judges_a_delayed_request_s_signature_by_when_it_came) {
  std::atomic<milliseconds> off{milliseconds(0)};
  CloudOptions options;
  options.now = [&off] {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) + off.load();
  };
  open(std::move(options));
  make_table_and_bucket();
  go_wrong({.operation = "UpdateItem", .fault = FaultKind::delay, .delay = hours(1)});
  auto delayed = begin_increment();
  EXPECT_TRUE(log.wait_for("Fault delay"));
  // One request after the other: once this one is answered, that one waits.
  EXPECT_TRUE(put(0));
  off = std::chrono::minutes(20);
  cloud->stop();
  const auto done = delayed.get();
  EXPECT_TRUE(done) << to_string(done.error());
}

TEST_P(FaultsTest, trickles_answers) {
  const std::string text(3000, 'x');
  ASSERT_TRUE(put_object("k", text));
  ASSERT_TRUE(put_object("empty", ""));
  ASSERT_TRUE(increment());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{65536}}) {
    go_wrong({.fault = FaultKind::trickle, .piece = piece});
    EXPECT_EQ(get_object("k").value(), text);
    EXPECT_EQ(get_object("empty").value(), "");
    EXPECT_EQ(get_object("none").error().code, "NoSuchKey");
    const s3::HeadObjectInput head{.bucket = "bucket", .key = "k"};
    const auto headed = blocking(objects().head_object(head));
    ASSERT_TRUE(headed);
    EXPECT_EQ(headed->content_length, 3000);
    const ddb::GetItemInput item{.table_name = "people", .key = {{"PK", "counter"}}};
    const auto found = blocking(dynamodb().get_item(item));
    ASSERT_TRUE(found && found->item);
    EXPECT_EQ(found->item->at("n").n(), "1");
    EXPECT_EQ(fired(), 5U);
  }
  go_wrong({.fault = FaultKind::trickle, .delay = milliseconds(1), .piece = 100});
  EXPECT_EQ(get_object("k").value(), text);
}

TEST_P(FaultsTest, sends_the_rest_of_what_trickles_as_soon_as_the_cloud_stops) {
  go_wrong({.fault = FaultKind::trickle, .delay = hours(1)});
  auto trickling = begin_increment();
  EXPECT_TRUE(log.wait_for("Fault trickle"));
  cloud->stop();
  const auto done = trickling.get();
  // In process the body of an answer is fetched when it is read, and the cloud may be gone by then.
  EXPECT_TRUE(done || (GetParam() == Way::in_process && done.error().applied == Applied::yes));
  EXPECT_EQ(log.count("still under way"), 0U);
}

TEST_P(FaultsTest, sends_a_wrong_checksum_with_what_it_has_applied) {
  go_wrong({.service = FaultService::dynamodb, .fault = FaultKind::wrong_crc32});
  const auto failed = increment();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "ChecksumMismatch");
  EXPECT_EQ(failed.error().applied, Applied::yes);
  EXPECT_TRUE(put_object("k", "S3 has no such checksum"));
  EXPECT_EQ(counter(), 1);
}

TEST_P(FaultsTest, has_a_transaction_of_somebody_else_s_in_the_way) {
  const auto conflicts = [this](std::string operation, std::uint64_t first) {
    go_wrong({.service = FaultService::dynamodb,
              .operation = std::move(operation),
              .fault = FaultKind::conflict,
              .first = first});
  };
  conflicts("UpdateItem", 0);
  const auto refused = increment();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "TransactionConflictException");
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refused.error().applied, Applied::no);

  // A transaction is sent again when nothing but others were in its way.
  config.retry = {.max_attempts = 3, .base_delay = milliseconds(0)};
  const auto update = add_one();
  conflicts("TransactWriteItems", 2);
  EXPECT_TRUE(blocking(exactly_once(dynamodb(), update)));
  ASSERT_EQ(attempts.size(), 3U);
  EXPECT_EQ(attempts[0].code, "TransactionCanceledException");
  conflicts("TransactWriteItems", 3);
  const auto cancelled = blocking(exactly_once(dynamodb(), update));
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::conflict);
  EXPECT_EQ(cancelled.error().applied, Applied::no);

  conflicts("TransactGetItems", 3);
  const ddb::TransactGetItem get{.get = {.key = {{"PK", "counter"}}, .table_name = "people"}};
  ddb::TransactGetItemsInput gets;
  gets.transact_items = {get, get};
  const auto unread = blocking(dynamodb().transact_get_items(gets));
  ASSERT_FALSE(unread);
  const auto* detail = unread.error().detail<ddb::TransactionCanceledException>();
  ASSERT_TRUE(detail != nullptr && detail->cancellation_reasons);
  std::vector<std::string> reasons;
  for (const auto& reason : *detail->cancellation_reasons) reasons.push_back(reason.code.value_or("?"));
  EXPECT_THAT(reasons, ElementsAre("TransactionConflict", "None"));
  EXPECT_EQ(counter(), 1);
}

TEST_P(FaultsTest, has_its_clock_wrong_and_clients_find_out) {
  config.retry = {.max_attempts = 2, .base_delay = milliseconds(0)};
  for (const auto offset : {std::chrono::minutes(10), std::chrono::minutes(-10)}) {
    go_wrong({.fault = FaultKind::wrong_date, .offset = offset});
    config.shared = runtime::make_shared_state();
    EXPECT_TRUE(increment());
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0].code, "InvalidSignatureException");
    // What one client has learned the others of its Config know.
    EXPECT_TRUE(put_object("k", "x"));
    EXPECT_EQ(attempts.size(), 3U);
  }
  // What is further off is told, not followed.
  go_wrong({.service = FaultService::s3, .fault = FaultKind::wrong_date, .offset = hours(1)});
  config.shared = runtime::make_shared_state();
  EXPECT_EQ(get_object("none").error().code, "RequestTimeTooSkewed");
  EXPECT_EQ(attempts.size(), 1U);
}

TEST_P(FaultsTest, tells_its_own_clock_to_clients_that_are_off) {
  CloudOptions options;
  options.now = [] {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) + std::chrono::minutes(10);
  };
  const auto ahead = Cloud::open(std::move(options)).value();
  config.shared = runtime::make_shared_state();
  config.retry = {.max_attempts = 2, .base_delay = milliseconds(0)};
  if (GetParam() == Way::socket)
    config.endpoint_url = ahead->listen("127.0.0.1", 0).value();
  else
    config.transport = ahead->transport();
  attempts.clear();
  const ddb::ListTablesInput all;
  const auto listed = blocking(dynamodb().list_tables(all));
  EXPECT_TRUE(listed) << to_string(listed.error());
  EXPECT_EQ(attempts.size(), 2U);
}

TEST_P(FaultsTest, goes_wrong_for_some_keys_alone) {
  go_wrong({.service = FaultService::dynamodb, .key_prefix = "USER#", .fault = FaultKind::throttle});
  EXPECT_FALSE(increment("USER#1"));
  EXPECT_TRUE(increment("REWARD#1"));
  go_wrong({.service = FaultService::s3, .key_prefix = "receipts/", .fault = FaultKind::cut_before});
  EXPECT_FALSE(put_object("receipts/1", "x"));
  EXPECT_TRUE(put_object("images/1", "x"));
  go_wrong({.service = FaultService::secretsmanager, .key_prefix = "prod/", .fault = FaultKind::throttle});
  secretsmanager::CreateSecretInput input{.name = "prod/db", .secret_string = Secret("x")};
  EXPECT_FALSE(blocking(secretsmanager::Client(config).create_secret(input)));
  input.name = "test/db";
  EXPECT_TRUE(blocking(secretsmanager::Client(config).create_secret(input)));
  EXPECT_EQ(cloud->fault_counts().at(0).matched, 1U);
}

TEST_P(FaultsTest, a_retry_gets_what_the_first_attempt_did_not) {
  config.retry = {.max_attempts = 4, .base_delay = milliseconds(0)};
  go_wrong({.fault = FaultKind::throttle, .first = 3});
  EXPECT_TRUE(increment());
  EXPECT_EQ(attempts.size(), 4U);
  EXPECT_EQ(counter(), 1);
}

TEST_P(FaultsTest, may_change_while_requests_are_under_way) {
  std::jthread changing([this](const std::stop_token& stop) {
    for (std::uint64_t seed = 0; !stop.stop_requested(); ++seed) {
      EXPECT_TRUE(
          cloud->set_faults({.rules = {{.fault = FaultKind::cut_after, .probability = 0.5}}, .seed = seed}));
      EXPECT_LE(cloud->fault_counts().size(), 1U);
      EXPECT_TRUE(cloud->set_faults({}));
    }
  });
  int acknowledged = 0;
  constexpr int calls = 50;
  for (int i = 0; i < calls; ++i) acknowledged += increment() ? 1 : 0;
  changing.request_stop();
  changing.join();
  EXPECT_GE(counter(), acknowledged);
  EXPECT_EQ(counter(), calls);
}

TEST(Faults, are_refused_when_they_cannot_be_followed) {
  CloudOptions options;
  options.faults.rules = {{.fault = FaultKind::delay}};
  const auto cloud = Cloud::open(std::move(options));
  ASSERT_FALSE(cloud);
  EXPECT_EQ(cloud.error().message, "the fault plan: rules[0]: the fault delay needs a delay");
  const auto fine = Cloud::open({});
  ASSERT_TRUE(fine);
  ASSERT_TRUE((*fine)->set_faults({.rules = {{}}, .seed = 5}));
  EXPECT_FALSE((*fine)->set_faults({.rules = {{.fault = FaultKind::delay}}}));
  EXPECT_EQ((*fine)->fault_seed(), 5U);
  EXPECT_EQ((*fine)->fault_counts().size(), 1U);
}

TEST(Faults, pick_a_seed_and_tell_it) {
  fakes::AwaitedLog log;
  CloudOptions options;
  options.log = log.sink();
  options.faults.rules = {{}};
  const auto cloud = Cloud::open(std::move(options));
  ASSERT_TRUE(cloud);
  EXPECT_TRUE(log.wait_for("seed " + std::to_string((*cloud)->fault_seed())));
}

}  // namespace
}  // namespace gannet::local
