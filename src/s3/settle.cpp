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
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState> client, const CallOptions& options,
                       const gannet::Error&, void* output) const override {
    if (tag_.empty()) co_return Settled::unknown;
    auto call = serialize_head_object(question_);
    if (call) call->options = options;
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

/// AbortMultipartUpload: the upload is gone, which is all it can bring about.
class UploadIsGone final : public runtime::Settlement {
 public:
  [[nodiscard]] bool concerns(const gannet::Error& refusal) const override {
    return refusal.code == "NoSuchUpload";
  }
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState>, const CallOptions&, const gannet::Error&,
                       void*) const override {
    co_return Settled::own_success;
  }
};

/// CreateBucket: the bucket is there, the caller's and in the region that was asked for.
class BucketIsOurs final : public runtime::Settlement {
 public:
  explicit BucketIsOurs(const CreateBucketInput& in) : bucket_(in.bucket), is_plain_(asks_for_no_more(in)) {
    if (in.create_bucket_configuration && in.create_bucket_configuration->location_constraint)
      region_ = in.create_bucket_configuration->location_constraint->text();
    if (region_ == "EU") region_ = "eu-west-1";
  }

  [[nodiscard]] bool concerns(const gannet::Error& refusal) const override {
    return refusal.code == "BucketAlreadyOwnedByYou" || refusal.code == "BucketAlreadyExists";
  }
  Task<Settled> settle(std::shared_ptr<const runtime::ClientState> client, const CallOptions& options,
                       const gannet::Error& refusal, void* output) const override {
    if (refusal.code == "BucketAlreadyExists") co_return Settled::refused;  // It is somebody else's.
    if (!is_plain_) co_return Settled::unknown;
    const HeadBucketInput question{.bucket = bucket_};
    auto call = serialize_head_bucket(question);
    if (call) call->options = options;
    const auto head =
        co_await runtime::invoke<HeadBucketOutput>(std::move(client), std::move(call), &parse_head_bucket);
    if (!head) co_return Settled::unknown;
    if (!region_.empty() && head->bucket_region && *head->bucket_region != region_)
      co_return Settled::refused;
    static_cast<CreateBucketOutput*>(output)->location = "/" + bucket_;
    co_return Settled::own_success;
  }

 private:
  /// What a bucket that is there could lack.
  static bool asks_for_no_more(const CreateBucketInput& in) {
    const auto& more = in.create_bucket_configuration;
    const bool of_its_own = more && (more->location || more->bucket || more->tags);
    return !of_its_own && !in.acl && !in.grant_full_control && !in.grant_read && !in.grant_read_acp &&
           !in.grant_write && !in.grant_write_acp && !in.object_lock_enabled_for_bucket &&
           !in.object_ownership && !in.bucket_namespace;
  }

  std::string bucket_;
  bool is_plain_;
  std::string region_;
};

}  // namespace

Result<void> settle(const CompleteMultipartUploadInput& in, runtime::Call& call) {
  call.settlement = std::make_shared<ObjectIsThere>(in);
  return {};
}

Result<void> settle(const CreateBucketInput& in, runtime::Call& call) {
  call.settlement = std::make_shared<BucketIsOurs>(in);
  return {};
}

Result<void> settle(const AbortMultipartUploadInput&, runtime::Call& call) {
  call.settlement = std::make_shared<UploadIsGone>();
  return {};
}

}  // namespace gannet::s3
