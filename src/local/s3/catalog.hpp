#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gannet/timestamp.hpp>

#include "local/s3/object_checksum.hpp"
#include "local/s3/objects_folder.hpp"
#include "local/store/database.hpp"

namespace gannet::local::s3 {

struct Bucket {
  std::int64_t id = 0;
  std::string name{};
  Timestamp created{};
  std::string region{};
};

/// Header fields as they are stored and given back: names in lower case.
using StoredHeaders = std::vector<std::pair<std::string, std::string>>;

/// An object, or what is to become one.
struct Object {
  std::int64_t id = 0;
  std::string key{};
  std::uint64_t size = 0;
  std::string etag{};  ///< Without quotes.
  Timestamp modified{};
  StoredHeaders headers{};
  std::string tags{};  ///< `a=1&b=2`, percent-encoded.
  std::optional<ObjectChecksum> checksum{};
  std::int64_t parts = 0;  ///< 0: not uploaded in parts; its bytes are `file`.
  std::string file{};
};

/// A part of an upload that is under way, or of an object that was uploaded in parts.
struct Part {
  std::int64_t number = 0;
  std::uint64_t size = 0;
  std::string etag{};
  Timestamp modified{};
  std::optional<ObjectChecksum> checksum{};
  std::string file{};
};

struct Upload {
  std::string id{};
  std::int64_t bucket = 0;
  std::string key{};
  Timestamp initiated{};
  StoredHeaders headers{};
  std::string tags{};
  std::optional<core::ChecksumAlgorithm> algorithm{};
  bool composite = false;  ///< The object's checksum is to be taken over the parts' checksums.
};

/// What one look at a bucket's keys in their order gives: a key with its object, or a prefix that several
/// share.
struct Listed {
  std::string common_prefix{};  ///< "" for an object.
  Object object{};
};

/// The rows of the S3 service: buckets, objects, uploads. Every function belongs to the turn's transaction;
/// keys are in the order of their bytes. What writes gives the names of the files that no row names any more.
class Catalog {
 public:
  explicit Catalog(Database& database);

  std::optional<Bucket> bucket(std::string_view name);
  void add_bucket(const Bucket& bucket);
  /// Only of a bucket without objects. Uploads under way go with it.
  [[nodiscard]] std::vector<std::string> remove_bucket(std::int64_t bucket);
  bool has_objects(std::int64_t bucket);
  bool has_uploads(std::int64_t bucket);
  /// In order, names greater than `after` that begin with `prefix`.
  std::vector<Bucket> buckets(std::string_view prefix, std::string_view after, std::size_t most);
  std::string cors(std::int64_t bucket);  ///< The document that was put; "" for none.
  void set_cors(std::int64_t bucket, std::string_view document);
  std::string tags(std::int64_t bucket);  ///< As an object's.
  void set_tags(std::int64_t bucket, std::string_view tags);

  std::optional<Object> object(std::int64_t bucket, std::string_view key);
  std::vector<Part> parts_of_object(std::int64_t object);
  /// Replaces the object of that key. `parts` is empty for an object with a file of its own.
  [[nodiscard]] std::vector<std::string> put_object(std::int64_t bucket, const Object& object,
                                                    const std::vector<Part>& parts);
  [[nodiscard]] std::vector<std::string> remove_object(std::int64_t bucket, std::string_view key);
  void set_object_tags(std::int64_t object, std::string_view tags);
  /// The first thing in order at or after `from` (nothing: after it) that begins with `prefix`. With a
  /// delimiter keys that share what stands up to it, after the prefix, are one.
  std::optional<Listed> next(std::int64_t bucket, std::string_view from, bool inclusive,
                             std::string_view prefix, std::string_view delimiter);

  void add_upload(const Upload& upload);
  std::optional<Upload> upload(std::int64_t bucket, std::string_view key, std::string_view id);
  /// In the order of keys, then ids, after the pair given.
  std::vector<Upload> uploads(std::int64_t bucket, std::string_view prefix, std::string_view key_after,
                              std::string_view id_after, std::size_t most);
  [[nodiscard]] std::vector<std::string> put_part(const std::string& upload, const Part& part);
  std::vector<Part> parts(const std::string& upload, std::int64_t after, std::size_t most);
  /// Forgets the upload and its parts; gives the files of all parts.
  [[nodiscard]] std::vector<std::string> remove_upload(const std::string& upload);
  /// Remembers that an upload became an object, and what its parts were, so that it can be completed again.
  void remember_completed(const Upload& upload, std::string_view request, std::string_view answer,
                          Timestamp now);
  /// The answer, if this upload was completed with that very request.
  std::optional<std::string> completed(std::int64_t bucket, std::string_view key, std::string_view id,
                                       std::string_view request);

  /// Every file that a row names.
  std::unordered_set<std::string> files();
  /// Removes the rows that name one of `missing`; gives a sentence for each.
  std::vector<std::string> forget(const std::vector<std::string>& missing);

  Database& database() noexcept { return *database_; }

 private:
  Database* database_;
};

/// The least text that is greater than every text that begins with `prefix`; nothing if there is none.
std::optional<std::string> after_all_with(std::string_view prefix);

}  // namespace gannet::local::s3
