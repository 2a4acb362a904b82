#include "local/secretsmanager/secrets_manager.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/timestamps.hpp"

namespace gannet::local {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::UnorderedElementsAre;

class SecretsManagerTest : public testing::Test {
 protected:
  SecretsManagerTest() {
    database = *Database::open(std::nullopt, false, context.get_executor());
    manager = std::make_unique<SecretsManager>(*database, facts);
  }

  Reply answer(std::string_view operation, std::string_view body) {
    auto reply = manager->handle({}, operation, body);
    context.restart();
    context.poll();  // The turn ends, its writes are committed.
    return reply;
  }

  std::string succeed(std::string_view operation, std::string_view body) {
    auto reply = answer(operation, body);
    EXPECT_EQ(reply.status, 200) << operation << " " << body << ": " << reply.body;
    return reply.body;
  }

  /// "Code: message" of an answer that must be a refusal.
  std::string refusal(std::string_view operation, std::string_view body) {
    const auto reply = answer(operation, body);
    EXPECT_EQ(reply.status, 400) << operation << " " << body << ": " << reply.body;
    return text(reply.body, "__type") + ": " + text(reply.body, "Message");
  }

  /// A member of a JSON object as a string, or as JSON text where it is something else.
  static std::string text(const std::string& json, std::string_view member) {
    const auto document = core::JsonDocument::parse(json);
    if (!document) return "(not JSON: " + json + ")";
    const auto found = document->root().find(member);
    if (!found) return "(none)";
    return std::string(found->string().value_or(found->to_json()));
  }

  std::string get(std::string_view more = "") {
    return text(succeed("GetSecretValue", R"({"SecretId":"s")" + std::string(more) + "}"), "SecretString");
  }

  static std::string token(char letter) { return std::string(32, letter); }

  boost::asio::io_context context;
  Timestamp now = *core::parse_iso8601("2026-01-31T12:00:00Z");
  CloudFacts facts{.account_id = "123456789012", .region = "us-east-1", .now = [this] { return now; }};
  std::unique_ptr<Database> database;
  std::unique_ptr<SecretsManager> manager;
};

const std::string not_found = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
const std::string marked =
    "InvalidRequestException: You can't perform this operation on the secret because it was marked for "
    "deletion.";

TEST_F(SecretsManagerTest, gives_back_what_was_created) {
  const auto created = succeed("CreateSecret", R"({"Name":"prod/db","SecretString":"{\"password\":\"p\"}"})");
  const auto arn = text(created, "ARN");
  EXPECT_THAT(arn,
              MatchesRegex("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-[A-Za-z0-9]{6}"));
  EXPECT_EQ(text(created, "Name"), "prod/db");
  for (const auto& id : {std::string("prod/db"), arn, arn.substr(0, arn.size() - 7)}) {
    const auto got = succeed("GetSecretValue", R"({"SecretId":")" + id + R"("})");
    EXPECT_EQ(text(got, "SecretString"), R"({"password":"p"})");
    EXPECT_EQ(text(got, "ARN"), arn);
    EXPECT_EQ(text(got, "VersionId"), text(created, "VersionId"));
    EXPECT_EQ(text(got, "VersionStages"), R"(["AWSCURRENT"])");
    EXPECT_EQ(text(got, "CreatedDate"), "1769860800");
  }
}

TEST_F(SecretsManagerTest, keeps_bytes_as_they_are) {
  succeed("CreateSecret", R"({"Name":"s","SecretBinary":"AP8BAg=="})");
  const auto got = succeed("GetSecretValue", R"({"SecretId":"s"})");
  EXPECT_EQ(text(got, "SecretBinary"), "AP8BAg==");
  EXPECT_EQ(text(got, "SecretString"), "(none)");
}

TEST_F(SecretsManagerTest, does_not_find_what_is_not_there) {
  for (const auto* id : {"s", "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf",
                         "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s", "arn:aws:s3:::bucket"}) {
    EXPECT_EQ(refusal("GetSecretValue", R"({"SecretId":")" + std::string(id) + R"("})"), not_found);
  }
  succeed("CreateSecret", R"({"Name":"s"})");
  EXPECT_EQ(
      refusal("GetSecretValue", R"({"SecretId":"s"})"),
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: "
      "AWSCURRENT");
  succeed("PutSecretValue", R"({"SecretId":"s","SecretString":"v"})");
  EXPECT_EQ(
      refusal("GetSecretValue", R"({"SecretId":"s","VersionId":")" + token('x') + R"("})"),
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: " +
          token('x'));
}

TEST_F(SecretsManagerTest, refuses_a_second_secret_of_the_same_name) {
  succeed("CreateSecret", R"({"Name":"s","SecretString":"v"})");
  EXPECT_EQ(refusal("CreateSecret", R"({"Name":"s","SecretString":"v"})"),
            "ResourceExistsException: The operation failed because the secret s already exists.");
}

TEST_F(SecretsManagerTest, takes_a_repeated_token_once) {
  const auto with_token = [](const std::string& rest) {
    return R"({"ClientRequestToken":")" + token('a') + R"(",)" + rest + "}";
  };
  const auto created = succeed("CreateSecret", with_token(R"("Name":"s","SecretString":"v")"));
  EXPECT_EQ(text(created, "VersionId"), token('a'));
  EXPECT_EQ(succeed("CreateSecret", with_token(R"("Name":"s","SecretString":"v")")), created);
  EXPECT_THAT(
      refusal("CreateSecret", with_token(R"("Name":"s","SecretString":"w")")),
      MatchesRegex(
          "ResourceExistsException: You can't use ClientRequestToken a+ because that value is already "
          "in use for a version of secret arn:.*"));
  succeed("PutSecretValue", with_token(R"("SecretId":"s","SecretString":"v")"));
  EXPECT_THAT(refusal("PutSecretValue", with_token(R"("SecretId":"s","SecretString":"w")")),
              HasSubstr("ResourceExistsException"));
  EXPECT_THAT(refusal("UpdateSecret", with_token(R"("SecretId":"s","SecretBinary":"dg==")")),
              HasSubstr("ResourceExistsException"));
  EXPECT_EQ(
      text(succeed("ListSecretVersionIds", R"({"SecretId":"s","IncludeDeprecated":true})"), "Versions"),
      R"([{"VersionId":")" + token('a') + R"(","VersionStages":["AWSCURRENT"],"CreatedDate":1769860800}])");
}

TEST_F(SecretsManagerTest, moves_the_current_stage_and_remembers_the_one_before) {
  succeed("CreateSecret", R"({"Name":"s","SecretString":"one"})");
  succeed("PutSecretValue", R"({"SecretId":"s","SecretString":"two"})");
  EXPECT_EQ(get(), "two");
  EXPECT_EQ(get(R"(,"VersionStage":"AWSPREVIOUS")"), "one");
  succeed("UpdateSecret", R"({"SecretId":"s","SecretString":"three"})");
  EXPECT_EQ(get(), "three");
  EXPECT_EQ(get(R"(,"VersionStage":"AWSPREVIOUS")"), "two");
}

TEST_F(SecretsManagerTest, moves_stages_of_one_s_own) {
  succeed("CreateSecret",
          R"({"Name":"s","SecretString":"one","ClientRequestToken":")" + token('1') + R"("})");
  const auto put =
      succeed("PutSecretValue", R"({"SecretId":"s","SecretString":"two","VersionStages":["blue"],)"
                                R"("ClientRequestToken":")" +
                                    token('2') + R"("})");
  EXPECT_EQ(text(put, "VersionStages"), R"(["blue"])");
  EXPECT_EQ(get(), "one");
  EXPECT_EQ(get(R"(,"VersionStage":"blue")"), "two");
  EXPECT_THAT(refusal("GetSecretValue",
                      R"({"SecretId":"s","VersionStage":"blue","VersionId":")" + token('1') + R"("})"),
              "InvalidRequestException: You provided a VersionStage that is not associated to the provided "
              "VersionId.");

  const auto move = [&](std::string_view stage, std::optional<char> from, std::optional<char> to) {
    std::string body = R"({"SecretId":"s","VersionStage":")" + std::string(stage) + "\"";
    if (from) body += R"(,"RemoveFromVersionId":")" + token(*from) + "\"";
    if (to) body += R"(,"MoveToVersionId":")" + token(*to) + "\"";
    return body + "}";
  };
  EXPECT_EQ(refusal("UpdateSecretVersionStage", move("AWSCURRENT", {}, '2')),
            "InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label "
            "AWSCURRENT is "
            "currently attached to version " +
                token('1') + ", so you must explicitly reference that version in RemoveFromVersionId.");
  EXPECT_EQ(refusal("UpdateSecretVersionStage", move("AWSCURRENT", '9', '2')),
            "InvalidParameterException: Not a valid version: " + token('9'));
  EXPECT_THAT(refusal("UpdateSecretVersionStage", move("AWSCURRENT", '1', {})),
              HasSubstr("InvalidParameterException"));
  succeed("UpdateSecretVersionStage", move("AWSCURRENT", '1', '2'));
  EXPECT_EQ(get(), "two");
  EXPECT_EQ(get(R"(,"VersionStage":"AWSPREVIOUS")"), "one");
  succeed("UpdateSecretVersionStage", move("blue", '2', {}));
  EXPECT_THAT(refusal("GetSecretValue", R"({"SecretId":"s","VersionStage":"blue"})"),
              HasSubstr("for staging label: blue"));
  succeed("UpdateSecretVersionStage", move("green", {}, '1'));
  EXPECT_EQ(get(R"(,"VersionStage":"green")"), "one");
}

TEST_F(SecretsManagerTest, the_first_value_is_current_whatever_stage_it_is_given) {
  succeed("CreateSecret", R"({"Name":"s"})");
  succeed("PutSecretValue", R"({"SecretId":"s","SecretString":"one","VersionStages":["blue"]})");
  EXPECT_EQ(get(), "one");
  EXPECT_EQ(get(R"(,"VersionStage":"blue")"), "one");
}

TEST_F(SecretsManagerTest, marks_for_deletion_restores_and_deletes) {
  succeed("CreateSecret", R"({"Name":"s","SecretString":"v"})");
  const auto deleted = succeed("DeleteSecret", R"({"SecretId":"s","RecoveryWindowInDays":7})");
  EXPECT_EQ(text(deleted, "DeletionDate"), "1770465600");
  for (const auto* operation : {"GetSecretValue", "UpdateSecret"}) {
    EXPECT_EQ(refusal(operation, R"({"SecretId":"s"})"), marked);
  }
  EXPECT_EQ(refusal("PutSecretValue", R"({"SecretId":"s","SecretString":"v"})"), marked);
  EXPECT_EQ(refusal("TagResource", R"({"SecretId":"s","Tags":[]})"), marked);
  EXPECT_EQ(refusal("CreateSecret", R"({"Name":"s"})"),
            "InvalidRequestException: You can't create this secret because a secret with this name is "
            "already scheduled "
            "for deletion.");
  EXPECT_THAT(refusal("DeleteSecret", R"({"SecretId":"s"})"), HasSubstr("InvalidRequestException"));
  EXPECT_EQ(text(succeed("DescribeSecret", R"({"SecretId":"s"})"), "DeletedDate"), "1770465600");
  EXPECT_EQ(text(succeed("ListSecrets", "{}"), "SecretList"), "[]");
  EXPECT_THAT(text(succeed("ListSecrets", R"({"IncludePlannedDeletion":true})"), "SecretList"),
              HasSubstr("\"s\""));

  succeed("RestoreSecret", R"({"SecretId":"s"})");
  EXPECT_EQ(get(), "v");
  succeed("DeleteSecret", R"({"SecretId":"s"})");
  now += days(30);
  EXPECT_EQ(refusal("DescribeSecret", R"({"SecretId":"s"})"), not_found);
  succeed("CreateSecret", R"({"Name":"s","SecretString":"anew"})");
  EXPECT_EQ(get(), "anew");
}

TEST_F(SecretsManagerTest, deletes_at_once_when_forced) {
  const auto first = text(succeed("CreateSecret", R"({"Name":"s","SecretString":"v"})"), "ARN");
  EXPECT_EQ(refusal("DeleteSecret",
                    R"({"SecretId":"s","ForceDeleteWithoutRecovery":true,"RecoveryWindowInDays":7})"),
            "InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with "
            "RecoveryWindowInDays.");
  EXPECT_EQ(
      refusal("DeleteSecret", R"({"SecretId":"s","RecoveryWindowInDays":6})"),
      "InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  succeed("DeleteSecret", R"({"SecretId":"s","ForceDeleteWithoutRecovery":true})");
  EXPECT_EQ(refusal("GetSecretValue", R"({"SecretId":"s"})"), not_found);
  EXPECT_NE(text(succeed("CreateSecret", R"({"Name":"s"})"), "ARN"), first);
  EXPECT_EQ(refusal("DeleteSecret", R"({"SecretId":"other"})"), not_found);
  EXPECT_EQ(
      text(succeed("DeleteSecret", R"({"SecretId":"other","ForceDeleteWithoutRecovery":true})"), "Name"),
      "other");
}

TEST_F(SecretsManagerTest, describes_without_the_value) {
  succeed("CreateSecret",
          R"({"Name":"s","SecretString":"hidden-value","Description":"of use","KmsKeyId":"k",)"
          R"("Tags":[{"Key":"team","Value":"core"}],"ClientRequestToken":")" +
              token('a') + R"("})");
  get();
  const auto described = succeed("DescribeSecret", R"({"SecretId":"s"})");
  EXPECT_EQ(text(described, "Description"), "of use");
  EXPECT_EQ(text(described, "KmsKeyId"), "k");
  EXPECT_EQ(text(described, "Tags"), R"([{"Key":"team","Value":"core"}])");
  EXPECT_EQ(text(described, "VersionIdsToStages"), R"({")" + token('a') + R"(":["AWSCURRENT"]})");
  EXPECT_EQ(text(described, "LastAccessedDate"), "1769817600");
  EXPECT_THAT(described, testing::Not(HasSubstr("hidden-value")));
  succeed("UpdateSecret", R"({"SecretId":"s","Description":"of more use"})");
  EXPECT_EQ(text(succeed("DescribeSecret", R"({"SecretId":"s"})"), "Description"), "of more use");
  EXPECT_EQ(get(), "hidden-value");
}

TEST_F(SecretsManagerTest, tags_and_untags) {
  succeed("CreateSecret", R"({"Name":"s"})");
  succeed("TagResource", R"({"SecretId":"s","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]})");
  succeed("TagResource", R"({"SecretId":"s","Tags":[{"Key":"a","Value":"3"}]})");
  succeed("UntagResource", R"({"SecretId":"s","TagKeys":["b","c"]})");
  EXPECT_EQ(text(succeed("DescribeSecret", R"({"SecretId":"s"})"), "Tags"), R"([{"Key":"a","Value":"3"}])");
  EXPECT_THAT(refusal("TagResource", R"({"SecretId":"s","Tags":[{"Key":"aws:x","Value":"3"}]})"),
              HasSubstr("InvalidParameterException"));
}

TEST_F(SecretsManagerTest, lists_page_by_page_in_the_order_asked_for) {
  for (const auto* name : {"c", "a", "d", "b"}) {
    succeed("CreateSecret", R"({"Name":")" + std::string(name) + R"("})");
  }
  const auto list = [&](const std::string& how) {
    std::string names;
    std::string next;
    do {
      const auto page =
          succeed("ListSecrets",
                  R"({"MaxResults":1)" + how + (next.empty() ? "" : R"(,"NextToken":")" + next + "\"") + "}");
      const auto document = core::JsonDocument::parse(page);
      const auto secrets = document->root().find("SecretList").value();
      for (const auto secret : secrets) names += *secret.find("Name")->string();
      next = text(page, "NextToken");
      if (next == "(none)") next.clear();
    } while (!next.empty());
    return names;
  };
  EXPECT_EQ(list(""), "cadb");
  EXPECT_EQ(list(R"(,"SortOrder":"desc")"), "bdac");
  EXPECT_EQ(list(R"(,"SortBy":"name")"), "abcd");
  EXPECT_EQ(list(R"(,"SortBy":"name","SortOrder":"desc")"), "dcba");
  EXPECT_THAT(refusal("ListSecrets", R"({"NextToken":"?"})"), HasSubstr("InvalidNextTokenException"));
}

TEST_F(SecretsManagerTest, gives_several_values_at_once) {
  succeed("CreateSecret", R"({"Name":"a","SecretString":"1"})");
  succeed("CreateSecret", R"({"Name":"b","SecretString":"2"})");
  succeed("CreateSecret", R"({"Name":"empty"})");
  const auto got = succeed("BatchGetSecretValue", R"({"SecretIdList":["a","b","empty","none"]})");
  const auto document = core::JsonDocument::parse(got);
  std::vector<std::string> values;
  std::vector<std::string> errors;
  const auto found_values = document->root().find("SecretValues").value();
  const auto found_errors = document->root().find("Errors").value();
  for (const auto value : found_values) values.emplace_back(*value.find("SecretString")->string());
  for (const auto error : found_errors) errors.emplace_back(*error.find("SecretId")->string());
  EXPECT_THAT(values, ElementsAre("1", "2"));
  EXPECT_THAT(errors, UnorderedElementsAre("empty", "none"));
  const auto filtered =
      succeed("BatchGetSecretValue", R"({"Filters":[{"Key":"name","Values":["a","b"]}],"MaxResults":1})");
  EXPECT_NE(text(filtered, "NextToken"), "(none)");
  EXPECT_THAT(refusal("BatchGetSecretValue", "{}"), HasSubstr("InvalidParameterException"));
}

TEST_F(SecretsManagerTest, keeps_a_hundred_versions) {
  succeed("CreateSecret", R"({"Name":"s","SecretString":"0"})");
  for (int i = 1; i <= 120; ++i) {
    succeed("PutSecretValue", R"({"SecretId":"s","SecretString":")" + std::to_string(i) + R"("})");
  }
  const auto versions = succeed("ListSecretVersionIds", R"({"SecretId":"s","IncludeDeprecated":true})");
  EXPECT_EQ(core::JsonDocument::parse(versions)->root().find("Versions")->size(), 100U);
  EXPECT_EQ(get(), "120");
  EXPECT_EQ(get(R"(,"VersionStage":"AWSPREVIOUS")"), "119");
}

TEST_F(SecretsManagerTest, refuses_inputs_out_of_bounds_without_repeating_the_value) {
  const auto name_of = [](std::size_t length) {
    return R"({"Name":")" + std::string(length, 'n') + R"(","SecretString":"v"})";
  };
  struct Case {
    std::string operation;
    std::string body;
    std::string begin;
  };
  const std::vector<Case> cases = {
      {"CreateSecret", R"({"Name":"has space"})", "ValidationException: Invalid name."},
      {"CreateSecret", R"({"Name":""})", "ValidationException: 1 validation error detected"},
      {"CreateSecret", name_of(513), "ValidationException: 1 validation error detected"},
      {"CreateSecret", "{}", "ValidationException: 1 validation error detected: Value null at 'name'"},
      {"CreateSecret", R"({"Name":1})", "SerializationException: "},
      {"CreateSecret", R"({"Name":"s","SecretString":"v","SecretBinary":"dg=="})",
       "InvalidParameterException: "},
      {"CreateSecret", R"({"Name":"s","SecretBinary":"?"})", "SerializationException: "},
      {"CreateSecret", R"({"Name":"s","SecretString":""})", "ValidationException: "},
      {"CreateSecret", R"({"Name":"s","SecretString":")" + std::string(65537, 'v') + R"("})",
       "ValidationException: 1 validation error detected: Value at 'secretString'"},
      {"CreateSecret", R"({"Name":"s","ClientRequestToken":"short"})", "ValidationException: "},
      {"CreateSecret", R"({"Name":"s","AddReplicaRegions":[{"Region":"eu-west-1"}]})",
       "InvalidParameterException: "},
      {"CreateSecret", R"({"Name":"s","Tags":[{"Key":"a"},{"Key":"a"}]})", "InvalidParameterException: "},
      {"CreateSecret", R"({"Name":"s")", "SerializationException: "},
      {"CreateSecret", "[]", "SerializationException: "},
      {"CreateSecret", "", "SerializationException: "},
      {"ListSecrets", R"({"MaxResults":101})", "ValidationException: "},
      {"ListSecrets", R"({"Filters":[{"Key":"color","Values":["x"]}]})", "ValidationException: "},
      {"RotateSecret", "{}", "UnsupportedOperationException: "},
      {"PutResourcePolicy", "{}", "UnsupportedOperationException: "},
      {"Fly", "{}", "UnknownOperationException: "},
  };
  for (const auto& wrong : cases) {
    const auto said = refusal(wrong.operation, wrong.body);
    EXPECT_THAT(said, testing::StartsWith(wrong.begin)) << wrong.body.substr(0, 80);
    EXPECT_THAT(said, testing::Not(HasSubstr("vvvv")));
  }
  succeed("CreateSecret", name_of(512));
  succeed("CreateSecret", R"({"Name":"s","SecretString":")" + std::string(65536, 'v') + R"("})");
}

TEST_F(SecretsManagerTest, makes_passwords) {
  EXPECT_EQ(text(succeed("GetRandomPassword", "{}"), "RandomPassword").size(), 32U);
  const auto digits =
      text(succeed("GetRandomPassword", R"({"PasswordLength":50,"ExcludeUppercase":true,)"
                                        R"("ExcludeLowercase":true,"ExcludePunctuation":true})"),
           "RandomPassword");
  EXPECT_THAT(digits, MatchesRegex("[0-9]{50}"));
  EXPECT_THAT(refusal("GetRandomPassword", R"({"PasswordLength":3})"),
              HasSubstr("InvalidParameterException"));
  EXPECT_EQ(text(succeed("GetRandomPassword", R"({"PasswordLength":3,"RequireEachIncludedType":false})"),
                 "RandomPassword")
                .size(),
            3U);
}

}  // namespace
}  // namespace gannet::local
