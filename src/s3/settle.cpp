#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "s3/codec.hpp"

// What the refusal of a repetition says of an attempt before it whose outcome was lost.

namespace gannet::s3 {
namespace {

using runtime::Settled;

std::string_view unquoted(std::string_view tag) {
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') return tag.substr(1, tag.size() - 2);
  return tag;
}

/// The entity tag of an object that is put together from parts: the MD5 of their MD5s and their number. ""
/// where a part's tag is no MD5, or this machine forbids it.
std::string tag_of_the_whole(const CompleteMultipartUploadInput& in) {
  if (!in.multipart_upload || !in.multipart_upload->parts) return {};
  const auto& parts = *in.multipart_upload->parts;
  try {
    core::Checksum md5(core::ChecksumAlgorithm::md5);
    for (const CompletedPart& part : parts) {
      const auto digest = core::from_hex(unquoted(part.e_tag.value_or("")));
      if (!digest || digest->size() != 16) return {};
      md5.update(as_text(*digest));
    }
    return core::hex(as_bytes(md5.finish())) + "-" + std::to_string(parts.size());
  } catch (const std::runtime_error&) {
    return {};
  }
}

/// CompleteMultipartUpload: the upload is gone because the object is there.
class ObjectIsThere final : public runtime::Settlement {
 public:
  explicit ObjectIsThere(const CompleteMultipartUploadInput& in)
      : question_{.bucket = in.bucket,
                  .key = in.key,
                  .sse_customer_algorithm = in.sse_customer_algorithm,
                  .sse_customer_key = in.sse_customer_key,
                  .sse_customer_key_md5 = in.sse_customer_key_md5,
                  .request_payer = in.request_payer,
                  .expected_bucket_owner = in.expected_bucket_owner},
        tag_(tag_of_the_whole(in)) {}

  [[nodiscard]] bool concerns(const gannet::Error& refusal) const override {
    return refusal.code == "NoSuchUpload";
  }
  // Without the object the upload may have been aborted, or the object removed; another object may be a later
  // one.
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState> client, const gannet::Error&,
                       void* output) const override {
    if (tag_.empty()) co_return Settled::unknown;
    auto call = serialize_head_object(question_);
    auto head =
        co_await runtime::invoke<HeadObjectOutput>(std::move(client), std::move(call), &parse_head_object);
    if (!head || unquoted(head->e_tag.value_or("")) != tag_) co_return Settled::unknown;
    auto& answer = *static_cast<CompleteMultipartUploadOutput*>(output);
    answer.bucket = question_.bucket;
    answer.key = question_.key;
    answer.e_tag = std::move(head->e_tag);
    answer.version_id = std::move(head->version_id);
    answer.expiration = std::move(head->expiration);
    answer.server_side_encryption = head->server_side_encryption;
    co_return Settled::own_success;
  }

 private:
  HeadObjectInput question_;
  std::string tag_;
};

/// CreateBucket: the bucket is there and the caller's, which is all it can bring about.
class BucketIsOurs final : public runtime::Settlement {
 public:
  explicit BucketIsOurs(std::string bucket) : bucket_(std::move(bucket)) {}

  [[nodiscard]] bool concerns(const gannet::Error& refusal) const override {
    return refusal.code == "BucketAlreadyOwnedByYou";
  }
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState>, const gannet::Error&,
                       void* output) const override {
    static_cast<CreateBucketOutput*>(output)->location = "/" + bucket_;
    co_return Settled::own_success;
  }

 private:
  std::string bucket_;
};

}  // namespace

Result<void> settle(const CompleteMultipartUploadInput& in, runtime::Call& call) {
  call.settlement = std::make_shared<ObjectIsThere>(in);
  return {};
}

Result<void> settle(const CreateBucketInput& in, runtime::Call& call) {
  call.settlement = std::make_shared<BucketIsOurs>(in.bucket);
  return {};
}

}  // namespace gannet::s3
