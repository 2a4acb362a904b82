#include "dynamodb/codec.hpp"

// The classes of models/dynamodb.retry.json that depend on the input.

namespace gannet::dynamodb {
namespace {

/// Whether a write is neither under a condition, in today's form or the legacy one, nor asks for the old item
/// back.
template <class Input>
bool unconditional_and_silent(const Input& in) {
  const bool wants_old = in.return_values && (*in.return_values == ReturnValue::all_old ||
                                              *in.return_values == ReturnValue::unknown);
  return !in.condition_expression && !in.expected && !wants_old;
}

}  // namespace

runtime::Repeatable repeatable(const PutItemInput& in) {
  return unconditional_and_silent(in) ? runtime::Repeatable::yes : runtime::Repeatable::no;
}

runtime::Repeatable repeatable(const DeleteItemInput& in) {
  return unconditional_and_silent(in) ? runtime::Repeatable::yes : runtime::Repeatable::no;
}

// What an update does is in its expression, which is not read here: it may add to what is there.
runtime::Repeatable repeatable(const UpdateItemInput&) {
  return runtime::Repeatable::no;
}

}  // namespace gannet::dynamodb
