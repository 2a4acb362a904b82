#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <gannet/body.hpp>

namespace gannet::local::s3 {

/// A piece of an object's body: bytes of one file.
struct Segment {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Where object bodies are kept: immutable files with random names, `XX/NAME` below the folder, written aside
/// in `tmp/` first. What a file is for only the database knows: a file that no row names is rubbish, and
/// swept at start. All functions throw StoreError when the file system fails. Used on the cloud's thread;
/// readers may end on any thread.
class ObjectsFolder {
 public:
  /// Makes the folder if it is not there. `durable`: files and folders are synced before they count.
  ObjectsFolder(std::filesystem::path folder, bool durable);
  ObjectsFolder(const ObjectsFolder&) = delete;
  ObjectsFolder& operator=(const ObjectsFolder&) = delete;
  ~ObjectsFolder();

  /// A file being written; removed unless it is finished.
  class Writer {
   public:
    Writer(Writer&& other) noexcept;
    Writer& operator=(Writer&&) = delete;
    ~Writer();
    void write(std::string_view bytes);
    /// Puts the file in its place and gives its name.
    std::string finish();

   private:
    friend class ObjectsFolder;
    Writer(ObjectsFolder& folder, std::string file, int descriptor)
        : folder_(&folder), file_(std::move(file)), descriptor_(descriptor) {}
    ObjectsFolder* folder_;
    std::string file_;
    int descriptor_;
  };
  Writer create();

  /// A second name for the same bytes, at no cost; nothing where the file system has no links.
  std::optional<std::string> link(const std::string& file);
  /// Removes it, once no reader has it any more. Never fails: what stays behind is swept at the next start.
  void remove(const std::string& file) noexcept;
  /// Bytes of `segments` in memory, for what is small.
  std::string read(const std::vector<Segment>& segments);
  /// A reader of `segments` one after the other. Its files stay until it ends, whatever is removed meanwhile.
  /// That the first can be opened is known when this returns.
  std::unique_ptr<ByteSource> open(std::vector<Segment> segments);

  /// Removes what is not `known`, and gives what is known and not there.
  std::vector<std::string> sweep(const std::unordered_set<std::string>& known);

 private:
  struct Readers;
  class Reader;

  [[nodiscard]] std::filesystem::path path_of(std::string_view file) const;
  void make_shard(std::string_view file);
  void sync_folder(const std::filesystem::path& folder);

  std::filesystem::path folder_;
  bool durable_;
  std::shared_ptr<Readers> readers_;
};

}  // namespace gannet::local::s3
