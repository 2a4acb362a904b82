#include <string>
#include <vector>

#include <gannet/odd_json/client.hpp>
#include <gannet/odd_query/client.hpp>
#include <gannet/odd_xml/client.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model.hpp"
#include "odd_json/codec.hpp"
#include "odd_json_model.hpp"
#include "odd_query/codec.hpp"
#include "odd_xml/codec.hpp"
#include "unit/codegen/script.hpp"

// Clients of shapes that the models of other services have: see odd_shapes.json.

namespace gannet {
namespace {

using testing::HasSubstr;

// What the services' structures have in common; `Input` is one service's Everything.
template <class Input>
Input everything() {
  Input in;
  in.statement.not_.emplace().statement.emplace().matches = "a";
  in.statement.all.emplace().statements.resize(2);
  in.statement.all->statements[1].matches = "b";
  auto& value = in.cell.emplace().value.emplace();
  value.list.emplace().emplace_back().value.emplace().text = "c";
  value.named.emplace()["d"].value.emplace().text = "e";
  in.parameters.emplace()["user"] = Secret("f");
  auto& login = in.login.emplace();
  login.name = Secret("g");
  login.kind.emplace("two");
  login.data = Secret("h");
  login.answers.emplace().emplace_back().text = Secret("i");
  login.answers->front().length = 1;
  in.words.emplace().emplace_back("j");
  in.by_kind.emplace()["one"] = "k";
  in.by_hidden_name.emplace()["l"] = "m";
  in.share = 0.75;
  in.stage.emplace("one");
  return in;
}

template <class Output>
void expect_everything(const Output& out) {
  ASSERT_TRUE(out.statement.not_ && out.statement.not_->statement);
  EXPECT_EQ(out.statement.not_->statement->matches, "a");
  ASSERT_EQ(out.statement.all->statements.size(), 2U);
  EXPECT_EQ(out.statement.all->statements[1].matches, "b");
  EXPECT_EQ(out.cell->value->list->at(0).value->text, "c");
  EXPECT_EQ(out.cell->value->named->at("d").value->text, "e");
  EXPECT_EQ(out.parameters->at("user").reveal(), "f");
  EXPECT_EQ(out.login->name->reveal(), "g");
  EXPECT_EQ(out.login->kind->text(), "two");
  EXPECT_EQ(out.login->data->reveal(), "h");
  EXPECT_EQ(out.login->answers->at(0).text->reveal(), "i");
  EXPECT_EQ(out.login->answers->at(0).length, 1);
  EXPECT_EQ(out.words->at(0).reveal(), "j");
  EXPECT_EQ(out.by_kind->at("one"), "k");
  EXPECT_EQ(out.by_hidden_name->at("l"), "m");
  EXPECT_EQ(out.share, 0.75);
  EXPECT_EQ(out.token->size(), 36U);
}

std::string body_of(const Result<runtime::Call>& call) {
  return call ? std::string(as_text(*call->body.in_memory())) : to_string(call.error());
}

TEST(OddShapes, come_back_as_they_were_sent_in_json) {
  const auto call = odd_json::serialize_echo(everything<odd_json::EchoInput>());
  runtime::Answer answer{.status = 200, .headers = {}, .body = body_of(call), .stream = {}};
  odd_json::EchoOutput out;
  const auto parsed = odd_json::parse_echo(answer, &out);
  ASSERT_TRUE(parsed) << parsed.error().message;
  expect_everything(out);
}

TEST(OddShapes, come_back_as_they_were_sent_in_xml) {
  const auto call = odd_xml::serialize_echo(everything<odd_xml::EchoInput>());
  runtime::Answer answer{.status = 200, .headers = {}, .body = body_of(call), .stream = {}};
  odd_xml::EchoOutput out;
  const auto parsed = odd_xml::parse_echo(answer, &out);
  ASSERT_TRUE(parsed) << parsed.error().message;
  expect_everything(out);
}

TEST(OddShapes, are_written_into_forms) {
  const std::string body = body_of(odd_query::serialize_echo(everything<odd_query::EchoInput>()));
  for (const char* part :
       {"&Statement.Not.Statement.Matches=a", "&Statement.All.Statements.member.2.Matches=b",
        "&Cell.Value.Named.entry.1.key=d&Cell.Value.Named.entry.1.value.Value.Text=e",
        "&Parameters.entry.1.key=user&Parameters.entry.1.value=f", "&Login.Name=g", "&ByKind.entry.1.key=one",
        "&ByHiddenName.entry.1.key=l", "&Share=0.75"}) {
    EXPECT_THAT(body, HasSubstr(part));
  }
}

TEST(OddShapes, are_whole_values_that_are_copied_and_assigned) {
  const auto in = everything<odd_json::Everything>();
  odd_json::Everything other;
  other = in;
  other.statement.not_->statement->matches = "another";
  other.cell->value->list->front().value->text = "another";
  EXPECT_EQ(in.statement.not_->statement->matches, "a");
  EXPECT_EQ(in.cell->value->list->front().value->text, "c");
}

TEST(OddShapes, a_required_structure_in_a_box_must_be_given) {
  odd_json::EchoInput in;
  in.statement.not_.emplace();
  const auto call = odd_json::serialize_echo(in);
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().message, "Echo: statement.not_.statement must be given");
}

TEST(OddShapes, a_secret_client_token_is_made_where_it_is_unset) {
  odd_json::EchoInput in;
  in.stage.emplace("one");
  EXPECT_THAT(body_of(odd_json::serialize_echo(in)), HasSubstr(R"("Token":")"));
  in.token = Secret("mine");
  EXPECT_THAT(body_of(odd_json::serialize_echo(in)), HasSubstr(R"("Token":"mine")"));
}

TEST(OddShapes, sensitive_keys_stay_out_of_errors) {
  odd_json::EchoInput in;
  in.stage.emplace("one");
  in.by_hidden_name.emplace()["hush"] = std::string(21, 'x');
  const auto call = odd_json::serialize_echo(in);
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().message, R"(Echo: by_hidden_name["***"] must have at most 20 characters, has 21)");
  for (const char* body : {R"({"ByHiddenName": {"hush": 5}})", R"({"Parameters": {"hush": []}})"}) {
    runtime::Answer answer{.status = 200, .headers = {}, .body = body, .stream = {}};
    odd_json::EchoOutput out;
    const auto parsed = odd_json::parse_echo(answer, &out);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("***"));
    EXPECT_THAT(parsed.error().message, testing::Not(HasSubstr("hush")));
  }
}

TEST(OddShapes, floating_point_bounds_are_checked_as_they_are) {
  struct Case {
    double share;
    std::string problem;
  };
  const Case cases[] = {{0.5, ""},
                        {2, ""},
                        {0.49, "Echo: share must be 0.5 to 2, is 0.49"},
                        {2.01, "Echo: share must be 0.5 to 2, is 2.01"},
                        {std::numeric_limits<double>::quiet_NaN(), "Echo: share must be 0.5 to 2, is NaN"}};
  for (const Case& each : cases) {
    odd_json::EchoInput in;
    in.stage.emplace("one");
    in.share = each.share;
    const auto call = odd_json::serialize_echo(in);
    EXPECT_EQ(call ? "" : call.error().message, each.problem);
  }
}

TEST(OddShapes, enumerations_and_secrets_become_parts_of_the_hosts_name) {
  odd_json::EchoInput in;
  in.stage.emplace("two");
  EXPECT_EQ(odd_json::serialize_echo(in)->host_prefix, "two.");
  const odd_xml::UnlockInput unlock{.account = Secret("acc-1")};
  EXPECT_EQ(odd_xml::serialize_unlock(unlock)->host_prefix, "acc-1.");
  in.stage.reset();
  EXPECT_FALSE(odd_json::serialize_echo(in));
}

TEST(OddShapes, a_required_secret_is_read_from_a_header) {
  runtime::Answer answer{.status = 200, .headers = {{"x-key", "hush"}}, .body = {}, .stream = {}};
  odd_xml::UnlockOutput out;
  ASSERT_TRUE(odd_xml::parse_unlock(answer, &out));
  EXPECT_EQ(out.key.reveal(), "hush");
}

TEST(OddShapes, a_server_checks_floating_point_bounds_and_never_repeats_what_is_hidden) {
  const auto violations = [](std::string_view json) {
    const auto document = core::JsonDocument::parse(json);
    return core::violations(*models::odd_json::input_of("Echo"), document->root());
  };
  const std::string fails = "failed to satisfy constraint: Member must have ";
  EXPECT_THAT(violations(R"({"Statement": {}, "Share": 0.75})"), testing::IsEmpty());
  EXPECT_THAT(
      violations(R"({"Statement": {}, "Share": 0.25})"),
      testing::ElementsAre("Value '0.25' at 'share' " + fails + "value greater than or equal to 0.5"));
  EXPECT_THAT(violations(R"({"Statement": {}, "Share": 2.5})"),
              testing::ElementsAre("Value '2.5' at 'share' " + fails + "value less than or equal to 2"));
  EXPECT_THAT(violations(R"({"Statement": {}, "Login": {"Name": "hush hush hush hush hush"}})"),
              testing::ElementsAre("Value at 'login.name' " + fails + "length less than or equal to 20"));
  EXPECT_THAT(violations(R"({"Statement": {}, "ByHiddenName": {"hush": "123456789012345678901"}})"),
              testing::ElementsAre("Value '123456789012345678901' at 'byHiddenName.***.member' " + fails +
                                   "length less than or equal to 20"));
}

TEST(ModelsOfOthers, say_what_may_be_repeated) {
  using namespace odd_json::operations;
  EXPECT_TRUE(look.reads);
  EXPECT_EQ(look.repeatable, runtime::Repeatable::yes);
  EXPECT_FALSE(set.reads);
  EXPECT_EQ(set.repeatable, runtime::Repeatable::yes);
  EXPECT_EQ(echo.repeatable, runtime::Repeatable::yes);
  EXPECT_EQ(add.repeatable, runtime::Repeatable::no);
}

TEST(ModelsOfOthers, say_which_errors_may_be_repeated) {
  const auto class_of = [](const char* code) {
    return odd_json::operations::service.failure_class(Error{.kind = ErrorKind::validation, .code = code});
  };
  EXPECT_EQ(class_of("ReplicaConflictException"), core::FailureClass::transient);
  EXPECT_EQ(class_of("PoolBusyException"), core::FailureClass::throttling);
  EXPECT_EQ(class_of("ThrottlingException"), core::FailureClass::throttling);
  EXPECT_EQ(class_of("GoneMissingException"), std::nullopt);
}

TEST(ModelsOfOthers, leave_the_kind_of_an_error_to_its_code_and_status) {
  struct Case {
    int status;
    std::string code;
    ErrorKind kind;
  };
  const Case cases[] = {{400, "GoneMissingException", ErrorKind::validation},
                        {404, "GoneMissingException", ErrorKind::not_found},
                        {500, "GoneMissingException", ErrorKind::service},
                        {400, "ReplicaConflictException", ErrorKind::conflict},
                        {400, "ThrottlingException", ErrorKind::throttled}};
  for (const Case& each : cases) {
    const auto answer = [&each](std::string body) {
      return runtime::Answer{.status = each.status, .headers = {}, .body = std::move(body), .stream = {}};
    };
    Error json;
    odd_json::parse_error(answer(R"({"__type": ")" + each.code + R"("})"), json);
    EXPECT_EQ(json.kind, each.kind) << each.code << " with " << each.status;
    Error xml;
    odd_xml::parse_error(answer("<Error><Code>" + each.code + "</Code></Error>"), xml);
    EXPECT_EQ(xml.kind, each.kind) << each.code << " with " << each.status;
  }
}

}  // namespace
}  // namespace gannet
