#include "local/sts/sts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/xml.hpp"

namespace gannet::local {
namespace {

class StsTest : public testing::Test {
 protected:
  Reply answer(std::string_view form) {
    return sts.handle({.access_key_id = "AKIA", .request_id = "id-1"}, form);
  }
  std::string code(std::string_view form) {
    const auto reply = answer(form);
    EXPECT_EQ(reply.status, 400);
    const auto xml = core::parse_xml(reply.body);
    if (!xml || xml->find("Error") == nullptr) return "(not an error document)";
    EXPECT_EQ(xml->text_of("RequestId"), "id-1");
    return std::string(xml->find("Error")->text_of("Code"));
  }

  CloudFacts facts{.account_id = "123456789012", .region = "us-east-1"};
  Sts sts{facts};
};

TEST_F(StsTest, says_who_the_caller_is) {
  const auto reply = answer("Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/xml");
  const auto xml = core::parse_xml(reply.body);
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->name, "GetCallerIdentityResponse");
  const auto* result = xml->find("GetCallerIdentityResult");
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->text_of("Account"), "123456789012");
  EXPECT_EQ(result->text_of("UserId"), "123456789012");
  EXPECT_EQ(result->text_of("Arn"), "arn:aws:iam::123456789012:root");
  EXPECT_EQ(xml->find("ResponseMetadata")->text_of("RequestId"), "id-1");
}

TEST_F(StsTest, refuses_what_it_does_not_know) {
  EXPECT_EQ(code("Action=AssumeRole&Version=2011-06-15"), "InvalidAction");
  EXPECT_EQ(code("Action=GetSessionToken"), "InvalidAction");
  EXPECT_EQ(code("Action=Fly"), "InvalidAction");
  EXPECT_EQ(code("Action=GetCallerIdentity&Version=2010-01-01"), "InvalidAction");
  EXPECT_EQ(code("Version=2011-06-15"), "MissingAction");
  EXPECT_EQ(code(""), "MissingAction");
  EXPECT_EQ(code("Action=%zz"), "MalformedQueryString");
  EXPECT_EQ(code("Action=%ff%fe"), "InvalidAction");
}

}  // namespace
}  // namespace gannet::local
