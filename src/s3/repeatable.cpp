#include <algorithm>

#include "s3/codec.hpp"

// The classes of models/s3.retry.json that depend on the input: a condition may have been made false by the
// first time.

namespace gannet::s3 {
namespace {

runtime::Repeatable yes_if(bool unconditional) {
  return unconditional ? runtime::Repeatable::yes : runtime::Repeatable::no;
}

}  // namespace

runtime::Repeatable repeatable(const PutObjectInput& in) {
  return yes_if(!in.if_match && !in.if_none_match && !in.write_offset_bytes);
}

runtime::Repeatable repeatable(const CopyObjectInput& in) {
  return yes_if(!in.if_match && !in.if_none_match);
}

runtime::Repeatable repeatable(const DeleteObjectInput& in) {
  return yes_if(!in.if_match && !in.if_match_last_modified_time && !in.if_match_size);
}

runtime::Repeatable repeatable(const DeleteObjectsInput& in) {
  return yes_if(std::ranges::all_of(in.delete_.objects, [](const ObjectIdentifier& object) {
    return !object.e_tag && !object.last_modified_time && !object.size;
  }));
}

}  // namespace gannet::s3
