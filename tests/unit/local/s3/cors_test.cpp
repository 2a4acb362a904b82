#include "local/s3/cors.hpp"

#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local::s3 {
namespace {

const std::string configuration =
    "<CORSConfiguration><CORSRule><ID>one</ID><AllowedOrigin>https://*.example.com</AllowedOrigin>"
    "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>Content-Type</"
    "AllowedHeader>"
    "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>"
    "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></"
    "CORSConfiguration>";

TEST(Cors, configuration_comes_back_as_it_was_put) {
  const auto rules = parse_cors(configuration);
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->size(), 2U);
  EXPECT_EQ((*rules)[0].max_age, 60U);
  const auto again = parse_cors(cors_document(*rules));
  ASSERT_TRUE(again);
  EXPECT_EQ(cors_document(*again), cors_document(*rules));
}

TEST(Cors, refuses_configurations_that_s3_refuses) {
  for (
      const std::string& text :
      {std::string("<CORSConfiguration/>"), std::string("<Other/>"), std::string("not xml"), std::string(""),
       std::string("<CORSConfiguration><CORSRule/></CORSConfiguration>"),
       std::string(
           "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod>"
           "</CORSRule></CORSConfiguration>"),
       std::string(
           "<CORSConfiguration><CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
           "</CORSRule></CORSConfiguration>")}) {
    const auto rules = parse_cors(text);
    ASSERT_FALSE(rules) << text;
    EXPECT_EQ(rules.error().status, 400);
  }
}

TEST(Cors, first_rule_that_allows_all_of_it_answers) {
  const auto rules = parse_cors(configuration);
  ASSERT_TRUE(rules);
  CorsQuestion question{.origin = "https://app.example.com",
                        .method = "PUT",
                        .headers = {"X-Amz-Meta-A", "content-type"},
                        .preflight = true};
  auto headers = cors_headers(*rules, question);
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->get("Access-Control-Allow-Origin"), "https://app.example.com");
  EXPECT_EQ(headers->get("Access-Control-Allow-Headers"), "x-amz-meta-a, content-type");
  EXPECT_EQ(headers->get("Access-Control-Max-Age"), "60");
  question.headers.emplace_back("authorization");
  EXPECT_FALSE(cors_headers(*rules, question));
  question = {.origin = "https://elsewhere.org", .method = "GET"};
  headers = cors_headers(*rules, question);
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->get("Access-Control-Allow-Origin"), "*");
  question.method = "PUT";
  EXPECT_FALSE(cors_headers(*rules, question));
}

TEST(Cors, lets_every_page_upload_until_a_configuration_is_put) {
  S3UnderTest s3;
  s3.put("/photos");
  const Headers preflight{{"Origin", "http://localhost:3000"},
                          {"Access-Control-Request-Method", "PUT"},
                          {"Access-Control-Request-Headers", "content-type"}};
  S3Answer answer =
      s3.send({.method = "OPTIONS", .target = "/photos/a", .headers = preflight, .is_signed = false});
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(answer.header("Access-Control-Allow-Headers"), "content-type");
  answer = s3.put("/photos/a", "x", {{"Origin", "http://localhost:3000"}});
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_NE(answer.header("Access-Control-Expose-Headers").find("ETag"), std::string::npos);

  EXPECT_EQ(s3.get("/photos?cors").outcome(), "404 NoSuchCORSConfiguration");
  EXPECT_EQ(s3.put("/photos?cors", configuration).outcome(), "200");
  EXPECT_EQ(s3.get("/photos?cors").xml().children.size(), 2U);
  answer = s3.send({.method = "OPTIONS", .target = "/photos/a", .headers = preflight, .is_signed = false});
  EXPECT_EQ(answer.outcome(), "403 AccessForbidden");
  answer = s3.put("/photos/a", "x", {{"Origin", "http://localhost:3000"}});
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(s3.remove("/photos?cors").outcome(), "204");
  answer = s3.send({.method = "OPTIONS", .target = "/photos/a", .headers = preflight, .is_signed = false});
  EXPECT_EQ(answer.outcome(), "200");
}

TEST(Cors, preflight_needs_an_origin_and_a_method) {
  S3UnderTest s3;
  EXPECT_EQ(s3.send({.method = "OPTIONS", .target = "/photos/a", .is_signed = false}).outcome(),
            "400 BadRequest");
  EXPECT_EQ(s3.send({.method = "OPTIONS",
                     .target = "/photos/a",
                     .headers = {{"Origin", "http://a"}},
                     .is_signed = false})
                .outcome(),
            "400 BadRequest");
}

}  // namespace
}  // namespace gannet::local::s3
