#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <gannet/s3_client.hpp>

namespace gannet::s3 {
namespace {

constexpr std::uint64_t smallest_part = 5ULL << 20;  // S3 user guide, "Amazon S3 multipart upload limits"
constexpr std::uint64_t largest_part = 5ULL << 30;
constexpr std::uint64_t most_parts = 10'000;

void say(const LogSink& log, LogLevel level, const std::string& line) {
  if (log) log(level, line);
}

Task<Result<void>> put_whole(const Client& client, const PutObjectInput& input) {
  auto put = co_await client.put_object(input);
  if (!put) co_return std::unexpected(std::move(put.error()));
  co_return Result<void>();
}

struct PartPlan {
  std::filesystem::path file;
  std::uint64_t size = 0;
  std::uint64_t part_size = 0;
};

Task<Result<std::vector<CompletedPart>>> upload_parts(const Client& client, const UploadPartInput& base,
                                                      PartPlan plan) {
  std::vector<CompletedPart> parts;
  UploadPartInput input = base;
  for (std::uint64_t offset = 0; offset < plan.size; offset += plan.part_size) {
    auto body = Body::file(plan.file, offset, std::min(plan.part_size, plan.size - offset));
    if (!body) co_return std::unexpected(std::move(body.error()));
    input.part_number = static_cast<std::int32_t>(parts.size() + 1);
    input.body = std::move(*body);
    auto uploaded = co_await client.upload_part(input);
    if (!uploaded) co_return std::unexpected(std::move(uploaded.error()));
    parts.push_back({.e_tag = uploaded->e_tag, .part_number = input.part_number});
  }
  co_return parts;
}

Task<Result<void>> put_in_parts(const Client& client, const CreateMultipartUploadInput& start,
                                PartPlan plan) {
  auto created = co_await client.create_multipart_upload(start);
  if (!created) co_return std::unexpected(std::move(created.error()));
  const std::string upload_id = created->upload_id.value_or("");

  const UploadPartInput base{.bucket = start.bucket, .key = start.key, .upload_id = upload_id};
  auto parts = co_await upload_parts(client, base, std::move(plan));
  if (parts) {
    const CompleteMultipartUploadInput finish{
        .bucket = start.bucket,
        .key = start.key,
        .multipart_upload = CompletedMultipartUpload{.parts = std::move(*parts)},
        .upload_id = upload_id};
    auto completed = co_await client.complete_multipart_upload(finish);
    if (completed) co_return Result<void>();
    // What may have been completed is not to be aborted.
    if (completed.error().applied != Applied::no) co_return std::unexpected(std::move(completed.error()));
    parts = std::unexpected(std::move(completed.error()));
  }
  const AbortMultipartUploadInput abort{.bucket = start.bucket, .key = start.key, .upload_id = upload_id};
  auto aborted = co_await client.abort_multipart_upload(abort);
  if (!aborted) parts.error().message += "; its parts could not be removed: " + aborted.error().message;
  co_return std::unexpected(std::move(parts.error()));
}

}  // namespace

S3Client::S3Client(Client client, std::string bucket_name, LogSink log)
    : client_(std::move(client)), bucket_name_(std::move(bucket_name)), log_(std::move(log)) {}

S3Client::S3Client(Config config, std::string bucket_name, LogSink log)
    : S3Client(Client(std::move(config)), std::move(bucket_name), std::move(log)) {}

Task<Result<PresignedRequest>> S3Client::generate_upload_url(std::string key, std::chrono::seconds expires_in,
                                                             std::optional<std::string> content_type) const {
  const S3Client self = *this;  // the handle may end before the call
  const PutObjectInput input{
      .bucket = self.bucket_name_, .content_type = std::move(content_type), .key = key};
  auto url = co_await self.client_.presign_put_object(input, expires_in);
  if (url) {
    say(self.log_, LogLevel::info,
        fmt::format("Generated upload URL for {}, expires in {}s", key, expires_in.count()));
  } else {
    say(self.log_, LogLevel::error, "Failed to generate upload URL: " + to_string(url.error()));
  }
  co_return url;
}

Task<Result<PresignedRequest>> S3Client::generate_download_url(std::string key,
                                                               std::chrono::seconds expires_in) const {
  const S3Client self = *this;
  const GetObjectInput input{.bucket = self.bucket_name_, .key = key};
  auto url = co_await self.client_.presign_get_object(input, expires_in);
  if (url) {
    say(self.log_, LogLevel::info, "Generated download URL for " + key);
  } else {
    say(self.log_, LogLevel::error, "Failed to generate download URL: " + to_string(url.error()));
  }
  co_return url;
}

Task<Result<void>> S3Client::upload_file(std::filesystem::path local_path, std::string key,
                                         const UploadFileOptions& options) const {
  return upload(*this, std::move(local_path), std::move(key), options);
}

Task<Result<void>> S3Client::upload(S3Client self, std::filesystem::path local_path, std::string key,
                                    UploadFileOptions options) {
  Result<void> uploaded;
  auto whole = Body::file(local_path);
  if (!whole) {
    uploaded = std::unexpected(std::move(whole.error()));
  } else if (options.part_size < smallest_part || options.part_size > largest_part) {
    uploaded = fail(ErrorKind::validation, "InvalidPartSize",
                    fmt::format("part_size must be 5 MiB to 5 GiB, is {} bytes", options.part_size));
  } else if (const std::uint64_t size = whole->size().value_or(0); size <= options.part_size) {
    const PutObjectInput input{.body = std::move(*whole),
                               .bucket = self.bucket_name_,
                               .content_type = std::move(options.content_type),
                               .key = key};
    uploaded = co_await put_whole(self.client_, input);
  } else {
    const CreateMultipartUploadInput start{
        .bucket = self.bucket_name_, .content_type = std::move(options.content_type), .key = key};
    PartPlan plan{.file = local_path,
                  .size = size,
                  .part_size = std::max(options.part_size, (size + most_parts - 1) / most_parts)};
    uploaded = co_await put_in_parts(self.client_, start, std::move(plan));
  }
  if (uploaded) {
    say(self.log_, LogLevel::info,
        fmt::format("Uploaded {} to s3://{}/{}", local_path.string(), self.bucket_name_, key));
  } else {
    say(self.log_, LogLevel::error, "Upload failed: " + to_string(uploaded.error()));
  }
  co_return uploaded;
}

}  // namespace gannet::s3
