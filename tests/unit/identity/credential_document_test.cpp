#include "identity/credential_document.hpp"

#include "unit/identity/fetching.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;

const Timestamp an_end(std::chrono::seconds(1'798'761'600));  // 2027-01-01T00:00:00Z

TEST(CredentialDocument, of_each_writer_is_read) {
  const std::string keys = R"("AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": ")" + secret_key +
                           R"(", "AccountId": "123456789012")";
  const std::string end = R"("Expiration": "2027-01-01T00:00:00Z")";
  struct Case {
    DocumentOf writer;
    std::string text;
  };
  const Case cases[] = {
      {DocumentOf::instance,
       R"({"Code": "Success", "LastUpdated": "2026-12-31T18:00:00Z", "Type": "AWS-HMAC", )" + keys +
           R"(, "Token": ")" + session_token + R"(", )" + end + "}"},
      {DocumentOf::container, R"({"RoleArn": "arn:aws:iam::123456789012:role/r", )" + keys +
                                  R"(, "Token": ")" + session_token + R"(", )" + end + "}"},
      {DocumentOf::process,
       R"({"Version": 1, )" + keys + R"(, "SessionToken": ")" + session_token + R"(", )" + end + "}\n"},
  };
  for (const Case& c : cases) {
    const auto read = read_credential_document(c.text, c.writer, "here");
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->access_key_id, "ASIAEXAMPLE");
    EXPECT_EQ(read->secret_access_key.reveal(), secret_key);
    EXPECT_EQ(read->session_token.reveal(), session_token);
    EXPECT_EQ(read->expiration, an_end);
    EXPECT_EQ(read->account_id, "123456789012");
  }
}

TEST(CredentialDocument, of_a_process_may_be_without_token_end_and_account) {
  for (const std::string rest :
       {R"(})", R"(, "SessionToken": null, "Expiration": null, "AccountId": null})"}) {
    const auto read = read_credential_document(
        R"({"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "x")" + rest, DocumentOf::process,
        "here");
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_TRUE(read->session_token.empty());
    EXPECT_FALSE(read->expiration.has_value());
    EXPECT_EQ(read->account_id, "");
  }
}

TEST(CredentialDocument, that_is_malformed_is_refused_by_name_and_without_its_secrets) {
  const std::string key = R"("AccessKeyId": "ASIAEXAMPLE")";
  const std::string secret = R"("SecretAccessKey": ")" + secret_key + R"(")";
  const std::string token = R"("Token": ")" + session_token + R"(")";
  const std::string end = R"("Expiration": "2027-01-01T00:00:00Z")";
  const std::string ok = R"("Code": "Success", )";
  struct Case {
    DocumentOf writer;
    std::string text, part;
  };
  const auto instance = DocumentOf::instance;
  const auto container = DocumentOf::container;
  const auto process = DocumentOf::process;
  const Case cases[] = {
      {instance, "", "not valid JSON"},
      {instance, "<html>no</html>", "not valid JSON"},
      {instance, "{" + ok + key + ", " + secret + ", " + token, "not valid JSON"},
      {instance, "[" + std::string(secret.begin() + 19, secret.end()) + "]", "not a JSON object"},
      {instance, std::string(longest_document + 1, ' '), "too long"},
      {instance, std::string(40, '[') + std::string(40, ']'), "not valid JSON"},
      {instance, "{" + key + ", " + secret + ", " + token + ", " + end + "}", "Code is not Success"},
      {instance, R"({"Code": 7, )" + key + ", " + secret + "}", "Code is not Success"},
      {instance, R"({"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role r."})",
       "AssumeRoleUnauthorizedAccess: EC2 cannot assume the role r."},
      {instance, "{" + ok + secret + ", " + token + ", " + end + "}", "AccessKeyId is missing"},
      {instance, "{" + ok + key + ", " + token + ", " + end + "}", "SecretAccessKey is missing"},
      {instance, "{" + ok + key + ", " + secret + ", " + end + "}", "Token is missing"},
      {instance, "{" + ok + key + ", " + secret + ", " + token + "}", "Expiration is missing"},
      {instance, "{" + ok + key + ", " + secret + ", " + token + R"(, "Expiration": "soon"})",
       "Expiration is no time"},
      {instance, "{" + ok + key + ", " + secret + ", " + token + R"(, "Expiration": 1798761600})",
       "Expiration is no time"},
      {instance, "{" + ok + key + R"(, "SecretAccessKey": 5, )" + token + ", " + end + "}",
       "SecretAccessKey is no text"},
      {instance, "{" + ok + key + R"(, "SecretAccessKey": "", )" + token + ", " + end + "}",
       "SecretAccessKey is no text, or empty"},
      {instance,
       "{" + ok + key + ", " + secret + R"(, "Token": "a\r\nX-Evil: )" + session_token + R"(", )" + end + "}",
       "Token holds characters"},
      {instance, "{" + ok + R"("AccessKeyId": "A KEY", )" + secret + ", " + token + ", " + end + "}",
       "AccessKeyId holds characters"},
      {container, R"({"code": "AccessDenied", "message": "no such task"})", "AccessDenied: no such task"},
      {container, R"({"code": "Quoting", "message": "bad )" + secret_key + R"(", )" + secret + "}",
       "Quoting: bad ***"},
      {container, "{}", "AccessKeyId is missing"},
      {container, "{" + key + ", " + secret + ", " + token + "}", "Expiration is missing"},
      {process, "{" + key + ", " + secret + "}", "Version is missing"},
      {process, R"({"Version": 2, )" + key + ", " + secret + "}", "Version must be the number 1"},
      {process, R"({"Version": "1", )" + key + ", " + secret + "}", "Version must be the number 1"},
      {process, R"({"Version": 1, )" + secret + "}", "AccessKeyId is missing"},
      {process, R"({"Version": 1, )" + key + ", " + secret + R"(, "SessionToken": 1})",
       "SessionToken is no text"},
      {process, R"({"Version": 1, )" + key + ", " + secret + R"(, "Expiration": ""})",
       "Expiration is no time"},
      {process, R"({"Version": 1, )" + key + ", " + secret + R"(, "AccountId": "12\n3"})", "AccountId"},
  };
  for (const Case& c : cases) {
    const auto read = read_credential_document(c.text, c.writer, "the answer");
    ASSERT_FALSE(read.has_value()) << c.text;
    EXPECT_EQ(read.error().kind, ErrorKind::configuration);
    EXPECT_TRUE(read.error().message.starts_with("the answer: ")) << read.error().message;
    EXPECT_NE(read.error().message.find(c.part), std::string::npos) << read.error().message;
    expect_no_secret(read.error());
  }
}

TEST(CredentialDocument, reasons_are_printable_and_of_bounded_length) {
  EXPECT_EQ(reason_given(R"({"code": "A", "message": "b"})"), "A: b");
  EXPECT_EQ(reason_given(R"({"Message": "b"})"), "b");
  EXPECT_EQ(reason_given("no JSON"), "");
  EXPECT_EQ(reason_given("[1]"), "");
  EXPECT_EQ(reason_given(R"({"code": 3})"), "");
  EXPECT_EQ(reason_given("{\"message\": \"two\\nlines \\u001b[31m\"}"), "two?lines ?[31m");
  EXPECT_LT(reason_given("{\"message\": \"" + std::string(5000, 'x') + "\"}").size(), 500U);
}

}  // namespace
}  // namespace gannet::identity
