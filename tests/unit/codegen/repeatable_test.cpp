#include <gtest/gtest.h>

#include "dynamodb/codec.hpp"
#include "s3/codec.hpp"

namespace gannet {
namespace {

using runtime::Repeatable;

TEST(Repeatable, a_put_is_unless_it_asks_for_the_old_item) {
  using dynamodb::PutItemInput;
  using dynamodb::ReturnValue;
  const PutItemInput plain{.table_name = "t"};
  const PutItemInput silent{.table_name = "t", .return_values = ReturnValue::none};
  const PutItemInput asks_for_old{.table_name = "t", .return_values = ReturnValue::all_old};
  const PutItemInput asks_for_something_new{.table_name = "t",
                                            .return_values = ReturnValue(std::string_view("ALL_OLDER"))};
  const PutItemInput conditional{.table_name = "t", .condition_expression = "attribute_not_exists(PK)"};
  EXPECT_EQ(dynamodb::repeatable(plain), Repeatable::yes);
  EXPECT_EQ(dynamodb::repeatable(silent), Repeatable::yes);
  EXPECT_EQ(dynamodb::repeatable(asks_for_old), Repeatable::no);
  EXPECT_EQ(dynamodb::repeatable(asks_for_something_new), Repeatable::no);
  EXPECT_EQ(dynamodb::repeatable(conditional), Repeatable::yes);
}

TEST(Repeatable, a_delete_is_as_a_put) {
  const dynamodb::DeleteItemInput plain{.table_name = "t"};
  const dynamodb::DeleteItemInput conditional{.table_name = "t",
                                              .condition_expression = "attribute_exists(PK)"};
  const dynamodb::DeleteItemInput asks_for_old{.table_name = "t",
                                               .return_values = dynamodb::ReturnValue::all_old};
  EXPECT_EQ(dynamodb::repeatable(plain), Repeatable::yes);
  EXPECT_EQ(dynamodb::repeatable(conditional), Repeatable::yes);
  EXPECT_EQ(dynamodb::repeatable(asks_for_old), Repeatable::no);
}

TEST(Repeatable, an_update_is_as_its_expressions_say) {
  using dynamodb::ReturnValue;
  dynamodb::UpdateItemInput update{.table_name = "t", .update_expression = "SET a = :v"};
  update.expression_attribute_values = Item{{":v", 1}, {":w", 2}};
  EXPECT_EQ(dynamodb::repeatable(update), Repeatable::yes);
  update.return_values = ReturnValue::all_new;
  EXPECT_EQ(dynamodb::repeatable(update), Repeatable::yes);
  update.return_values = ReturnValue::updated_old;
  EXPECT_EQ(dynamodb::repeatable(update), Repeatable::no);

  update.return_values = ReturnValue::none;
  update.update_expression = "SET a = a + :v";
  EXPECT_EQ(dynamodb::repeatable(update), Repeatable::no);
  update.condition_expression = "a = :w";
  EXPECT_EQ(dynamodb::repeatable(update), Repeatable::yes);
  update.return_values = ReturnValue::updated_new;
  EXPECT_EQ(dynamodb::repeatable(update), Repeatable::no);
}

TEST(Repeatable, a_statement_that_selects_is_a_read) {
  struct Case {
    std::string statement;
    Repeatable expected;
  };
  const Case cases[] = {{"SELECT * FROM t", Repeatable::reads},
                        {" \n\tselect*from t", Repeatable::reads},
                        {"Select \"a\" FROM t", Repeatable::reads},
                        {"SELECTED", Repeatable::no},
                        {"INSERT INTO t VALUE {'a': 'SELECT'}", Repeatable::no},
                        {"DELETE FROM t WHERE a = 1", Repeatable::no},
                        {"", Repeatable::no}};
  for (const Case& each : cases) {
    const dynamodb::ExecuteStatementInput one{.statement = each.statement};
    EXPECT_EQ(dynamodb::repeatable(one), each.expected) << each.statement;
    const dynamodb::BatchExecuteStatementInput several{
        .statements = {{.statement = "SELECT * FROM t"}, {.statement = each.statement}}};
    EXPECT_EQ(dynamodb::repeatable(several), each.expected) << each.statement;
  }
}

TEST(Repeatable, an_objects_writes_are_without_conditions) {
  const s3::PutObjectInput put{.bucket = "b", .key = "k"};
  const s3::PutObjectInput only_new{.bucket = "b", .if_none_match = "*", .key = "k"};
  const s3::PutObjectInput append{.bucket = "b", .key = "k", .write_offset_bytes = 10};
  EXPECT_EQ(s3::repeatable(put), Repeatable::yes);
  EXPECT_EQ(s3::repeatable(only_new), Repeatable::no);
  EXPECT_EQ(s3::repeatable(append), Repeatable::no);
  const s3::CopyObjectInput copy{.bucket = "b", .copy_source = "s/k", .key = "k"};
  const s3::CopyObjectInput copy_if_new{
      .bucket = "b", .copy_source = "s/k", .if_none_match = "*", .key = "k"};
  EXPECT_EQ(s3::repeatable(copy), Repeatable::yes);
  EXPECT_EQ(s3::repeatable(copy_if_new), Repeatable::no);
  const s3::DeleteObjectInput remove{.bucket = "b", .key = "k"};
  const s3::DeleteObjectInput remove_if{.bucket = "b", .key = "k", .if_match = "e"};
  EXPECT_EQ(s3::repeatable(remove), Repeatable::yes);
  EXPECT_EQ(s3::repeatable(remove_if), Repeatable::no);
  const s3::DeleteObjectsInput several{.bucket = "b", .delete_ = {.objects = {{.key = "k"}, {.key = "l"}}}};
  const s3::DeleteObjectsInput one_conditional{
      .bucket = "b", .delete_ = {.objects = {{.key = "k"}, {.key = "l", .e_tag = "e"}}}};
  EXPECT_EQ(s3::repeatable(several), Repeatable::yes);
  EXPECT_EQ(s3::repeatable(one_conditional), Repeatable::no);
}

}  // namespace
}  // namespace gannet
