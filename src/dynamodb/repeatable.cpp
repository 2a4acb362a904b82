#include <algorithm>
#include <string_view>

#include "dynamodb/codec.hpp"
#include "dynamodb/update_reading.hpp"

// The classes of models/dynamodb.retry.json that depend on the input.

namespace gannet::dynamodb {
namespace {

using runtime::Repeatable;

/// The second time another old item would be given back, or none.
template <class Input>
bool asks_for_the_old_item(const Input& in) {
  if (!in.return_values) return false;
  return *in.return_values != ReturnValue::none && *in.return_values != ReturnValue::all_new &&
         *in.return_values != ReturnValue::updated_new;
}

/// Whether a PartiQL statement is a SELECT, the one kind that changes nothing.
bool selects(std::string_view statement) {
  constexpr std::string_view word = "SELECT";
  statement.remove_prefix(std::min(statement.find_first_not_of(" \t\r\n"), statement.size()));
  if (!iequals(statement.substr(0, word.size()), word)) return false;
  const auto continues = [](char after) {
    return (after >= 'a' && after <= 'z') || (after >= 'A' && after <= 'Z') ||
           (after >= '0' && after <= '9') || after == '_';
  };
  return statement.size() == word.size() || !continues(statement[word.size()]);
}

bool asks_for_the_new_item(const UpdateItemInput& in) {
  return in.return_values && *in.return_values != ReturnValue::none;
}

}  // namespace

// Whatever the condition: a put or delete that goes through twice leaves what it left the first time, and one
// that is refused the second time has its refusal settled.
Repeatable repeatable(const PutItemInput& in) {
  return asks_for_the_old_item(in) ? Repeatable::no : Repeatable::yes;
}

Repeatable repeatable(const DeleteItemInput& in) {
  return asks_for_the_old_item(in) ? Repeatable::no : Repeatable::yes;
}

Repeatable repeatable(const UpdateItemInput& in) {
  if (asks_for_the_old_item(in)) return Repeatable::no;
  switch (second_time(in)) {
    case SecondTime::same:
      return Repeatable::yes;
    case SecondTime::refused:
      // A refusal that is settled has no item to give back.
      return asks_for_the_new_item(in) ? Repeatable::no : Repeatable::yes;
    default:
      return Repeatable::no;
  }
}

Repeatable repeatable(const ExecuteStatementInput& in) {
  return selects(in.statement) ? Repeatable::reads : Repeatable::no;
}

Repeatable repeatable(const BatchExecuteStatementInput& in) {
  const auto reads = [](const BatchStatementRequest& each) { return selects(each.statement); };
  return std::ranges::all_of(in.statements, reads) ? Repeatable::reads : Repeatable::no;
}

}  // namespace gannet::dynamodb
