#pragma once

#include <filesystem>
#include <memory>

#include <gannet/http_server.hpp>
#include <gannet/task.hpp>

#include "local/service.hpp"
#include "local/store/database.hpp"

namespace gannet::local {

/// S3 as the local cloud answers it: rows in the database, bodies in a folder of files. Used on the cloud's
/// one thread; `database` and `facts` must outlive it. Destroy it when no request is under way.
class S3 {
 public:
  /// Makes the tables and the folder if they are not there, and sweeps what an earlier end left behind: files
  /// without rows, rows without files. Throws StoreError. `durable`: bodies are synced to the disk before
  /// they are acknowledged.
  S3(Database& database, const CloudFacts& facts, std::filesystem::path objects_folder, bool durable);
  S3(const S3&) = delete;
  S3& operator=(const S3&) = delete;
  ~S3();

  /// Answers one request whose signature over head and query has been verified; it verifies the payload
  /// itself. Every answer carries `x-amz-request-id`, the same as in the error document. An answer comes
  /// after the commit of what it tells. `caller` must live until the task ends.
  Task<http::ServerResponse> handle(const Caller& caller, http::ServerRequest request);
  /// What lets a page of another origin see the answer to such a request, a refusal too; nothing for
  /// preflights.
  [[nodiscard]] Headers cross_origin_headers(const HttpRequest& request) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::local
