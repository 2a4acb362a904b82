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

}  // namespace gannet::dynamodb
