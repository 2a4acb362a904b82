#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include <gannet/log.hpp>
#include <gannet/presign.hpp>
#include <gannet/s3.hpp>
#include <gannet/temporaries.hpp>

namespace gannet::s3 {

struct UploadFileOptions {
  std::optional<std::string> content_type{};
  /// Files larger than this go up in parts of this size (of a ten-thousandth of the file, where that is
  /// more). 5 MiB to 5 GiB.
  std::uint64_t part_size = 16ULL << 20;
};

/// See `default_call_options`.
inline const UploadFileOptions default_upload_file_options{};

/// One bucket, as a service uses it: short-lived URLs for its clients, uploads of its own. A cheap, copyable
/// handle; thread-safe. What it logs are keys and durations, never a URL: whoever has one can use it.
class S3Client {
 public:
  explicit S3Client(Client client, std::string bucket_name = "fetch-receipts", LogSink log = {});
  explicit S3Client(Config config, std::string bucket_name = "fetch-receipts", LogSink log = {});

  /// A URL to PUT the object `key` with, for `expires_in` (1 s to 7 days; keep it under an hour). With a
  /// content type the upload must carry that very Content-Type header: it is signed.
  [[nodiscard]] Task<Result<PresignedRequest>> generate_upload_url(
      std::string key, std::chrono::seconds expires_in = std::chrono::seconds(3600),
      std::optional<std::string> content_type = std::nullopt) const;
  /// A URL to GET the object with. It is not checked that there is one.
  [[nodiscard]] Task<Result<PresignedRequest>> generate_download_url(
      std::string key, std::chrono::seconds expires_in = std::chrono::seconds(3600)) const;
  /// Sends a file: in one request, or in parts where it is large; of an upload in parts that fails nothing is
  /// left behind. The file must not change until this has ended.
  [[nodiscard]] Task<Result<void>> upload_file(
      std::filesystem::path local_path, std::string key,
      const UploadFileOptions& options = default_upload_file_options) const;
  GANNET_NAME_IT_FIRST(Task<Result<void>> upload_file(std::filesystem::path, std::string, UploadFileOptions&&)
                           const);

  [[nodiscard]] const Client& client() const noexcept { return client_; }
  [[nodiscard]] const std::string& bucket_name() const noexcept { return bucket_name_; }

 private:
  static Task<Result<void>> upload(S3Client self, std::filesystem::path local_path, std::string key,
                                   UploadFileOptions options);

  Client client_;
  std::string bucket_name_;
  LogSink log_;
};

}  // namespace gannet::s3
