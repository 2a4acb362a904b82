#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <tuple>
#include <utility>

#include <gannet/local_faults.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::local {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(FaultPlan, is_read_with_all_its_members) {
  const auto plan = parse_fault_plan(R"({"seed": 42, "rules": [
      {"service": "dynamodb", "operation": "UpdateItem", "key_prefix": "USER#", "fault": "cut_after",
       "probability": 0.2, "times": 7},
      {"service": "s3", "operation": "*", "fault": "trickle", "delay_ms": 5, "piece_bytes": 3, "every": 5},
      {"fault": "wrong_date", "offset_s": -3600, "first": 3}]})",
                                     "plan.json");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->seed, 42U);
  ASSERT_EQ(plan->rules.size(), 3U);
  const auto& [cut, trickle, date] = std::tie(plan->rules[0], plan->rules[1], plan->rules[2]);
  EXPECT_EQ(cut.service, FaultService::dynamodb);
  EXPECT_EQ(cut.operation, "UpdateItem");
  EXPECT_EQ(cut.key_prefix, "USER#");
  EXPECT_EQ(cut.fault, FaultKind::cut_after);
  EXPECT_EQ(cut.probability, 0.2);
  EXPECT_EQ(cut.times, 7U);
  EXPECT_EQ(trickle.service, FaultService::s3);
  EXPECT_EQ(trickle.operation, "");
  EXPECT_EQ(trickle.delay, milliseconds(5));
  EXPECT_EQ(trickle.piece, 3U);
  EXPECT_EQ(trickle.every, 5U);
  EXPECT_EQ(date.service, FaultService::any);
  EXPECT_EQ(date.offset, seconds(-3600));
  EXPECT_EQ(date.first, 3U);
  EXPECT_EQ(date.probability, 1);
}

TEST(FaultPlan, is_refused_with_its_file_and_the_place_in_it) {
  struct Wrong {
    const char* text;
    const char* message;
  };
  const std::vector<Wrong> all = {
      {"", "plan.json: "},
      {"{", "plan.json: "},
      {"[]", "plan.json: must be an object"},
      {"{}", "plan.json: a fault plan has rules"},
      {R"({"rules": {}})", "plan.json: rules: must be an array"},
      {R"({"rules": [], "seeds": 1})", "plan.json: seeds: no plan has this member"},
      {R"({"rules": [], "seed": -1})", "plan.json: seed: must be a whole number from 0"},
      {R"({"rules": [], "seed": 1.0})", "plan.json: seed: must be a whole number from 0"},
      {R"({"rules": [], "rules": []})", "plan.json: rules: is given twice"},
      {R"({"rules": [5]})", "plan.json: rules[0]: must be an object"},
      {R"({"rules": [{}]})", "plan.json: rules[0]: has no fault; it is one of throttle, conflict, error_before"},
      {R"({"rules": [{"fault": "cut"}]})", "plan.json: rules[0].fault: 'cut' is none of throttle"},
      {R"({"rules": [{"fault": 5}]})", "plan.json: rules[0].fault: must be a string"},
      {R"({"rules": [{"fault": "throttle"}, {"fault": "throttle", "service": "sqs"}]})",
       "plan.json: rules[1].service: 'sqs' is none of *, dynamodb, s3, secretsmanager, sts"},
      {R"({"rules": [{"fault": "throttle", "probability": 1.5}]})",
       "plan.json: rules[0].probability: must be a number from 0 to 1"},
      {R"({"rules": [{"fault": "throttle", "probability": "0.5"}]})",
       "plan.json: rules[0].probability: must be a number from 0 to 1"},
      {R"({"rules": [{"fault": "throttle", "first": 0}]})", "plan.json: rules[0].first: must be a whole"},
      {R"({"rules": [{"fault": "throttle", "every": -1}]})", "plan.json: rules[0].every: must be a whole"},
      {R"({"rules": [{"fault": "throttle", "times": 1e3}]})", "plan.json: rules[0].times: must be a whole"},
      {R"({"rules": [{"fault": "throttle", "delay": 5}]})", "plan.json: rules[0].delay: no rule has this"},
      {R"({"rules": [{"fault": "throttle", "delay_ms": 5}]})",
       "plan.json: rules[0]: the fault throttle has no delay"},
      {R"({"rules": [{"fault": "delay"}]})", "plan.json: rules[0]: the fault delay needs a delay"},
      {R"({"rules": [{"fault": "apply_late"}]})", "plan.json: rules[0]: the fault apply_late needs a delay"},
      {R"({"rules": [{"fault": "delay", "delay_ms": 3600001}]})",
       "plan.json: rules[0].delay_ms: must be a whole number from 1 to 3600000"},
      {R"({"rules": [{"fault": "wrong_date"}]})",
       "plan.json: rules[0]: the fault wrong_date needs an offset"},
      {R"({"rules": [{"fault": "delay", "delay_ms": 1, "offset_s": 1}]})",
       "plan.json: rules[0]: the fault delay has no offset"},
      {R"({"rules": [{"fault": "throttle", "piece_bytes": 2}]})",
       "plan.json: rules[0]: the fault throttle has no pieces"},
      {R"({"rules": [{"fault": "wrong_crc32"}]})", "plan.json: rules[0]: only DynamoDB's answers"},
      {R"({"rules": [{"fault": "throttle", "operation": "UpdateItems"}]})",
       "plan.json: rules[0]: no service of the local cloud has an operation UpdateItems"},
      {R"({"rules": [{"fault": "throttle", "service": "s3", "operation": "UpdateItem"}]})",
       "plan.json: rules[0]: s3 has no operation UpdateItem"},
      {R"({"rules": [{"fault": "throttle", "key_prefix": ""}]})",
       "plan.json: rules[0].key_prefix: must not be empty"},
      {R"({"rules": [{"fault": "conflict", "operation": "PutItem"}]})",
       "plan.json: rules[0]: the fault conflict needs the service dynamodb and an operation"},
      {R"({"rules": [{"fault": "conflict", "service": "dynamodb", "operation": "Query"}]})",
       "plan.json: rules[0]: the fault conflict needs the service dynamodb and an operation"},
      {R"({"rules": [{"fault": "throttle", "service": "sts", "key_prefix": "a"}]})",
       "plan.json: rules[0]: requests to sts have no keys"},
  };
  for (const auto& [text, message] : all) {
    const auto plan = parse_fault_plan(text, "plan.json");
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().kind, ErrorKind::configuration);
    EXPECT_EQ(plan.error().code, "InvalidFaultPlan");
    EXPECT_THAT(plan.error().message, HasSubstr(message)) << text;
  }
}

TEST(FaultPlan, knows_the_operations_of_each_service) {
  for (const char* const rule :
       {"dynamodb:TransactWriteItems:throttle", "dynamodb:UpdateItem:conflict", "s3:UploadPartCopy:throttle",
        "s3:PutBucketCors:throttle", "secretsmanager:GetSecretValue:throttle",
        "sts:GetCallerIdentity:throttle", "*:PutObject:throttle"}) {
    const auto read = parse_fault_rule(rule);
    EXPECT_TRUE(read) << read.error().message;
  }
}

TEST(FaultPlan, has_rules_in_short_form) {
  const auto cut = parse_fault_rule("dynamodb:UpdateItem:cut_after:0.2");
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_EQ(cut->service, FaultService::dynamodb);
  EXPECT_EQ(cut->operation, "UpdateItem");
  EXPECT_EQ(cut->fault, FaultKind::cut_after);
  EXPECT_EQ(cut->probability, 0.2);

  const auto trickle =
      parse_fault_rule("*:*:trickle:delay=5:piece=2:first=10:every=3:times=2:0.5:key=a:b=c:first=1");
  ASSERT_TRUE(trickle) << trickle.error().message;
  EXPECT_EQ(trickle->service, FaultService::any);
  EXPECT_EQ(trickle->operation, "");
  EXPECT_EQ(trickle->delay, milliseconds(5));
  EXPECT_EQ(trickle->piece, 2U);
  EXPECT_EQ(trickle->first, 10U);
  EXPECT_EQ(trickle->every, 3U);
  EXPECT_EQ(trickle->times, 2U);
  EXPECT_EQ(trickle->key_prefix, "a:b=c:first=1");
}

TEST(FaultPlan, refuses_short_forms_with_a_sentence) {
  for (const auto& [text, message] : std::vector<std::pair<const char*, const char*>>{
           {"", "SERVICE:OPERATION:FAULT"},
           {":PutItem:throttle", "'' is none of *, dynamodb"},
           {"dynamodb", "SERVICE:OPERATION:FAULT"},
           {"dynamodb:PutItem", "SERVICE:OPERATION:FAULT"},
           {"dynamodb::throttle", "has no operation; * stands for all"},
           {"dynamodb:PutItem:", "'' is none of throttle"},
           {"dynamodb:PutItem:throttle:", "'' is no setting"},
           {"dynamodb:PutItem:throttle:1.1", "'1.1' is no setting"},
           {"dynamodb:PutItem:throttle:nan", "'nan' is no setting"},
           {"dynamodb:PutItem:throttle:often", "'often' is no setting"},
           {"dynamodb:PutItem:throttle:first", "'first' is no setting"},
           {"dynamodb:PutItem:throttle:first=", "'first=' must be first= and a whole number"},
           {"dynamodb:PutItem:throttle:first=1x", "'first=1x' must be first= and a whole number"},
           {"dynamodb:PutItem:throttle:last=1", "'last' is no setting"},
           {"dynamodb:PutObject:throttle", "dynamodb has no operation PutObject"},
           {"s3:*:cut_before:key=", "key= must not be empty"},
           {"dynamodb:*:conflict", "the fault conflict needs"},
           {"dynamodb:PutItem:delay", "the fault delay needs a delay"},
       }) {
    const auto rule = parse_fault_rule(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_THAT(rule.error().message, HasSubstr(message)) << text;
  }
}

TEST(FaultPlan, is_loaded_from_a_file) {
  auto name = (std::filesystem::temp_directory_path() / "gannet-faults-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  const auto file = folder / "faults.json";
  std::ofstream(file) << R"({"rules": [{"fault": "throttle"}]})";
  const auto plan = load_fault_plan(file);
  EXPECT_TRUE(plan) << plan.error().message;
  std::ofstream(file) << R"({"rules": [{"fault": "x"}]})";
  EXPECT_THAT(load_fault_plan(file).error().message, HasSubstr(file.string() + ": rules[0].fault"));
  std::ofstream(file) << std::string((1 << 20) + 1, ' ');
  EXPECT_THAT(load_fault_plan(file).error().message, HasSubstr("larger than a mebibyte"));
  EXPECT_THAT(load_fault_plan(folder / "none").error().message, HasSubstr("No such file"));
  EXPECT_FALSE(load_fault_plan(folder));
  std::filesystem::remove_all(folder);
}

TEST(FaultPlan, made_in_code_is_checked_too) {
  FaultPlan plan{.rules = {{.fault = FaultKind::delay}}};
  EXPECT_FALSE(check_fault_plan(plan, "here"));
  plan.rules[0].delay = milliseconds(-1);
  EXPECT_FALSE(check_fault_plan(plan, "here"));
  plan.rules[0].delay = milliseconds(1);
  EXPECT_TRUE(check_fault_plan(plan, "here"));
  plan.rules[0].probability = std::nan("");
  EXPECT_THAT(check_fault_plan(plan, "here").error().message, HasSubstr("here: rules[0]: the probability"));
  plan.rules = {{.fault = FaultKind::trickle, .piece = 0}};
  EXPECT_FALSE(check_fault_plan(plan, "here"));
  plan.rules.assign(1001, {});
  EXPECT_FALSE(check_fault_plan(plan, "here"));
}

}  // namespace
}  // namespace gannet::local
