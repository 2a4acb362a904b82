#include "local/s3/catalog.hpp"

#include <fmt/format.h>

namespace gannet::local::s3 {
namespace {

constexpr std::string_view schema = R"sql(
CREATE TABLE IF NOT EXISTS s3_bucket(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, region TEXT NOT NULL,
  cors TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS s3_object(
  id INTEGER PRIMARY KEY AUTOINCREMENT, bucket INTEGER NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL,
  etag TEXT NOT NULL, modified INTEGER NOT NULL, headers BLOB NOT NULL, tags TEXT NOT NULL, checksum TEXT NOT NULL,
  parts INTEGER NOT NULL, file TEXT NOT NULL, UNIQUE(bucket, key));
CREATE TABLE IF NOT EXISTS s3_object_part(
  object INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL, checksum TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY(object, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_upload(
  bucket INTEGER NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL UNIQUE, initiated INTEGER NOT NULL,
  headers BLOB NOT NULL, tags TEXT NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY(bucket, key, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_upload_part(
  upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL, checksum TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY(upload, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_completed_upload(
  id TEXT PRIMARY KEY, bucket INTEGER NOT NULL, key BLOB NOT NULL, completed INTEGER NOT NULL, request TEXT NOT NULL,
  answer TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS s3_completed_upload_by_time ON s3_completed_upload(completed);
)sql";

/// A completed upload may be completed again for this long.
constexpr std::chrono::hours remembered{24};

std::int64_t to_stored(Timestamp time) {
  return time.time_since_epoch().count();
}

Timestamp time_from_stored(std::int64_t milliseconds) {
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

/// `name:value` lines; neither holds a line feed, as header fields cannot.
std::string to_stored(const StoredHeaders& headers) {
  std::string text;
  for (const auto& [name, value] : headers) {
    text += name;
    text += ':';
    text += value;
    text += '\n';
  }
  return text;
}

StoredHeaders headers_from_stored(std::string_view text) {
  StoredHeaders headers;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return headers;
}

constexpr std::string_view object_columns =
    "id, key, size, etag, modified, headers, tags, checksum, parts, file";

Object read_object(const Query& row) {
  return Object{.id = row.integer(0),
                .key = std::string(row.blob(1)),
                .size = static_cast<std::uint64_t>(row.integer(2)),
                .etag = std::string(row.text(3)),
                .modified = time_from_stored(row.integer(4)),
                .headers = headers_from_stored(row.blob(5)),
                .tags = std::string(row.text(6)),
                .checksum = checksum_from_stored(row.text(7)),
                .parts = row.integer(8),
                .file = std::string(row.text(9))};
}

Part read_part(const Query& row) {
  return Part{.number = row.integer(0),
              .size = static_cast<std::uint64_t>(row.integer(1)),
              .etag = std::string(row.text(2)),
              .modified = time_from_stored(row.integer(3)),
              .checksum = checksum_from_stored(row.text(4)),
              .file = std::string(row.text(5))};
}

Upload read_upload(const Query& row) {
  Upload upload{.id = std::string(row.text(2)),
                .bucket = row.integer(0),
                .key = std::string(row.blob(1)),
                .initiated = time_from_stored(row.integer(3)),
                .headers = headers_from_stored(row.blob(4)),
                .tags = std::string(row.text(5))};
  if (const auto checksum = checksum_from_stored(row.text(6))) {
    upload.algorithm = checksum->algorithm;
    upload.composite = checksum->composite;
  }
  return upload;
}

Bucket read_bucket(const Query& row) {
  return Bucket{.id = row.integer(0),
                .name = std::string(row.text(1)),
                .created = time_from_stored(row.integer(2)),
                .region = std::string(row.text(3))};
}

std::string object_query(std::string_view condition) {
  return fmt::format("SELECT {} FROM s3_object WHERE bucket = ?1 AND {}", object_columns, condition);
}

}  // namespace

std::optional<std::string> after_all_with(std::string_view prefix) {
  std::string text(prefix);
  while (!text.empty() && text.back() == '\xFF') text.pop_back();
  if (text.empty()) return std::nullopt;
  text.back() = static_cast<char>(static_cast<unsigned char>(text.back()) + 1);
  return text;
}

Catalog::Catalog(Database& database) : database_(&database) {
  database.execute(std::string(schema));
}

std::optional<Bucket> Catalog::bucket(std::string_view name) {
  Query row = database_->query("SELECT id, name, created, region FROM s3_bucket WHERE name = ?1");
  row.bind(1, name);
  if (!row.step()) return std::nullopt;
  return read_bucket(row);
}

void Catalog::add_bucket(const Bucket& bucket) {
  database_->write();
  database_->query("INSERT INTO s3_bucket(name, created, region) VALUES(?1, ?2, ?3)")
      .bind(1, std::string_view(bucket.name))
      .bind(2, to_stored(bucket.created))
      .bind(3, std::string_view(bucket.region))
      .run();
}

std::vector<std::string> Catalog::remove_bucket(std::int64_t bucket) {
  std::vector<std::string> freed;
  database_->atomically([&] {
    std::vector<std::string> uploads;
    {
      Query row = database_->query("SELECT id FROM s3_upload WHERE bucket = ?1");
      row.bind(1, bucket);
      while (row.step()) uploads.emplace_back(row.text(0));
    }
    for (const std::string& upload : uploads) {
      for (std::string& file : remove_upload(upload)) freed.push_back(std::move(file));
    }
    database_->query("DELETE FROM s3_completed_upload WHERE bucket = ?1").bind(1, bucket).run();
    database_->query("DELETE FROM s3_bucket WHERE id = ?1").bind(1, bucket).run();
  });
  return freed;
}

bool Catalog::has_objects(std::int64_t bucket) {
  return database_->query("SELECT 1 FROM s3_object WHERE bucket = ?1 LIMIT 1").bind(1, bucket).step();
}

bool Catalog::has_uploads(std::int64_t bucket) {
  return database_->query("SELECT 1 FROM s3_upload WHERE bucket = ?1 LIMIT 1").bind(1, bucket).step();
}

std::vector<Bucket> Catalog::buckets(std::string_view prefix, std::string_view after, std::size_t most) {
  std::vector<Bucket> found;
  Query row =
      database_->query("SELECT id, name, created, region FROM s3_bucket WHERE name > ?1 ORDER BY name");
  row.bind(1, after);
  while (found.size() < most && row.step()) {
    if (row.text(1).starts_with(prefix)) found.push_back(read_bucket(row));
  }
  return found;
}

std::string Catalog::cors(std::int64_t bucket) {
  Query row = database_->query("SELECT cors FROM s3_bucket WHERE id = ?1");
  row.bind(1, bucket);
  return row.step() ? std::string(row.text(0)) : std::string();
}

void Catalog::set_cors(std::int64_t bucket, std::string_view document) {
  database_->write();
  database_->query("UPDATE s3_bucket SET cors = ?2 WHERE id = ?1").bind(1, bucket).bind(2, document).run();
}

std::string Catalog::tags(std::int64_t bucket) {
  Query row = database_->query("SELECT tags FROM s3_bucket WHERE id = ?1");
  row.bind(1, bucket);
  return row.step() ? std::string(row.text(0)) : std::string();
}

void Catalog::set_tags(std::int64_t bucket, std::string_view tags) {
  database_->write();
  database_->query("UPDATE s3_bucket SET tags = ?2 WHERE id = ?1").bind(1, bucket).bind(2, tags).run();
}

std::optional<Object> Catalog::object(std::int64_t bucket, std::string_view key) {
  static const std::string sql = object_query("key = ?2");
  Query row = database_->query(sql);
  row.bind(1, bucket).bind_blob(2, key);
  if (!row.step()) return std::nullopt;
  return read_object(row);
}

std::vector<Part> Catalog::parts_of_object(std::int64_t object) {
  std::vector<Part> parts;
  Query row = database_->query(
      "SELECT number, size, etag, modified, checksum, file FROM s3_object_part WHERE object = ?1 ORDER BY "
      "number");
  row.bind(1, object);
  while (row.step()) parts.push_back(read_part(row));
  return parts;
}

std::vector<std::string> Catalog::put_object(std::int64_t bucket, const Object& object,
                                             const std::vector<Part>& parts) {
  std::vector<std::string> freed;
  database_->atomically([&] {
    freed = remove_object(bucket, object.key);
    const std::string headers = to_stored(object.headers);
    const std::string checksum = s3::to_stored(object.checksum);
    database_
        ->query(
            "INSERT INTO s3_object(bucket, key, size, etag, modified, headers, tags, checksum, parts, file) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
        .bind(1, bucket)
        .bind_blob(2, object.key)
        .bind(3, static_cast<std::int64_t>(object.size))
        .bind(4, std::string_view(object.etag))
        .bind(5, to_stored(object.modified))
        .bind_blob(6, headers)
        .bind(7, std::string_view(object.tags))
        .bind(8, std::string_view(checksum))
        .bind(9, static_cast<std::int64_t>(parts.size()))
        .bind(10, std::string_view(object.file))
        .run();
    if (parts.empty()) return;
    std::int64_t id = 0;
    {
      Query row = database_->query("SELECT last_insert_rowid()");
      row.step();
      id = row.integer(0);
    }
    for (const Part& part : parts) {
      const std::string part_checksum = s3::to_stored(part.checksum);
      database_
          ->query(
              "INSERT INTO s3_object_part(object, number, size, etag, modified, checksum, file) "
              "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
          .bind(1, id)
          .bind(2, part.number)
          .bind(3, static_cast<std::int64_t>(part.size))
          .bind(4, std::string_view(part.etag))
          .bind(5, to_stored(part.modified))
          .bind(6, std::string_view(part_checksum))
          .bind(7, std::string_view(part.file))
          .run();
    }
  });
  return freed;
}

std::vector<std::string> Catalog::remove_object(std::int64_t bucket, std::string_view key) {
  std::vector<std::string> freed;
  std::int64_t id = 0;
  std::int64_t parts = 0;
  {
    Query row = database_->query("SELECT id, parts, file FROM s3_object WHERE bucket = ?1 AND key = ?2");
    row.bind(1, bucket).bind_blob(2, key);
    if (!row.step()) return freed;
    id = row.integer(0);
    parts = row.integer(1);
    if (parts == 0) freed.emplace_back(row.text(2));
  }
  database_->atomically([&] {
    if (parts != 0) {
      for (const Part& part : parts_of_object(id)) freed.push_back(part.file);
      database_->query("DELETE FROM s3_object_part WHERE object = ?1").bind(1, id).run();
    }
    database_->query("DELETE FROM s3_object WHERE id = ?1").bind(1, id).run();
  });
  return freed;
}

void Catalog::set_object_tags(std::int64_t object, std::string_view tags) {
  database_->write();
  database_->query("UPDATE s3_object SET tags = ?2 WHERE id = ?1").bind(1, object).bind(2, tags).run();
}

std::optional<Listed> Catalog::next(std::int64_t bucket, std::string_view from, bool inclusive,
                                    std::string_view prefix, std::string_view delimiter) {
  static const std::string at_or_after = object_query("key >= ?2 ORDER BY key LIMIT 1");
  static const std::string after = object_query("key > ?2 ORDER BY key LIMIT 1");
  if (from < prefix) {
    from = prefix;
    inclusive = true;
  }
  Query row = database_->query(inclusive ? at_or_after : after);
  row.bind(1, bucket).bind_blob(2, from);
  if (!row.step() || !row.blob(1).starts_with(prefix)) return std::nullopt;
  if (!delimiter.empty()) {
    const std::string_view key = row.blob(1);
    const std::size_t found = key.find(delimiter, prefix.size());
    if (found != std::string_view::npos) {
      return Listed{.common_prefix = std::string(key.substr(0, found + delimiter.size()))};
    }
  }
  return Listed{.object = read_object(row)};
}

void Catalog::add_upload(const Upload& upload) {
  database_->write();
  const std::string headers = to_stored(upload.headers);
  std::optional<ObjectChecksum> checksum;
  if (upload.algorithm)
    checksum = ObjectChecksum{.algorithm = *upload.algorithm, .composite = upload.composite};
  const std::string stored = s3::to_stored(checksum);
  database_
      ->query(
          "INSERT INTO s3_upload(bucket, key, id, initiated, headers, tags, checksum) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(1, upload.bucket)
      .bind_blob(2, upload.key)
      .bind(3, std::string_view(upload.id))
      .bind(4, to_stored(upload.initiated))
      .bind_blob(5, headers)
      .bind(6, std::string_view(upload.tags))
      .bind(7, std::string_view(stored))
      .run();
}

std::optional<Upload> Catalog::upload(std::int64_t bucket, std::string_view key, std::string_view id) {
  Query row = database_->query(
      "SELECT bucket, key, id, initiated, headers, tags, checksum FROM s3_upload "
      "WHERE bucket = ?1 AND key = ?2 AND id = ?3");
  row.bind(1, bucket).bind_blob(2, key).bind(3, id);
  if (!row.step()) return std::nullopt;
  return read_upload(row);
}

std::vector<Upload> Catalog::uploads(std::int64_t bucket, std::string_view prefix, std::string_view key_after,
                                     std::string_view id_after, std::size_t most) {
  std::vector<Upload> found;
  Query row = database_->query(
      "SELECT bucket, key, id, initiated, headers, tags, checksum FROM s3_upload "
      "WHERE bucket = ?1 AND key >= ?2 AND (key > ?3 OR (key = ?3 AND id > ?4)) ORDER BY key, id");
  row.bind(1, bucket).bind_blob(2, prefix).bind_blob(3, key_after).bind(4, id_after);
  while (found.size() < most && row.step()) {
    if (!row.blob(1).starts_with(prefix)) break;
    found.push_back(read_upload(row));
  }
  return found;
}

std::vector<std::string> Catalog::put_part(const std::string& upload, const Part& part) {
  std::vector<std::string> freed;
  database_->write();
  {
    Query row = database_->query("SELECT file FROM s3_upload_part WHERE upload = ?1 AND number = ?2");
    row.bind(1, std::string_view(upload)).bind(2, part.number);
    if (row.step()) freed.emplace_back(row.text(0));
  }
  const std::string checksum = s3::to_stored(part.checksum);
  database_
      ->query(
          "INSERT OR REPLACE INTO s3_upload_part(upload, number, size, etag, modified, checksum, file) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(1, std::string_view(upload))
      .bind(2, part.number)
      .bind(3, static_cast<std::int64_t>(part.size))
      .bind(4, std::string_view(part.etag))
      .bind(5, to_stored(part.modified))
      .bind(6, std::string_view(checksum))
      .bind(7, std::string_view(part.file))
      .run();
  return freed;
}

std::vector<Part> Catalog::parts(const std::string& upload, std::int64_t after, std::size_t most) {
  std::vector<Part> found;
  Query row = database_->query(
      "SELECT number, size, etag, modified, checksum, file FROM s3_upload_part "
      "WHERE upload = ?1 AND number > ?2 ORDER BY number");
  row.bind(1, std::string_view(upload)).bind(2, after);
  while (found.size() < most && row.step()) found.push_back(read_part(row));
  return found;
}

std::vector<std::string> Catalog::remove_upload(const std::string& upload) {
  std::vector<std::string> freed;
  database_->atomically([&] {
    {
      Query row = database_->query("SELECT file FROM s3_upload_part WHERE upload = ?1");
      row.bind(1, std::string_view(upload));
      while (row.step()) freed.emplace_back(row.text(0));
    }
    database_->query("DELETE FROM s3_upload_part WHERE upload = ?1").bind(1, std::string_view(upload)).run();
    database_->query("DELETE FROM s3_upload WHERE id = ?1").bind(1, std::string_view(upload)).run();
  });
  return freed;
}

void Catalog::remember_completed(const Upload& upload, std::string_view request, std::string_view answer,
                                 Timestamp now) {
  database_->write();
  database_->query("DELETE FROM s3_completed_upload WHERE completed < ?1")
      .bind(1, to_stored(now - remembered))
      .run();
  database_
      ->query(
          "INSERT OR REPLACE INTO s3_completed_upload(id, bucket, key, completed, request, answer) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(1, std::string_view(upload.id))
      .bind(2, upload.bucket)
      .bind_blob(3, upload.key)
      .bind(4, to_stored(now))
      .bind(5, request)
      .bind(6, answer)
      .run();
}

std::optional<std::string> Catalog::completed(std::int64_t bucket, std::string_view key, std::string_view id,
                                              std::string_view request) {
  Query row = database_->query(
      "SELECT answer FROM s3_completed_upload WHERE id = ?1 AND bucket = ?2 AND key = ?3 AND request = ?4");
  row.bind(1, id).bind(2, bucket).bind_blob(3, key).bind(4, request);
  if (!row.step()) return std::nullopt;
  return std::string(row.text(0));
}

std::unordered_set<std::string> Catalog::files() {
  std::unordered_set<std::string> found;
  Query row = database_->query(
      "SELECT file FROM s3_object WHERE parts = 0 UNION ALL SELECT file FROM s3_object_part "
      "UNION ALL SELECT file FROM s3_upload_part");
  while (row.step()) found.emplace(row.text(0));
  return found;
}

std::vector<std::string> Catalog::forget(const std::vector<std::string>& missing) {
  std::vector<std::string> told;
  if (missing.empty()) return told;
  database_->atomically([&] {
    database_->execute(
        "CREATE TEMP TABLE IF NOT EXISTS s3_missing(file TEXT PRIMARY KEY) WITHOUT ROWID; DELETE FROM "
        "s3_missing");
    for (const std::string& file : missing) {
      database_->query("INSERT INTO s3_missing(file) VALUES(?1)").bind(1, std::string_view(file)).run();
    }
    std::vector<std::pair<std::int64_t, std::string>> objects;
    {
      Query row = database_->query(
          "SELECT o.bucket, o.key, b.name FROM s3_object o JOIN s3_bucket b ON b.id = o.bucket "
          "WHERE (o.parts = 0 AND o.file IN s3_missing) "
          "OR (o.parts > 0 AND o.id IN (SELECT object FROM s3_object_part WHERE file IN s3_missing))");
      while (row.step()) {
        objects.emplace_back(row.integer(0), row.blob(1));
        told.push_back(
            fmt::format("object s3://{}/{} is gone: its file is missing", row.text(2), row.blob(1)));
      }
    }
    // The files that such an object still has are rubbish now; the next sweep finds them.
    for (const auto& [bucket, key] : objects) static_cast<void>(remove_object(bucket, key));
    {
      Query row = database_->query("SELECT upload, number FROM s3_upload_part WHERE file IN s3_missing");
      while (row.step()) {
        told.push_back(
            fmt::format("part {} of upload {} is gone: its file is missing", row.integer(1), row.text(0)));
      }
    }
    database_->query("DELETE FROM s3_upload_part WHERE file IN s3_missing").run();
  });
  return told;
}

}  // namespace gannet::local::s3
