#include "local/s3/objects_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/encoding.hpp"
#include "local/store/database.hpp"

namespace gannet::local::s3 {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with(std::string_view doing, const fs::path& path, int error = errno) {
  throw StoreError(
      fmt::format("{} {} failed: {}", doing, path.string(), std::generic_category().message(error)));
}

std::string random_name() {
  std::array<std::byte, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw StoreError(
        fmt::format("the system gave no random bytes: {}", std::generic_category().message(errno)));
  }
  return core::hex(bytes);
}

bool is_name(std::string_view text) noexcept {
  return text.size() == 32 && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
         });
}

bool is_shard(std::string_view text) noexcept {
  return text.size() == 2 && is_name(std::string(30, '0').append(text));
}

void sync(int descriptor, const fs::path& path) {
  if (fsync(descriptor) != 0) fail_with("syncing", path);
}

struct Descriptor {
  explicit Descriptor(int descriptor) noexcept : number(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() noexcept {
    if (number >= 0) ::close(std::exchange(number, -1));
  }
  int number;
};

/// Fills all of `buffer`; gives how much there was.
std::size_t read_fully(int descriptor, std::span<std::byte> buffer, std::uint64_t offset,
                       const fs::path& path) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t count = pread(descriptor, buffer.data() + filled, buffer.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with("reading", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

int open_to_read(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_with("opening", path);
  return descriptor;
}

}  // namespace

/// Which files are being read, and which of those are to go once they are not.
struct ObjectsFolder::Readers {
  struct File {
    int readers = 0;
    bool removed = false;
  };
  std::mutex mutex;
  std::map<std::string, File, std::less<>> files;
};

class ObjectsFolder::Reader final : public ByteSource {
 public:
  Reader(const ObjectsFolder& folder, std::vector<Segment> segments)
      : folder_(folder.folder_), readers_(folder.readers_), segments_(std::move(segments)) {
    {
      const std::lock_guard lock(readers_->mutex);
      for (const Segment& segment : segments_) ++readers_->files[segment.file].readers;
    }
    try {
      open_current();
    } catch (...) {
      let_go();
      throw;
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() override { let_go(); }

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    try {
      co_return read(buffer);
    } catch (const StoreError& error) {
      co_return fail(ErrorKind::service, "InternalError", error.what());
    }
  }

 private:
  std::size_t read(std::span<std::byte> buffer) {
    while (current_ < segments_.size() && done_ == segments_[current_].size) {
      ++current_;
      done_ = 0;
      open_current();
    }
    if (current_ == segments_.size()) return 0;
    const Segment& segment = segments_[current_];
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), segment.size - done_));
    const std::size_t count =
        read_fully(descriptor_.number, buffer.first(wanted), segment.offset + done_, path_of(segment.file));
    if (count < wanted) throw StoreError(fmt::format("{} is shorter than its row says", segment.file));
    done_ += count;
    return count;
  }

  void open_current() {
    descriptor_.close();
    if (current_ < segments_.size()) descriptor_.number = open_to_read(path_of(segments_[current_].file));
  }

  void let_go() noexcept {
    descriptor_.close();
    const std::lock_guard lock(readers_->mutex);
    for (const Segment& segment : segments_) {
      const auto found = readers_->files.find(segment.file);
      if (found == readers_->files.end() || --found->second.readers > 0) continue;
      if (found->second.removed) unlink(path_of(segment.file).c_str());
      readers_->files.erase(found);
    }
  }

  [[nodiscard]] fs::path path_of(std::string_view file) const { return folder_ / file.substr(0, 2) / file; }

  fs::path folder_;
  std::shared_ptr<Readers> readers_;
  std::vector<Segment> segments_;
  std::size_t current_ = 0;
  std::uint64_t done_ = 0;
  Descriptor descriptor_{-1};
};

ObjectsFolder::ObjectsFolder(fs::path folder, bool durable)
    : folder_(std::move(folder)), durable_(durable), readers_(std::make_shared<Readers>()) {
  std::error_code error;
  fs::create_directories(folder_ / "tmp", error);
  if (error) fail_with("making the folder", folder_ / "tmp", error.value());
  if (durable_) {
    sync_folder(folder_);
    if (folder_.has_parent_path()) sync_folder(folder_.parent_path());
  }
}

ObjectsFolder::~ObjectsFolder() = default;

fs::path ObjectsFolder::path_of(std::string_view file) const {
  return folder_ / file.substr(0, 2) / file;
}

void ObjectsFolder::make_shard(std::string_view file) {
  const fs::path shard = folder_ / file.substr(0, 2);
  std::error_code error;
  if (fs::create_directory(shard, error) && durable_) sync_folder(folder_);
  if (error) fail_with("making the folder", shard, error.value());
}

void ObjectsFolder::sync_folder(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number < 0) fail_with("opening", folder);
  sync(opened.number, folder);
}

ObjectsFolder::Writer ObjectsFolder::create() {
  std::string file = random_name();
  const fs::path path = folder_ / "tmp" / file;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) fail_with("creating", path);
  return Writer(*this, std::move(file), descriptor);
}

ObjectsFolder::Writer::Writer(Writer&& other) noexcept
    : folder_(other.folder_),
      file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

ObjectsFolder::Writer::~Writer() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  unlink((folder_->folder_ / "tmp" / file_).c_str());
}

void ObjectsFolder::Writer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with("writing", folder_->folder_ / "tmp" / file_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string ObjectsFolder::Writer::finish() {
  const fs::path aside = folder_->folder_ / "tmp" / file_;
  const fs::path place = folder_->path_of(file_);
  if (folder_->durable_) sync(descriptor_, aside);
  if (rename(aside.c_str(), place.c_str()) != 0) {
    if (errno != ENOENT) fail_with("renaming", aside);
    folder_->make_shard(file_);
    if (rename(aside.c_str(), place.c_str()) != 0) fail_with("renaming", aside);
  }
  ::close(std::exchange(descriptor_, -1));
  if (folder_->durable_) folder_->sync_folder(place.parent_path());
  return file_;
}

std::optional<std::string> ObjectsFolder::link(const std::string& file) {
  std::string name = random_name();
  const fs::path from = path_of(file);
  const fs::path place = path_of(name);
  if (::link(from.c_str(), place.c_str()) != 0) {
    if (errno != ENOENT) return std::nullopt;
    make_shard(name);
    if (::link(from.c_str(), place.c_str()) != 0) return std::nullopt;
  }
  if (durable_) sync_folder(place.parent_path());
  return name;
}

void ObjectsFolder::remove(const std::string& file) noexcept {
  if (file.empty()) return;
  const std::lock_guard lock(readers_->mutex);
  const auto found = readers_->files.find(file);
  if (found != readers_->files.end()) {
    found->second.removed = true;
  } else {
    unlink(path_of(file).c_str());
  }
}

std::string ObjectsFolder::read(const std::vector<Segment>& segments) {
  std::string bytes;
  for (const Segment& segment : segments) {
    const fs::path path = path_of(segment.file);
    const Descriptor opened(open_to_read(path));
    const std::size_t before = bytes.size();
    bytes.resize(before + segment.size);
    const auto part = std::as_writable_bytes(std::span(bytes)).subspan(before);
    if (read_fully(opened.number, part, segment.offset, path) < part.size()) {
      throw StoreError(fmt::format("{} is shorter than its row says", path.string()));
    }
  }
  return bytes;
}

std::unique_ptr<ByteSource> ObjectsFolder::open(std::vector<Segment> segments) {
  return std::make_unique<Reader>(*this, std::move(segments));
}

std::vector<std::string> ObjectsFolder::sweep(const std::unordered_set<std::string>& known) {
  std::unordered_set<std::string> missing = known;
  std::error_code error;
  for (const fs::directory_entry& shard : fs::directory_iterator(folder_, error)) {
    const std::string name = shard.path().filename().string();
    // Whatever else is in the folder is not ours to remove.
    if (name != "tmp" && !is_shard(name)) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(shard.path(), error)) {
      const std::string file = entry.path().filename().string();
      if (!is_name(file)) continue;
      const bool in_place = name != "tmp" && file.starts_with(name);
      if (in_place && known.contains(file)) {
        missing.erase(file);
      } else {
        unlink(entry.path().c_str());
      }
    }
    if (error) fail_with("reading the folder", shard.path(), error.value());
  }
  if (error) fail_with("reading the folder", folder_, error.value());
  return {missing.begin(), missing.end()};
}

}  // namespace gannet::local::s3
